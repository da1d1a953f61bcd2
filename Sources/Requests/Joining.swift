import EventLog
package import Kernel
import Lines
import Storage
import TextSearch
import Web

/// How two requests belong together.
package enum LinkKind: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
    /// About the same matter; both go on.
    case related
    /// The first was taken into the other: one thread for one client.
    case merged
    /// The other was made of a message of the first.
    case split
}

/// One link as a request sees it.
struct Link: Sendable {
    let kind: LinkKind
    /// Whether this request is the first of the two.
    let isFrom: Bool
    let other: RequestID
    let number: Int64
    let subject: String
    let state: Request.State
    let progress: Int
    let closedUnanswered: Bool
}

extension Requests {
    /// Links two requests that the viewer works on, or takes the link away.
    package func link(_ number: Int64, with other: Int64, isLinked: Bool = true, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .watch) { change in
            let other = try change.other(other)
            guard isLinked else {
                let ended = try change.tx.run(
                    """
                    UPDATE request_link SET until_at = \(change.now) WHERE until_at IS NULL AND kind = 'related'
                        AND ((request_id = \(change.request.id) AND other_id = \(other.request.id))
                            OR (request_id = \(other.request.id) AND other_id = \(change.request.id)))
                    """)
                guard ended > 0 else { return }
                return try change.tellBoth(other, .unlinked, .related)
            }
            let known = try change.tx.exists(
                """
                SELECT 1 FROM request_link WHERE until_at IS NULL
                    AND ((request_id = \(change.request.id) AND other_id = \(other.request.id))
                        OR (request_id = \(other.request.id) AND other_id = \(change.request.id)))
                """)
            guard !known else { return }
            try change.join(other, .related)
        }
    }

    /// Takes a request into another of the same client: its messages and files go there, it ends as merged. Numbers of messages
    /// are numbers of the log, so the thread stays in the order in which it was written.
    package func merge(_ number: Int64, into other: Int64, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            let other = try change.other(other), tx = change.tx, id = change.request.id
            try Permission.check(.edit, other.request, other.standing)
            // The words of one client are not for the eyes of another.
            guard other.request.client == change.request.client else { throw RequestError.otherClient }
            try change.join(other, .merged)
            // Touched, so that open pages of the other one get them.
            try tx.send(
                """
                UPDATE message SET merged_from = \(id), request_id = \(other.request.id), touched = \(change.lastNumber)
                WHERE request_id = \(id)
                """)
            try tx.send(
                "UPDATE check_item SET merged_from = \(id), request_id = \(other.request.id) WHERE request_id = \(id)")
            try change.moveWithMessages(from: id, to: other.request.id)
            try tx.send(
                """
                INSERT INTO observer (request_id, person_id, from_at)
                SELECT \(other.request.id), person_id, \(change.now) FROM observer
                WHERE request_id = \(id) AND until_at IS NULL
                ON CONFLICT (person_id, request_id) WHERE until_at IS NULL DO NOTHING
                """)
            if change.request.state == .waiting { try change.proceed() }
            try change.tell(.cancelled)
            change.end(in: .cancelled)
            try Requests.reindex(change.request, tx)
            try Requests.reindex(other.request, tx)
        }
    }

    /// Takes a merge back: every message returns to where it was, and the request to work.
    package func unmerge(_ number: Int64, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .reopen) { change in
            let tx = change.tx, id = change.request.id
            let target =
                try tx.value(
                    """
                    SELECT other_id FROM request_link WHERE request_id = \(id) AND kind = 'merged' AND until_at IS NULL
                    """) as RequestID?
            guard let target,
                let there: Int64 = try tx.value(
                    "SELECT number FROM party WHERE request_id = \(target) AND organisation_id = \(viewer.organisation)"
                )
            else { throw RequestError.wrongState }
            let other = try change.other(there)
            try tx.send(
                "UPDATE request_link SET until_at = \(change.now) WHERE request_id = \(id) AND other_id = \(target)")
            try change.tellBoth(other, .unlinked, .merged)
            try tx.send(
                """
                UPDATE message SET merged_from = NULL, request_id = \(id), touched = \(change.lastNumber)
                WHERE request_id = \(target) AND merged_from = \(id)
                """)
            try tx.send(
                "UPDATE check_item SET merged_from = NULL, request_id = \(id) WHERE request_id = \(target) AND merged_from = \(id)"
            )
            try change.moveWithMessages(from: target, to: id)
            try change.tell(.reopened)
            change.backToWork()
            try Requests.reindex(change.request, tx)
            try Requests.reindex(other.request, tx)
        }
    }

    /// Makes a request of its own of one message, for the same client. The message stays where it is.
    /// - Returns: the new number, the same for a repetition.
    package func split(
        _ message: MessageID, of number: Int64, into registration: Registration, by viewer: Viewer
    ) async throws -> Int64 {
        let client = try await database.read { tx in
            let seen = try Self.find(number, for: viewer, tx)
            try Permission.check(.edit, seen.request, seen.standing)
            guard
                try tx.exists(
                    """
                    SELECT 1 FROM message WHERE id = \(message) AND request_id = \(seen.request.id) AND is_note = 0
                        AND removed_at IS NULL
                    """)
            else { throw RequestError.notFound }
            return seen.request.client
        }
        var registration = registration
        registration.client = client
        registration.origin = .chat
        let copy = registration.id
        let made = try await register(registration, by: viewer)
        try await change(number, by: viewer, .edit) { change in
            let other = try change.other(made)
            let known = try change.tx.exists(
                "SELECT 1 FROM request_link WHERE request_id = \(change.request.id) AND other_id = \(other.request.id)")
            guard !known else { return }
            try change.join(other, .split)
            try change.copyFiles(of: message, to: copy, in: other.request)
        }
        return made
    }

    /// What a request belongs together with, as far as the viewer may see it.
    static func links(of request: RequestID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> [Link] {
        try tx.all(
            """
            SELECT request_link.kind, CASE WHEN request_link.request_id = \(request) THEN 1 ELSE 0 END, request.id,
                party.number, request.subject, request.state, request.progress, request.closed_unanswered
            FROM \(Visible.from(viewer)) JOIN request_link
                ON request.id = CASE WHEN request_link.request_id = \(request) THEN request_link.other_id
                    ELSE request_link.request_id END
            WHERE (request_link.request_id = \(request) OR request_link.other_id = \(request))
                AND request_link.until_at IS NULL AND \(Visible.to(viewer))
            ORDER BY request_link.from_at
            """
        ) { row in
            try Link(
                kind: row[0], isFrom: row[1], other: row[2], number: row[3], subject: row[4], state: row[5],
                progress: row[6], closedUnanswered: row[7])
        }
    }
}

