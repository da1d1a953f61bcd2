import Kernel
import Lines

/// What is to be told of a clock that runs: functions of values.
package enum DueRule {
    /// What a clock can be about.
    package enum What: String, Sendable, CaseIterable { case answer, solution }

    /// How much of a due moment has been told. Another due moment begins anew.
    package enum Told: Int, Sendable, Comparable {
        case nothing, soon, missed
        package static func < (left: Told, right: Told) -> Bool { left.rawValue < right.rawValue }
    }

    /// The warning comes when a quarter of the working time is left, between these.
    static let shortest = Minutes(5), longest = Minutes.hours(8)

    static func warning(from start: Instant, due: Instant, calendar: WorkCalendar) -> Instant {
        let whole = calendar.working(between: start, and: due)
        let left = max(shortest, min(longest, Minutes(whole.count / 4)))
        guard whole > left else { return start }
        return calendar.deadline(from: start, after: Minutes(whole.count - left.count))
    }

    /// What is to be told now; nil: nothing that is not told already.
    static func step(warn: Instant, due: Instant, told: Told, now: Instant) -> Told? {
        if now >= due { return told < .missed ? .missed : nil }
        return now >= warn && told < .soon ? .soon : nil
    }

    /// When the client is reminded that a solved request will close by itself: a day before, or halfway when less than two are left.
    static func closingReminder(from now: Instant, closes: Instant) -> Instant {
        closes - Minutes(min(24 * 60, max(0, Int(closes.since(now) / 120_000))))
    }

    /// When there will be something to tell.
    static func next(warn: Instant, due: Instant, told: Told) -> Instant? {
        switch told {
        case .nothing: min(warn, due)
        case .soon: due
        case .missed: nil
        }
    }
}

/// One of the two clocks of a request: until the first answer, or until the solution.
struct DueClock: Equatable {
    let what: DueRule.What
    let due: Instant
    let told: DueRule.Told

    /// Those that run: what waits or is done has none.
    static func running(_ request: Request) -> [DueClock] {
        guard request.state == .new || request.state == .working else { return [] }
        var clocks: [DueClock] = []
        if request.firstAnswer == nil, let due = request.answerDue {
            clocks.append(DueClock(what: .answer, due: due, told: request.answerTold))
        }
        if let due = request.deadline {
            clocks.append(DueClock(what: .solution, due: due, told: request.solutionTold))
        }
        return clocks
    }

    /// When a request is to be looked at again; nil: never, as it is.
    static func next(_ request: Request, calendar: WorkCalendar) -> Instant? {
        if request.state == .solved { return request.closesAt }
        return running(request).compactMap { clock in
            DueRule.next(
                warn: DueRule.warning(from: request.registered, due: clock.due, calendar: calendar), due: clock.due,
                told: clock.told)
        }.min()
    }
}
