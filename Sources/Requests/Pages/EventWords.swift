package import EventLog
package import Kernel
import Lines
import People
package import Storage
package import Web

/// Events of requests in sentences, of one request or of many: who, when, from, to. Words a person gave lie beside the log.
package struct EventWords: Sendable {
    private let viewer: Viewer
    private let text: Catalogue
    private let dates: Dates
    private let people: [PersonID: ShownPerson]
    private let lines: [LineID: Line]
    private let topics: [TopicID: String]
    private let reasons: [String: String]
    private let steps: [String: String]
    private let others: [String: Int64]
    private let ownStates: [OwnStateID: String]
    private let fields: [String: (name: String, value: String)]
    /// «отчёт.pdf, 1,2 МБ, SHA-256 …»
    private let files: [String: String]
    private let asStaff: Bool

    /// Reads whatever the events name, in a fixed number of statements.
    /// - Parameters:
    ///   - isOpen: whether what people wrote (reasons, steps) may be shown here.
    ///   - mentioned: a topic that is named beside the events.
    package init(
        _ events: [Event], asStaff: Bool, isOpen: Bool = true, mentioned: TopicID? = nil, to viewer: Viewer,
        _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction
    ) throws {
        (self.viewer, self.text, self.dates, self.asStaff) = (viewer, text, dates, asStaff)
        let ids = events.flatMap { event in
            [
                event.actor, event.subject.flatMap { PersonID(parsing: $0) },
                event.data["from"].flatMap { PersonID(parsing: $0) },
                event.data["to"].flatMap { PersonID(parsing: $0) },
                event.data["client"].flatMap { PersonID(parsing: $0) },
            ]
            .compactMap(\.self)
        }
        people = try Names.shown(Set(ids), to: viewer, text, tx)
        lines = Dictionary(try Lines.all(in: viewer.organisation, tx).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        let topicIDs =
            events.filter { $0.kind == .topicChanged }.flatMap { [$0.data["from"], $0.data["to"]].compactMap(\.self) }
            + [mentioned?.text].compactMap(\.self)
        topics = try Self.read(topicIDs, tx) { "SELECT id, name FROM topic WHERE id IN (\($0))" }
        reasons = try Self.read(isOpen ? events.compactMap(\.subject) : [], tx) { ids in
            """
            SELECT id, text FROM reason WHERE id IN (\(ids))
            UNION ALL SELECT id, reason FROM time_spent WHERE id IN (\(ids)) AND reason IS NOT NULL
            """
        }
        let organisation = viewer.organisation
        others = try Self.read(
            events.filter { $0.kind == .linked || $0.kind == .unlinked }.compactMap(\.subject), tx
        ) { ids in
            "SELECT request_id, number FROM party WHERE organisation_id = \(organisation) AND request_id IN (\(ids))"
        }
        ownStates =
            events.contains { $0.kind == .ownState }
            ? Dictionary(
                try Lines.ownStates(in: organisation, withArchived: true, tx).map { ($0.id, $0.name) },
                uniquingKeysWith: { $1 }) : [:]
        let values = events.filter { $0.kind == .fieldChanged }.compactMap(\.subject)
        fields =
            values.isEmpty
            ? [:]
            : Dictionary(
                try tx.all(
                    """
                    SELECT field_value.id, own_field.name, field_value.value
                    FROM field_value JOIN own_field ON own_field.id = field_value.field_id
                    WHERE field_value.id IN (\(values))
                    """
                ) { row in try (row[0] as String, (name: row[1] as String, value: isOpen ? row[2] as String : "")) },
                uniquingKeysWith: { $1 })
        let carried = events.filter { $0.kind.rawValue.hasPrefix("control.file-") }.compactMap(\.subject)
        files =
            carried.isEmpty || !isOpen
            ? [:]
            : Dictionary(
                try tx.all("SELECT id, name, size, hash FROM attachment WHERE id IN (\(Array(Set(carried)).sorted()))")
                {
                    row in
                    try (row[0] as String, "\(row[1] as String), \(dates.size(row[2])), SHA-256 \(row[3] as String)")
                }, uniquingKeysWith: { $1 })
        steps = try Self.read(
            asStaff && isOpen
                ? events.filter { [.checkItem, .taskGiven, .taskDue].contains($0.kind) }.compactMap(\.subject) : [], tx
        ) { "SELECT id, text FROM check_item WHERE id IN (\($0))" }
    }

    private static func read<Key: SQLReadable & Hashable, Value: SQLReadable>(
        _ ids: [String], _ tx: any ReadTransaction, _ sql: ([String]) -> SQL
    ) throws -> [Key: Value] {
        guard !ids.isEmpty else { return [:] }
        return Dictionary(
            try tx.all(sql(Array(Set(ids)).sorted())) { row in try (row[0] as Key, row[1] as Value) },
            uniquingKeysWith: { $1 })
    }

    /// The name of a topic that events or the request mention.
    func topicName(_ id: TopicID?) -> String? { id.flatMap { topics[$0] } }

    private func name(_ id: PersonID) -> String { people[id]?.name ?? text("requests.somebody") }

    /// Whoever did it; Okno itself when nobody did.
    package func who(_ event: Event) -> String { event.actor.map(name) ?? text("requests.okno") }

    /// Events that only staff sees: how the work is divided is not the client's business.
    private static let forStaff: Set<EventKind> = [
        .noted, .timeAdded, .planChanged, .answerDueChanged, .dueSoon, .missed, .fieldChanged, .ownState,
        .observerAdded, .observerRemoved,
        .edited,
        .removed, .restored, .mentioned, .checkItem, .linked, .unlinked, .offered, .offerDeclined, .escalated,
        .taskGiven, .taskDue, .reminderSet, .reminderEnded, .reminderDue,
        EventKind("call.rang"), EventKind("call.missed"),
    ]
    private static let notTold: Set<EventKind> = [.replied, .noted, .reacted]

    private static func isBetweenColleagues(_ event: Event) -> Bool {
        event.kind.rawValue.hasPrefix("call.") && event.data["side"] == "staff"
    }

    /// «Срок перенесён: с 13:00 на 16:00»; nil for what the viewer is not told.
    package func sentence(_ event: Event) -> String? {
        guard asStaff || !Self.forStaff.contains(event.kind) && !Self.isBetweenColleagues(event),
            !Self.notTold.contains(event.kind)
        else { return nil }
        // What somebody wished to be told of is nobody else's business.
        if event.kind == .reminderDue || event.kind == .reminderSet && event.data["kind"] != "client"
            || event.kind == .reminderEnded && !["answered", "ended"].contains(event.data["why"])
        {
            return nil
        }
        let key = "requests.history.\(event.kind.rawValue.split(separator: ".").last ?? "")"
        var values = ["from": shown(event.data["from"], event), "to": shown(event.data["to"], event)]
        var suffix = ""
        if event.kind.rawValue.hasPrefix("call.") { return call(event, values) }
        if event.kind.rawValue.hasPrefix("control.") { return control(event, values) }
        if event.kind == .greeted { return event.subject.flatMap { reasons[$0] } }
        switch event.kind {
        case .registered:
            values["origin"] = text("requests.origin-of.\(event.data["origin"] ?? "chat")")
        case .taken: if event.data["from"] != nil { suffix = "-over" }
        // How Okno chose is the staff's business.
        case .transferred, .offered, .offerDeclined, .escalated, .lineChanged:
            if asStaff, let why = event.data["why"] { suffix = "-\(why)" }
            values["time"] = dates.length(Minutes(Int(event.data["minutes"] ?? "") ?? 0))
        case .unattended: (suffix, values) = unattended(event)
        case .waiting: if let why = event.data["why"] { suffix = "-\(why)" }
        case .closingSoon: values["until"] = shown(event.data["until"], event)
        case .dueSoon, .missed:
            suffix = "-\(event.data["kind"] ?? "")"
            values["deadline"] = shown(event.data["deadline"], event)
        case .deadlineChanged, .answerDueChanged:
            if event.data["to"] == nil {
                suffix = "-none"
            } else if event.data["from"] == nil {
                suffix = "-set"
            } else if event.data["why"] == "recount" {
                suffix = "-recount"
            }
        case .planChanged, .topicChanged: if event.data["from"] == nil { suffix = "-set" }
        case .timeAdded:
            let minutes = Int(event.data["minutes"] ?? "") ?? 0
            values["time"] = dates.labour(Minutes(abs(minutes)))
            values["total"] = dates.labour(Minutes(Int(event.data["total"] ?? "") ?? 0))
            if minutes < 0 { suffix = "-less" }
            if event.data["why"] == "attention" { suffix = "-counted" }
            if event.data["why"] == "call" { suffix = "-called" }
            if event.data["why"] == "control" { suffix = "-controlled" }
        case .confirmed:
            values["rating"] = event.data["rating"] ?? ""
            if event.data["rating"] == nil { suffix = "-unrated" }
        case .closedUnanswered: if let why = event.data["why"] { suffix = "-\(why)" }
        case .fieldChanged:
            let field = event.subject.flatMap { fields[$0] }
            values["from"] = field?.name ?? ""
            values["to"] = field?.value ?? ""
            if values["to"] == "" { suffix = "-none" }
        case .ownState: if event.data["to"] == nil { suffix = "-none" }
        case .linked, .unlinked:
            values["to"] = event.subject.flatMap { others[$0] }.map(RequestWords.number) ?? ""
            let kind = event.data["kind"] ?? ""
            suffix = kind == "related" ? "" : "-\(kind)-\(event.data["side"] ?? "")"
        case .checkItem:
            values["to"] = event.subject.flatMap { steps[$0] } ?? ""
            suffix = "-\(event.data["state"] ?? "")"
        case .taskGiven, .taskDue:
            values["task"] = event.subject.flatMap { steps[$0] } ?? ""
            if event.data["to"] == nil { suffix = "-none" }
        case .reminderSet:
            values["time"] =
                event.data["deadline"].flatMap { Int64($0) }.map {
                    dates.moment(Instant(milliseconds: $0))
                } ?? ""
            if event.data["kind"] == "client" { suffix = "-client" }
        case .reminderEnded: suffix = "-\(event.data["why"] ?? "")"
        case .observerAdded, .observerRemoved, .mentioned: values["to"] = event.subject.map { shown($0, event) } ?? ""
        default: break
        }
        let sentence = text(key + suffix, values)
        guard let reason = event.subject.flatMap({ reasons[$0] }) else { return sentence }
        return text("requests.history.because", ["sentence": sentence, "reason": reason])
    }

    /// What happened in a call; a room above this one tells it.
    private func call(_ event: Event, _ names: [String: String]) -> String {
        let what = String(event.kind.rawValue.dropFirst("call.".count)), data = event.data
        var values = names
        values["time"] = dates.labour(Minutes(Int(data["minutes"] ?? "") ?? 0))
        let suffix = what == "started" && Self.isBetweenColleagues(event) ? "colleague" : data["kind"] ?? data["why"]
        let sentence = text("calls.history.\(what)" + (suffix.map { "-\($0)" } ?? ""), values)
        guard let way = data["way"] else { return sentence }
        return "\(sentence), \(text("calls.history.way-\(way)"))"
    }

    /// What happened at the client's computer; a room above this one tells it.
    private func control(_ event: Event, _ names: [String: String]) -> String {
        var values = names
        let rights = (event.data["fields"] ?? "").split(separator: ",").map { text("remote.right.\($0)") }
        values["rights"] = rights.joined(separator: ", ")
        let isOfFile = event.kind.rawValue.hasPrefix("control.file-")
        values["why"] = event.data["why"].map { text(isOfFile ? "remote.file.why.\($0)" : "remote.why.\($0)") } ?? ""
        values["time"] = dates.labour(Minutes(Int(event.data["minutes"] ?? "") ?? 0))
        if isOfFile { values["file"] = event.subject.flatMap { files[$0] } ?? text("remote.file.some") }
        let way = event.data["way"].map { "-\($0)" } ?? ""
        return text("remote.history.\(event.kind.rawValue.dropFirst("control.".count))\(way)", values)
    }

    /// «Ответим завтра в 9:00. Срок — завтра до 13:00»
    private func unattended(_ event: Event) -> (suffix: String, values: [String: String]) {
        func moment(_ field: String) -> Instant? {
            event.data[field].flatMap { Int64($0) }.map(Instant.init(milliseconds:))
        }
        let deadline = moment("deadline")
        let values = [
            "opens": moment("opens").map(dates.moment) ?? "", "until": moment("until").map(dates.until) ?? "",
            "deadline": deadline.map(dates.until) ?? "",
        ]
        let when = moment("opens") != nil ? "-opens" : moment("until") != nil ? "-until" : ""
        return (deadline == nil ? when : "\(when)-due", values)
    }

    private func shown(_ value: String?, _ event: Event) -> String {
        guard let value else { return text("requests.none") }
        switch event.kind {
        case .lineChanged:
            return LineID(parsing: value).flatMap { lines[$0]?.clientName } ?? text("requests.none")
        case .topicChanged: return TopicID(parsing: value).flatMap { topics[$0] } ?? text("requests.none")
        case .ownState: return OwnStateID(parsing: value).flatMap { ownStates[$0] } ?? text("requests.none")
        case .priorityChanged: return text("requests.priority.\(value)")
        case .deadlineChanged, .answerDueChanged, .taskDue, .dueSoon, .missed, .closingSoon:
            return Int64(value).map { dates.moment(Instant(milliseconds: $0)) } ?? ""
        case .planChanged: return Int(value).map { dates.labour(Minutes($0)) } ?? ""
        case .progressChanged: return Int(value).map { RequestWords.percent($0, text) } ?? ""
        default: return PersonID(parsing: value).map(name) ?? value
        }
    }
}
