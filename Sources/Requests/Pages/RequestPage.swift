import Duty
import EventLog
import Kernel
import Lines
import People
import Storage
import Web

/// Everything that the page of one request shows, for the client's page and the workplace alike; each part is a fragment too.
struct RequestPage {
    let seen: Seen
    let words: RequestWords
    let named: Named
    private let history: History
    private let topics: [Topic]
    let colleagues: [PersonID]
    private let onLine: Set<PersonID>
    let observers: [PersonID]
    private let client: ShownPerson?
    private let previous: [Listed]
    private let previousCount: Int
    private let files: [Talk.Attachment]
    let checklist: [CheckItem]
    let reminders: [Reminder]
    private let links: [Link]
    private let uncounted: Int64
    private let usualPlan: Minutes?
    private let sequence: Int64
    private let asStaff: Bool
    private let largestFile: Int64
    private let conditions: Conditions
    private let ownPart: OwnPart

    private var request: Request { seen.request }
    private var href: String { "/requests/\(seen.number)" }
    private var live: String { "request/\(request.id)" }
    private var line: Line? { named.lines[request.line] }

    /// - Parameter asStaff: whether the staff's side is shown; only to those who may see it.
    init(_ number: Int64, asStaff: Bool, largestFile: Int64, _ words: RequestWords, _ tx: any ReadTransaction) throws {
        self.words = words
        self.largestFile = largestFile
        seen = try Requests.find(number, for: words.viewer, tx)
        let request = seen.request, standing = seen.standing
        self.asStaff = asStaff && standing.isStaff
        sequence = try EventLog.newest(in: .organisation(words.viewer.organisation), tx)
        history = try History(seen, words, tx)
        let staff = self.asStaff
        conditions = try Lines.conditions(of: request.line, tx)
        ownPart = try OwnPart(seen, asStaff: staff, conditions, words, tx)
        observers = staff ? try Requests.observers(of: request.id, tx) : []
        topics = staff ? try Lines.topics(of: request.line, tx).filter { !$0.isArchived || $0.id == request.topic } : []
        colleagues = staff ? try Lines.staff(of: request.line, tx).map(\.0) : []
        onLine =
            staff
            ? Set(
                try Duty.now(of: [request.line], tx)[request.line, default: []].filter { $0.state == .on }.map(\.person)
            ) : []
        previous =
            staff
            ? try Listed.all(
                where: "request.client_id = \(request.client) AND request.id <> \(request.id)",
                order: "request.registered_at DESC", limit: 5, for: words.viewer, tx) : []
        previousCount =
            staff
            ? try tx.value(
                """
                SELECT COUNT(*) FROM (SELECT 1 FROM \(Visible.from(words.viewer)) WHERE request.client_id = \(request.client)
                    AND request.id <> \(request.id) AND \(Visible.to(words.viewer)) LIMIT 1000) AS found
                """) ?? 0 : 0
        let runs =
            staff && Permission.may(.attend, request.state, standing, hasAssignee: request.assignee != nil)
        uncounted = runs ? try Requests.uncounted(request.id, by: words.viewer.person, tx) : 0
        usualPlan = staff && request.plan == nil ? try Requests.usualPlan(of: request, tx) : nil
        links =
            staff || request.state == .cancelled
            ? try Requests.links(of: request.id, for: words.viewer, tx) : []
        checklist = staff ? try Requests.checkItems(of: request.id, tx) : []
        reminders = staff ? try Requests.reminders(of: words.viewer, in: request.id, tx) : []
        named = try Named(
            people: [request.client, request.author] + [request.assignee].compactMap(\.self) + observers + colleagues
                + checklist.compactMap(\.person),
            words, tx)
        client = named.people[request.client]
        let notes: SQL = standing.isStaff ? "" : " AND is_note = 0"
        files =
            staff
            ? []
            : try tx.all(
                """
                SELECT id, message_id, name, size, type, at FROM attachment WHERE request_id = \(request.id)\(notes)
                    AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = attachment.message_id AND removed_at IS NOT NULL)
                ORDER BY at DESC LIMIT 20
                """
            ) { row in
                try Talk.Attachment(id: row[0], message: row[1], name: row[2], size: row[3], type: row[4], at: row[5])
            }
    }

    // MARK: whole pages

    func clientPage(_ talk: Talk, readHere: Int64, draft: KeptDraft?) -> Model {
        [
            "number": seen.number, "subject": request.subject, "href": href, "live": live, "seq": sequence,
            "back": ["href": "/", "label": words.text("requests.back.home")] as Model, "head": head, "acts": acts,
            "brief": brief, "own": own,
            "talk": talkModel(talk, readHere: readHere, draft: draft), "card": card,
        ]
    }

