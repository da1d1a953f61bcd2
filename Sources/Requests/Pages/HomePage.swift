import Duty
import EventLog
import Kernel
import Lines
import People
import Storage
import Web

/// The client's home: ask, lines, my requests.
struct HomePage {
    struct Mine {
        let open: [Listed]
        let finished: [Listed]
        let openCount: Int
        let finishedCount: Int
    }

    static let pageSize = 20

    let model: Model
    let topics: [String]
    let sequence: Int64

    init(
        tab: String, page: Int, refused: Form?, chosen: LineID?, largestFile: Int64, _ words: RequestWords,
        _ tx: any ReadTransaction
    ) throws {
        let viewer = words.viewer
        let lines = try Lines.offered(to: viewer, tx)
        let usual = try FirstAnswers.usual(lines.map(\.id), at: words.now, tx)
        let duty = try Duty.now(of: lines.map(\.id), tx)
        // Where nobody ever says so, nothing is known of who is there.
        let empty = Set(duty.filter { !$0.value.contains { $0.state == .on || $0.state == .busy } }.keys)
        sequence = try EventLog.newest(in: .organisation(viewer.organisation), tx)
        topics = ["person/\(viewer.person)"]
        let draft = refused == nil ? try Requests.draft(of: viewer.person, "ask", tx) : nil
        let list = try MyRequests(tab: tab, page: page, words, tx)
        model = [
            "create": "/requests", "newId": MessageID.new(at: words.now).text,
            "text": refused?.raw("text") ?? draft?.text ?? "",
            "draftVersion": draft?.version ?? 0, "draftLine": draft?.line?.text ?? "",
            "uploads": "/uploads", "limit": largestFile, "me": viewer.person.text,
            "lines": lines.map { line in
                Self.line(line, usual[line.id], isChosen: line.id == chosen, isEmpty: empty.contains(line.id), words)
            },
            "lineOptional": false, "oneLine": lines.count == 1 ? lines[0].id.text : "",
            "open": Self.tab("open", list.openCount, isCurrent: tab != "finished", words),
            "finished": Self.tab("finished", list.finishedCount, isCurrent: tab == "finished", words),
            "mine": list.model,
            "live": topics.joined(separator: " "), "listHref": "/requests/mine?tab=\(tab)",
        ]
    }

    private static func tab(_ name: String, _ count: Int, isCurrent: Bool, _ words: RequestWords) -> Model {
        [
            "href": name == "open" ? "/" : "/?tab=finished", "label": words.text("requests.tab.\(name)"),
            "count": words.text.number(count), "current": isCurrent,
        ]
    }

    private static func line(
        _ line: Line, _ usual: Minutes?, isChosen: Bool, isEmpty: Bool, _ words: RequestWords
    ) -> Model {
        let isOpen = line.isOpen(at: words.now)
        return [
            "id": line.id.text, "title": line.clientName, "about": line.description, "icon": line.icon, "open": isOpen,
            "hours": Self.hours(of: line, isOpen: isOpen, isEmpty: isEmpty, words),
            "usual": isOpen && !isEmpty
                ? usual.map { words.text("requests.line.usual", ["time": words.dates.length($0)]) } ?? "" : "",
            "chosen": isChosen,
        ]
    }

    /// «Работает до 18:00», «Работает круглосуточно», «Откроется завтра в 9:00»
    static func hours(of line: Line, isOpen: Bool, isEmpty: Bool, _ words: RequestWords) -> String {
        let dates = Dates(words.text, zone: line.zone, now: words.now)
        if isOpen {
            guard let closing = line.calendar.closing(after: words.now),
                closing.since(words.now) < 20 * 3_600_000
            else { return words.text(isEmpty ? "requests.line.empty" : "requests.line.always") }
            return words.text(
                isEmpty ? "requests.line.empty.until" : "requests.line.until", ["time": dates.time(closing)])
        }
        guard let opening = line.calendar.nextOpening(after: words.now) else {
            return words.text("requests.line.always")
        }
        return words.text("requests.line.opens", ["moment": dates.moment(opening)])
    }
}

/// «Мои заявки»: one tab of them, live.
struct MyRequests {
    let model: Model
    let openCount: Int
    let finishedCount: Int

    init(tab: String, page: Int, _ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer
        let isFinished = tab == "finished"
        let order: SQL = isFinished ? "request.registered_at DESC" : "request.changed_at DESC"
        let limit = HomePage.pageSize * page
        let rows = try Listed.all(
            where: "request.client_id = \(viewer.person) AND request.is_open = \(!isFinished)", order: order,
            limit: limit + 1,
            for: viewer, tx)
        let counts = try tx.one(
            """
            SELECT COALESCE(SUM(is_open), 0), COUNT(*) FROM request
            WHERE client_id = \(viewer.person) AND organisation_id = \(viewer.organisation)
            """
        ) { row -> (Int, Int) in try (row[0], row[1]) }
        openCount = counts?.0 ?? 0
        finishedCount = (counts?.1 ?? 0) - openCount
        let shown = Array(rows.prefix(limit))
        let named = try Named(shown, words, tx)
        model = [
            "requests": shown.map { words.row($0, lines: named.lines, people: named.people) },
            "more": rows.count > limit ? "/?tab=\(isFinished ? "finished" : "open")&page=\(page + 1)" : "",
            "any": !shown.isEmpty,
            "finishedTab": isFinished,
        ]
    }
}
