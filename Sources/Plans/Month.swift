import Kernel

/// Which days a calendar shows. Weeks begin on Monday. Functions of values.
struct Month: Equatable {
    enum Span: String, CaseIterable { case month, week, day }

    let span: Span
    let day: LocalDate

    /// The first day shown, and the first one not shown: a month is shown in whole weeks.
    var days: Range<LocalDate> {
        switch span {
        case .day: return day..<day.adding(days: 1)
        case .week:
            let monday = day.adding(days: 1 - day.weekday)
            return monday..<monday.adding(days: 7)
        case .month:
            let first = LocalDate(year: day.year, month: day.month, day: 1)
            let last = first.adding(days: Repetition.days(in: first) - 1)
            return first.adding(days: 1 - first.weekday)..<last.adding(days: 8 - last.weekday)
        }
    }

    var all: [LocalDate] {
        (days.lowerBound.daysSince1970..<days.upperBound.daysSince1970).map { LocalDate(daysSince1970: $0) }
    }

    func contains(_ date: LocalDate) -> Bool { span != .month || (date.month == day.month && date.year == day.year) }

    /// The same span before (-1) or after (1). The day of a month that the other one lacks is its last.
    func moved(by steps: Int) -> Month {
        switch span {
        case .day: return Month(span: span, day: day.adding(days: steps))
        case .week: return Month(span: span, day: day.adding(days: 7 * steps))
        case .month:
            let count = day.year * 12 + day.month - 1 + steps
            let first = LocalDate(year: count / 12, month: count % 12 + 1, day: 1)
            return Month(
                span: span,
                day: LocalDate(
                    year: first.year, month: first.month, day: min(day.day, Repetition.days(in: first))))
        }
    }
}
