import EventLog
import Kernel
import Requests
import Storage
import TextSearch

/// A long history of requests, written row by row as the acts would have left it, but without their checks and with thousands in a
/// transaction. The newest three in a hundred are open.
struct Chronicle: Sendable {
    struct Person: Sendable {
        let id: PersonID
        let unit: UnitID
        let name: String
    }

    let organisation: OrganisationID
    let lines: [LineID]
    let staff: [LineID: [PersonID]]
    let clients: [Person]
    /// A unit with those above it.
    let units: [UnitID: [UnitID]]
    let count: Int
    let until: Instant
    private var dice = Dice(1)

    init(
        organisation: OrganisationID, lines: [LineID], staff: [LineID: [PersonID]], clients: [Person],
        units: [UnitID: [UnitID]],
        count: Int, until: Instant
    ) {
        self.organisation = organisation
        self.lines = lines
        self.staff = staff
        self.clients = clients
        self.units = units
        self.count = count
        self.until = until
    }

    /// Two years, evenly.
    private func moment(_ index: Int) -> Instant {
        let span = Int64(730) * 86_400_000
        return Instant(milliseconds: until.milliseconds - span + span * Int64(index) / Int64(count) - 60_000)
    }

    /// The first client has five requests, spread over the time; the others share the rest.
    private mutating func client(_ index: Int) -> Person {
        let isRare = index % max(1, count / 5) == count / 10
        return isRare ? clients[0] : clients[dice.number(1...clients.count - 1)]
    }

    mutating func write(_ index: Int, in tx: any WriteTransaction) throws {
        let isOpen = index >= count - max(10, count * 3 / 100)
        let client = client(index), line = dice.pick(lines), registered = moment(index)
        let text = Phrases.appeal(&dice)
        var request = Request(
            id: .new(at: registered), organisation: organisation, number: try tx.nextRequestNumber(), line: line,
            topic: nil,
            subject: String(text.prefix { $0 != "\n" && $0 != "." }), client: client.id, clientUnit: client.unit,
            author: client.id,
            origin: .chat, priority: dice.chance(80) ? .normal : .high, registered: registered,
            deadline: registered + .hours(dice.number(4...72)), plan: .hours(8),
            searchRow: SearchIndex.row(at: registered))
        var story = Story(request, tx)
        try story.say(text, by: client.id, isStaff: false, after: 0)
        if !isOpen || dice.chance(60) { try continueStory(&story, isOpen: isOpen) }
        request = story.request
        try request.insert(tx)
        try story.store(client: client, above: units[client.unit] ?? [client.unit])
    }

    private mutating func continueStory(_ story: inout Story, isOpen: Bool) throws {
        let specialist = dice.pick(staff[story.request.line]!)
        let client = story.request.client
        try story.take(by: specialist, after: dice.number(1...60))
        try story.say(Phrases.answer(&dice), by: specialist, isStaff: true, after: dice.number(1...30))
        if dice.chance(40) {
            try story.say(Phrases.clarification(&dice), by: client, isStaff: false, after: dice.number(1...90))
        }
        if dice.chance(10) {
            try story.say(Phrases.answer(&dice), by: specialist, isStaff: true, isNote: true, after: 5)
        }
        guard !isOpen else { return }
        if dice.chance(50) {
            try story.say(Phrases.thanks(&dice), by: client, isStaff: false, after: dice.number(5...300))
        }
        try story.solve(by: specialist, spent: dice.number(5...90), after: dice.number(1...60))
        try story.confirm(rating: dice.chance(80) ? 5 : dice.number(1...4), after: dice.number(10...900))
    }
}

/// One request on its way: its messages, events and dated facts.
private struct Story {
    private(set) var request: Request
    private let tx: any WriteTransaction
    private var at: Instant
    private var spans: [(field: String, value: String?, from: Instant, until: Instant?, by: PersonID)] = []
    private var messages: [SQL] = []
    private var spending: SQL?
    private var open: [String] = [], notes: [String] = []

    init(_ request: Request, _ tx: any WriteTransaction) {
        self.request = request
        self.tx = tx
        at = request.registered
        for (field, value) in [
            ("state", request.state.rawValue), ("line", request.line.text), ("assignee", nil),
            ("priority", request.priority.rawValue),
            ("deadline", request.deadline.map { String($0.milliseconds) }),
        ] as [(String, String?)] {
            spans.append((field, value, at, nil, request.client))
        }
    }

    private mutating func tell(_ kind: String, by person: PersonID, subject: String? = nil, _ data: EventData = [:])
        throws
    {
        request.lastNumber = try EventLog.append(
            EventKind("request.\(kind)"), by: person, at: at, request: request.id, subject: subject, data: data, in: tx)
        request.changed = at
    }

