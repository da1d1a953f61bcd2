package import EventLog
package import Kernel
package import Storage

/// A reader of the log that keeps how long each line's clients waited for the first answer, so that the home page can say
/// «обычно 4 мин» from rows and not from the whole history.
package struct FirstAnswers: LogReader {
    package let name = "first-answers"
    package init() {}

    package func take(_ events: [Event], in tx: any WriteTransaction) throws {
        for event in events where event.kind == .replied && event.data["side"] == "staff" {
            guard let request = event.request else { continue }
            try tx.send(
                """
                INSERT INTO first_answer (request_id, line_id, at, minutes)
                SELECT id, line_id, first_answer_at, (first_answer_at - registered_at) / 60000 FROM request
                WHERE id = \(request) AND first_answer_at = \(event.at)
                ON CONFLICT (request_id) DO NOTHING
                """)
        }
    }

    /// The median of a line's last 50 first answers of a week, in minutes; nothing is said below five answers.
    package static func usual(_ lines: [LineID], at now: Instant, _ tx: any ReadTransaction) throws -> [LineID: Minutes]
    {
        var waits: [LineID: [Int]] = [:]
        try tx.query(
            """
            SELECT line_id, minutes FROM first_answer
            WHERE line_id IN (\(lines)) AND at > \(now - .days(7)) ORDER BY at DESC LIMIT 500
            """
        ) { row in waits[try row[0], default: []].append(try row[1]) }
        return waits.compactMapValues { minutes in
            guard minutes.count >= 5 else { return nil }
            return Minutes(max(1, minutes.sorted()[minutes.count / 2]))
        }
    }
}
