import EventLog
import Kernel
import Lines
import Markup
import People
import Storage
import Web

/// Every change of a request in a sentence: who, when, from, to. Made from events; words a person gave lie beside them.
struct History {
    private let words: RequestWords
    private let people: [PersonID: ShownPerson]
    private let lines: [LineID: Line]
    private let topics: [TopicID: String]
    private let reasons: [String: String]
    private let steps: [String: String]
    private let others: [String: Int64]
    private let asStaff: Bool
    let events: [Event]

    /// The name of a topic that events or the request mention.
    func topicName(_ id: TopicID?) -> String? { id.flatMap { topics[$0] } }

    init(_ seen: Seen, _ words: RequestWords, _ tx: any ReadTransaction) throws {
        self.words = words
        asStaff = seen.standing.isStaff
        events = try EventLog.of(seen.request.id, tx)
        let ids = events.flatMap { event in
            [
                event.actor, event.subject.flatMap { PersonID(parsing: $0) },
                event.data["from"].flatMap { PersonID(parsing: $0) },
                event.data["to"].flatMap { PersonID(parsing: $0) },
                event.data["client"].flatMap { PersonID(parsing: $0) },
            ]
            .compactMap(\.self)
        }
        people = try Names.shown(Set(ids), to: words.viewer, words.text, tx)
        lines = Dictionary(
            try Lines.all(in: words.viewer.organisation, tx).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let topicIDs =
            events.filter { $0.kind == .topicChanged }.flatMap { [$0.data["from"], $0.data["to"]].compactMap(\.self) }
            + [seen.request.topic?.text].compactMap(\.self)
        topics =
            topicIDs.isEmpty
            ? [:]
            : Dictionary(
                try tx.all("SELECT id, name FROM topic WHERE id IN (\(Array(Set(topicIDs)).sorted()))") { row in
                    try (row[0] as TopicID, row[1] as String)
                }, uniquingKeysWith: { $1 })
        reasons = Dictionary(
            try tx.all(
                """
                SELECT id, text FROM reason WHERE request_id = \(seen.request.id)
                UNION ALL SELECT id, reason FROM time_spent WHERE request_id = \(seen.request.id) AND reason IS NOT NULL
                """
            ) { row in try (row[0] as String, row[1] as String) }, uniquingKeysWith: { $1 })
        let linked = events.filter { $0.kind == .linked || $0.kind == .unlinked }.compactMap(\.subject)
        others =
            linked.isEmpty
            ? [:]
            : Dictionary(
                try tx.all(
                    """
                    SELECT request_id, number FROM party
                    WHERE organisation_id = \(words.viewer.organisation) AND request_id IN (\(linked))
                    """
                ) { row in try (row[0] as String, row[1] as Int64) }, uniquingKeysWith: { $1 })
        steps =
            !asStaff || !events.contains { $0.kind == .checkItem }
            ? [:]
            : Dictionary(
                try tx.all("SELECT id, text FROM check_item WHERE request_id = \(seen.request.id)") { row in
                    try (row[0] as String, row[1] as String)
                }, uniquingKeysWith: { $1 })
    }

    /// Events that only staff sees: how the work is divided is not the client's business.
    private static let forStaff: Set<EventKind> = [
        .noted, .timeAdded, .planChanged, .observerAdded, .observerRemoved, .edited,
        .removed, .restored, .mentioned, .checkItem, .linked, .unlinked,
    ]
    private static let notTold: Set<EventKind> = [.replied, .noted, .reacted]

    /// «Срок перенесён: с 13:00 на 16:00»; nil for what the viewer is not told.
    func sentence(_ event: Event) -> String? {
        guard asStaff || !Self.forStaff.contains(event.kind), !Self.notTold.contains(event.kind) else { return nil }
        let key = "requests.history.\(event.kind.rawValue.split(separator: ".").last ?? "")"
        var values = ["from": shown(event.data["from"], event), "to": shown(event.data["to"], event)]
        var suffix = ""
        switch event.kind {
        case .registered:
            values["origin"] = words.text("requests.origin-of.\(event.data["origin"] ?? "chat")")
        case .taken: if event.data["from"] != nil { suffix = "-over" }
        case .deadlineChanged:
            if event.data["to"] == nil { suffix = "-none" } else if event.data["from"] == nil { suffix = "-set" }
        case .planChanged, .topicChanged: if event.data["from"] == nil { suffix = "-set" }
        case .timeAdded:
            let minutes = Int(event.data["minutes"] ?? "") ?? 0
            values["time"] = words.dates.labour(Minutes(abs(minutes)))
            values["total"] = words.dates.labour(Minutes(Int(event.data["total"] ?? "") ?? 0))
            if minutes < 0 { suffix = "-less" }
            if event.data["why"] == "attention" { suffix = "-counted" }
        case .confirmed: values["rating"] = event.data["rating"] ?? ""
        case .linked, .unlinked:
            values["to"] = event.subject.flatMap { others[$0] }.map(words.number) ?? ""
            let kind = event.data["kind"] ?? ""
            suffix = kind == "related" ? "" : "-\(kind)-\(event.data["side"] ?? "")"
        case .checkItem:
            values["to"] = event.subject.flatMap { steps[$0] } ?? ""
            suffix = "-\(event.data["state"] ?? "")"
        case .observerAdded, .observerRemoved, .mentioned: values["to"] = event.subject.map { shown($0, event) } ?? ""
        default: break
        }
        let sentence = words.text(key + suffix, values)
        guard let reason = event.subject.flatMap({ reasons[$0] }) else { return sentence }
        return words.text("requests.history.because", ["sentence": sentence, "reason": reason])
    }

    private func shown(_ value: String?, _ event: Event) -> String {
        guard let value else { return words.text("requests.none") }
        switch event.kind {
        case .lineChanged:
            return LineID(parsing: value).flatMap { lines[$0]?.clientName } ?? words.text("requests.none")
        case .topicChanged: return TopicID(parsing: value).flatMap { topics[$0] } ?? words.text("requests.none")
        case .priorityChanged: return words.text("requests.priority.\(value)")
        case .deadlineChanged: return Int64(value).map { words.dates.moment(Instant(milliseconds: $0)) } ?? ""
        case .planChanged: return Int(value).map { words.dates.labour(Minutes($0)) } ?? ""
        case .progressChanged: return Int(value).map(words.percent) ?? ""
        default: return PersonID(parsing: value).map { words.name($0, people) } ?? value
        }
    }

    /// «Лебедев А. К., сегодня в 14:29»
    func by(_ event: Event) -> String {
        let who = event.actor.map { words.name($0, people) } ?? words.text("requests.okno")
        return "\(who), \(words.dates.moment(event.at))"
    }

    /// A line in the conversation: the person in bold, then what was done.
    func html(_ event: Event) -> String? {
        guard let sentence = sentence(event) else { return nil }
        let who = event.actor.map { words.name($0, people) } ?? words.text("requests.okno")
        return
            "<b>\(SafeText.escaped(who))</b> — \(SafeText.escaped(sentence.prefix(1).lowercased() + sentence.dropFirst()))"
    }

    /// What the timer counted piece by piece is one entry, until the same person's next one that was not counted.
    static func joined(_ events: [Event]) -> [Event] {
        var joined: [Event] = []
        for event in events {
            guard event.kind == .timeAdded, event.data["why"] == "attention",
                let last = joined.lastIndex(where: { $0.kind == .timeAdded && $0.actor == event.actor }),
                joined[last].data["why"] == "attention", event.at.since(joined[last].at) < 3_600_000
            else {
                joined.append(event)
                continue
            }
            let minutes = [joined[last], event].compactMap { Int($0.data["minutes"] ?? "") }.reduce(0, +)
            var event = event
            event.data = ["minutes": String(minutes), "total": event.data["total"], "why": "attention"]
            joined.remove(at: last)
            joined.append(event)
        }
        return joined
    }

    /// Newest first.
    func rows(atMost limit: Int = .max) -> [Model] {
        var rows: [Model] = []
        for event in Self.joined(events).reversed() where rows.count < limit {
            guard let sentence = sentence(event) else { continue }
            rows.append(["words": sentence, "by": by(event)])
        }
        return rows
    }

    static func icon(_ kind: EventKind) -> String {
        switch kind {
        case .taken, .givenBack, .transferred: "user"
        case .lineChanged: "git-branch"
        case .deadlineChanged: "calendar-clock"
        case .waiting: "pause"
        case .solved, .confirmed: "check"
        case .refused, .reopened: "undo-2"
        default: "circle"
        }
    }
}
