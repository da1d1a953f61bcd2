import EventLog
package import Kernel
import Lines
import People
import Storage
import Web

package enum QuickReplyTag {}
package typealias QuickReplyID = ID<QuickReplyTag>

/// A text that a specialist sends again and again: an own one, or one of a line, for everybody who works on it.
package struct QuickReply: Sendable, Equatable {
    package let id: QuickReplyID
    /// Whose it is; nil for one of a line.
    package let person: PersonID?
    package let line: LineID?
    package var title: String
    package var text: String

    init(_ row: Row) throws {
        try (id, person, line, title, text) = (row[0], row[1], row[2], row[3], row[4])
    }

    static let columns: SQL = "SELECT quick_reply.id, person_id, line_id, title, text FROM quick_reply"

    /// Words in braces are replaced by what they stand for here; others stay as they were written.
    package static func filled(_ text: String, _ values: [String: String]) -> String {
        var result = "", rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = rest[rest.index(after: open)..<close].lowercased()
            result += values[name] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }

    /// Who may change the texts of a line: its main specialists, those who lead it, administrators.
    static func mayKeep(_ line: LineID, _ viewer: Viewer) -> Bool {
        viewer.isAdministrator || viewer.lines[line] == .main || viewer.manages.everything
            || viewer.manages.lines.contains(line)
    }
}

extension Requests {
    /// Those a viewer may use: own ones first, then those of the lines the viewer works on or leads.
    static func quickReplies(for viewer: Viewer, _ tx: any ReadTransaction) throws -> [QuickReply] {
        guard viewer.mayWork else { return [] }
        let every = viewer.isAdministrator || viewer.manages.everything
        let lines = (Array(viewer.lines.keys) + viewer.manages.lines).sorted()
        let ofLines: SQL = every ? "line_id IS NOT NULL" : "line_id IN (\(lines))"
        return try tx.all(
            """
            \(QuickReply.columns) WHERE organisation_id = \(viewer.organisation) AND ended_at IS NULL
                AND (person_id = \(viewer.person) OR \(ofLines))
            ORDER BY CASE WHEN person_id IS NULL THEN 1 ELSE 0 END, line_id, title, id LIMIT 500
            """, QuickReply.init)
    }

    /// Adds a text, or changes the one of this id. The id is made by the page, so that a repetition adds nothing.
    func keepQuickReply(
        _ id: QuickReplyID, line: LineID?, title: String, text: String, by viewer: Viewer
    ) async throws {
        guard viewer.mayWork else { throw RequestError.notAllowed }
        let now = site.now()
        try await database.write(in: viewer.organisation) { tx in
            if let known = try Self.quickReply(id, for: viewer, tx) {
                guard known.line == line || line == nil else { throw RequestError.notFound }
                try tx.send("UPDATE quick_reply SET title = \(title), text = \(text) WHERE id = \(id)")
                return
            }
            if let line {
                guard QuickReply.mayKeep(line, viewer), try Lines.find(line, in: viewer.organisation, tx) != nil else {
                    throw RequestError.noSuchLine
                }
            }
            guard try !tx.exists("SELECT 1 FROM quick_reply WHERE id = \(id)") else { throw RequestError.notFound }
            let owner = line == nil ? viewer.person : nil
            try tx.send(
                """
                INSERT INTO quick_reply (id, organisation_id, person_id, line_id, title, text, made_at)
                VALUES (\(id), \(viewer.organisation), \(owner), \(line), \(title), \(text), \(now))
                """)
        }
    }

    /// Takes a text out of use, or brings it back.
    func endQuickReply(_ id: QuickReplyID, isEnded: Bool = true, by viewer: Viewer) async throws {
        let now = site.now()
        try await database.write(in: viewer.organisation) { tx in
            guard try Self.quickReply(id, for: viewer, tx) != nil else { throw RequestError.notFound }
            try tx.send("UPDATE quick_reply SET ended_at = \(isEnded ? now : nil) WHERE id = \(id)")
        }
    }

    /// One that the viewer may change.
    private static func quickReply(
        _ id: QuickReplyID, for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> QuickReply? {
        let found = try tx.one(
            "\(QuickReply.columns) WHERE quick_reply.id = \(id) AND organisation_id = \(viewer.organisation)",
            QuickReply.init)
        guard let found, found.person == viewer.person || found.line.map({ QuickReply.mayKeep($0, viewer) }) == true
        else {
            return nil
        }
        return found
    }
}
