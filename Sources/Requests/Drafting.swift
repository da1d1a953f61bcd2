package import Kernel
package import Storage
import Web

/// What somebody has begun to write and not sent, the same on every device.
struct KeptDraft: Sendable, Equatable {
    var text: String
    /// «reply» or «note»; nil on the home page.
    var kind: String?
    var line: LineID?
    /// Grows with each change: a device that has an older one knows that another wrote meanwhile.
    var version: Int64
}

extension Requests {
    /// Where a draft may stand: the home page, or the conversation of a request.
    static func isPlaceOfDraft(_ place: String) -> Bool {
        place == "ask" || place.wholeMatch(of: /\/(requests|talks)\/[0-9a-f-]{1,40}/) != nil
    }

    static func draft(of person: PersonID, _ place: String, _ tx: any ReadTransaction) throws -> KeptDraft? {
        try tx.one("SELECT text, kind, line_id, version FROM draft WHERE person_id = \(person) AND place = \(place)") {
            try KeptDraft(text: $0[0], kind: $0[1], line: $0[2], version: $0[3])
        }
    }

    /// For other rooms' conversations.
    package static func draftText(
        of person: PersonID, _ place: String, _ tx: any ReadTransaction
    ) throws -> (text: String, version: Int64) {
        let draft = try draft(of: person, place, tx)
        return (draft?.text ?? "", draft?.version ?? 0)
    }

    /// Keeps a draft; an empty text drops it.
    /// - Returns: the version it has now.
    func keep(_ draft: KeptDraft, at place: String, by viewer: Viewer) async throws -> Int64 {
        guard Self.isPlaceOfDraft(place) else { throw RequestError.notFound }
        let now = site.now()
        return try await database.write(in: viewer.organisation) { tx in
            guard !draft.text.isEmpty else {
                try Self.dropDraft(of: viewer.person, place, in: tx)
                return 0
            }
            let version = (try Self.draft(of: viewer.person, place, tx)?.version ?? now.milliseconds) + 1
            try tx.send(
                """
                INSERT INTO draft (person_id, place, text, kind, line_id, version, at)
                VALUES (\(viewer.person), \(place), \(draft.text), \(draft.kind), \(draft.line), \(version), \(now))
                ON CONFLICT (person_id, place) DO UPDATE SET text = excluded.text, kind = excluded.kind,
                    line_id = excluded.line_id, version = excluded.version, at = excluded.at
                """)
            return version
        }
    }

    /// A message that was sent is no draft any more: dropped in the same transaction.
    package static func dropDraft(of person: PersonID, _ place: String, in tx: any WriteTransaction) throws {
        try tx.send("DELETE FROM draft WHERE person_id = \(person) AND place = \(place)")
    }

    package static func dropDrafts(before moment: Instant, in tx: any WriteTransaction) throws {
        try tx.send("DELETE FROM draft WHERE at < \(moment)")
    }
}
