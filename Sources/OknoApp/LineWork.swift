import Duty
import Kernel
import Lines
import Storage

/// What the pages of lines say of their requests: Lines comes before Requests, so the two meet here.
enum LineWork {
    static func workload(now: @escaping @Sendable () -> Instant) -> Workload {
        Workload(
            ofLines: { organisation, tx in
                try counted(
                    """
                    SELECT line_id, COUNT(CASE WHEN is_open = 1 THEN 1 END),
                        COUNT(CASE WHEN is_open = 1 AND deadline_at < \(now()) THEN 1 END), COUNT(*)
                    FROM request WHERE organisation_id = \(organisation) GROUP BY line_id
                    """, tx
                ) { row in try Workload.Count(open: row[1], late: row[2], total: row[3]) }
            },
            ofTopics: { line, tx in
                try counted(
                    """
                    SELECT topic_id, COUNT(*) FROM request WHERE line_id = \(line) AND is_open = 1 AND topic_id IS NOT NULL
                    GROUP BY topic_id
                    """, tx
                ) { row in try row[1] }
            },
            ofStaff: { line, tx in
                try counted(
                    """
                    SELECT assignee_id, COUNT(*) FROM request WHERE line_id = \(line) AND is_open = 1 AND assignee_id IS NOT NULL
                    GROUP BY assignee_id
                    """, tx
                ) { row in try row[1] }
            },
            present: { line, tx in
                Dictionary(
                    (try Duty.now(of: [line], tx)[line] ?? []).map {
                        ($0.person, ($0.state.dot, "duty.state.\($0.state.rawValue)"))
                    }, uniquingKeysWith: { $1 })
            })
    }

    /// The first column of each row is the key.
    private static func counted<Tag, Value>(
        _ sql: SQL, _ tx: any ReadTransaction, _ value: (Row) throws -> Value
    ) throws -> [ID<Tag>: Value] {
        let rows: [(ID<Tag>, Value)] = try tx.all(sql) { row in (try row[0], try value(row)) }
        return Dictionary(rows) { first, _ in first }
    }
}