    func staffPage(_ talk: Talk, readHere: Int64, draft: KeptDraft?, back: String) -> Model {
        [
            "number": seen.number, "subject": request.subject, "href": href, "live": live, "seq": sequence,
            "back": back,
            "head": head, "acts": acts, "talk": talkModel(talk, readHere: readHere, draft: draft), "context": context,
        ]
    }

    var topicsOfPage: [String] { [live] }
    var newest: Int64 { sequence }
    var title: String { request.subject }

    // MARK: parts

    var head: Model {
        [
            "subject": request.subject, "number": words.number(seen.number),
            "lineName": asStaff ? "" : line?.clientName ?? "", "glyph": RequestWords.glyph(request),
            "state": asStaff ? ownStateName ?? words.state(request, for: .staff) : words.state(request, for: .client),
            "rings": rings,
        ]
    }

    var brief: Model {
        let started = request.progress > 0 || request.state != .new
        return [
            "deadline": words.deadline(request, line: line, short: false),
            "percent": started && request.state != .cancelled ? String(request.progress) : "",
            "percentWords": words.percent(request.progress),
        ]
    }

    /// What the client is asked; nothing on the staff's side.
    var own: Model { asStaff ? ["any": false] : ownPart.asked(href) }

    private var ownStateName: String? {
        request.ownState.flatMap { own in named.ownStates.first { $0.id == own }?.name }
    }

    func may(_ act: RequestAct) -> Bool {
        Permission.may(act, request.state, seen.standing, hasAssignee: request.assignee != nil)
    }

    /// The acts this viewer may do now. On the client's page only the client's.
    var acts: Model {
        let staff = asStaff
        let watches = seen.standing.isObserver
        let flags: [String: Bool] = [
            "take": staff && may(.take), "giveBack": staff && may(.giveBack), "transfer": staff && may(.transfer),
            "wait": staff && may(.wait), "proceed": staff && may(.proceed), "solve": staff && may(.solve),
            "reopen": may(.reopen),
            "cancel": may(.cancel),
            "closeUnanswered": staff && may(.closeUnanswered)
                && ConditionRule.mayClose(conditions.closers, seen.standing),
            "watch": staff && may(.watch) && !watches && !seen.standing.isAssignee, "unwatch": staff && watches,
        ]
        var model: Model = flags
        model["more"] = staff || flags["cancel"] == true
        let people = colleagues.filter { $0 != request.assignee }.compactMap { named.people[$0] }.sorted {
            $0.name < $1.name
        }
        let lines = named.lines.values.filter { $0.id != request.line && !$0.isArchived }.sorted {
            $0.staffName < $1.staffName
        }
        return [
            "href": href, "version": request.version, "staff": staff, "may": model,
            "transfer": [
                "people": people.filter { onLine.contains($0.id) }.map { choice($0, isOn: true) }
                    + people.filter { !onLine.contains($0.id) }.map { choice($0, isOn: false) },
                "lines": lines.map { ["id": $0.id.text, "label": $0.staffName] as Model },
            ] as Model,
        ]
    }

    /// Who is on the line can be given something with a quiet mind.
    private func choice(_ person: ShownPerson, isOn: Bool) -> Model {
        [
            "id": person.id.text,
            "label": isOn ? words.text("requests.transfer.on-line", ["name": person.name]) : person.name,
        ]
    }

    var rating: Model {
        guard may(.confirm), !asStaff else { return ["rating": false] }
        return [
            "rating": [
                "confirm": "\(href)/rating", "refuse": "\(href)/refusal", "required": conditions.needsRating,
                "closes": request.closesAt.map { words.text("requests.closes", ["time": words.dates.moment($0)]) }
                    ?? "",
            ] as Model
        ]
    }

    func talkModel(_ talk: Talk, readHere: Int64, draft: KeptDraft?) -> Model {
        [
            "href": href, "live": live, "older": talk.hasOlder ? "\(href)/messages?before=\(talk.oldest ?? 0)" : "",
            "entries": talk.entries(seen, words, history: history), "readUpTo": talk.readUpTo, "readHere": readHere,
            "may": [
                "write": may(.reply) || (asStaff && may(.note)), "note": asStaff && may(.note),
                "confirm": may(.confirm),
            ] as Model,
            "rating": rating["rating"] ?? false, "ratable": true,
            "closed": may(.reply) || mergedInto != nil ? "" : words.text("requests.closed.\(request.state.rawValue)"),
            "merged": mergedInto.map {
                [
                    "href": "/requests/\($0.number)",
                    "words": words.text("requests.merged", ["number": words.number($0.number)]),
                ]
                    as Model
            } ?? false,
            "uploads": "/uploads", "limit": largestFile, "me": words.viewer.person.text,
            "myName": words.context.signedIn?.name.initials ?? "", "newId": MessageID.new(at: words.now).text,
            "keys": asStaff, "draft": draft?.text ?? "", "draftVersion": draft?.version ?? 0,
            "draftKind": draft?.kind ?? "",
        ]
    }

