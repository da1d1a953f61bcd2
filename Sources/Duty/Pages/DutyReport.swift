import EventLog
import Kernel
import Lines
import People
import Storage
import Web

/// Who was on which line and when: a day drawn hour by hour, a week or a month in sums. Managers see the lines they lead,
/// specialists themselves.
struct DutyReport {
    struct Query: Sendable {
        enum Period: String, CaseIterable { case day, week, month }

        var period = Period.day
        /// Days since 1970; nil is today.
        var date: LocalDate?
        var line: LineID?

        init(_ form: Form) throws(WebError) {
            period = try form.code("period") ?? .day
            line = try form.id("line")
            guard let text = try form.line("date", atMost: 12) else { return }
            let parts = text.split(separator: "-").compactMap { Int($0) }
            guard parts.count == 3, (2000...2200).contains(parts[0]), (1...12).contains(parts[1]),
                (1...31).contains(parts[2])
            else { throw .wrong(field: "date") }
            date = LocalDate(year: parts[0], month: parts[1], day: parts[2])
        }
    }

    let model: Model
    let topics: [String]
    let sequence: Int64

    /// nil when the viewer has no business here.
    init?(_ query: Query, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let all = try Lines.all(in: viewer.organisation, tx)
        let mine = Set(viewer.dutyLines)
        let led = all.filter { viewer.leads($0.id) }
        guard !led.isEmpty || !mine.isEmpty || viewer.isAdministrator else { return nil }
        let range = DutyRange(query.period, around: query.date, dates)
        let until = min(range.until, dates.now)
        let known = try Duty.spans(lines: all.map(\.id), from: range.from, until: max(until, range.from), tx)
            .filter { viewer.leads($0.line) || $0.person == viewer.person }
        // A line that the viewer has left since was theirs all the same.
        let left = Set(known.filter { $0.state != .away }.map(\.line))
        let seen = all.filter { viewer.leads($0.id) || mine.contains($0.id) || left.contains($0.id) }
        let chosen = seen.filter { query.line == nil || $0.id == query.line }
        let shownLines = Set(chosen.map(\.id)), spans = known.filter { shownLines.contains($0.line) }
        let staff = try Self.staff(chosen, viewer, tx)
        let people = try Names.shown(
            Set(spans.map(\.person) + staff.values.flatMap(\.self)), to: viewer, text, tx)
        let isDay = query.period == .day
        let section = DutySection(
            range: range, until: until, isDay: isDay, isToday: range.contains(dates.now), viewer: viewer,
            people: people, text: text, dates: dates)
        let shown = chosen.compactMap { line in
            section.model(line, spans.filter { $0.line == line.id }, staff: staff[line.id] ?? [])
        }
        topics = chosen.map { "line/\($0.id)" }
        sequence = try EventLog.newest(in: .organisation(viewer.organisation), tx)
        let limits = try Duty.limits(in: viewer.organisation, tx)
        model = [
            "sections": shown, "any": !shown.isEmpty, "day": isDay, "live": topics.joined(separator: " "),
            "here": Self.address(query, range, line: query.line), "heading": range.heading(dates),
            "earlier": Self.address(query, range.moved(by: -1), line: query.line),
            "later": range.until > dates.now ? "" : Self.address(query, range.moved(by: 1), line: query.line),
            "today": range.contains(dates.now) ? "" : "/duty?period=\(query.period.rawValue)\(Self.line(query.line))",
            "date": range.date.description, "period": query.period.rawValue,
            "periods": Query.Period.allCases.map { period -> Model in
                var other = query
                other.period = period
                return [
                    "href": Self.address(other, range, line: query.line),
                    "label": text("duty.period.\(period.rawValue)"),
                    "current": period == query.period,
                ]
            },
            "lines": seen.count < 2
                ? [] : seen.map { ["id": $0.id.text, "label": $0.staffName, "current": $0.id == query.line] as Model },
            "several": seen.count > 1,
            "hours": isDay ? stride(from: 0, through: 24, by: 3).map { "\($0)" } : [],
            "limit": viewer.isAdministrator
                ? [
                    "value": limits.organisation.map { String($0.count) } ?? "",
                    "usual": text.number(IdleRule.usual.count),
                ] as Model : false,
        ]
    }

    /// Who belongs to each line now, so that somebody who was never there is seen to be missing.
    private static func staff(
        _ lines: [Line], _ viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> [LineID: [PersonID]] {
        var staff: [LineID: [PersonID]] = [:]
        for line in lines where viewer.leads(line.id) && !line.isArchived {
            staff[line.id] = try Lines.staff(of: line.id, tx).map(\.0)
        }
        for line in lines where staff[line.id] == nil && viewer.dutyLines.contains(line.id) {
            staff[line.id] = [viewer.person]
        }
        return staff
    }

    private static func line(_ id: LineID?) -> String { id.map { "&line=\($0)" } ?? "" }

    private static func address(_ query: Query, _ range: DutyRange, line: LineID?) -> String {
        "/duty?period=\(query.period.rawValue)&date=\(range.date)\(Self.line(line))"
    }
}

/// A day, a week from Monday or a month of the viewer's calendar.
struct DutyRange {
    let period: DutyReport.Query.Period, date: LocalDate, last: LocalDate
    let from: Instant, until: Instant

    init(_ period: DutyReport.Query.Period, around date: LocalDate?, _ dates: Dates) {
        let date = date ?? dates.zone.local(dates.now).date
        self.period = period
        let next: LocalDate
        switch period {
        case .day: (self.date, next) = (date, date.adding(days: 1))
        case .week:
            self.date = date.adding(days: 1 - date.weekday)
            next = self.date.adding(days: 7)
        case .month:
            self.date = LocalDate(year: date.year, month: date.month, day: 1)
            next =
                date.month == 12
                ? LocalDate(year: date.year + 1, month: 1, day: 1)
                : LocalDate(year: date.year, month: date.month + 1, day: 1)
        }
        last = next.adding(days: -1)
        from = dates.zone.instant(self.date, minute: 0)
        until = dates.zone.instant(next, minute: 0)
        zone = dates
    }

    private let zone: Dates

    func moved(by count: Int) -> DutyRange {
        DutyRange(period, around: count < 0 ? date.adding(days: -1) : last.adding(days: 1), zone)
    }

    func contains(_ instant: Instant) -> Bool { from <= instant && instant < until }

    func heading(_ dates: Dates) -> String {
        switch period {
        case .day: dates.dayHeading(from)
        case .week: "\(dates.calendarDay(date))\u{A0}— \(dates.calendarDay(last))"
        case .month: dates.text("duty.month.\(date.month)", ["year": String(date.year)])
        }
    }
}
