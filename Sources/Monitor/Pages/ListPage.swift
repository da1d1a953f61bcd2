import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// The requests behind one number of a board.
struct MonitorList: Sendable {
    var what: Facts.What
    var line: LineID?
    var person: PersonID?
    var reason: HangingRule.Reason?

    init(_ form: Form) throws(WebError) {
        what = try form.requiredCode("what")
        line = try form.id("line")
        person = try form.id("person")
        reason = try form.code("reason")
    }
}

struct ListPage {
    let model: Model
    let title: String

    static let pageSize = 50

    init(
        _ list: MonitorList, page: Int, _ moment: Moment, _ address: MonitorAddress, _ viewer: Viewer,
        _ text: Catalogue,
        _ dates: Dates, _ tx: any ReadTransaction
    ) throws {
        let board = try Board.read(moment, address.sight, in: viewer.organisation, zone: viewer.zone, tx)
        var facts = board.all
        if let line = list.line { facts = facts.on(line) }
        // The people whom this viewer's board does not show have no numbers there, and so no lists.
        if let person = list.person {
            facts = board.people.contains { $0.person == person } ? facts.of(person) : Facts()
        }
        let ids = facts.ids(list.what, reason: list.reason), first = (page - 1) * Self.pageSize
        let shown = Array(ids.dropFirst(first).prefix(Self.pageSize)), wanted = Set(shown)
        let open = Dictionary(facts.open.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let dated = Dictionary(
            (facts.solved + facts.answered + facts.rated).filter { wanted.contains($0.id) }.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        let hung = Dictionary(facts.hung.map { ($0.request.id, $0) }, uniquingKeysWith: { $1 })
        let words = try MonitorWords(
            viewer, text, dates,
            people: shown.compactMap { open[$0]?.assignee ?? dated[$0]?.assignee } + [list.person].compactMap(\.self),
            tx)
        let titles = try Requests.titles(of: shown, for: viewer, tx)
        title = words("list.\(list.what.rawValue)")
        var chosen: [String] = []
        if let line = list.line { chosen.append(words.line(line)) }
        if let person = list.person { chosen.append(words.name(person)) }
        if let reason = list.reason { chosen.append(words("reason.\(reason.rawValue)")) }
        let here =
            "/monitor/requests?"
            + [
                ("what", list.what.rawValue), ("line", list.line?.text), ("person", list.person?.text),
                ("reason", list.reason?.rawValue), ("at", address.at), ("me", address.isOwn ? "1" : nil),
            ].compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
        model = [
            "title": title, "count": text.number(ids.count), "total": ids.count,
            "chosen": chosen.filter { !$0.isEmpty },
            "pastWords": moment.isPast ? words("past", ["moment": dates.moment(moment.at)]) : "",
            "back": address.at.map { "\(address.page)?at=\($0)" } ?? address.page, "any": !shown.isEmpty,
            "rows": shown.map { id -> Model in
                let title = titles[id], request = open[id], dated = dated[id]
                return [
                    "number": title.map { "№\u{A0}\($0.number)" } ?? "",
                    "subject": title?.subject ?? words("elsewhere"),
                    "href": title.map { "/requests/\($0.number)" } ?? "",
                    "line": (request?.line ?? dated?.line).map(words.line) ?? "",
                    "state": request.map { words("state.\($0.state.rawValue)") } ?? words("state.over"),
                    "person": words.name(request?.assignee ?? dated?.assignee),
                    "deadline": request?.deadline.map(dates.moment) ?? "—",
                    "late": request?.isLate(at: moment.at) ?? false,
                    "reason": hung[id].map { words("reason.\($0.verdict.reason.rawValue)") } ?? "",
                    "rating": facts.rated.first { $0.id == id }?.rating.map { String($0) } ?? "",
                ]
            },
            "previous": page > 1 ? "\(here)&page=\(page - 1)" : "",
            "next": first + shown.count < ids.count ? "\(here)&page=\(page + 1)" : "",
            "pages": ids.count > Self.pageSize
                ? words(
                    "pages",
                    [
                        "from": text.number(first + 1), "until": text.number(first + shown.count),
                        "all": text.number(ids.count),
                    ]) : "",
        ]
    }
}
