package import Kernel
package import Storage

/// A durable timer: a row that says what is to be done when. Due timers are taken by one node (under a lease) and deleted in the
/// transaction that did the work, so a crash repeats the work and never forgets it.
package struct DueTimer: Sendable {
    package let id: String
    package let kind: String
    package let key: String
    package let data: EventData
    package let tries: Int
}

package enum Timers {
    /// Sets or moves the timer of this kind and key.
    package static func set(
        _ kind: String, key: String, due: Instant, data: EventData = [:], in tx: any WriteTransaction
    ) throws {
        try tx.run(
            """
            INSERT INTO timer (id, kind, key, due_at, data) VALUES (\(ID<DueTimer>.new()), \(kind), \(key), \(due), \(data.text))
            ON CONFLICT (kind, key) DO UPDATE SET due_at = excluded.due_at, data = excluded.data, tries = 0
            """)
    }

    package static func cancel(_ kind: String, key: String, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM timer WHERE kind = \(kind) AND key = \(key)")
    }

    package static func due(at now: Instant, atMost limit: Int, _ tx: any ReadTransaction) throws -> [DueTimer] {
        try tx.all(
            "SELECT id, kind, key, data, tries FROM timer WHERE due_at <= \(now) ORDER BY due_at LIMIT \(limit)"
        ) { row in
            try DueTimer(id: row[0], kind: row[1], key: row[2], data: EventData(text: row[3]), tries: row[4])
        }
    }

    /// To be called in the transaction that did the timer's work.
    /// - Returns: false when somebody else did it meanwhile, or the timer was moved: then the work must not be done.
    package static func finish(_ timer: DueTimer, at now: Instant, in tx: any WriteTransaction) throws -> Bool {
        try tx.run("DELETE FROM timer WHERE id = \(timer.id) AND due_at <= \(now)") == 1
    }

    /// Puts a timer off after a failure, by pauses that grow from a minute to an hour.
    package static func postpone(_ timer: DueTimer, at now: Instant, in tx: any WriteTransaction) throws {
        let pause = Minutes(min(60, 1 << min(timer.tries, 6)))
        try tx.run("UPDATE timer SET due_at = \(now + pause), tries = tries + 1 WHERE id = \(timer.id)")
    }
}
