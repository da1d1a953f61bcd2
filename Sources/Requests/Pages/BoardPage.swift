import Duty
import EventLog
import Kernel
import Lines
import People
import Storage
import Web

/// The board: columns with their cards, or what of them has changed since an event.
struct BoardPage {
    let model: Model
    let topics: [String]
    let sequence: Int64

    init(_ board: Board, after: Int64? = nil, _ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer
        // Read before the cards: what happens meanwhile comes once more, and is not missed.
        sequence = try EventLog.newest(in: .organisation(viewer.organisation), tx)
        let cards = try board.cards(for: viewer, tx)
        let named = try Named(cards.map(\.listed), words, tx)
        let lines = QueuePage.lines(named, viewer)
        let columns = try Columns(board, cards, lines, named, words, tx)
        let steps = try Board.steps(of: cards.map { $0.listed.request.id }, tx)
        topics = lines.map { "line/\($0.id)" } + ["person/\(viewer.person)"]
        let wide = board.wide.map { "&wide=\($0)" } ?? ""
        let byKey = Dictionary(grouping: cards, by: \.key)
        let limits = try Requests.boardLimits(
            of: lines.map(\.id).filter { board.by == .line || board.queue.line == $0 }, by: board.by, tx)
        func card(_ card: Board.Card) -> Model {
            Self.card(card.listed, board, named, steps[card.listed.request.id], words)
        }
        model = [
            "live": topics.joined(separator: " "), "changes": "/board/changes?\(board.query)\(wide)",
            "seq": sequence, "by": board.by.rawValue, "moves": "/board/moves",
            "filters": Self.filters(board, lines, try Requests.savedViews(of: viewer, tx), words),
            "queue": "/requests?\(board.queue.query)", "any": !cards.isEmpty || !columns.all.isEmpty,
            "columns": columns.all.map { column -> Model in
                let own = byKey[column.key] ?? [], held = own.first?.held ?? 0
                let line = board.by == .line ? LineID(parsing: column.key) : board.queue.line
                let limit = line.flatMap { limits[$0]?[column.key] }
                return [
                    "key": column.key, "title": column.title, "under": column.under, "glyph": column.glyph ?? false,
                    "count": words.text.number(held),
                    "countWords": words.text("requests.board.held", count: held),
                    "limit": limit.map { words.text("requests.board.of", ["n": words.text.number($0)]) } ?? "",
                    "limitNumber": limit.map(String.init) ?? "",
                    "over": limit.map {
                        held > $0
                            ? words.text(
                                "requests.board.over",
                                ["n": words.text.number(held), "limit": words.text.number($0)]) : ""
                    } ?? "",
                    "line": line?.text ?? "", "mayLimit": line.map(viewer.leads) ?? false, "by": board.by.rawValue,
                    "ids": own.map { $0.listed.request.id.text }.joined(separator: " "),
                    "cards": own.filter { after == nil || $0.listed.request.lastNumber > after! }.map(card),
                    "more": held > own.count && board.wide != column.key
                        ? "/board?\(board.query)&wide=\(column.key)" : "",
                    "moreWords": held > own.count ? words.text("requests.board.more", count: held - own.count) : "",
                    "empty": own.isEmpty,
                ]
            },
        ]
    }

    private static func card(
        _ listed: Listed, _ board: Board, _ named: Named, _ steps: (done: Int, all: Int)?, _ words: RequestWords
    ) -> Model {
        let request = listed.request, client = named.people[request.client]
        let assignee = request.assignee.flatMap { named.people[$0] }
        let under = [client?.name, client?.unitName].compactMap(\.self).filter { !$0.isEmpty }
        return [
            "id": request.id.text, "number": listed.number, "version": request.version,
            "href": "/requests/\(listed.number)?\(board.queue.query)", "subject": request.subject,
            "unread": listed.isUnread, "glyph": RequestWords.glyph(request), "who": under.joined(separator: " · "),
            "deadline": words.deadline(request, line: named.lines[request.line], short: true),
            "priority": request.priority == .normal
                ? false
                : [
                    "code": request.priority.rawValue,
                    "label": words.text("requests.priority.\(request.priority.rawValue)"),
                ] as Model,
            "line": board.queue.line == nil && board.by != .line ? named.lines[request.line]?.staffName ?? "" : "",
            "assignee": assignee.map { RequestWords.person($0) } ?? false,
            "steps": steps.map {
                [
                    "done": $0.done, "all": $0.all,
                    "words": words.text(
                        "requests.checklist.done",
                        ["done": words.text.number($0.done), "all": words.text.number($0.all)]),
                ] as Model
            } ?? false,
        ]
    }

