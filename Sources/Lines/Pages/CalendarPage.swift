import Kernel
import Storage
import Web

/// The production calendar of the organisation, year by year.
struct CalendarPage {
    let model: Model

    init(
        _ form: Form, problems: [String: String], delivered: [Int], _ words: LineWords, _ tx: any ReadTransaction
    ) throws {
        let text = words.text, days = try Lines.productionCalendar(of: words.viewer.organisation, tx)
        let lines = try Lines.all(in: words.viewer.organisation, tx).filter { !$0.isArchived && $0.followsCalendar }
        let years = Dictionary(grouping: days, by: \.day.year)
        let present = words.dates.zone.local(words.dates.now).date.year
        model = [
            "years": years.keys.sorted(by: >).map { year -> Model in
                let days = years[year] ?? [], unsure = days.count(where: \.isUnsure)
                return [
                    "year": String(year), "open": year == present, "delivered": delivered.contains(year),
                    "count": text("lines.calendar.count", count: days.count),
                    "unsure": unsure > 0 ? text("lines.calendar.unsure", count: unsure) : "",
                    "days": days.map { Self.row($0, words) },
                ]
            },
            "any": !days.isEmpty,
            "missing": delivered.filter { years[$0] == nil }.map { ["year": String($0)] as Model },
            "lines": lines.map(\.staffName).joined(separator: ", "),
            "kinds": DayKind.allCases.map { kind -> Model in
                [
                    "code": kind.rawValue, "name": text("lines.calendar.kind.\(kind.rawValue)"),
                    "selected": form.raw("kind") == kind.rawValue,
                ]
            },
            "values": ["day": form.raw("day") ?? "", "title": form.raw("title") ?? "", "text": form.raw("text") ?? ""]
                as Model,
            "problems": ["day", "kind", "title", "text"].reduce(into: Model()) { $0[$1] = problems[$1] ?? "" },
        ]
    }

    private static func row(_ day: CalendarDay, _ words: LineWords) -> Model {
        [
            "id": day.day.description, "date": words.date(day.day), "weekday": words.weekday(day.day),
            "kind": day.kind.rawValue, "name": words.text("lines.calendar.kind.\(day.kind.rawValue)"),
            "title": day.title, "unsure": day.isUnsure,
        ]
    }
}

/// When one line works: what is in force on the next days and why, and its own days.
struct LineCalendarPage {
    static let daysShown = 14

    let model: Model

    init(
        _ line: Line, _ form: Form, problems: [String: String], _ words: LineWords, _ tx: any ReadTransaction
    ) throws {
        let text = words.text, counts = try Lines.counts(of: line.id, tx), own = try Lines.ownDays(of: line.id, tx)
        let common = try Lines.productionCalendar(of: line.organisation, tx)
        let today = line.zone.local(words.dates.now).date
        let titles = Dictionary(common.map { ($0.day, $0.title) }, uniquingKeysWith: { $1 })
        let ownTitles = Dictionary(own.map { ($0.day, $0.title) }, uniquingKeysWith: { $1 })
        let isFilled = common.contains { $0.day.year == today.adding(days: 60).year }
        model = words.head(line, tab: "calendar", topics: counts.topics, staff: counts.staff).merging([
            "follows": line.followsCalendar, "noWeek": line.hours.days.isEmpty,
            "unfilled": line.followsCalendar && !isFilled ? String(today.adding(days: 60).year) : "",
            "next": (0..<Self.daysShown).map { step -> Model in
                let date = today.adding(days: step), hours = line.calendar.intervals(on: date)
                var why = ""
                if line.special.own[date] != nil {
                    why = ownTitles[date].flatMap { $0.isEmpty ? nil : $0 } ?? text("lines.calendar.why.own")
                } else if let kind = line.calendar.special.production[date] {
                    let title = titles[date] ?? "", name = text("lines.calendar.kind.\(kind.rawValue)")
                    why = title.isEmpty ? name : "\(name): \(title)"
                }
                return [
                    "date": words.date(date), "weekday": words.weekday(date), "hours": words.hours(hours),
                    "closed": hours.isEmpty, "why": why, "today": step == 0,
                ]
            },
            "own": own.map { day -> Model in
                [
                    "id": day.day.description, "date": words.date(day.day), "weekday": words.weekday(day.day),
                    "hours": words.hours(day.hours), "title": day.title, "past": day.day < today,
                ]
            },
            "anyOwn": !own.isEmpty,
            "values": [
                "day": form.raw("day") ?? "", "hours": form.raw("hours") ?? "", "title": form.raw("title") ?? "",
            ]
                as Model,
            "problems": ["day", "hours", "title"].reduce(into: Model()) { $0[$1] = problems[$1] ?? "" },
        ]) { $1 }
    }
}

extension LineWords {
    func date(_ day: LocalDate) -> String { dates.calendarDay(day) }
    func weekday(_ day: LocalDate) -> String { text("lines.day.\(LineForm.dayCodes[day.weekday - 1])") }

    /// «9:00–13:00, 14:00–18:00», «не работает», «круглосуточно»
    func hours(_ intervals: [WorkingHours.Interval]) -> String {
        if intervals.isEmpty { return text("lines.hours.closed") }
        if intervals == [.init(0, 1440)] { return text("lines.calendar.all-day") }
        return intervals.map { "\(Dates.clock($0.from))–\(Dates.clock($0.until))" }.joined(separator: ", ")
    }
}
