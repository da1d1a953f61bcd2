import Duty
import EventLog
import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// Deadlines, tasks, reminders and requests that repeat, by day.
struct CalendarPage {
    /// Whose calendar: one's own, a line's, or a specialist's.
    enum Whose: Equatable {
        case mine, line(LineID), person(PersonID)

        var code: String {
            switch self {
            case .mine: ""
            case .line(let id): "line:\(id)"
            case .person(let id): "person:\(id)"
            }
        }

        init?(_ code: String) {
            if code.isEmpty {
                self = .mine
            } else if code.hasPrefix("line:"), let id = LineID(parsing: String(code.dropFirst(5))) {
                self = .line(id)
            } else if code.hasPrefix("person:"), let id = PersonID(parsing: String(code.dropFirst(7))) {
                self = .person(id)
            } else {
                return nil
            }
        }
    }

    struct Query {
        var month: Month
        var whose = Whose.mine

        init(_ form: Form, today: LocalDate) throws {
            let span: Month.Span = try form.code("view") ?? .month
            var day = today
            if let text = try form.line("day", atMost: 12) {
                guard let found = LocalDate(parsing: text) else { throw WebError.wrong(field: "day") }
                day = found
            }
            month = Month(span: span, day: day)
            guard let whose = Whose(try form.line("whose", atMost: 60) ?? "") else {
                throw WebError.wrong(field: "whose")
            }
            self.whose = whose
        }

        func href(_ month: Month) -> String {
            "/calendar?view=\(month.span.rawValue)&day=\(month.day)" + (whose == .mine ? "" : "&whose=\(whose.code)")
        }
    }

    /// One thing of a day.
    private struct Entry {
        let at: Instant, kind: String, icon: String, words: String, href: String
        var who = "", under = "", isLate = false, left: Minutes?
    }

    let model: Model
    let topics: [String]

    /// nil when the viewer may not look at this calendar.
    init?(_ query: Query, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let lines = try Lines.all(in: viewer.organisation, tx).filter {
            !$0.isArchived && (viewer.leads($0.id) || viewer.lines[$0.id] != nil)
        }
        let led = lines.filter { viewer.leads($0.id) }.map(\.id)
        let staff = led.isEmpty ? [] : try Lines.staff(ofAny: led, tx)
        switch query.whose {
        case .mine: break
        case .line(let id): guard lines.contains(where: { $0.id == id }) else { return nil }
        case .person(let id): guard id == viewer.person || staff.contains(id) else { return nil }
        }
        let zone = viewer.zone, days = query.month.days
        let range = zone.instant(days.lowerBound, minute: 0)..<zone.instant(days.upperBound, minute: 0)
        let entries = try Self.entries(query, range, viewer, text, dates, tx)
        let people = try Names.shown(Set(staff), to: viewer, text, tx)
        let byDay = Dictionary(grouping: entries) { zone.local($0.at).date }
        let today = zone.local(dates.now).date
        topics = ["person/\(viewer.person)"] + lines.map { "line/\($0.id)" }
        model = [
            "live": topics.joined(separator: " "), "here": query.href(query.month), "span": query.month.span.rawValue,
            "heading": Self.heading(query.month, text, dates), "earlier": query.href(query.month.moved(by: -1)),
            "later": query.href(query.month.moved(by: 1)),
            "today": query.month.contains(today) && days.contains(today)
                ? "" : query.href(Month(span: query.month.span, day: today)),
            "spans": Month.Span.allCases.map {
                [
                    "href": query.href(Month(span: $0, day: query.month.day)),
                    "label": text("plans.span.\($0.rawValue)"),
                    "current": $0 == query.month.span,
                    "key": ["month": "KeyM", "week": "KeyW", "day": "KeyD"][$0.rawValue] ?? "",
                ] as Model
            },
            "day": query.month.day.description, "mayChoose": !lines.isEmpty,
            "whose": [["id": "", "label": text("plans.whose.mine"), "current": query.whose == .mine] as Model]
                + lines.map {
                    [
                        "id": "line:\($0.id)", "label": $0.staffName, "current": query.whose == .line($0.id),
                    ] as Model
                }
                + people.values.filter { $0.id != viewer.person }.sorted { $0.name < $1.name }.map {
                    ["id": "person:\($0.id)", "label": $0.name, "current": query.whose == .person($0.id)] as Model
                },
            "weekdays": (1...7).map {
                ["short": text("plans.weekday.\($0)"), "long": text("plans.weekday.long.\($0)")] as Model
            },
            "any": !entries.isEmpty,
            "days": query.month.all.map { date -> Model in
                let own = (byDay[date] ?? []).sorted { ($0.at, $0.words) < ($1.at, $1.words) }
                let most = query.month.span == .month ? 4 : 200
                let left = own.compactMap(\.left).reduce(Minutes(0), +)
                return [
                    "date": date.description, "number": date.day, "today": date == today,
                    "other": !query.month.contains(date), "weekend": date.weekday > 5, "past": date < today,
                    "heading": text(
                        "plans.day",
                        ["weekday": text("plans.weekday.long.\(date.weekday)"), "day": dates.calendarDay(date)]),
                    "href": query.href(Month(span: .day, day: date)), "any": !own.isEmpty,
                    "planned": left.count > 0 ? text("plans.planned", ["time": dates.labour(left)]) : "",
                    "entries": own.prefix(most).map { entry -> Model in
                        [
                            "time": dates.time(entry.at), "kind": entry.kind, "icon": entry.icon, "words": entry.words,
                            "href": entry.href, "who": entry.who, "under": entry.under, "late": entry.isLate,
                            "kindWords": text("plans.kind.\(entry.kind)"),
                        ]
                    },
                    "more": own.count > most ? text("plans.more", count: own.count - most) : "",
                    "count": own.isEmpty ? "" : text("plans.count", count: own.count),
                ]
            },
        ]
    }

