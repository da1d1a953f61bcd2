package import Kernel
package import Lines
package import Storage

/// Every appeal is one, from its first second.
package struct Request: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        case new, working, waiting, solved, closed, cancelled

        /// Somebody still has to do something.
        package var isOpen: Bool { self != .closed && self != .cancelled }
    }

    package enum Origin: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        case chat, phone, oral, email, api, widget, recurring
    }

    /// Who is waited for while the clocks stand.
    package enum Awaited: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        case client, company
    }

    package let id: RequestID
    package let organisation: OrganisationID
    package let number: Int64
    package var line: LineID
    package var topic: TopicID?
    package var subject: String
    package let client: PersonID
    /// The client's unit at the moment of registration.
    package let clientUnit: UnitID?
    package let author: PersonID
    package let origin: Origin
    package var state: State
    package var priority: Priority
    package var assignee: PersonID?
    package let registered: Instant
    package var deadline: Instant?
    package var deadlineByHand: Bool
    /// Working minutes that were left when the clock was paused.
    package var pausedLeft: Minutes?
    package var plan: Minutes?
    package var fact: Minutes
    package var progress: Int
    package var taken: Instant?
    package var firstAnswer: Instant?
    package var solved: Instant?
    package var ended: Instant?
    package var rating: Int?
    package var ratingComment: String?
    package var closedUnanswered: Bool
    /// Grows with each change of a field: two people who change the same one meet here.
    package var version: Int64
    package var changed: Instant
    /// The number of the last event, and of the last reply with its author.
    package var lastNumber: Int64
    package var lastReplyNumber: Int64
    package var lastReply: Instant
    package var lastReplyBy: PersonID
    package let searchRow: Int64
    /// When the first answer is due, by a norm or by hand; nil: no norm says it.
    package var answerDue: Instant?
    package var answerByHand = false
    /// Working minutes that were left for the answer when the clock was paused.
    package var answerLeft: Minutes?
    /// Whose turn it is while the request waits; what was said last stays.
    package var waitsFor = Awaited.client
    package var answerTold = DueRule.Told.nothing, solutionTold = DueRule.Told.nothing
    /// The due moments that were missed, the first of each kind, for ever.
    package var answerMissed: Instant?, missed: Instant?
    /// When there will be something to tell of its clocks.
    package var watchAt: Instant?
    /// A solved request of a silent client closes then.
    package var closesAt: Instant?
    /// The line's own name for the state of now.
    package var ownState: OwnStateID?

    static let columns: SQL = """
        request.id, request.organisation_id, request.number, line_id, topic_id, subject, client_id, client_unit_id, author_id,
        origin, state, priority, assignee_id, registered_at, deadline_at, deadline_by_hand, paused_left, plan_minutes,
        fact_minutes, progress, taken_at, first_answer_at, solved_at, ended_at, rating, rating_comment, closed_unanswered,
        version, changed_at, last_number, last_reply_number, last_reply_at, last_reply_by, search_row,
        answer_due_at, answer_by_hand, answer_left, waits_for, answer_told, solution_told, answer_missed_at, missed_at, watch_at,
        closes_at, own_state_id
        """
    static let columnCount = 45

    init(_ row: Row) throws {
        id = try row[0]
        organisation = try row[1]
        number = try row[2]
        line = try row[3]
        topic = try row[4]
        subject = try row[5]
        client = try row[6]
        clientUnit = try row[7]
        author = try row[8]
        origin = try row[9]
        state = try row[10]
        priority = try row[11]
        assignee = try row[12]
        registered = try row[13]
        deadline = try row[14]
        deadlineByHand = try row[15]
        pausedLeft = try row[16]
        plan = try row[17]
        fact = try row[18]
        progress = try row[19]
        taken = try row[20]
        firstAnswer = try row[21]
        solved = try row[22]
        ended = try row[23]
        rating = try row[24]
        ratingComment = try row[25]
        closedUnanswered = try row[26]
        version = try row[27]
        changed = try row[28]
        lastNumber = try row[29]
        lastReplyNumber = try row[30]
        lastReply = try row[31]
        lastReplyBy = try row[32]
        searchRow = try row[33]
        answerDue = try row[34]
        answerByHand = try row[35]
        answerLeft = try row[36]
        waitsFor = try row[37]
        answerTold = DueRule.Told(rawValue: try row[38]) ?? .nothing
        solutionTold = DueRule.Told(rawValue: try row[39]) ?? .nothing
        answerMissed = try row[40]
        missed = try row[41]
        watchAt = try row[42]
        closesAt = try row[43]
        ownState = try row[44]
    }

    package init(
        id: RequestID, organisation: OrganisationID, number: Int64, line: LineID, topic: TopicID?, subject: String,
        client: PersonID, clientUnit: UnitID?, author: PersonID, origin: Origin, priority: Priority,
        registered: Instant,
        deadline: Instant?, plan: Minutes?, searchRow: Int64
    ) {
        self.id = id
        self.organisation = organisation
        self.number = number
        self.line = line
        self.topic = topic
        self.subject = subject
        self.client = client
        self.clientUnit = clientUnit
        self.author = author
        self.origin = origin
        self.state = .new
        self.priority = priority
        self.registered = registered
        self.deadline = deadline
        self.plan = plan
        self.searchRow = searchRow
        deadlineByHand = false
        fact = Minutes(0)
        progress = 0
        closedUnanswered = false
        version = 1
        changed = registered
        lastNumber = 0
        lastReplyNumber = 0
        lastReply = registered
        lastReplyBy = author
    }

    /// What a queue is sorted by: a request without a deadline, or with a paused one, comes after all others.
    var due: Int64 { state == .waiting ? Int64.max >> 1 : deadline?.milliseconds ?? Int64.max >> 1 }
}

