import Duty
import EventLog
import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// The board as a page shows it: lines, what hangs and why, what will be late today, people, the last events.
struct BoardPage {
    let model: Model
    let topics: [String]
    let sequence: Int64

    private static let listed = 8
    /// A page may watch so many topics; beyond them it is read again by the clock alone.
    private static let watched = 50

    init(
        _ moment: Moment, _ address: MonitorAddress, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates,
        _ tx: any ReadTransaction
    ) throws {
        let sight = address.sight, board = try Board.read(moment, sight, in: viewer.organisation, zone: viewer.zone, tx)
        var filter = FeedFilter()
        if moment.isPast { filter.until = moment.at }
        let feed = try Feed.read(filter, sight, in: viewer.organisation, size: 10, tx)
        let shown = Array(board.all.hung.prefix(Self.listed)), risks = Array(board.all.risks.prefix(Self.listed))
        let words = try MonitorWords(
            viewer, text, dates,
            people: board.people.map(\.person) + shown.compactMap(\.request.assignee)
                + risks.compactMap(\.request.assignee), tx)
        let titles = try Requests.titles(
            of: shown.map(\.request.id) + risks.map(\.request.id) + feed.events.compactMap(\.request), for: viewer, tx)
        let rows = BoardRows(board: board, words: words, address: address, titles: titles)
        topics = Array((board.lines.map { "line/\($0.line)" }).prefix(Self.watched)) + ["person/\(viewer.person)"]
        sequence = try EventLog.newest(in: .organisation(viewer.organisation), tx)
        model = [
            "past": moment.isPast, "pastWords": words("past", ["moment": dates.moment(moment.at)]),
            "lines": board.lines.map(rows.line), "anyLines": !board.lines.isEmpty,
            "total": board.lines.count > 1 ? rows.total as any Sendable : false,
            "hung": shown.map(rows.hung), "anyHung": !shown.isEmpty,
            "hungCount": rows.number(.hung, board.all), "reasons": rows.reasons,
            "risks": risks.map(rows.risk), "anyRisks": !risks.isEmpty, "riskCount": rows.number(.risk, board.all),
            "people": board.people.map(rows.person), "anyPeople": !board.people.isEmpty,
            "present": words(
                "of",
                [
                    "n": text.number(board.people.count { $0.state == .on || $0.state == .busy }),
                    "all": text.number(board.people.count),
                ]),
            "events": try FeedRows(feed.events, titles: titles, words, tx).rows, "anyEvents": !feed.events.isEmpty,
            "eventsUntil": moment.isPast ? words("events.until", ["time": dates.time(moment.at)]) : "",
        ]
    }
}

/// The rows of a board in words.
struct BoardRows {
    let board: Board
    let words: MonitorWords
    let address: MonitorAddress
    let titles: [RequestID: (number: Int64, subject: String)]

    /// A number that opens its list; nothing is behind a zero.
    func number(
        _ what: Facts.What, _ facts: Facts, line: LineID? = nil, person: PersonID? = nil, tone: String = ""
    ) -> Model {
        let count = facts.count(what)
        return [
            "words": words.text.number(count), "count": count, "zero": count == 0, "what": what.rawValue,
            "href": count == 0 ? "" : address.list(what, line: line, person: person),
            "tone": count == 0 ? "" : tone,
        ]
    }

    func line(_ figures: LineFigures) -> Model {
        let isEmpty = figures.onDuty.isEmpty && figures.staff > 0
        let isOpen = words.lines[figures.line]?.isOpen(at: board.at) ?? false
        return facts(figures.facts, line: figures.line).merging([
            "id": figures.line.text, "name": words.line(figures.line), "icon": words.lines[figures.line]?.icon ?? "",
            "closed": !isOpen,
            "duty": words(
                "of", ["n": words.text.number(figures.onDuty.count), "all": words.text.number(figures.staff)]),
            "dutyTone": isEmpty && isOpen ? "late" : "",
        ]) { $1 }
    }

    var total: Model {
        let present = Set(board.lines.flatMap(\.onDuty)).count
        return facts(board.all, line: nil).merging(["name": words("total"), "duty": words.text.number(present)]) { $1 }
    }

