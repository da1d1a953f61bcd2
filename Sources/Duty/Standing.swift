import EventLog
package import Kernel
import Lines
package import Storage

/// Saying on which line one is.
extension DutyRoom {
    /// The viewer's own state on one line, or on all of theirs.
    package func stand(_ state: DutyState, on line: LineID? = nil, by viewer: Viewer) async throws {
        let mine = viewer.dutyLines
        guard !mine.isEmpty else { throw DutyError.notFound }
        if let line, !mine.contains(line) { throw DutyError.notFound }
        try await change(in: viewer.organisation, by: viewer.person) { change in
            // A line out of offer needs nobody on it.
            let open = Set(try Lines.all(in: viewer.organisation, change.tx).filter { !$0.isArchived }.map(\.id))
            let wanted = line.map { [$0] } ?? mine.filter(open.contains)
            let first = try !Self.wasHereToday(viewer, at: change.at, change.tx)
            for line in wanted {
                try change.put(viewer.person, on: line, state, why: first && state != .away ? .start : .hand)
            }
            try Self.sign(of: viewer.person, change)
            try Self.arm(viewer.person, change)
        }
    }

    /// Another person's state, by who leads the line.
    package func stand(_ state: DutyState, of person: PersonID, on line: LineID, by viewer: Viewer) async throws {
        guard viewer.leads(line) else { throw DutyError.notFound }
        try await change(in: viewer.organisation, by: viewer.person) { change in
            guard try Lines.find(line, in: viewer.organisation, change.tx) != nil,
                try Lines.staff(of: line, change.tx).contains(where: { $0.0 == person })
            else { throw DutyError.notFound }
            try change.put(person, on: line, state, why: .hand)
            if state != .away { try Self.sign(of: person, change) }
            try Self.arm(person, change)
        }
    }

    /// One tap brings back what Okno has taken away: each line's state before, and the line at least.
    package func comeBack(by viewer: Viewer) async throws {
        let mine = viewer.dutyLines
        guard !mine.isEmpty else { throw DutyError.notFound }
        try await change(in: viewer.organisation, by: viewer.person) { change in
            let left = try Duty.leftByItself(viewer.person, change.tx).filter { mine.contains($0.line) }
            guard !left.isEmpty else { throw DutyError.notOnLine }
            for line in left { try change.put(viewer.person, on: line.line, line.before, why: .hand) }
            try Self.sign(of: viewer.person, change)
            try Self.arm(viewer.person, change)
        }
    }

    /// Whether the person was anywhere on the calendar day of this moment already.
    private static func wasHereToday(_ viewer: Viewer, at now: Instant, _ tx: any ReadTransaction) throws -> Bool {
        let morning = viewer.zone.instant(viewer.zone.local(now).date, minute: 0)
        return try tx.exists(
            """
            SELECT 1 FROM duty_span WHERE person_id = \(viewer.person) AND state <> 'away'
                AND (until_at IS NULL OR until_at > \(morning))
            """)
    }
}

extension Duty {
    /// Lines on which a person is away without having said so, with what they were before.
    package static func leftByItself(
        _ person: PersonID, _ tx: any ReadTransaction
    ) throws -> [(line: LineID, before: DutyState, why: DutyReason, since: Instant)] {
        try tx.all(
            """
            SELECT present.line_id, present.why, present.from_at, (
                SELECT former.state FROM duty_span AS former
                WHERE former.person_id = present.person_id AND former.line_id = present.line_id
                    AND former.until_at = present.from_at
                ORDER BY former.from_at DESC LIMIT 1)
            FROM duty_span AS present
            WHERE present.person_id = \(person) AND present.until_at IS NULL AND present.state = 'away'
                AND present.why <> 'hand'
            ORDER BY present.line_id
            """
        ) { row in
            let before: DutyState? = try row[3]
            return try (
                line: row[0], before: before.map { $0 == .away ? .on : $0 } ?? .on, why: row[1], since: row[2]
            )
        }
    }
}