    private static func filters(
        _ board: Board, _ lines: [Line], _ saved: [SavedView], _ words: RequestWords
    ) -> Model {
        func choice(_ id: String, _ label: String, _ isCurrent: Bool) -> Model {
            ["id": id, "label": label, "current": isCurrent]
        }
        let queue = board.queue
        return [
            "views": [Queue.View.all, .mine, .free, .watched].map {
                choice($0.rawValue, words.text("requests.queue.\($0.rawValue)"), $0 == queue.view)
            },
            "by": Grouping.allCases.map {
                choice($0.rawValue, words.text("requests.board.by.\($0.rawValue)"), $0 == board.by)
            },
            "lines": lines.map { choice($0.id.text, $0.staffName, $0.id == queue.line) },
            "states": Request.State.allCases.filter(\.isOpen).map {
                choice($0.rawValue, words.text("requests.queue.state.\($0.rawValue)"), $0 == queue.state)
            },
            "priorities": Priority.allCases.map {
                choice($0.rawValue, words.text("requests.priority.\($0.rawValue)"), $0 == queue.priority)
            },
            "sorts": Queue.Sort.allCases.map {
                choice($0.rawValue, words.text("requests.queue.sort.\($0.rawValue)"), $0 == queue.sort)
            },
            "saved": saved.map {
                [
                    "title": $0.title, "current": $0.query == queue.query,
                    "href": "/board?\($0.query)" + (board.by == .state ? "" : "&by=\(board.by.rawValue)"),
                ] as Model
            },
            "anySaved": !saved.isEmpty, "isFiltered": queue.isFiltered,
        ]
    }
}

/// Which columns a board has, in their order: those of the field, and those in which something lies.
private struct Columns {
    struct Column {
        let key: String, title: String
        var under = ""
        var glyph: Model?
    }

    let all: [Column]

    init(
        _ board: Board, _ cards: [Board.Card], _ lines: [Line], _ named: Named, _ words: RequestWords,
        _ tx: any ReadTransaction
    ) throws {
        let found = Set(cards.map(\.key)), queue = board.queue
        switch board.by {
        case .state:
            all = Request.State.allCases.filter { $0.isOpen && (queue.state == nil || queue.state == $0) }.map {
                state in
                Column(
                    key: state.rawValue, title: words.text("requests.queue.state.\(state.rawValue)"),
                    glyph: ["kind": Self.kind(state), "name": Self.name(state)])
            }
        case .priority:
            all = Priority.allCases.reversed().filter { queue.priority == nil || queue.priority == $0 }.map {
                Column(key: $0.rawValue, title: words.text("requests.priority.\($0.rawValue)"))
            }
        case .line:
            let own = lines.filter { (!$0.isArchived && (queue.line == nil || queue.line == $0.id)) }
            let other = named.lines.values.filter { line in
                found.contains(line.id.text) && !own.contains { $0.id == line.id }
            }.sorted { $0.staffName < $1.staffName }
            all = (own + other).map { Column(key: $0.id.text, title: $0.staffName) }
        case .assignee: all = try Self.people(queue, found, lines, words, tx)
        case .topic: all = try Self.topics(queue, cards, named, words, tx)
        }
    }

    private static func kind(_ state: Request.State) -> String {
        switch state {
        case .working: "work"
        case .waiting: "wait"
        default: state.rawValue
        }
    }

    private static func name(_ state: Request.State) -> String { state == .working ? "work-4" : kind(state) }

    /// Nobody, the viewer, then colleagues by name: all of one chosen line, otherwise those who have something.
    private static func people(
        _ queue: Queue, _ found: Set<String>, _ lines: [Line], _ words: RequestWords, _ tx: any ReadTransaction
    ) throws -> [Column] {
        let viewer = words.viewer
        let staff = try Lines.staff(ofAny: queue.line.map { [$0] } ?? lines.map(\.id), tx)
        let wanted = Set(found.compactMap { PersonID(parsing: $0) })
            .union(queue.line != nil || staff.count <= 12 ? staff : staff.filter { $0 == viewer.person })
        let shown = try Names.shown(wanted, to: viewer, words.text, tx)
        let others = wanted.filter { $0 != viewer.person }.map { person in
            Column(key: person.text, title: words.name(person, shown), under: shown[person]?.position ?? "")
        }.sorted { ($0.title, $0.key) < ($1.title, $1.key) }
        let me = Column(
            key: viewer.person.text, title: words.text("requests.board.me"),
            under: shown[viewer.person]?.name ?? "")
        return [Column(key: "", title: words.text("requests.board.nobody"))]
            + (wanted.contains(viewer.person) ? [me] : []) + others
    }

    /// No topic, then topics in the order of their lines: all of one chosen line, otherwise those that something has.
    private static func topics(
        _ queue: Queue, _ cards: [Board.Card], _ named: Named, _ words: RequestWords, _ tx: any ReadTransaction
    ) throws -> [Column] {
        let found = Set(cards.map(\.key))
        let lines =
            queue.line.map { [$0] }
            ?? Set(cards.map(\.listed.request.line)).sorted {
                (named.lines[$0]?.staffName ?? "", $0) < (named.lines[$1]?.staffName ?? "", $1)
            }
        let topics = try lines.isEmpty ? [:] : Lines.topics(of: lines, tx)
        return [Column(key: "", title: words.text("requests.board.no-topic"))]
            + lines.flatMap { line in
                (topics[line] ?? []).filter {
                    found.contains($0.id.text) || (queue.line != nil && !$0.isArchived)
                }.map {
                    Column(
                        key: $0.id.text, title: $0.name,
                        under: queue.line == nil ? named.lines[line]?.staffName ?? "" : "")
                }
            }
    }
}
