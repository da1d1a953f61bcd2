import Duty
import EventLog
import Kernel
import Lines
import People
import Storage
import Web

/// The queue at the left of the workplace, live.
struct QueuePage {
    let model: Model
    let topics: [String]
    /// The lines whose requests this viewer sees here.
    private let lines: [Line]

    init(_ queue: Queue, page: Int, current: Int64?, _ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer
        let rows = try queue.rows(page: page, for: viewer, tx)
        let counts = try queue.counts(for: viewer, tx)
        let limit = Queue.pageSize * page
        let shown = Array(rows.prefix(limit))
        let named = try Named(shown, words, tx)
        lines = Self.lines(named, viewer)
        topics = lines.map { "line/\($0.id)" } + ["person/\(viewer.person)"]
        let ringing = try Requests.ringing(in: shown.map(\.request.id), for: viewer, tx)
        let query = queue.query
        model = [
            "href": "/requests?\(query)", "board": "/board?\(query)", "live": topics.joined(separator: " "),
            "register": "/requests/new",
            "tabs": Queue.View.allCases.map { view -> Model in
                var other = queue
                other.view = view
                let count = counts[view] ?? 0
                return [
                    "href": "/requests?\(other.query)", "label": words.text("requests.queue.\(view.rawValue)"),
                    "count": count >= Queue.countLimit ? "999+" : words.text.number(count),
                    "current": view == queue.view,
                    "key": "Digit\(1 + (Queue.View.allCases.firstIndex(of: view) ?? 0))",
                ]
            },
            "filter": Self.filter(queue, lines, named.ownStates, words),
            "saved": Self.saved(queue, try Requests.savedViews(of: viewer, tx), words),
            "groups": Self.groups(shown, queue, words).map { title, rows -> Model in
                [
                    "title": title, "count": rows.count,
                    "rows": rows.map {
                        words.queueRow(
                            $0, named, href: "/requests/\($0.number)?\(query)",
                            isCurrent: $0.number == current, rings: ringing.contains($0.request.id))
                    },
                ]
            }, "any": !shown.isEmpty,
            "emptyTitle": words.text(Self.empty(queue, words)),
            "emptyWords": words.text("\(Self.empty(queue, words)).todo"),
            "more": rows.count > limit ? "/requests?\(query)&page=\(page + 1)" : "",
        ]
    }

    /// What stands around the part that is read again: where the viewer is, what can be done with several requests.
    func around(_ words: RequestWords, _ tx: any ReadTransaction) throws -> Model {
        [
            "duty": try DutyControl(words.viewer, words.text, words.dates, tx).model,
            "several": try several(words, tx),
        ]
    }

    private func several(_ words: RequestWords, _ tx: any ReadTransaction) throws -> Model {
        let staff = try Lines.staff(ofAny: lines.map(\.id), tx)
        let people = try Names.shown(staff, to: words.viewer, words.text, tx).values.sorted { $0.name < $1.name }
        return [
            "people": people.map { ["id": $0.id.text, "label": $0.name] as Model },
            "lines": lines.map { ["id": $0.id.text, "label": $0.staffName] as Model },
            "priorities": Priority.allCases.map {
                ["id": $0.rawValue, "label": words.text("requests.priority.\($0.rawValue)")] as Model
            },
        ]
    }

    private static func filter(
        _ queue: Queue, _ lines: [Line], _ ownStates: [OwnState], _ words: RequestWords
    ) -> Model {
        func choice(_ id: String, _ label: String, _ isCurrent: Bool) -> Model {
            ["id": id, "label": label, "current": isCurrent]
        }
        return [
            "action": "/requests", "view": queue.view.rawValue,
            "lines": lines.map { choice($0.id.text, $0.staffName, $0.id == queue.line) },
            "sorts": Queue.Sort.allCases.map {
                choice($0.rawValue, words.text("requests.queue.sort.\($0.rawValue)"), $0 == queue.sort)
            },
            "states": Request.State.allCases.filter(\.isOpen).map {
                choice($0.rawValue, words.text("requests.queue.state.\($0.rawValue)"), $0 == queue.state)
            },
            "priorities": Priority.allCases.map {
                choice($0.rawValue, words.text("requests.priority.\($0.rawValue)"), $0 == queue.priority)
            },
            "ownStates": ownStates.filter { own in
                lines.contains { $0.id == own.line } && (queue.line == nil || queue.line == own.line)
            }.map { choice($0.id.text, $0.name, $0.id == queue.ownState) },
            "anyOwnStates": !ownStates.isEmpty,
            "more": queue.state != nil || queue.priority != nil || queue.ownState != nil,
        ]
    }

