import EventLog
package import Kernel
import Storage
import Web

extension Requests {
    /// Marks the conversation as read up to an event's number; a mark never goes back. Not an event of the log: it is a fact about
    /// a page, written at most once a message.
    package func read(_ number: Int64, upTo: Int64, by viewer: Viewer) async throws {
        let now = site.now()
        let (request, changed, client) = try await database.write(in: viewer.organisation) { tx in
            let seen = try Self.find(number, for: viewer, tx)
            let upTo = min(upTo, seen.request.lastNumber)
            let changed = try tx.run(
                """
                INSERT INTO reading (request_id, person_id, up_to, at, is_client)
                VALUES (\(seen.request.id), \(viewer.person), \(upTo), \(now), \(seen.standing.isClient))
                ON CONFLICT (request_id, person_id) DO UPDATE SET up_to = excluded.up_to, at = excluded.at
                WHERE reading.up_to < excluded.up_to
                """)
            return (seen.request.id, changed > 0, seen.request.client)
        }
        if changed {
            bell.ring(
                viewer.organisation, 0, topics: ["request/\(request)", "person/\(viewer.person)", "person/\(client)"])
        }
    }

    /// How far the other side has read: staff for the client, the client for staff.
    static func readByOthers(_ request: RequestID, besidesClient: Bool, _ tx: any ReadTransaction) throws -> Int64 {
        try tx.value(
            "SELECT MAX(up_to) FROM reading WHERE request_id = \(request) AND is_client = \(!besidesClient)") ?? 0
    }

    static func readHere(_ request: RequestID, by viewer: Viewer, _ tx: any ReadTransaction) throws -> Int64 {
        try tx.value("SELECT up_to FROM reading WHERE request_id = \(request) AND person_id = \(viewer.person)") ?? 0
    }
}
