import EventLog
package import Kernel
import Requests
import Storage
import Web

extension Calls {
    /// «Перезвоните мне»: nobody was free. The wish stands in the request until somebody has called.
    package func wish(on number: Int64, by viewer: Viewer) async throws {
        let now = site.now()
        let (sequence, topics) = try await database.write(in: viewer.organisation) { tx -> (Int64, [String]) in
            let request = try Requests.called(number, for: viewer, tx)
            guard request.standing.isClient else { throw CallError.notAllowed }
            guard request.isOpen else { throw CallError.requestEnded }
            let id = ID<CallChange>.new(at: now)
            let added = try tx.run(
                """
                INSERT INTO call_wish (id, organisation_id, request_id, person_id, asked_at)
                VALUES (\(id), \(viewer.organisation), \(request.id), \(viewer.person), \(now))
                ON CONFLICT (request_id) WHERE met_at IS NULL DO NOTHING
                """)
            guard added > 0 else { return (0, []) }
            let number = try EventLog.append(
                .callWished, by: viewer.person, at: now, request: request.id, subject: id.text, in: tx)
            let people = [viewer.person, request.assignee].compactMap(\.self).map { "person/\($0)" }
            return (number, ["request/\(request.id)", "line/\(request.line)"] + people)
        }
        if sequence > 0 { bell.ring(viewer.organisation, sequence, topics: topics) }
    }

    /// Since when somebody waits to be called back about a request.
    static func wished(on request: RequestID, _ tx: any ReadTransaction) throws -> Instant? {
        try tx.value("SELECT asked_at FROM call_wish WHERE request_id = \(request) AND met_at IS NULL")
    }
}