    /// What an empty list says: of its filter, of its view, or to who is on no line.
    private static func empty(_ queue: Queue, _ words: RequestWords) -> String {
        guard words.viewer.isStaff else { return "requests.queue.no-lines" }
        return queue.isFiltered ? "requests.queue.empty.filtered" : "requests.queue.empty.\(queue.view.rawValue)"
    }

    /// Saved views, and the fields that save the present one.
    private static func saved(_ queue: Queue, _ views: [SavedView], _ words: RequestWords) -> Model {
        [
            "views": views.map {
                [
                    "id": $0.id.text, "title": $0.title, "href": "/requests?\($0.query)",
                    "current": $0.query == queue.query,
                ] as Model
            },
            "any": !views.isEmpty, "newId": SavedViewID.new(at: words.now).text, "view": queue.view.rawValue,
            "line": queue.line?.text ?? "", "state": queue.state?.rawValue ?? "",
            "own": queue.ownState?.text ?? "",
            "priority": queue.priority?.rawValue ?? "", "sort": queue.sort.rawValue,
        ]
    }

    /// The lines whose requests this viewer sees in a queue, by name.
    static func lines(_ named: Named, _ viewer: Viewer) -> [Line] {
        named.lines.values.filter { isMine($0.id, viewer) }.sorted { $0.staffName < $1.staffName }
    }

    private static func isMine(_ line: LineID, _ viewer: Viewer) -> Bool {
        viewer.lines[line] != nil || viewer.isAdministrator || viewer.manages.everything
            || viewer.manages.lines.contains(line)
    }

    /// Просрочены · Сегодня · Позже; one group when sorted by another thing.
    private static func groups(_ rows: [Listed], _ queue: Queue, _ words: RequestWords) -> [(String, [Listed])] {
        guard queue.sort == .due else { return rows.isEmpty ? [] : [(words.text("requests.queue.group.all"), rows)] }
        let today = words.dates.zone.local(words.now).date
        let groups = Dictionary(grouping: rows) { listed -> Int in
            let request = listed.request
            guard request.state != .waiting, request.state != .solved, let deadline = request.deadline else { return 2 }
            if deadline <= words.now { return 0 }
            return words.dates.zone.local(deadline).date <= today ? 1 : 2
        }
        return ["late", "today", "later"].enumerated().compactMap { index, name in
            groups[index].map { (words.text("requests.queue.group.\(name)"), $0) }
        }
    }
}

/// Register for somebody.
struct RegisterPage {
    let model: Model

    init(_ form: Form, problems: [String: String], _ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer
        let lines = try Lines.all(in: viewer.organisation, tx).filter { !$0.isArchived }
        let mine =
            lines.first { viewer.lines[$0.id] == .main } ?? lines.first { viewer.lines[$0.id] != nil } ?? lines.first
        let chosen: LineID? = try? form.id("line")
        let line = lines.first { $0.id == chosen }?.id ?? mine?.id
        let person: PersonID? = try? form.id("client")
        let shown = try person.flatMap { try Names.shown([$0], to: viewer, words.text, tx)[$0] }
        let topics = try line.map { try Lines.topics(of: $0, tx).filter { !$0.isArchived } } ?? []
        let origin = form.raw("origin") ?? "phone"
        model = [
            "create": "/requests/new", "newId": MessageID.new(at: words.now).text, "peopleHref": "/requests/people",
            "person": shown.map {
                RequestWords.person(
                    $0, under: [$0.position, $0.unitName].filter { !$0.isEmpty }.joined(separator: " · "))
            } ?? false,
            "personText": form.raw("personText") ?? "",
            "lines": lines.map { ["id": $0.id.text, "label": $0.staffName, "current": $0.id == line] as Model },
            "topicsHref": "/requests/topics", "topics": RequestPage.options(of: topics, current: try? form.id("topic")),
            "origin": ["phone": origin != "oral", "oral": origin == "oral"] as Model, "text": form.raw("text") ?? "",
            "minutes": form.raw("minutes") ?? "", "take": form.has("text") ? form.flag("take") : viewer.isSpecialist,
            "problems": [
                "client": problems["client"] ?? "", "line": problems["line"] ?? "", "text": problems["text"] ?? "",
                "words": problems[""] ?? "",
            ] as Model,
            "back": ["href": "/requests", "label": words.text("requests.back.queue")] as Model,
        ]
    }
}
