import EventLog
package import Kernel
import Lines
import Markup
import People
import Storage
import TextSearch
import Web

/// What a client or a specialist says to have a request registered.
package struct Registration: Sendable {
    /// The id of the first message, made by the page: sent twice, it registers once.
    package var id: MessageID
    package var line: LineID
    package var topic: TopicID?
    package var text: String
    /// Whose request it is; the viewer's own when nil.
    package var client: PersonID?
    package var origin: Request.Origin = .chat
    package var uploads: [UploadID] = []
    /// Labour time already spent, such as the length of a phone call.
    package var minutes: Minutes?
    /// The viewer takes it at once.
    package var take = false

    package init(id: MessageID, line: LineID, text: String) {
        self.id = id
        self.line = line
        self.text = text
    }
}

extension Requests {
    /// Registers an appeal: the request, its parties, first message, files and dated facts, and the event, or nothing.
    /// - Returns: the number, the same for a repetition.
    package func register(_ registration: Registration, by viewer: Viewer) async throws -> Int64 {
        let now = site.now()
        // What needs no database is done before it is this act's turn.
        let subject = Self.subject(of: registration.text), stems = Words.stems(of: registration.text)
        let known = try await database.read { tx -> (Int64?, Intake?) in
            if let number = try Self.registered(registration.id, by: viewer, tx) { return (number, nil) }
            return (nil, try Intake(registration, by: viewer, tx))
        }
        if let number = known.0 { return number }
        guard let intake = known.1 else { throw RequestError.notFound }
        let client = intake.client, line = intake.line, topic = intake.topic
        let deadline = intake.deadline(from: now), answerDue = intake.answerDue(from: now)
        let (number, sequence, topics) = try await database.write(in: viewer.organisation) {
            tx -> (Int64, Int64, [String]) in
            // Sent twice at once, it registers once.
            if let known = try Self.registered(registration.id, by: viewer, tx) { return (known, 0, []) }
            var request = Request(
                id: .new(at: now), organisation: viewer.organisation, number: try tx.nextRequestNumber(), line: line.id,
                topic: topic?.id, subject: subject, client: client,
                clientUnit: intake.unit, author: viewer.person, origin: registration.origin,
                priority: intake.priority, registered: now, deadline: deadline,
                plan: topic?.planned ?? (line.planned.count > 0 ? line.planned : nil),
                searchRow: SearchIndex.row(at: now))
            request.answerDue = answerDue
            request.watchAt = DueClock.next(request, calendar: line.calendar)
            let event = try EventLog.append(
                .registered, by: viewer.person, at: now, request: request.id, subject: registration.id.text,
                data: [
                    "line": line.id.text, "topic": topic?.id.text, "client": client.text,
                    "unit": request.clientUnit?.text,
                    "origin": registration.origin.rawValue, "priority": request.priority.rawValue,
                    "deadline": request.deadline.map { String($0.milliseconds) },
                ], in: tx)
            request.lastNumber = event
            request.lastReplyNumber = event
            try request.insert(tx)
            try Span.open(request, by: viewer.person, in: tx)
            try tx.send(
                """
                INSERT INTO message (id, request_id, number, author_id, is_note, is_staff, text, at)
                VALUES (\(registration.id), \(request.id), \(event), \(viewer.person), 0, \(client != viewer.person),
                    \(registration.text), \(now))
                """)
            if client == viewer.person { try Self.dropDraft(of: client, "ask", in: tx) }
            let names = try Self.attach(
                registration.uploads, to: registration.id, of: request, isNote: false, by: viewer, at: now, in: tx)
            try SearchIndex.insert(
                request.searchRow,
                open: ([String(request.number)] + names + intake.names).joined(separator: " "), stems: stems, staff: "",
                scope: Searching.scope(of: request, observers: [], units: intake.units),
                in: tx)
            var last = event
            if let told = try Self.greet(request.id, intake.conditions, on: line, at: now, in: tx) {
                last = told
                request.lastNumber = told
            }
            if registration.take || registration.minutes != nil {
                last = try Self.begin(request, registration, by: viewer, at: now, in: tx)
            }
            return (request.number, last, ["request/\(request.id)", "line/\(line.id)", "person/\(client)"])
        }
        if sequence > 0 { bell.ring(viewer.organisation, sequence, topics: topics) }
        return number
    }