    private func facts(_ facts: Facts, line: LineID?) -> Model {
        let wait = facts.oldest.map { Int(board.at.since($0) / 60_000) }
        return [
            "free": number(.free, facts, line: line), "working": number(.working, facts, line: line),
            "waiting": number(.waiting, facts, line: line), "confirming": number(.confirming, facts, line: line),
            "hung": number(.hung, facts, line: line, tone: "wait"),
            "late": number(.late, facts, line: line, tone: "late"),
            "today": number(.today, facts, line: line), "risk": number(.risk, facts, line: line, tone: "late"),
            "solved": number(.solved, facts, line: line),
            "oldest": facts.oldest.map { words.since($0, at: board.at) } ?? "—",
            // Half an hour is long to wait, an hour is too long.
            "oldestTone": wait.map { $0 >= 60 ? "late" : $0 >= 30 ? "wait" : "" } ?? "",
            "answer": minutes(facts.answer(percent: 50)), "answerMost": minutes(facts.answer(percent: 90)),
            "answered": facts.answered.isEmpty ? "" : address.list(.answered, line: line),
            "kept": facts.kept.map { "\($0)\u{A0}%" } ?? "—",
            "keptTone": facts.kept.map { $0 < 80 ? "late" : "" } ?? "",
            "keptHref": facts.count(.missed) == 0 ? "" : address.list(.missed, line: line),
            "rating": words.stars(facts.rating),
            "rated": facts.rated.isEmpty ? "" : address.list(.rated, line: line),
        ]
    }

    private func minutes(_ count: Int?) -> String { count.map { words.dates.length(Minutes($0)) } ?? "—" }

    func person(_ figures: PersonFigures) -> Model {
        let shown = words.people[figures.person], facts = figures.facts, person = figures.person
        return [
            "name": words.name(person), "initials": shown?.monogram ?? "", "hue": shown?.hue ?? 0,
            "dot": figures.state.dot, "state": words.text("duty.state.\(figures.state.rawValue)"),
            "since": figures.since.map { words.text("duty.since", ["time": words.dates.short($0)]) } ?? "",
            "working": number(.working, facts, person: person), "waiting": number(.waiting, facts, person: person),
            "confirming": number(.confirming, facts, person: person),
            "late": number(.late, facts, person: person, tone: "late"),
            "hung": number(.hung, facts, person: person, tone: "wait"),
            "solved": number(.solved, facts, person: person),
            "load": figures.limit > 0
                ? words("of", ["n": words.text.number(figures.load), "all": words.text.number(figures.limit)])
                : words.text.number(figures.load),
            "loadTone": figures.limit > 0 && figures.load >= figures.limit ? "late" : "",
            "limit": figures.limit, "loaded": min(figures.load, figures.limit),
            "onLine": figures.onLine >= 60_000 ? words.dates.labour(Minutes(Int(figures.onLine / 60_000))) : "—",
            "rating": words.stars(facts.rating),
            "rated": facts.rated.isEmpty ? "" : address.list(.rated, person: person),
        ]
    }

    /// How much hangs for which reason.
    var reasons: [Model] {
        HangingRule.Reason.allCases.compactMap { reason in
            let count = board.all.ids(.hung, reason: reason).count
            guard count > 0 else { return nil }
            return [
                "words": words("reason.\(reason.rawValue)"), "count": words.text.number(count),
                "href": address.list(.hung, reason: reason),
            ]
        }
    }

    func hung(_ hung: HungRequest) -> Model {
        request(hung.request).merging([
            "words": Self.reason(hung, words), "icon": Self.icon(hung),
            "tone": hung.isLate || hung.verdict.reason == .nobody || hung.verdict.reason == .untaken ? "late" : "wait",
            "time": words.since(hung.verdict.since, at: board.at),
        ]) { $1 }
    }

    /// «Лебедев А. К. — клиент ждёт ответа с 10:05, срок прошёл»
    static func reason(_ hung: HungRequest, _ words: MonitorWords) -> String {
        let since = words.dates.short(hung.verdict.since)
        var said = words("reason-since.\(hung.verdict.reason.rawValue)", ["since": since])
        if hung.isLate, hung.verdict.reason != .late { said += " · " + words("reason.late").lowercased() }
        return hung.request.assignee == nil ? said : "\(words.name(hung.request.assignee)) · \(said)"
    }

    private static func icon(_ hung: HungRequest) -> String {
        switch hung.verdict.reason {
        case .client, .company: "pause"
        case .silent: "hourglass"
        case .nobody, .untaken, .unanswered, .late: "triangle-alert"
        }
    }

    func risk(_ risk: Forecast.Risk) -> Model {
        let deadline = risk.request.deadline.map(words.dates.time) ?? ""
        let clock = words.lines[risk.request.line].map { LineClock(line: $0) }
        let expected = risk.minutes.flatMap { clock?.moment(after: $0, from: board.at) }
        let said = expected.map {
            words("risk.turn", ["place": words.text.number(risk.place), "time": words.dates.moment($0)])
        }
        return request(risk.request).merging([
            "words": said ?? words("risk.nobody"), "time": words("risk.until", ["time": deadline]), "tone": "late",
            "icon": "hourglass",
        ]) { $1 }
    }

    /// A request that the viewer may not see any more stays in the count, without its subject.
    func request(_ request: OpenRequest) -> Model {
        let title = titles[request.id]
        return [
            "subject": title?.subject ?? words("elsewhere"), "number": title.map { "№\u{A0}\($0.number)" } ?? "",
            "href": address.isWall ? "" : title.map { "/requests/\($0.number)" } ?? "",
            "line": words.line(request.line),
        ]
    }
}