extension Change {
    /// The other request, through the same permission as this one.
    fileprivate func other(_ number: Int64) throws -> Seen {
        let seen: Seen
        do { seen = try Requests.find(number, for: viewer, tx) } catch RequestError.notFound {
            throw RequestError.noSuchRequest
        }
        guard seen.request.id != request.id else { throw RequestError.sameRequest }
        guard seen.standing.isStaff else { throw RequestError.noSuchRequest }
        return seen
    }

    /// What hangs on messages follows them.
    fileprivate func moveWithMessages(from old: RequestID, to new: RequestID) throws {
        let moved: SQL = "message_id IN (SELECT id FROM message WHERE request_id = \(new))"
        try tx.send("UPDATE attachment SET request_id = \(new) WHERE request_id = \(old) AND \(moved)")
        try tx.send("UPDATE reaction SET request_id = \(new) WHERE request_id = \(old) AND \(moved)")
        try tx.send("UPDATE mention SET request_id = \(new) WHERE request_id = \(old) AND \(moved)")
    }

    fileprivate func join(_ other: Seen, _ kind: LinkKind) throws {
        try tx.send(
            """
            INSERT INTO request_link (request_id, other_id, kind, from_at, by_id)
            VALUES (\(request.id), \(other.request.id), \(kind), \(now), \(viewer.person))
            """)
        try tellBoth(other, .linked, kind)
    }

    /// Both histories say it.
    fileprivate func tellBoth(_ other: Seen, _ event: EventKind, _ kind: LinkKind) throws {
        let there = Change(other, by: viewer, at: now, in: tx)
        try there.tell(event, subject: request.id.text, ["kind": kind.rawValue, "side": "to"])
        try there.store()
        also.append(there)
        try tell(event, subject: other.request.id.text, ["kind": kind.rawValue, "side": "from"])
    }

    /// Files are kept by content: a copy is a row.
    fileprivate func copyFiles(of message: MessageID, to copy: MessageID, in other: Request) throws {
        let files = try tx.all(
            "SELECT name, size, type, hash FROM attachment WHERE message_id = \(message) ORDER BY at, id"
        ) { row in try (row[0] as String, row[1] as Int64, row[2] as String, row[3] as String) }
        for (name, size, type, hash) in files {
            try tx.send(
                """
                INSERT INTO attachment (id, message_id, request_id, name, size, type, hash, is_note, at)
                VALUES (\(UploadID.new(at: now)), \(copy), \(other.id), \(name), \(size), \(type), \(hash), 0, \(now))
                """)
        }
        if !files.isEmpty { try Requests.reindex(other, tx) }
    }
}