    func entries(_ talk: Talk) -> Model {
        [
            "readUpTo": talk.readUpTo, "entries": talk.entries(seen, words, history: history),
            "older": talk.hasOlder ? "\(href)/messages?before=\(talk.oldest ?? 0)" : "",
        ]
    }

    private var rated: any Sendable {
        guard let rating = request.rating else { return false }
        return [
            "words": "\(rating) — \(words.text("requests.rating.\(rating)").lowercased())",
            "comment": request.ratingComment ?? "",
        ]
            as Model
    }

    /// Out of hours the clocks stand, and it is said until when.
    private var isResting: String {
        guard !DueClock.running(request).isEmpty, let line, !line.isOpen(at: words.now),
            let opens = line.calendar.nextOpening(after: words.now)
        else { return "" }
        return words.text("requests.clock.resting", ["time": words.dates.moment(opens)])
    }

    private var firstAnswer: String {
        request.firstAnswer.map { words.dates.length(Minutes(Int($0.since(request.registered) / 60_000))) } ?? ""
    }

    /// The client's side panel.
    var card: Model {
        let assignee = request.assignee.flatMap { named.people[$0] }
        var facts = [fact("line", line?.clientName ?? "")]
        if let topic = topicName { facts.append(fact("topic", topic)) }
        facts += ownPart.facts
        facts.append(fact("registered", words.dates.moment(request.registered)))
        if request.author != request.client { facts.append(fact("author", words.name(request.author, named.people))) }
        let isDone = request.solved != nil
        var note = ""
        if !isDone, request.state.isOpen, request.state != .waiting, let deadline = request.deadline, let line,
            deadline > words.now
        {
            let left = line.calendar.working(between: words.now, and: deadline)
            note = words.text("requests.deadline.left", ["time": words.dates.length(left)])
        }
        let started = request.progress > 0 || request.state != .new
        return [
            "assignee": assignee.map { RequestWords.person($0, under: $0.unitName) } ?? false,
            "waiting": assignee == nil && request.state.isOpen ? words.text("requests.waiting.nobody") : "",
            "deadline": words.deadline(request, line: line, short: false, large: true),
            "deadlineLabel": words.text(isDone ? "requests.deadline.solved" : "requests.deadline"),
            "deadlineNote": note,
            "percent": started && request.state != .cancelled ? String(request.progress) : "",
            "percentWords": words.percent(request.progress), "plan": request.plan.map(words.dates.labour) ?? "",
            "fact": request.fact.count > 0 ? words.dates.labour(request.fact) : "", "firstAnswer": firstAnswer,
            "facts": facts,
            "files": files.map { Talk.shown($0, seen).model(words.dates) }, "anyFiles": !files.isEmpty,
            "history": history.rows(atMost: 6),
            "historyAll": history.rows().count > 6 ? "\(href)/history" : "", "rated": rated,
        ]
    }

    private var topicName: String? { topics.first { $0.id == request.topic }?.name ?? history.topicName(request.topic) }

    private func fact(_ name: String, _ value: String) -> Model {
        ["label": words.text("requests.fact.\(name)"), "value": value]
    }

