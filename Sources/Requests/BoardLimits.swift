import Duty
import EventLog
package import Kernel
import Lines
import Storage
import Web

/// How many requests a column of a line's board should hold at once: a word to those who look, never a refusal.
extension Requests {
    static let largestBoardLimit = 999

    static func boardLimits(
        of lines: [LineID], by grouping: Grouping, _ tx: any ReadTransaction
    ) throws -> [LineID: [String: Int]] {
        guard !lines.isEmpty else { return [:] }
        let rows = try tx.all(
            """
            SELECT line_id, value, at_most FROM board_limit
            WHERE line_id IN (\(lines)) AND field = \(grouping.rawValue) AND at_most > 0
            """
        ) { row in try (line: row[0] as LineID, key: row[1] as String, most: row[2] as Int) }
        return Dictionary(grouping: rows, by: \.line).mapValues {
            Dictionary($0.map { ($0.key, $0.most) }, uniquingKeysWith: { $1 })
        }
    }

    /// Sets the limit of a column, or lifts it. Whoever leads the line may.
    package func limitColumn(
        _ key: String, by grouping: Grouping, of line: LineID, to most: Int?, by viewer: Viewer
    ) async throws {
        guard viewer.leads(line) else { throw RequestError.notFound }
        // The key goes into the log of events, whose data takes no free text.
        guard grouping.mayHold(key) else { throw WebError.wrong(field: "key") }
        let now = site.now()
        let sequence = try await database.write(in: viewer.organisation) { tx -> Int64 in
            guard try Lines.find(line, in: viewer.organisation, tx) != nil else { throw RequestError.notFound }
            let known = try Self.boardLimits(of: [line], by: grouping, tx)[line]?[key]
            guard known != most else { return 0 }
            try tx.send(
                """
                INSERT INTO board_limit (line_id, organisation_id, field, value, at_most)
                VALUES (\(line), \(viewer.organisation), \(grouping.rawValue), \(key), \(most ?? 0))
                ON CONFLICT (line_id, field, value) DO UPDATE SET at_most = excluded.at_most
                """)
            return try EventLog.append(
                .boardLimitChanged, by: viewer.person, at: now, subject: line.text,
                data: [
                    "kind": grouping.rawValue, "state": key.isEmpty ? nil : key, "from": known.map(String.init),
                    "to": most.map(String.init),
                ], in: tx)
        }
        if sequence > 0 { bell.ring(viewer.organisation, sequence, topics: ["line/\(line)"]) }
    }
}

extension Grouping {
    /// Whether a column of this board may have such a key.
    func mayHold(_ key: String) -> Bool {
        switch self {
        case .state: Request.State(rawValue: key) != nil
        case .priority: Priority(rawValue: key) != nil
        case .line: LineID(parsing: key)?.text == key
        case .assignee: key.isEmpty || PersonID(parsing: key)?.text == key
        case .topic: key.isEmpty || TopicID(parsing: key)?.text == key
        }
    }
}
