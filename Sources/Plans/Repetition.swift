package import Kernel

/// How a request repeats: each day, working day, week or month at a local time, until a day. Functions of values.
package struct Repetition: Sendable, Equatable {
    package enum Every: String, Sendable, CaseIterable { case day, workday, week, month }

    package var every: Every
    /// Of the local day.
    package var minute: Int
    /// Of a week: 1 is Monday.
    package var weekday = 1
    /// Of a month; a shorter one has its last day instead.
    package var day = 1
    /// The last day on which it still happens.
    package var until: LocalDate?

    package init(_ every: Every, minute: Int, weekday: Int = 1, day: Int = 1, until: LocalDate? = nil) {
        (self.every, self.minute, self.weekday, self.day, self.until) = (every, minute, weekday, day, until)
    }

    /// The first moment after another; nil when there is none any more.
    package func next(after moment: Instant, in zone: Zone) -> Instant? {
        var date = zone.local(moment).date
        // A fitting day is at most two months away: today's hour has passed on the 31st, and the next month is whole.
        for _ in 0...62 {
            if let until, date > until { return nil }
            let candidate = zone.instant(date, minute: minute)
            if candidate > moment, fits(date) { return candidate }
            date = date.adding(days: 1)
        }
        return nil
    }

    /// The moments within a span of time, for a calendar.
    package func moments(in range: Range<Instant>, zone: Zone, atMost limit: Int = 62) -> [Instant] {
        var moments: [Instant] = []
        var last = range.lowerBound - Minutes(1)
        while moments.count < limit, let next = next(after: last, in: zone), next < range.upperBound {
            if next >= range.lowerBound { moments.append(next) }
            last = next
        }
        return moments
    }

    private func fits(_ date: LocalDate) -> Bool {
        switch every {
        case .day: true
        case .workday: date.weekday <= 5
        case .week: date.weekday == weekday
        case .month: date.day == min(day, Self.days(in: date))
        }
    }

    /// How many days the month of a date has.
    static func days(in date: LocalDate) -> Int {
        let next =
            date.month == 12
            ? LocalDate(year: date.year + 1, month: 1, day: 1)
            : LocalDate(year: date.year, month: date.month + 1, day: 1)
        return next.adding(days: -1).day
    }
}
