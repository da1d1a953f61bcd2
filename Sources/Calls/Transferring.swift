package import Kernel
import Lines
import Storage

extension Calls {
    /// Passes a call on to a colleague or to whoever is free on a line. The one who passes stays until somebody answers.
    package func transfer(_ id: CallID, to person: PersonID?, line: LineID?, by viewer: Viewer) async throws {
        let present = present
        try await change(id, by: viewer) { change in
            try change.mayRing(by: viewer)
            if let person {
                try Self.check(person, on: change.call.request, for: viewer, present, change.tx)
                return try change.ringAnew([person], by: viewer.person, insteadOf: viewer.person)
            }
            guard let line, let found = try Lines.find(line, in: viewer.organisation, change.tx), !found.isArchived,
                case .people(let free) = try Self.target(
                    of: line, assignee: nil, besides: [viewer.person], at: change.now, change.tx)
            else { throw CallError.nobody }
            let able = try Self.seeing(change.call.request, free, for: viewer, present, change.tx)
            guard !able.isEmpty else { throw CallError.nobody }
            try change.ringAnew(able, by: viewer.person, insteadOf: viewer.person)
        }
    }
}
