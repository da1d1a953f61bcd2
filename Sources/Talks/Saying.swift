import EventLog
package import Kernel
package import Requests
import Storage
import TextSearch
import Web

/// Messages of a talk: the same acts, and the same time for them, as in a request.
extension Talks {
    package func say(_ draft: Draft, in id: TalkID, by viewer: Viewer) async throws {
        guard !draft.text.isEmpty || !draft.uploads.isEmpty else { throw TalkError.nothingWritten }
        try await change(id, by: viewer) { change in
            let tx = change.tx
            let known = try tx.one("SELECT talk_id, author_id FROM talk_message WHERE id = \(draft.id)") { row in
                try (row[0] as TalkID, row[1] as PersonID)
            }
            if let known {
                guard known == (id, viewer.person) else { throw TalkError.notFound }
                return
            }
            if let quote = draft.quote { _ = try change.sent(quote) }
            let number = try change.tell(.talkSaid, subject: draft.id.text, ["parent": id.text])
            let row = SearchIndex.row(at: change.now)
            try tx.send(
                """
                INSERT INTO talk_message (id, talk_id, number, author_id, text, at, quote_id, search_row)
                VALUES (\(draft.id), \(id), \(number), \(viewer.person), \(draft.text), \(change.now), \(draft.quote), \(row))
                """)
            var names: [String] = []
            for file in try Requests.claim(draft.uploads, by: viewer, in: tx) {
                try tx.send(
                    """
                    INSERT INTO talk_file (id, talk_id, message_id, name, size, type, hash, at)
                    VALUES (\(file.id), \(id), \(draft.id), \(file.name), \(file.size), \(file.type), \(file.hash), \(change.now))
                    """)
                names.append(file.name)
            }
            try SearchIndex.insert(
                row, open: ([draft.text] + names).joined(separator: " "), staff: "",
                scope: [SearchIndex.scope("t", id)], in: tx)
            try tx.send(
                """
                UPDATE talk SET last_number = \(number), last_at = \(change.now), last_by = \(viewer.person) WHERE id = \(id)
                """)
            try Requests.dropDraft(of: viewer.person, "/talks/\(id)", in: tx)
        }
    }

    package func edit(_ message: MessageID, in id: TalkID, to text: String, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            let sent = try change.sent(message)
            guard sent.author == viewer.person, !sent.isRemoved else { throw TalkError.notFound }
            guard MessageRule.mayEdit(isAuthor: true, sent: sent.at, isRemoved: false, now: change.now) else {
                throw TalkError.tooLate
            }
            guard text != sent.text else { return }
            try change.tx.send(
                """
                INSERT INTO talk_message_version (message_id, text, from_at, until_at)
                VALUES (\(message), \(sent.text), \(sent.editedAt ?? sent.at), \(change.now))
                """)
            let touched = try change.tell(.talkChanged, subject: message.text, ["parent": id.text, "kind": "edited"])
            try change.tx.send(
                """
                UPDATE talk_message SET text = \(text), edited_at = \(change.now), touched = \(touched)
                WHERE id = \(message)
                """)
            try change.reindex(message, sent)
        }
    }

    package func remove(
        _ message: MessageID, in id: TalkID, isRemoved: Bool = true, by viewer: Viewer
    ) async throws {
        try await change(id, by: viewer) { change in
            let sent = try change.sent(message)
            guard sent.author == viewer.person else { throw TalkError.notFound }
            guard sent.isRemoved != isRemoved else { return }
            let now = isRemoved ? change.now : change.now - Minutes(1)
            guard MessageRule.mayRemove(isAuthor: true, sent: sent.at, isRemoved: false, now: now) else {
                throw TalkError.tooLate
            }
            let touched = try change.tell(
                .talkChanged, subject: message.text, ["parent": id.text, "kind": isRemoved ? "removed" : "restored"])
            let removedAt = isRemoved ? change.now : nil
            try change.tx.send(
                "UPDATE talk_message SET removed_at = \(removedAt), touched = \(touched) WHERE id = \(message)")
            try change.reindex(message, sent)
        }
    }

    package func react(
        _ reaction: Reaction, to message: MessageID, in id: TalkID, isOn: Bool, by viewer: Viewer
    ) async throws {
        try await change(id, by: viewer) { change in
            guard try !change.sent(message).isRemoved else { throw TalkError.notFound }
            let changed =
                isOn
                ? try change.tx.run(
                    """
                    INSERT INTO talk_reaction (talk_id, message_id, person_id, code, at)
                    VALUES (\(id), \(message), \(viewer.person), \(reaction), \(change.now))
                    ON CONFLICT (message_id, person_id, code) DO NOTHING
                    """)
                : try change.tx.run(
                    """
                    DELETE FROM talk_reaction
                    WHERE message_id = \(message) AND person_id = \(viewer.person) AND code = \(reaction)
                    """)
            guard changed > 0 else { return }
            let touched = try change.tell(
                .talkChanged, subject: message.text,
                ["parent": id.text, "kind": reaction.rawValue, "state": isOn ? "on" : "off"])
            try change.tx.send("UPDATE talk_message SET touched = \(touched) WHERE id = \(message)")
        }
    }

    /// Marks as read up to an event's number; a mark never goes back.
    package func read(_ id: TalkID, upTo: Int64, by viewer: Viewer) async throws {
        let changed = try await database.write(in: viewer.organisation) { tx in
            let talk = try Self.find(id, for: viewer, tx)
            return try tx.run(
                """
                UPDATE talk_member SET read_up_to = \(min(upTo, try EventLog.newest(in: tx.lane, tx)))
                WHERE talk_id = \(talk.id) AND person_id = \(viewer.person) AND until_at IS NULL AND read_up_to < \(upTo)
                """)
        }
        if changed > 0 { bell.ring(viewer.organisation, 0, topics: ["talk/\(id)", "person/\(viewer.person)"]) }
    }
}

extension TalkChange {
    struct Sent {
        let author: PersonID, text: String, at: Instant, editedAt: Instant?, isRemoved: Bool, row: Int64
    }

    func sent(_ message: MessageID) throws -> Sent {
        let found = try tx.one(
            """
            SELECT author_id, text, at, edited_at, removed_at, search_row FROM talk_message
            WHERE id = \(message) AND talk_id = \(talk.id)
            """
        ) { row in
            try Sent(
                author: row[0], text: row[1], at: row[2], editedAt: row[3], isRemoved: row[4] as Int64? != nil,
                row: row[5])
        }
        guard let found else { throw TalkError.notFound }
        return found
    }

    /// What the index holds of a message is what the message says now.
    func reindex(_ message: MessageID, _ sent: Sent) throws {
        let words = try tx.all(
            """
            SELECT text FROM talk_message WHERE id = \(message) AND removed_at IS NULL
            UNION ALL SELECT talk_file.name FROM talk_file JOIN talk_message ON talk_message.id = talk_file.message_id
            WHERE talk_file.message_id = \(message) AND talk_message.removed_at IS NULL
            """
        ) { row in try row[0] as String }
        try SearchIndex.replace(sent.row, open: words.joined(separator: " "), staff: "", in: tx)
    }
}
