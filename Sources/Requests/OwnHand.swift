package import EventLog
package import Kernel
import Lines
package import Storage

/// What Okno itself does with a request, inside a transaction of the organisation's lane: its events name nobody, their `why` says
/// how it came to it. Whoever calls has decided by a rule; here only what lies before is looked at.
extension Requests {
    /// A request that nobody has in hand.
    package struct Free: Sendable, Equatable {
        package let id: RequestID
        package let number: Int64
        package let line: LineID
        package let client: PersonID
        package let clientUnit: UnitID?
        package let author: PersonID
        /// Since when it lies on this line without anybody.
        package let since: Instant
        package let deadline: Instant?
    }

    /// What is to be told after the commit.
    package struct Told: Sendable {
        package let number: Int64
        package let topics: [String]
    }

    /// Requests of a line that wait for somebody, the most urgent first.
    /// COALESCE leads SQLite to the index of what is free, and not through all that a line ever had.
    package static func free(
        on line: LineID, in organisation: OrganisationID, atMost limit: Int, _ tx: any ReadTransaction
    ) throws -> [Free] {
        try free(
            "request.organisation_id = \(organisation) AND COALESCE(request.line_id, '') = \(line)", limit, tx)
    }

    /// nil: somebody has it, or it has ended.
    package static func free(_ id: RequestID, _ tx: any ReadTransaction) throws -> Free? {
        try free("request.id = \(id)", 1, tx).first
    }

    private static func free(_ which: SQL, _ limit: Int, _ tx: any ReadTransaction) throws -> [Free] {
        try tx.all(
            """
            SELECT request.id, request.number, request.line_id, request.client_id, request.client_unit_id, request.author_id,
                request.deadline_at, (
                    SELECT MAX(from_at) FROM request_span WHERE request_span.request_id = request.id
                        AND request_span.field IN (\([Span.line, Span.assignee])) AND request_span.until_at IS NULL)
            FROM request
            WHERE \(which) AND request.is_open = 1 AND request.assignee_id IS NULL AND request.state = \(Request.State.new)
            ORDER BY request.due_at, request.registered_at, request.id LIMIT \(limit)
            """
        ) { row in
            try Free(
                id: row[0], number: row[1], line: row[2], client: row[3], clientUnit: row[4], author: row[5],
                since: row[7] ?? Instant(milliseconds: 0), deadline: row[6])
        }
    }

    /// Which lines a request has lain on.
    package static func linesVisited(by request: RequestID, _ tx: any ReadTransaction) throws -> Set<LineID> {
        Set(
            try tx.all("SELECT value FROM request_span WHERE request_id = \(request) AND field = \(Span.line)") { row in
                try row[0] as LineID
            })
    }

    /// How many requests each of these people has to work on now; what waits for its client is not counted.
    package static func load(of people: [PersonID], _ tx: any ReadTransaction) throws -> [PersonID: Int] {
        guard !people.isEmpty else { return [:] }
        return Dictionary(
            try tx.all(
                """
                SELECT assignee_id, COUNT(*) FROM request
                WHERE assignee_id IN (\(people)) AND is_open = 1 AND state IN (\([Request.State.new, .working]))
                GROUP BY assignee_id
                """
            ) { row in try (row[0] as PersonID, row[1] as Int) }, uniquingKeysWith: { $1 })
    }

    /// Who helped this client on the line the last time.
    package static func lastHelper(
        of client: PersonID, on line: LineID, besides request: RequestID, _ tx: any ReadTransaction
    ) throws -> PersonID? {
        try tx.value(
            """
            SELECT assignee_id FROM request WHERE client_id = \(client) AND line_id = \(line) AND assignee_id IS NOT NULL
                AND id <> \(request) ORDER BY registered_at DESC LIMIT 1
            """)
    }

    /// Puts a free request into somebody's hands without asking.
    package static func give(
        _ id: RequestID, to person: PersonID, why: String, at now: Instant, in tx: any WriteTransaction
    ) throws -> Told {
        try byItself(id, at: now, in: tx) { change in
            try change.tell(.transferred, ["from": nil, "to": person.text, "why": why])
            try change.assign(person)
            change.request.state = .working
        }
    }

    /// Moves a free request into another line's queue.
    package static func moveOn(
        _ id: RequestID, to line: LineID, why: String, at now: Instant, in tx: any WriteTransaction
    ) throws -> Told {
        try byItself(id, at: now, in: tx) { change in try change.move(to: line, why: why) }
    }

    /// Writes an event about a request whose fields stay as they are.
    package static func tell(
        _ kind: EventKind, of id: RequestID, _ data: EventData, at now: Instant, in tx: any WriteTransaction
    ) throws -> Told {
        try byItself(id, at: now, in: tx) { change in try change.tell(kind, data) }
    }

    /// Tells the client that nobody is there, and by when it will be solved: a request without a deadline gets one.
    package static func tellUnattended(
        _ id: RequestID, opens: Instant?, until: Instant?, deadline: Instant?, at now: Instant,
        in tx: any WriteTransaction
    ) throws -> Told {
        try byItself(id, at: now, in: tx) { change in
            if change.request.deadline == nil { try change.set(deadline: deadline, why: "nobody") }
            try change.tell(
                .unattended,
                [
                    "opens": opens.map { String($0.milliseconds) }, "until": until.map { String($0.milliseconds) },
                    "deadline": change.request.deadline.map { String($0.milliseconds) },
                ])
        }
    }

    /// A specialist accepts what was offered: the same as taking it, by the same permission.
    package static func accept(
        _ number: Int64, by viewer: Viewer, at now: Instant, in tx: any WriteTransaction
    ) throws -> Told {
        let seen = try find(number, for: viewer, tx)
        try Permission.check(.take, seen.request, seen.standing)
        guard seen.request.assignee == nil else { throw RequestError.changedMeanwhile }
        let change = Change(seen, by: viewer, at: now, in: tx)
        try change.take(why: "offer")
        return try told(change)
    }

    static func byItself(
        _ id: RequestID, at now: Instant, in tx: any WriteTransaction, _ body: (Change) throws -> Void
    ) throws -> Told {
        guard let request = try tx.one("SELECT \(Request.columns) FROM request WHERE id = \(id)", Request.init) else {
            throw RequestError.notFound
        }
        let change = Change(request, at: now, in: tx)
        try body(change)
        return try told(change)
    }

    static func told(_ change: Change) throws -> Told {
        try change.store()
        return Told(
            number: change.lastNumber,
            topics: topics(change.before, change.request, try observers(of: change.request.id, change.tx)))
    }
}
