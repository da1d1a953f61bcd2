package import Kernel

/// What a production calendar says of a day that is not like others of its weekday.
package enum DayKind: String, Sendable, CaseIterable {
    /// Nobody works, whatever the week says.
    case off
    /// Work ends an hour earlier.
    case short
    /// A day off that was made a working one.
    case working
}

/// Days that are not like others of their weekday.
package struct SpecialDays: Sendable, Equatable {
    /// Of the organisation's production calendar; empty for a line that does not follow it.
    package var production: [LocalDate: DayKind] = [:]
    /// The line's own: the hours of that day, none for a day closed. They go before everything else.
    package var own: [LocalDate: [WorkingHours.Interval]] = [:]

    package init() {}
    package var isEmpty: Bool { production.isEmpty && own.isEmpty }
}

/// When a line works: its week, the production calendar, its own days, by the clock of its zone. All arithmetic of deadlines is here.
package struct WorkCalendar: Sendable, Equatable {
    /// How far ahead days are looked at: a planned time that does not fit ends there.
    package static let horizonDays = 3660
    /// By how much a shortened day ends earlier.
    package static let shorterBy = 60

    package let hours: WorkingHours
    package let zone: Zone
    package let special: SpecialDays

    package init(_ hours: WorkingHours, _ zone: Zone, _ special: SpecialDays = SpecialDays()) {
        (self.hours, self.zone) = (hours, zone)
        // A line without a week keeps no calendar either; only its own days count.
        var special = special
        if hours.days.isEmpty { special.production = [:] }
        self.special = special
    }

    /// No schedule, or one without a break.
    package var isAlways: Bool { hours.isAlways && special.isEmpty }

    /// The working hours of one day.
    package func intervals(on date: LocalDate) -> [WorkingHours.Interval] {
        if let own = special.own[date] { return own }
        let usual = hours.days.isEmpty ? [WorkingHours.Interval(0, 1440)] : hours.days[date.weekday, default: []]
        switch special.production[date] {
        case nil: return usual
        case .off: return []
        case .short: return Self.shortened(usual)
        // Worked by the hours of the last weekday before it that has any: a working Saturday is like a Friday.
        case .working:
            return usual.isEmpty
                ? (0..<7).lazy.compactMap { hours.days[(date.weekday + 5 - $0) % 7 + 1] }.first ?? [] : usual
        }
    }

    private static func shortened(_ intervals: [WorkingHours.Interval]) -> [WorkingHours.Interval] {
        var rest = shorterBy, left = intervals
        while rest > 0, let last = left.popLast() {
            let length = last.until - last.from
            if length > rest { left.append(.init(last.from, last.until - rest)) }
            rest -= min(rest, length)
        }
        return left
    }

    package func isOpen(at instant: Instant) -> Bool {
        guard !isAlways else { return true }
        let run = runs(from: instant).first { $0.until > instant }
        return run.map { $0.from <= instant } ?? false
    }

    /// The first opening after a moment; nil when the line never closes.
    package func nextOpening(after instant: Instant) -> Instant? {
        guard !isAlways else { return nil }
        return runs(from: instant).first { $0.from > instant }?.from
    }

    /// When the line that is open at a moment closes; nil when it is closed then, or never closes.
    package func closing(after instant: Instant) -> Instant? {
        guard !isAlways, let run = runs(from: instant).first(where: { $0.until > instant }) else { return nil }
        return run.from <= instant ? run.until : nil
    }

    /// The moment by which so many working minutes have passed. Time that ends with a day's work ends at closing, not at the next opening.
    package func deadline(from instant: Instant, after planned: Minutes) -> Instant {
        guard planned.count > 0 else { return instant }
        guard !isAlways else { return instant + planned }
        var rest = Int64(planned.count) * 60_000, last = instant
        for run in runs(from: instant) where run.until > instant {
            let start = max(run.from, instant)
            let length = run.until.since(start)
            if rest <= length { return Instant(milliseconds: start.milliseconds + rest) }
            rest -= length
            last = run.until
        }
        return last
    }

    /// The end of the work of the day that comes so many working days after a moment's own.
    package func end(ofWorkingDay count: Int, after instant: Instant) -> Instant {
        var date = zone.local(instant).date, left = count, last = instant
        for _ in 0..<Self.horizonDays where left > 0 {
            date = date.adding(days: 1)
            guard let until = intervals(on: date).last?.until else { continue }
            last = zone.instant(date, minute: until)
            left -= 1
        }
        return last
    }

    /// Whole working minutes between two moments; none when the second is earlier.
    package func working(between start: Instant, and end: Instant) -> Minutes {
        guard start < end else { return Minutes(0) }
        guard !isAlways else { return Minutes(Int(end.since(start) / 60_000)) }
        var sum: Int64 = 0
        for run in runs(from: start) {
            guard run.from < end else { break }
            sum += max(0, min(run.until, end).since(max(run.from, start)))
        }
        return Minutes(Int(sum / 60_000))
    }

    private func runs(from instant: Instant) -> Runs { Runs(self, around: zone.local(instant).date) }
}

/// Open times as real time, one after another, joined over midnight. Begins a day early, because a run may have.
private struct Runs: Sequence, IteratorProtocol {
    struct Run { let from: Instant, until: Instant }

    private let calendar: WorkCalendar
    private var day: LocalDate, left: Int
    private var waiting: ArraySlice<Run> = []

    init(_ calendar: WorkCalendar, around date: LocalDate) {
        self.calendar = calendar
        day = date.adding(days: -1)
        left = WorkCalendar.horizonDays
    }

    mutating func next() -> Run? {
        guard var run = takePart() else { return nil }
        while let following = takePart() {
            guard following.from <= run.until else {
                waiting.insert(following, at: waiting.startIndex)
                break
            }
            run = Run(from: run.from, until: Swift.max(run.until, following.until))
        }
        return run
    }

    private mutating func takePart() -> Run? {
        while waiting.isEmpty {
            guard left > 0 else { return nil }
            let zone = calendar.zone
            let parts = calendar.intervals(on: day).map { interval in
                Run(from: zone.instant(day, minute: interval.from), until: zone.instant(day, minute: interval.until))
            }
            // Hours that daylight saving skips have no length.
            waiting = parts.filter { $0.from < $0.until }[...]
            (day, left) = (day.adding(days: 1), left - 1)
        }
        return waiting.removeFirst()
    }
}
