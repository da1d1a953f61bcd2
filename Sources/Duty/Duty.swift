package import Kernel
package import Storage

/// What a specialist is to a line at a moment.
package enum DutyState: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
    /// Gives and gets requests of the line.
    case on
    /// Works, and is offered nothing more.
    case busy
    case rest = "break"
    case away
}

/// Why a state began.
package enum DutyReason: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
    case hand
    /// Nothing was done on a page for as long as the line's rule says.
    case idle
    /// Every page was closed.
    case signOut = "sign-out"
    /// The first of somebody's day: what was there before is not known.
    case start
}

/// Who is on a line just now.
package struct DutyNow: Sendable, Equatable {
    package let person: PersonID
    package let line: LineID
    package let state: DutyState
    package let since: Instant
}

/// One dated fact: who was what to which line from when to when.
package struct DutySpan: Sendable, Equatable {
    package let person: PersonID
    package let line: LineID
    package let state: DutyState
    package let why: DutyReason
    package let from: Instant
    /// nil: it holds still.
    package let until: Instant?
}

/// Who is on duty, on which line and since when. Other rooms read it here and change nothing; the acts are functions of `DutyRoom`.
/// Somebody without a row was never there, which is the same as away.
package enum Duty {
    /// Everybody who has been on these lines, with the present state. Those whose work on a line has ended are not among them.
    package static func now(of lines: [LineID], _ tx: any ReadTransaction) throws -> [LineID: [DutyNow]] {
        guard !lines.isEmpty else { return [:] }
        let rows = try tx.all(
            """
            SELECT person_id, line_id, state, from_at FROM duty_span WHERE line_id IN (\(lines)) AND until_at IS NULL
            ORDER BY from_at, person_id
            """
        ) { row in try DutyNow(person: row[0], line: row[1], state: row[2], since: row[3]) }
        return Dictionary(grouping: rows, by: \.line)
    }

    /// What was on these lines in a stretch of time, spans that only reach into it too, by their beginning.
    package static func spans(
        lines: [LineID], from: Instant, until: Instant, _ tx: any ReadTransaction
    ) throws -> [DutySpan] {
        guard !lines.isEmpty else { return [] }
        return try tx.all(
            """
            SELECT person_id, line_id, state, why, from_at, until_at FROM duty_span
            WHERE id IN (
                SELECT id FROM duty_span WHERE line_id IN (\(lines)) AND until_at IS NULL AND from_at < \(until)
                UNION ALL SELECT id FROM duty_span WHERE line_id IN (\(lines)) AND until_at > \(from) AND from_at < \(until))
            ORDER BY from_at, id
            """
        ) { row in
            try DutySpan(
                person: row[0], line: row[1], state: row[2], why: row[3], from: row[4], until: row[5])
        }
    }

    /// A person's present state on each line they have been on.
    package static func state(of person: PersonID, _ tx: any ReadTransaction) throws -> [LineID: DutyState] {
        Dictionary(
            try tx.all("SELECT line_id, state FROM duty_span WHERE person_id = \(person) AND until_at IS NULL") { row in
                try (row[0] as LineID, row[1] as DutyState)
            }, uniquingKeysWith: { $1 })
    }
}
