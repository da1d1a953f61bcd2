import EventLog
package import Kernel
import Storage
import TextSearch

/// What happens to a message after it was sent: its author changes it or takes it away, others react. The earlier texts stay.
extension Requests {
    /// Changes the text. The earlier one is kept, with the time it stood.
    package func edit(_ message: MessageID, in number: Int64, to text: String, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .read) { change in
            let sent = try change.sent(message)
            guard sent.author == viewer.person, !sent.isRemoved else { throw RequestError.notFound }
            guard MessageRule.mayEdit(isAuthor: true, sent: sent.at, isRemoved: false, now: change.now) else {
                throw RequestError.tooLate
            }
            guard text != sent.text else { return }
            try change.tx.send(
                """
                INSERT INTO message_version (message_id, text, from_at, until_at)
                VALUES (\(message), \(sent.text), \(sent.editedAt ?? sent.at), \(change.now))
                """)
            let touched = try change.tell(.edited, subject: message.text, ["side": sent.side])
            try change.tx.send(
                """
                UPDATE message SET text = \(text), edited_at = \(change.now), touched = \(touched) WHERE id = \(message)
                """)
            try Self.reindex(change.request, change.tx)
        }
    }

    /// Takes a message away, or brings it back. A place stays where it was, and the text stays in the database.
    package func remove(
        _ message: MessageID, in number: Int64, isRemoved: Bool = true, by viewer: Viewer
    ) async throws {
        try await change(number, by: viewer, .read) { change in
            let sent = try change.sent(message)
            guard sent.author == viewer.person else { throw RequestError.notFound }
            guard sent.isRemoved != isRemoved else { return }
            // Bringing back has the time of «Отменить» above that of taking away.
            let now = isRemoved ? change.now : change.now - Minutes(1)
            guard MessageRule.mayRemove(isAuthor: true, sent: sent.at, isRemoved: false, now: now) else {
                throw RequestError.tooLate
            }
            // Without the first message there would be no request.
            let isFirst = try !change.tx.exists(
                "SELECT 1 FROM message WHERE request_id = \(change.request.id) AND number < \(sent.number)")
            if isFirst { throw RequestError.firstMessage }
            let touched = try change.tell(
                isRemoved ? .removed : .restored, subject: message.text, ["side": sent.side])
            let removedAt = isRemoved ? change.now : nil
            try change.tx.send(
                "UPDATE message SET removed_at = \(removedAt), touched = \(touched) WHERE id = \(message)")
            try Self.reindex(change.request, change.tx)
        }
    }

    /// Sets or takes back a reaction of the viewer's.
    package func react(
        _ reaction: Reaction, to message: MessageID, in number: Int64, isOn: Bool, by viewer: Viewer
    ) async throws {
        try await change(number, by: viewer, .read) { change in
            let sent = try change.sent(message)
            guard !sent.isRemoved else { throw RequestError.notFound }
            let changed =
                isOn
                ? try change.tx.run(
                    """
                    INSERT INTO reaction (request_id, message_id, person_id, code, at)
                    VALUES (\(change.request.id), \(message), \(viewer.person), \(reaction), \(change.now))
                    ON CONFLICT (message_id, person_id, code) DO NOTHING
                    """)
                : try change.tx.run(
                    """
                    DELETE FROM reaction
                    WHERE message_id = \(message) AND person_id = \(viewer.person) AND code = \(reaction)
                    """)
            guard changed > 0 else { return }
            let touched = try change.tell(
                .reacted, subject: message.text, ["kind": reaction.rawValue, "state": isOn ? "on" : "off"])
            try change.tx.send("UPDATE message SET touched = \(touched) WHERE id = \(message)")
        }
    }

    /// Writes the document of a request in the search index anew, from what is in force.
    static func reindex(_ request: Request, _ tx: any WriteTransaction) throws {
        let people = [request.client, request.author] + [request.assignee].compactMap(\.self)
        var open = [String(request.number)] + (try searchNames(people, tx)), staff: [String] = []
        try tx.query(
            """
            SELECT text, is_note FROM message WHERE request_id = \(request.id) AND removed_at IS NULL
            UNION ALL SELECT attachment.name, attachment.is_note FROM attachment
                JOIN message ON message.id = attachment.message_id
            WHERE attachment.request_id = \(request.id) AND message.removed_at IS NULL
            UNION ALL SELECT field_value.value, 1 - own_field.asks_client FROM field_value
                JOIN own_field ON own_field.id = field_value.field_id
            WHERE field_value.request_id = \(request.id) AND field_value.until_at IS NULL
            """
        ) { row in
            if try row[1] { staff.append(try row[0]) } else { open.append(try row[0]) }
        }
        try SearchIndex.replace(
            request.searchRow, open: open.joined(separator: " "), staff: staff.joined(separator: " "), in: tx)
    }
}

/// What a reader may say of a message without writing.
package enum Reaction: String, CaseIterable, Sendable, SQLBindable, SQLReadable {
    case agree, thanks, done, looking

    var icon: String {
        switch self {
        case .agree: "thumbs-up"
        case .thanks: "smile"
        case .done: "circle-check"
        case .looking: "eye"
        }
    }
}

extension Change {
    /// A message of this request as it stands.
    struct Sent {
        let number: Int64, author: PersonID, isNote: Bool, isStaff: Bool, text: String, at: Instant
        let editedAt: Instant?
        let isRemoved: Bool

        var side: String { isNote ? "note" : isStaff ? "staff" : "client" }
    }

    /// One that the viewer may see: a note is nothing to a client.
    func sent(_ message: MessageID) throws -> Sent {
        let found = try tx.one(
            """
            SELECT number, author_id, is_note, is_staff, text, at, edited_at,
                CASE WHEN removed_at IS NULL THEN 0 ELSE 1 END FROM message
            WHERE id = \(message) AND request_id = \(request.id)
            """
        ) { row in
            try Sent(
                number: row[0], author: row[1], isNote: row[2], isStaff: row[3], text: row[4], at: row[5],
                editedAt: row[6], isRemoved: row[7])
        }
        guard let found, !found.isNote || standing.isStaff else { throw RequestError.notFound }
        return found
    }
}
