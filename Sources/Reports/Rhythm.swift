import Kernel
import Storage

/// How often a report is sent: each working day, on Mondays, on the first of a month. Functions of values.
enum Rhythm: String, CaseIterable, Sendable, SQLBindable, SQLReadable {
    case day, week, month

    /// The next moment after another at which the local clock shows this minute of a fitting day.
    func next(after moment: Instant, minute: Int, in zone: Zone) -> Instant {
        var day = zone.local(moment).date
        // The first of a month is at most 31 days away.
        for _ in 0...32 {
            let candidate = zone.instant(day, minute: minute)
            if candidate > moment, fits(day) { return candidate }
            day = day.adding(days: 1)
        }
        return zone.instant(day, minute: minute)
    }

    private func fits(_ day: LocalDate) -> Bool {
        switch self {
        case .day: day.weekday <= 5
        case .week: day.weekday == 1
        case .month: day.day == 1
        }
    }
}