    /// The specialist's side panel.
    var context: Model {
        let spent = request.fact.count, plan = request.plan?.count ?? 0
        let over = plan > 0 && spent > plan
        let assignee = request.assignee.flatMap { named.people[$0] }
        let deadlineAt = request.deadline.map(words.dates.field)
        var facts = [
            fact("origin", words.text("requests.origin-of.\(request.origin.rawValue)")),
            fact("registered", words.dates.moment(request.registered)),
        ]
        if request.author != request.client { facts.append(fact("author", words.name(request.author, named.people))) }
        return [
            "href": href, "here": href, "number": seen.number, "version": request.version,
            "may": ["edit": may(.edit), "time": may(.addTime), "attend": may(.attend)] as Model,
            "usual": usualPlan.map {
                [
                    "minutes": $0.count, "words": words.text("requests.plan.usual", ["time": words.dates.labour($0)]),
                ] as Model
            } ?? false,
            "time": [
                "factMinutes": request.fact.count, "uncounted": uncounted,
                "factWords": words.dates.labour(request.fact + Minutes(Int(uncounted / 60_000))),
                "planWords": request.plan.map(words.dates.labour) ?? "",
                "percent": plan > 0 ? min(100, spent * 100 / plan) : 0, "over": over,
                "note": over
                    ? words.text("requests.time.over", ["time": words.dates.labour(Minutes(spent - plan))]) : "",
            ] as Model,
            "client": client.map { person -> Model in
                [
                    "name": person.name, "initials": person.monogram, "hue": person.hue, "post": person.position,
                    "unit": person.unit,
                    "place": person.room.isEmpty ? "" : words.text("requests.place", ["room": person.room]),
                    "phone": person.phone,
                    "email": "", "profile": "/people/\(person.id)",
                ]
            } ?? false,
            "answer": firstAnswer.isEmpty
                ? false
                : [
                    "words": words.text("requests.answer.after", ["time": firstAnswer]),
                    "met": request.answerDue.map { (request.firstAnswer ?? words.now) <= $0 } ?? true,
                ] as Model,
            "answerClock": request.firstAnswer == nil ? words.answerClock(request, short: false) : false,
            "answerAt": request.answerDue.map { Dates.field($0, words.dates.zone) } ?? "",
            "answerSet": request.answerByHand, "unanswered": request.firstAnswer == nil,
            "resting": isResting, "own": ownPart.forStaff,
            "deadline": words.deadline(request, line: line, short: false), "deadlineAt": deadlineAt ?? "",
            "deadlineSet": request.deadlineByHand, "line": line?.staffName ?? "", "topic": topicName ?? "",
            "priority": words.text("requests.priority.\(request.priority.rawValue)"),
            "lines": named.lines.values.filter { !$0.isArchived || $0.id == request.line }.sorted {
                $0.staffName < $1.staffName
            }
            .map { option($0.id.text, $0.staffName, $0.id == request.line) },
            "topics": Self.options(of: topics, current: request.topic),
            "priorities": Priority.allCases.map {
                option($0.rawValue, words.text("requests.priority.\($0.rawValue)"), $0 == request.priority)
            },
            "assignee": assignee.map { RequestWords.person($0) } ?? false,
            "observers": observers.map { ["id": $0.text, "name": words.name($0, named.people)] as Model },
            "planWords": request.plan.map(words.dates.labour) ?? "",
            "planMinutes": request.plan.map { String($0.count) } ?? "",
            "percent": request.progress, "percentWords": words.percent(request.progress), "facts": facts,
            "peopleHref": "/requests/people", "rated": rated, "checklist": checklistModel,
            "reminders": remindersModel,
            "links": linksModel,
            "previous": previous.isEmpty
                ? false
                : [
                    "count": previousCount >= 1000 ? "999+" : words.text.number(previousCount),
                    "rows": previous.map { listed -> Model in
                        [
                            "href": "/requests/\(listed.number)?view=all", "subject": listed.request.subject,
                            "glyph": RequestWords.glyph(listed.request),
                            "date": words.dates.day(listed.request.registered),
                        ]
                    },
                ] as Model,
        ]
    }

    /// Where the conversation goes on.
    private var mergedInto: Link? { links.first { $0.kind == .merged && $0.isFrom } }

    private var linksModel: Model {
        [
            "any": !links.isEmpty,
            "rows": links.map { link -> Model in
                let side = link.kind == .related ? "" : link.isFrom ? ".to" : ".from"
                return [
                    "href": "/requests/\(link.number)?view=all", "no": String(link.number),
                    "number": words.number(link.number), "subject": link.subject,
                    "words": words.text("requests.link.\(link.kind.rawValue)\(side)"),
                    "related": link.kind == .related, "mergedHere": link.kind == .merged && link.isFrom,
                ]
            },
            "near": previous.filter { near in !links.contains { $0.other == near.request.id } }.map {
                ["number": String($0.number), "label": "\(words.number($0.number)) · \($0.request.subject)"] as Model
            },
            "anyNear": !previous.isEmpty, "newId": MessageID.new(at: words.now).text,
        ]
    }

    private func option(_ id: String, _ label: String, _ isCurrent: Bool) -> Model {
        ["id": id, "label": label, "current": isCurrent]
    }

    /// Topics as the options of a field, the children indented below their parents.
    static func options(of topics: [Topic], current: TopicID?) -> [Model] {
        let children = Dictionary(grouping: topics, by: \.parent)
        func below(_ parent: TopicID?, depth: Int) -> [Model] {
            (children[parent] ?? []).flatMap { topic -> [Model] in
                let label = String(repeating: "\u{A0}\u{A0}\u{A0}", count: depth) + topic.name
                return [["id": topic.id.text, "label": label, "current": topic.id == current]]
                    + below(topic.id, depth: depth + 1)
            }
        }
        return below(nil, depth: 0)
    }

    var historyPage: Model {
        [
            "subject": request.subject, "number": words.number(seen.number),
            "back": ["href": href, "label": words.text("requests.back.request")] as Model, "history": history.rows(),
        ]
    }
}