    private static func entries(
        _ query: Query, _ range: Range<Instant>, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates,
        _ tx: any ReadTransaction
    ) throws -> [Entry] {
        var people: [PersonID]?, lines: [LineID]?
        switch query.whose {
        case .mine: people = [viewer.person]
        case .line(let id): lines = [id]
        case .person(let id): people = [id]
        }
        let due = try Requests.due(in: range, of: people, on: lines, for: viewer, tx)
        let tasks = try Requests.tasks(of: people, due: range, on: lines, for: viewer, atMost: 1000, tx)
        // What somebody wished to be reminded of is shown to nobody else.
        let reminders = query.whose == .mine ? try Requests.reminders(of: viewer, due: range, tx) : []
        let plans = try Recurring.all(for: viewer, tx).filter { plan in
            guard plan.paused == nil else { return false }
            switch query.whose {
            case .mine: return plan.author == viewer.person
            case .line(let id): return plan.details.line == id
            case .person(let id): return plan.author == id
            }
        }
        let named = try Names.shown(
            Set(due.compactMap(\.assignee) + tasks.compactMap(\.person)), to: viewer, text, tx)
        func name(_ person: PersonID?) -> String {
            lines == nil ? "" : person.map { named[$0]?.name ?? "" } ?? text("plans.nobody")
        }
        let upcoming = max(range.lowerBound, dates.now)
        return due.map {
            Entry(
                at: $0.due, kind: "deadline", icon: "hourglass", words: $0.subject,
                href: "/requests/\($0.number)?view=all",
                who: name($0.assignee), under: "№\u{A0}\($0.number)", isLate: $0.due <= dates.now, left: $0.left)
        }
            + tasks.compactMap { task in
                task.due.map {
                    Entry(
                        at: $0, kind: "task", icon: "square-check", words: task.text,
                        href: "/requests/\(task.number)?view=all", who: name(task.person), under: task.subject,
                        isLate: $0 <= dates.now)
                }
            }
            + reminders.map {
                Entry(
                    at: $0.due, kind: "reminder", icon: "bell", words: $0.text ?? $0.subject,
                    href: "/requests/\($0.number)?view=all", under: "№\u{A0}\($0.number)")
            }
            + (upcoming < range.upperBound
                ? plans.flatMap { plan in
                    plan.details.repetition.moments(in: upcoming..<range.upperBound, zone: plan.zone).map {
                        Entry(
                            at: $0, kind: "recurring", icon: "repeat", words: plan.details.subject,
                            href: "/recurring/\(plan.id)")
                    }
                } : [])
    }

    private static func heading(_ month: Month, _ text: Catalogue, _ dates: Dates) -> String {
        switch month.span {
        case .month:
            return text(
                "plans.heading.month",
                ["month": text("plans.month.\(month.day.month)"), "year": String(month.day.year)])
        case .week:
            let last = month.days.upperBound.adding(days: -1)
            return "\(dates.calendarDay(month.days.lowerBound)) — \(dates.calendarDay(last))"
        case .day:
            return text(
                "plans.day",
                ["weekday": text("plans.weekday.long.\(month.day.weekday)"), "day": dates.calendarDay(month.day)])
        }
    }
}

extension LocalDate {
    /// «2026-11-24»; nil for what is no day.
    init?(parsing text: String) {
        guard let match = text.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2})/), let year = Int(match.1),
            let month = Int(match.2),
            let day = Int(match.3), (1970...2200).contains(year), (1...12).contains(month), day >= 1,
            day <= Repetition.days(in: LocalDate(year: year, month: month, day: 1))
        else { return nil }
        self.init(year: year, month: month, day: day)
    }
}
