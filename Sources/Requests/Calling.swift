package import EventLog
package import Kernel
package import Storage
import Web

/// A request for a room whose acts belong to requests: what it is, and what the viewer is to it.
package struct CalledRequest: Sendable {
    package let id: RequestID
    package let number: Int64
    package let line: LineID
    package let client: PersonID
    package let assignee: PersonID?
    package let isOpen: Bool
    package let standing: Standing
}

extension Requests {
    package static func called(
        _ number: Int64, for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> CalledRequest {
        let seen = try find(number, for: viewer, tx), request = seen.request
        return CalledRequest(
            id: request.id, number: seen.number, line: request.line, client: request.client, assignee: request.assignee,
            isOpen: request.state.isOpen, standing: seen.standing)
    }

    /// The same for who knows its id.
    package static func called(
        of id: RequestID, for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> CalledRequest {
        let number: Int64? = try tx.value(
            "SELECT number FROM party WHERE request_id = \(id) AND organisation_id = \(viewer.organisation)")
        guard let number else { throw RequestError.notFound }
        return try called(number, for: viewer, tx)
    }

    package enum Presence: String, Sendable { case call, control }

    /// A specialist was in a call about a request or at its client's computer: what nothing else has counted becomes labour, and is kept
    /// as attention, so that nothing else counts it again. It was allowed by being there.
    /// - Returns: the topics to tell after the commit.
    package static func addPresence(
        _ presence: Presence, of person: PersonID, from: Instant, until: Instant, to id: RequestID,
        in tx: any WriteTransaction
    ) throws -> [Bell.Topic] {
        guard from < until, let request = try any(id, tx) else { return [] }
        let counted = try tx.all(
            """
            SELECT from_at, until_at FROM attention WHERE person_id = \(person) AND until_at > \(from)
                AND from_at < \(until)
            """
        ) { row -> Range<Int64> in
            let from: Int64 = try row[0], until: Int64 = try row[1]
            return from..<max(from, until)
        }
        let fresh = Attention.fresh(from.milliseconds..<until.milliseconds, besides: counted)
        guard !fresh.isEmpty else { return [] }
        for part in fresh {
            try tx.send(
                """
                INSERT INTO attention (person_id, request_id, from_at, until_at)
                VALUES (\(person), \(id), \(part.lowerBound), \(part.upperBound))
                """)
        }
        // A minute that began counts, once: what the last one was rounded up by is taken off.
        let length = Int64(fresh.map(\.count).reduce(0, +)), open = try uncounted(id, by: person, tx)
        let minutes = Minutes(Int((min(length, open) + 59_999) / 60_000))
        let viewer = Viewer(kind: .system, organisation: request.organisation, person: person, roles: [])
        let change = Change(
            Seen(request: request, standing: Standing(), number: request.number), by: viewer, at: until, in: tx)
        try change.add(minutes, reason: nil, isAttention: true, why: presence.rawValue)
        try change.store()
        return topics(request, change.request, try observers(of: id, tx))
    }
}
