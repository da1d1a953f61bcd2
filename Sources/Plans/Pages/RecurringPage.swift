import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// The list of requests that repeat.
struct RecurringPage {
    let model: Model

    init(_ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let all = try Recurring.all(for: viewer, tx)
        let lines = Dictionary(
            try Lines.all(in: viewer.organisation, tx).map { ($0.id, $0.staffName) }, uniquingKeysWith: { $1 })
        let people = try Names.shown(Set(all.flatMap { [$0.author, $0.details.client] }), to: viewer, text, tx)
        model = [
            "any": !all.isEmpty, "live": "person/\(viewer.person)",
            "plans": all.map { plan -> Model in
                [
                    "id": plan.id.text, "href": "/recurring/\(plan.id)", "subject": plan.details.subject,
                    "when": Self.words(plan.details.repetition, text, dates), "line": lines[plan.details.line] ?? "",
                    "client": people[plan.details.client]?.name ?? "",
                    "author": plan.author == viewer.person ? "" : people[plan.author]?.name ?? "",
                    "paused": plan.paused != nil,
                    "why": plan.paused == nil ? "" : text("plans.paused.\(plan.why ?? "hand")"),
                    "next": plan.next.map { text("plans.next", ["time": dates.moment($0)]) } ?? "",
                    "last": plan.last.map {
                        [
                            "href": "/requests/\($0.number)?view=all",
                            "words": text(
                                "plans.last", ["number": "№\u{A0}\($0.number)", "time": dates.moment($0.at)]),
                        ] as Model
                    } ?? false,
                ]
            },
        ]
    }

    /// «по понедельникам в 9:00, до 31 декабря»
    static func words(_ when: Repetition, _ text: Catalogue, _ dates: Dates) -> String {
        let time = Dates.clock(when.minute)
        let often =
            switch when.every {
            case .day, .workday: text("plans.every.\(when.every.rawValue).said", ["time": time])
            case .week: text("plans.every.week.said", ["time": time, "day": text("plans.weekday.on.\(when.weekday)")])
            case .month: text("plans.every.month.said", ["time": time, "day": String(when.day)])
            }
        return when.until.map { text("plans.until", ["often": often, "day": dates.calendarDay($0)]) } ?? often
    }
}

/// The form of one.
struct RecurringForm {
    let model: Model

    init(
        _ plan: Recurring?, _ form: Form, problems: [String: String], _ viewer: Viewer, _ text: Catalogue,
        _ dates: Dates,
        _ tx: any ReadTransaction
    ) throws {
        let details = plan?.details, when = details?.repetition
        func kept(_ name: String, _ known: String?) -> String { form.raw(name) ?? known ?? "" }
        let lines = try Lines.all(in: viewer.organisation, tx).filter { !$0.isArchived }
        let mine =
            lines.first { viewer.lines[$0.id] == .main } ?? lines.first { viewer.lines[$0.id] != nil } ?? lines.first
        let chosen: LineID? = (try? form.id("line")) ?? details?.line
        let line = lines.first { $0.id == chosen }?.id ?? mine?.id
        let person: PersonID = (try? form.id("client")) ?? details?.client ?? viewer.person
        let shown = try Names.shown([person], to: viewer, text, tx)[person]
        let topics = try line.map { try Lines.topics(of: $0, tx).filter { !$0.isArchived } } ?? []
        let topic = kept("topic", details?.topic?.text)
        let every = kept("every", when?.every.rawValue ?? "week")
        let weekday = kept("weekday", when.map { String($0.weekday) } ?? "1")
        model = [
            "action": plan.map { "/recurring/\($0.id)" } ?? "/recurring",
            "newId": RecurringID.new(at: dates.now).text, "isNew": plan == nil,
            "person": shown.map {
                ["id": $0.id.text, "name": $0.name, "initials": $0.monogram, "hue": $0.hue, "under": $0.unitName]
                    as Model
            } ?? false,
            "lines": lines.map { ["id": $0.id.text, "label": $0.staffName, "current": $0.id == line] as Model },
            "topics": topics.map { ["id": $0.id.text, "label": $0.name, "current": $0.id.text == topic] as Model },
            "subject": kept("subject", details?.subject), "text": kept("text", details?.text),
            "everies": Repetition.Every.allCases.map {
                ["id": $0.rawValue, "label": text("plans.every.\($0.rawValue)"), "current": $0.rawValue == every]
                    as Model
            },
            "weekdays": (1...7).map {
                ["id": String($0), "label": text("plans.weekday.long.\($0)"), "current": String($0) == weekday] as Model
            },
            "monthDay": kept("day", when.map { String($0.day) } ?? "1"),
            "time": kept("time", when.map { Self.clock($0.minute) } ?? "09:00"),
            "until": kept("until", when?.until?.description),
            "problems": [
                "client": problems["client"] ?? "", "line": problems["line"] ?? "",
                "subject": problems["subject"] ?? "",
                "until": problems["until"] ?? "", "day": problems["day"] ?? "", "time": problems["time"] ?? "",
                "topic": problems["topic"] ?? "",
            ] as Model,
        ]
    }

    private static func clock(_ minute: Int) -> String {
        let words = Dates.clock(minute)
        return words.count < 5 ? "0" + words : words
    }
}