    /// A call that was answered is taken and timed in the same breath.
    private static func begin(
        _ request: Request, _ registration: Registration, by viewer: Viewer, at now: Instant,
        in tx: any WriteTransaction
    ) throws -> Int64 {
        let standing = standing(of: viewer, in: request, observes: false, unit: false)
        let change = Change(
            Seen(request: request, standing: standing, number: request.number), by: viewer, at: now, in: tx)
        if registration.take, Permission.may(.take, .new, standing, hasAssignee: false) { try change.take() }
        if let minutes = registration.minutes, standing.works || standing.leads { try change.add(minutes, reason: nil) }
        try change.store()
        return max(change.lastNumber, request.lastNumber)
    }

    /// The number that this message was registered under before. An id that somebody else has used is nobody's.
    private static func registered(_ message: MessageID, by viewer: Viewer, _ tx: any ReadTransaction) throws -> Int64?
    {
        let known = try tx.one(
            """
            SELECT party.number, message.author_id FROM message LEFT JOIN party ON party.request_id = message.request_id
                AND party.organisation_id = \(viewer.organisation)
            WHERE message.id = \(message)
            """
        ) { row -> (Int64?, PersonID) in try (row[0], row[1]) }
        guard let (number, author) = known else { return nil }
        guard let number, author == viewer.person else { throw RequestError.notFound }
        return number
    }

    /// The line, if it is offered to this viewer, or the viewer works on it.
    static func line(_ id: LineID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> Line {
        guard let line = try Lines.find(id, in: viewer.organisation, tx), !line.isArchived else {
            throw RequestError.noSuchLine
        }
        if viewer.lines[line.id] != nil || viewer.isAdministrator || viewer.isManager { return line }
        guard try Lines.isOffered(line.id, to: viewer, tx) else { throw RequestError.noSuchLine }
        return line
    }

    /// The first line of what was written, as the title.
    static func subject(of text: String) -> String {
        let first = text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? ""
        return SafeText.plain(String(first), atMost: 120)
    }

    static func searchNames(_ people: [PersonID], _ tx: any ReadTransaction) throws -> [String] {
        try tx.all("SELECT family, given, patronymic FROM person WHERE id IN (\(Array(Set(people)).sorted()))") { row in
            let parts: [String] = try [row[0], row[1], row[2]]
            return parts.joined(separator: " ")
        }
    }
}

/// All that a registration has to know of its line and its client. It is read before the act's turn comes, so that the lane of an
/// organisation is held only by what a registration writes.
private struct Intake: Sendable {
    let client: PersonID, line: Line, topic: Topic?, unit: UnitID?, priority: Priority
    /// From the root down to the client's own.
    let units: [UnitID]
    let names: [String]
    let conditions: Conditions
    private let norm: (answer: Minutes?, solution: Minutes?)

    init(_ registration: Registration, by viewer: Viewer, _ tx: any ReadTransaction) throws {
        client = registration.client ?? viewer.person
        line = try Requests.line(registration.line, for: viewer, tx)
        if client != viewer.person {
            guard viewer.isStaff else { throw RequestError.notAllowed }
            guard try Self.exists(client, in: viewer.organisation, tx) else { throw RequestError.noSuchPerson }
        }
        let line = line, topic = try registration.topic.flatMap { try Lines.topic($0, on: line.id, tx) }
        if topic == nil, registration.topic != nil { throw RequestError.noSuchTopic }
        self.topic = topic
        priority = topic?.priority ?? .normal
        unit = try Units.of(client, tx)
        units = try unit.map { try Units.ancestors($0, tx) } ?? []
        norm = try Lines.norm(on: line.id, topic: topic?.id, priority: priority, unit: unit, tx)
        names = try Requests.searchNames([client, viewer.person], tx)
        conditions = client == viewer.person ? try Lines.conditions(of: line.id, tx) : Conditions()
    }

    func deadline(from now: Instant) -> Instant? {
        Deadlines.norm(from: now, line: line, planned: topic?.planned, priority: priority, said: norm.solution)
    }

    func answerDue(from now: Instant) -> Instant? {
        norm.answer.map { line.calendar.deadline(from: now, after: $0) }
    }

    private static func exists(_ person: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction) throws
        -> Bool
    {
        try tx.exists("SELECT 1 FROM person WHERE id = \(person) AND organisation_id = \(organisation)")
    }
}
