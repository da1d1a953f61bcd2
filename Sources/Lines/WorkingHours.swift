package import Kernel

/// The weekly hours of a line, by the clock of its time zone. Without any hours the line keeps no schedule: it is always open and
/// deadlines are calendar time.
package struct WorkingHours: Sendable, Equatable {
    /// Minutes of one day, from midnight; `until` is at most 1440.
    package struct Interval: Sendable, Hashable, Comparable {
        package let from: Int, until: Int
        package init(_ from: Int, _ until: Int) { (self.from, self.until) = (from, until) }
        package static func < (left: Interval, right: Interval) -> Bool {
            (left.from, left.until) < (right.from, right.until)
        }
    }

    /// How far ahead hours are looked at: a planned time that does not fit ends there.
    package static let horizonDays = 3660

    /// By weekday, 1 is Monday; sorted, those that touch joined.
    package let days: [Int: [Interval]]

    package static let none = WorkingHours([:])
    package static let aroundTheClock = WorkingHours(
        Dictionary(uniqueKeysWithValues: (1...7).map { ($0, [Interval(0, 1440)]) }))

    /// An interval that ends before it begins goes over midnight into the next day. Equal ends are no interval.
    package init(_ days: [Int: [Interval]]) {
        var parts: [Int: [Interval]] = [:]
        for (day, intervals) in days where (1...7).contains(day) {
            for interval in intervals where interval.from >= 0 && interval.from < 1440 && interval.until <= 1440 {
                if interval.from < interval.until {
                    parts[day, default: []].append(interval)
                } else if interval.until < interval.from, interval.until >= 0 {
                    parts[day, default: []].append(Interval(interval.from, 1440))
                    if interval.until > 0 { parts[day % 7 + 1, default: []].append(Interval(0, interval.until)) }
                }
            }
        }
        self.days = parts.mapValues(Self.joined)
    }

    private static func joined(_ intervals: [Interval]) -> [Interval] {
        intervals.sorted().reduce(into: []) { result, next in
            if let last = result.last, next.from <= last.until {
                result[result.count - 1] = Interval(last.from, max(last.until, next.until))
            } else {
                result.append(next)
            }
        }
    }

    /// No schedule, or one without a break.
    package var isAlways: Bool { days.isEmpty || self == .aroundTheClock }

    package func isOpen(at instant: Instant, zone: Zone) -> Bool {
        guard !isAlways else { return true }
        let run = runs(from: instant, zone).first { $0.until > instant }
        return run.map { $0.from <= instant } ?? false
    }

    /// The first opening after a moment; nil when the line never closes.
    package func nextOpening(after instant: Instant, zone: Zone) -> Instant? {
        guard !isAlways else { return nil }
        return runs(from: instant, zone).first { $0.from > instant }?.from
    }

    /// When the line that is open at a moment closes; nil when it is closed then, or never closes.
    package func closing(after instant: Instant, zone: Zone) -> Instant? {
        guard !isAlways, let run = runs(from: instant, zone).first(where: { $0.until > instant }) else { return nil }
        return run.from <= instant ? run.until : nil
    }

    /// The moment by which so many working minutes have passed. Time that ends with a day's work ends at closing, not at the next opening.
    package func deadline(from instant: Instant, after planned: Minutes, zone: Zone) -> Instant {
        guard planned.count > 0 else { return instant }
        guard !isAlways else { return instant + planned }
        var rest = Int64(planned.count) * 60_000, last = instant
        for run in runs(from: instant, zone) where run.until > instant {
            let start = max(run.from, instant)
            let length = run.until.since(start)
            if rest <= length { return Instant(milliseconds: start.milliseconds + rest) }
            rest -= length
            last = run.until
        }
        return last
    }

    /// Whole working minutes between two moments; none when the second is earlier.
    package func working(between start: Instant, and end: Instant, zone: Zone) -> Minutes {
        guard start < end else { return Minutes(0) }
        guard !isAlways else { return Minutes(Int(end.since(start) / 60_000)) }
        var sum: Int64 = 0
        for run in runs(from: start, zone) {
            guard run.from < end else { break }
            sum += max(0, min(run.until, end).since(max(run.from, start)))
        }
        return Minutes(Int(sum / 60_000))
    }

    private func runs(from instant: Instant, _ zone: Zone) -> Runs {
        Runs(hours: self, zone: zone, around: zone.local(instant).date)
    }
}

/// Open times as real time, one after another, joined over midnight. Begins a day early, because a run may have.
private struct Runs: Sequence, IteratorProtocol {
    struct Run { let from: Instant, until: Instant }

    private let hours: WorkingHours, zone: Zone
    private var day: LocalDate, left: Int
    private var waiting: ArraySlice<Run> = []

    init(hours: WorkingHours, zone: Zone, around date: LocalDate) {
        (self.hours, self.zone) = (hours, zone)
        day = date.adding(days: -1)
        left = WorkingHours.horizonDays
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
            let date = day
            let parts = hours.days[date.weekday, default: []].map { interval in
                Run(from: zone.instant(date, minute: interval.from), until: zone.instant(date, minute: interval.until))
            }
            // Hours that daylight saving skips have no length.
            waiting = parts.filter { $0.from < $0.until }[...]
            (day, left) = (day.adding(days: 1), left - 1)
        }
        return waiting.removeFirst()
    }
}