    private mutating func date(_ field: String, _ value: String, by person: PersonID) {
        if let last = spans.lastIndex(where: { $0.field == field }) { spans[last].until = at }
        spans.append((field, value, at, nil, person))
        request.version += 1
    }

    mutating func say(_ text: String, by person: PersonID, isStaff: Bool, isNote: Bool = false, after minutes: Int)
        throws
    {
        at = at + Minutes(minutes)
        let id = MessageID.new(at: at)
        if messages.isEmpty {
            try tell(
                "registered", by: person, subject: id.text,
                [
                    "line": request.line.text, "client": request.client.text, "unit": request.clientUnit?.text,
                    "origin": "chat",
                    "priority": request.priority.rawValue, "deadline": request.deadline.map { String($0.milliseconds) },
                ])
        } else {
            try tell(isNote ? "noted" : "replied", by: person, subject: id.text, ["side": isStaff ? "staff" : "client"])
        }
        messages.append(
            "(\(id), \(request.id), \(request.lastNumber), \(person), \(isNote), \(isStaff), \(text), \(at))")
        if isNote { return notes.append(text) }
        open.append(text)
        if isStaff, request.firstAnswer == nil { request.firstAnswer = at }
        (request.lastReplyNumber, request.lastReply, request.lastReplyBy) = (request.lastNumber, at, person)
    }

    mutating func take(by specialist: PersonID, after minutes: Int) throws {
        at = at + Minutes(minutes)
        try tell("taken", by: specialist, ["to": specialist.text])
        (request.state, request.assignee, request.taken) = (.working, specialist, at)
        date("state", "working", by: specialist)
        date("assignee", specialist.text, by: specialist)
    }

    mutating func solve(by specialist: PersonID, spent: Int, after minutes: Int) throws {
        at = at + Minutes(minutes)
        let entry = ID<Chronicle>.new(at: at)
        try tell(
            "time-added", by: specialist, subject: entry.text, ["minutes": String(spent), "total": String(spent)])
        spending = "(\(entry), \(request.id), \(specialist), \(spent), \(at))"
        try tell("solved", by: specialist)
        (request.state, request.solved, request.progress, request.fact) = (.solved, at, 100, Minutes(spent))
        date("state", "solved", by: specialist)
    }

    mutating func confirm(rating: Int, after minutes: Int) throws {
        at = at + Minutes(minutes)
        try tell("confirmed", by: request.client, ["rating": String(rating)])
        (request.state, request.ended, request.rating) = (.closed, at, rating)
        date("state", "closed", by: request.client)
    }

    /// Everything that refers to the request; the request itself is there.
    func store(client: Chronicle.Person, above units: [UnitID]) throws {
        try tx.run(
            """
            INSERT INTO request_span (request_id, field, value, from_at, until_at, by_id) VALUES
            \(SQL.joined(spans.map { "(\(request.id), \($0.field), \($0.value), \($0.from), \($0.until), \($0.by))" }, by: ", "))
            """)
        try tx.run(
            """
            INSERT INTO message (id, request_id, number, author_id, is_note, is_staff, text, at)
            VALUES \(SQL.joined(messages, by: ", "))
            """)
        if let spending {
            try tx.run("INSERT INTO time_spent (id, request_id, person_id, minutes, at) VALUES \(spending)")
        }
        var scope = [
            SearchIndex.scope("o", request.organisation), SearchIndex.scope("l", request.line),
            SearchIndex.scope("c", request.client),
        ]
        if let assignee = request.assignee { scope.append(SearchIndex.scope("s", assignee)) }
        scope += units.map { SearchIndex.scope("u", $0) }
        try SearchIndex.insert(
            request.searchRow,
            open: ([request.subject, String(request.number), client.name] + open).joined(separator: " "),
            staff: notes.joined(separator: " "), scope: scope, in: tx)
        try read(by: request.client, isClient: true)
        guard let assignee = request.assignee else { return }
        try read(by: assignee, isClient: false)
        if let answered = request.firstAnswer {
            try tx.run(
                """
                INSERT INTO first_answer (request_id, line_id, at, minutes)
                VALUES (\(request.id), \(request.line), \(answered), \(answered.since(request.registered) / 60_000))
                """)
        }
    }

    private func read(by person: PersonID, isClient: Bool) throws {
        try tx.run(
            """
            INSERT INTO reading (request_id, person_id, up_to, at, is_client)
            VALUES (\(request.id), \(person), \(request.lastNumber), \(at), \(isClient))
            """)
    }
}
