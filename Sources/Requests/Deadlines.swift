import Kernel
import Lines

/// When a solution is due: functions of values.
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

    /// The deadline by the line's norm, later by what was spent waiting for the client.
    static func norm(
        from start: Instant, line: Line, planned: Minutes?, priority: Priority, waited: Minutes = Minutes(0)
    ) -> Instant? {
        let planned = planned ?? line.planned
        guard planned.count > 0 else { return nil }
        return line.hours.deadline(from: start, after: allowed(planned, priority) + waited, zone: line.zone)
    }

    /// While the client is waited for, the clock stands: what is left is kept in working minutes.
    static func paused(_ request: Request, at now: Instant, line: Line) -> Minutes? {
        guard let deadline = request.deadline else { return nil }
        return deadline > now
            ? line.hours.working(between: now, and: deadline, zone: line.zone)
            : Minutes(-line.hours.working(between: deadline, and: now, zone: line.zone).count)
    }

    /// And it goes on from where it stood; what was late stays late.
    static func resumed(_ request: Request, at now: Instant, line: Line) -> Instant? {
        guard let left = request.pausedLeft else { return request.deadline }
        return left.count > 0
            ? line.hours.deadline(from: now, after: left, zone: line.zone) : now - Minutes(-left.count)
    }
}