extension Request {
    package func insert(_ tx: any WriteTransaction) throws {
        try tx.send(
            """
            INSERT INTO request (
                id, organisation_id, number, line_id, topic_id, subject, client_id, client_unit_id, author_id, origin, state,
                is_open, priority, assignee_id, registered_at, deadline_at, deadline_by_hand, paused_left, due_at, plan_minutes,
                fact_minutes, progress, taken_at, first_answer_at, solved_at, ended_at, rating, rating_comment,
                closed_unanswered, version, changed_at, last_number, last_reply_number, last_reply_at, last_reply_by, search_row,
                answer_due_at, answer_by_hand, answer_left, waits_for, answer_told, solution_told, answer_missed_at, missed_at,
                watch_at, closes_at, own_state_id)
            VALUES (\(id), \(organisation), \(number), \(line), \(topic), \(subject), \(client), \(clientUnit), \(author),
                \(origin), \(state), \(state.isOpen), \(priority), \(assignee), \(registered), \(deadline), \(deadlineByHand),
                \(pausedLeft), \(due), \(plan), \(fact), \(progress), \(taken), \(firstAnswer), \(solved), \(ended), \(rating),
                \(ratingComment), \(closedUnanswered), \(version), \(changed), \(lastNumber), \(lastReplyNumber), \(lastReply),
                \(lastReplyBy), \(searchRow), \(answerDue), \(answerByHand), \(answerLeft), \(waitsFor),
                \(answerTold.rawValue), \(solutionTold.rawValue), \(answerMissed), \(missed), \(watchAt),
                \(closesAt), \(ownState))
            """)
        try tx.send(
            """
            INSERT INTO party (request_id, organisation_id, side, number) VALUES (\(id), \(organisation), 'own', \(number))
            """)
    }

    /// Writes what may change. The dated facts are kept by `Span`.
    func update(_ tx: any WriteTransaction) throws {
        try tx.send(
            """
            UPDATE request SET line_id = \(line), topic_id = \(topic), subject = \(subject), state = \(state),
                is_open = \(state.isOpen), priority = \(priority), assignee_id = \(assignee), deadline_at = \(deadline),
                deadline_by_hand = \(deadlineByHand), paused_left = \(pausedLeft), due_at = \(due), plan_minutes = \(plan),
                fact_minutes = \(fact), progress = \(progress), taken_at = \(taken), first_answer_at = \(firstAnswer),
                solved_at = \(solved), ended_at = \(ended), rating = \(rating), rating_comment = \(ratingComment),
                closed_unanswered = \(closedUnanswered), version = \(version), changed_at = \(changed),
                last_number = \(lastNumber), last_reply_number = \(lastReplyNumber), last_reply_at = \(lastReply),
                last_reply_by = \(lastReplyBy), answer_due_at = \(answerDue), answer_by_hand = \(answerByHand),
                answer_left = \(answerLeft), waits_for = \(waitsFor), answer_told = \(answerTold.rawValue),
                solution_told = \(solutionTold.rawValue), answer_missed_at = \(answerMissed), missed_at = \(missed),
                watch_at = \(watchAt), closes_at = \(closesAt), own_state_id = \(ownState)
            WHERE id = \(id)
            """)
    }
}

/// The facts of a request that are dated, not overwritten.
enum Span: String, CaseIterable, SQLBindable {
    case state, line, assignee, priority, deadline
    /// Whom a waiting request waits for; there is none while it does not wait.
    case wait

    func value(of request: Request) -> String? {
        switch self {
        case .state: request.state.rawValue
        case .line: request.line.text
        case .assignee: request.assignee?.text
        case .priority: request.priority.rawValue
        case .deadline: request.deadline.map { String($0.milliseconds) }
        case .wait: request.state == .waiting ? request.waitsFor.rawValue : nil
        }
    }

    static func open(_ request: Request, by person: PersonID, in tx: any WriteTransaction) throws {
        let rows = allCases.filter { $0 != .wait }.map { span -> SQL in
            "(\(request.id), \(span), \(span.value(of: request)), \(request.registered), \(person))"
        }
        try tx.send(
            "INSERT INTO request_span (request_id, field, value, from_at, by_id) VALUES \(SQL.joined(rows, by: ", "))")
    }

    /// Closes the spans of what differs and opens new ones.
    static func change(
        from old: Request, to new: Request, by person: PersonID?, at now: Instant, in tx: any WriteTransaction
    )
        throws
    {
        for span in allCases where span.value(of: old) != span.value(of: new) {
            try tx.send(
                """
                UPDATE request_span SET until_at = \(now)
                WHERE request_id = \(old.id) AND field = \(span) AND until_at IS NULL
                """)
            if span == .wait, span.value(of: new) == nil { continue }
            try tx.send(
                """
                INSERT INTO request_span (request_id, field, value, from_at, by_id)
                VALUES (\(old.id), \(span), \(span.value(of: new)), \(now), \(person))
                """)
        }
    }
}
