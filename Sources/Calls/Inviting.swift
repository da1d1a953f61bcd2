package import Kernel
import Storage

extension Calls {
    /// A specialist in a call rings for a colleague.
    package func invite(_ person: PersonID, to id: CallID, by viewer: Viewer) async throws {
        let present = present
        try await change(id, by: viewer) { change in
            try change.mayRing(by: viewer)
            try Self.check(person, on: change.call.request, for: viewer, present, change.tx)
            guard change.members.count(where: { $0.state == .inside || $0.state == .ringing }) < CallRule.mostMembers
            else { throw CallError.full }
            try change.ringAnew([person], by: viewer.person)
        }
    }
}

extension CallChange {
    /// Only a specialist who is in the call asks others into it.
    func mayRing(by viewer: Viewer) throws {
        guard let me = member(viewer.person), call.state != .ended, me.state == .inside else { throw CallError.ended }
        guard !me.isClient else { throw CallError.notAllowed }
    }

    func ringAnew(_ people: [PersonID], by person: PersonID, insteadOf: PersonID? = nil) throws {
        let ring = ID<CallMember>.new(at: now).text
        for called in people where member(called).map({ $0.state != .ringing && $0.state != .inside }) ?? true {
            try self.ring(called, isClient: false, ring: ring, by: person, insteadOf: insteadOf)
        }
    }
}
