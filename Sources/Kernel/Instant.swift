#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A moment: milliseconds since 1970-01-01 UTC, as the database keeps it.
package struct Instant: Hashable, Sendable, Comparable {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }
    package init(seconds: Int64) { self.milliseconds = seconds * 1000 }

    package static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }
    package static func + (left: Instant, right: Minutes) -> Instant {
        Instant(milliseconds: left.milliseconds + Int64(right.count) * 60_000)
    }
    package static func - (left: Instant, right: Minutes) -> Instant { left + Minutes(-right.count) }

    /// Milliseconds from another moment to this one.
    package func since(_ other: Instant) -> Int64 { milliseconds - other.milliseconds }
}

/// Whole minutes of labour or of waiting.
package struct Minutes: Hashable, Sendable, Comparable {
    package let count: Int
    package init(_ count: Int) { self.count = count }
    package static func < (left: Minutes, right: Minutes) -> Bool { left.count < right.count }
    package static func + (left: Minutes, right: Minutes) -> Minutes { Minutes(left.count + right.count) }
    package static func hours(_ count: Int) -> Minutes { Minutes(count * 60) }
    package static func days(_ count: Int) -> Minutes { Minutes(count * 1440) }
}
