import Kernel
import Lines

/// A line's working time, as far as the board asks for it.
struct LineClock: Sendable {
    let line: Line

    func isOpen(at now: Instant) -> Bool { line.isOpen(at: now) }

    func working(between start: Instant, and end: Instant) -> Int {
        line.calendar.working(between: start, and: end).count
    }

    func moment(after minutes: Int, from now: Instant) -> Instant {
        line.calendar.deadline(from: now, after: Minutes(minutes))
    }

    /// The last moment from which so many working minutes have passed by now; found by halving a month, so that a board counts once for a
    /// line what would else be counted for each request.
    func moment(before now: Instant, by minutes: Int) -> Instant {
        var early = now - .days(31), late = now
        while late.since(early) > 60_000 {
            let middle = Instant(milliseconds: (early.milliseconds + late.milliseconds) / 2)
            if working(between: middle, and: now) >= minutes { early = middle } else { late = middle }
        }
        return early
    }

    /// The end of the day's work; midnight of a line that never closes, and now when nothing is worked any more today.
    func endOfDay(_ now: Instant) -> Instant {
        let midnight = line.zone.instant(line.zone.local(now).date.adding(days: 1), minute: 0)
        guard !line.calendar.isAlways else { return midnight }
        var end = now
        while let opening = line.calendar.isOpen(at: end)
            ? end : line.calendar.nextOpening(after: end),
            opening < midnight, let closing = line.calendar.closing(after: opening)
        {
            end = min(closing, midnight)
            if end >= midnight { break }
        }
        return end
    }
}
