package import Kernel

/// Which days a report is about, in the words people have for them. Functions of values.
package struct Period: Sendable, Equatable {
    package enum Preset: String, Sendable, CaseIterable {
        case today, week, lastWeek = "last-week", thirty = "30-days", month, lastMonth = "last-month", quarter, year
        /// From a day to a day.
        case days
    }

    package let preset: Preset
    /// The first and the last day.
    package let from: LocalDate, until: LocalDate

    /// Longer than this nothing is asked at once.
    static let longest = 3660

    /// - Parameters:
    ///   - from, until: for `days`; either may be missing, and they may stand the wrong way round.
    package init(_ preset: Preset, from: LocalDate? = nil, until: LocalDate? = nil, today: LocalDate) {
        self.preset = preset
        let first = today.adding(days: 1 - today.day)
        let monday = today.adding(days: 1 - today.weekday)
        switch preset {
        case .today: (self.from, self.until) = (today, today)
        case .week: (self.from, self.until) = (monday, today)
        case .lastWeek: (self.from, self.until) = (monday.adding(days: -7), monday.adding(days: -1))
        case .thirty: (self.from, self.until) = (today.adding(days: -29), today)
        case .month: (self.from, self.until) = (first, today)
        case .lastMonth:
            let last = first.adding(days: -1)
            (self.from, self.until) = (last.adding(days: 1 - last.day), last)
        case .quarter:
            let month = (today.month - 1) / 3 * 3 + 1
            (self.from, self.until) = (LocalDate(year: today.year, month: month, day: 1), today)
        case .year: (self.from, self.until) = (LocalDate(year: today.year, month: 1, day: 1), today)
        case .days:
            let (one, other) = (from ?? until ?? today, until ?? from ?? today)
            let last = max(one, other)
            (self.from, self.until) = (max(min(one, other), last.adding(days: -Self.longest)), last)
        }
    }

    package var count: Int { until.daysSince1970 - from.daysSince1970 + 1 }

    /// How finely the period is drawn.
    enum Step: String { case hour, day, week, month }

    var step: Step {
        switch count {
        case 1: .hour
        case ...31: .day
        case ...200: .week
        default: .month
        }
    }

    /// One column of a picture: some days, or an hour of the one day.
    struct Slot: Hashable {
        let from: LocalDate, until: LocalDate
        let hour: Int?
    }

    var slots: [Slot] {
        if step == .hour { return (0..<24).map { Slot(from: from, until: from, hour: $0) } }
        var slots: [Slot] = [], day = from
        while day <= until {
            let end = min(until, end(of: day))
            slots.append(Slot(from: day, until: end, hour: nil))
            day = end.adding(days: 1)
        }
        return slots
    }

    private func end(of day: LocalDate) -> LocalDate {
        switch step {
        case .hour, .day: day
        case .week: day.adding(days: 7 - day.weekday)
        case .month:
            (day.month == 12
                ? LocalDate(year: day.year + 1, month: 1, day: 1)
                : LocalDate(year: day.year, month: day.month + 1, day: 1)).adding(days: -1)
        }
    }
}

extension LocalDate {
    /// «2026-11-24», as an input of a date sends it; nil for anything else and for days that no month has.
    package init?(text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.count == 3, let year = Int(parts[0]), let month = Int(parts[1]),
            let day = Int(parts[2]), (1970...2200).contains(year), (1...12).contains(month), day > 0
        else { return nil }
        let date = LocalDate(year: year, month: month, day: day)
        guard LocalDate(daysSince1970: date.daysSince1970) == date else { return nil }
        self = date
    }
}

/// A part of a period throughout which the local clock is equally far from Greenwich, so that a database without time zones can tell
/// hours apart. Where clocks are changed, one ends and the next begins.
struct Stretch: Equatable {
    let from: Instant, until: Instant
    /// Milliseconds to be added to a moment for the local clock.
    let offset: Int64

    static func of(_ period: Period, in zone: Zone) -> [Stretch] {
        let end = zone.instant(period.until.adding(days: 1), minute: 0)
        var start = zone.instant(period.from, minute: 0), stretches: [Stretch] = []
        while start < end {
            let offset = offset(at: start, zone)
            // Nobody changes clocks twice within a day.
            var known = start, next = start
            while next < end, self.offset(at: next, zone) == offset { (known, next) = (next, next + .days(1)) }
            let change =
                next < end || self.offset(at: end, zone) != offset ? change(after: known, until: next, zone) : end
            stretches.append(Stretch(from: start, until: min(change, end), offset: offset))
            start = change
        }
        return stretches
    }

    /// The moment, to the second, at which the clocks are changed between two that differ.
    private static func change(after known: Instant, until other: Instant, _ zone: Zone) -> Instant {
        let offset = offset(at: known, zone)
        var (same, changed) = (known.milliseconds / 1000, other.milliseconds / 1000)
        while changed - same > 1 {
            let middle = (same + changed) / 2
            if self.offset(at: Instant(seconds: middle), zone) == offset { same = middle } else { changed = middle }
        }
        return Instant(seconds: changed)
    }

    private static func offset(at moment: Instant, _ zone: Zone) -> Int64 {
        let (date, minute) = zone.local(moment)
        let local = (Int64(date.daysSince1970) * 1440 + Int64(minute)) * 60_000
        return local - moment.milliseconds.floorDivided(by: 60_000) * 60_000
    }

    /// The local hour of a moment of this stretch, counted since 1970.
    func hour(of moment: Instant) -> Int64 { (moment.milliseconds + offset).floorDivided(by: 3_600_000) }
}
