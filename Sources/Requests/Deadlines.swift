import Kernel
import Lines

/// When an answer and a solution are due: functions of values.
enum Deadlines {
    /// What priority makes of the planned time: an urgent request has a quarter of it, a low one twice.
    static func allowed(_ planned: Minutes, _ priority: Priority) -> Minutes {
        switch priority {
        case .low: Minutes(planned.count * 2)
        case .normal: planned
        case .high: Minutes(max(1, planned.count / 2))
        case .urgent: Minutes(max(1, planned.count / 4))
        }
    }

    /// The deadline, later by what was spent waiting. A norm holds as it says; without one the planned time by priority.
    static func norm(
        from start: Instant, line: Line, planned: Minutes?, priority: Priority, said norm: Minutes? = nil,
        waited: Minutes = Minutes(0)
    ) -> Instant? {
        let planned = planned ?? line.planned
        guard let minutes = norm ?? (planned.count > 0 ? allowed(planned, priority) : nil) else { return nil }
        return line.calendar.deadline(from: start, after: minutes + waited)
    }

    /// While somebody else is waited for, a clock stands: what is left is kept in working minutes.
    static func left(until due: Instant?, at now: Instant, line: Line) -> Minutes? {
        guard let due else { return nil }
        return due > now
            ? line.calendar.working(between: now, and: due)
            : Minutes(-line.calendar.working(between: due, and: now).count)
    }

    /// And it goes on from where it stood; what was late stays late.
    static func due(after left: Minutes, at now: Instant, line: Line) -> Instant {
        left.count > 0 ? line.calendar.deadline(from: now, after: left) : now - Minutes(-left.count)
    }

    static func paused(_ request: Request, at now: Instant, line: Line) -> Minutes? {
        left(until: request.deadline, at: now, line: line)
    }

    static func resumed(_ request: Request, at now: Instant, line: Line) -> Instant? {
        request.pausedLeft.map { due(after: $0, at: now, line: line) } ?? request.deadline
    }
}
