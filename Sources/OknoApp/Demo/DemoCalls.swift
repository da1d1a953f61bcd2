import Calls
import EventLog
import Foundation
import Kernel
import Requests
import Storage

/// Calls about requests of the last days: most are answered, one finds nobody.
struct DemoCalls: Sendable {
    private struct Occasion { let number: Int64, client: DemoPerson, specialist: DemoPerson, at: Instant }

    let calls: Calls
    let office: DemoOffice
    let end: Instant

    func play() async throws {
        for (index, occasion) in try await occasions().enumerated() {
            let id = CallID.new(at: occasion.at)
            let specialist = office.viewer(occasion.specialist), client = office.viewer(occasion.client)
            try await act(at: occasion.at) { try await calls.start(id, .call, on: occasion.number, by: specialist) }
            if index == 2 {
                try await act(at: occasion.at, after: 18) { try await calls.decline(id, busy: true, by: client) }
                continue
            }
            try await act(at: occasion.at, after: 9) { try await calls.answer(id, by: client) }
            let way: Call.Way = [.relayed, .direct, .socket][index % 3]
            try await act(at: occasion.at, after: 12) {
                try await calls.note(way, of: id, by: specialist)
                try await calls.note(way, of: id, by: client)
            }
            try await act(at: occasion.at, after: Int64(60 * (3 + index * 5 % 9))) {
                try await calls.leave(id, .hungUp, by: client)
                try await calls.leave(id, .hungUp, by: specialist)
            }
        }
    }

    /// Open requests of different specialists on which nothing has happened for a while.
    private func occasions() async throws -> [Occasion] {
        let rows = try await database.read { [office, end] tx in
            try tx.all(
                """
                SELECT number, client_id, assignee_id, changed_at FROM request
                WHERE organisation_id = \(office.organisation) AND is_open = 1 AND assignee_id IS NOT NULL
                    AND client_id <> assignee_id AND changed_at < \(end - Minutes(45))
                ORDER BY changed_at DESC LIMIT 60
                """
            ) { row -> (number: Int64, client: PersonID, specialist: PersonID, at: Instant) in
                (try row[0], try row[1], try row[2], try row[3])
            }
        }
        let people = Dictionary(uniqueKeysWithValues: office.people.map { ($0.id, $0) })
        var taken: Set<PersonID> = []
        return rows.compactMap { row in
            guard let client = people[row.client], let specialist = people[row.specialist],
                taken.insert(row.specialist).inserted
            else { return nil }
            return Occasion(number: row.number, client: client, specialist: specialist, at: row.at + Minutes(6))
        }
    }

    private var database: Database { calls.database }

    private func act(at moment: Instant, after seconds: Int64 = 0, _ body: () async throws -> Void) async throws {
        try await DemoClock.$moment.withValue(Instant(milliseconds: moment.milliseconds + seconds * 1000)) {
            try await body()
        }
    }
}
