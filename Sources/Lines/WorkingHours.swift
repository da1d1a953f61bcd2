import Kernel

/// The weekly hours of a line; several intervals a day are breaks. Without any hours the line keeps no schedule: it is always open and
/// deadlines are calendar time. When a line works on a given date is said by its `WorkCalendar`.
package struct WorkingHours: Sendable, Equatable {
    /// Minutes of one day, from midnight; `until` is at most 1440.
    package struct Interval: Sendable, Hashable, Comparable {
        package let from: Int, until: Int
        package init(_ from: Int, _ until: Int) { (self.from, self.until) = (from, until) }
        package static func < (left: Interval, right: Interval) -> Bool {
            (left.from, left.until) < (right.from, right.until)
        }
    }

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

    /// Hours of one day as text: «540-780,840-1080»; nothing for a day without any.
    static func text(_ intervals: [Interval]) -> String {
        intervals.map { "\($0.from)-\($0.until)" }.joined(separator: ",")
    }

    static func intervals(_ text: String) -> [Interval] {
        text.split(separator: ",").compactMap { part in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            return ends.count == 2 ? Interval(ends[0], ends[1]) : nil
        }
    }
}
