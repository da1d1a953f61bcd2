import Kernel
import Requests
import Storage

/// What the board knows of a request that is open at its moment.
struct OpenRequest: Sendable, Equatable {
    let id: RequestID, line: LineID
    let state: Request.State
    let assignee: PersonID?
    let registered: Instant, deadline: Instant?
    /// When anything happened last, and who spoke last, when.
    let moved: Instant, replied: Instant
    let clientSpoke: Bool
    /// Whom it waits for when that is not the client.
    let waitsForOthers: Bool

    /// Somebody is to work on it, so its clock runs.
    var isDue: Bool { state == .new || state == .working }
    func isLate(at now: Instant) -> Bool { isDue && deadline.map { $0 < now } ?? false }

    static func read(
        _ moment: Moment, _ sight: Sight, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [OpenRequest] {
        try tx.all(
            """
            SELECT open.id, open.line_id, open.state, open.assignee_id, open.registered_at, open.deadline_at, open.moved_at,
                COALESCE(reply.at, open.registered_at), CASE WHEN reply.actor_id = open.client_id THEN 1 ELSE 0 END,
                open.wait
            FROM (
                SELECT request.id, request.registered_at, request.client_id, request.client_unit_id AS unit_id,
                    \(moment.state) AS state, \(moment.line) AS line_id, \(moment.assignee) AS assignee_id,
                    \(moment.deadline) AS deadline_at, \(moment.moved) AS moved_at, \(moment.lastReply) AS reply_number,
                    CASE WHEN \(moment.state) = 'waiting' THEN \(moment.wait) END AS wait
                FROM request WHERE request.id IN (\(moment.candidates(in: organisation)))) AS open
            LEFT JOIN event AS reply ON reply.lane = \(organisation) AND reply.number = open.reply_number
            WHERE open.state NOT IN ('closed', 'cancelled')
                AND \(sight.condition(line: "open.line_id", unit: "open.unit_id"))
            """
        ) { row in
            let wait: String? = try row[9]
            return try OpenRequest(
                id: row[0], line: row[1], state: row[2], assignee: row[3], registered: row[4], deadline: row[5],
                moved: row[6], replied: row[7], clientSpoke: row[8],
                waitsForOthers: wait.map { $0 != "client" } ?? false
            )
        }.sorted { ($0.deadline?.milliseconds ?? .max, $0.id) < ($1.deadline?.milliseconds ?? .max, $1.id) }
    }
}

/// A request that got something on the day of the board, or in the week before it.
struct Dated: Sendable, Equatable {
    let id: RequestID, line: LineID
    let assignee: PersonID?
    let at: Instant
    /// Whether its deadline was kept; nil without one.
    var met: Bool?
    /// Working minutes to the first answer.
    var minutes: Int?
    var rating: Int?
}

extension Dated {
    /// Solved since a moment, each once, at the last time.
    static func solved(
        since: Instant, _ moment: Moment, _ sight: Sight, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [Dated] {
        let rows = try tx.all(
            """
            SELECT done.id, done.line_id, done.assignee_id, done.at, done.deadline_at FROM (
                SELECT request.id, request.client_unit_id AS unit_id, \(moment.line) AS line_id,
                    \(moment.assignee) AS assignee_id, \(moment.deadline) AS deadline_at, solved.from_at AS at
                FROM request_span AS solved JOIN request ON request.id = solved.request_id
                WHERE solved.field = 'state' AND solved.value = 'solved' AND solved.from_at >= \(since)
                    AND solved.from_at <= \(moment.at) AND request.organisation_id = \(organisation)) AS done
            WHERE \(sight.condition(line: "done.line_id", unit: "done.unit_id")) ORDER BY done.at, done.id
            """
        ) { row in
            let at: Instant = try row[3], deadline: Instant? = try row[4]
            return try Dated(id: row[0], line: row[1], assignee: row[2], at: at, met: deadline.map { at <= $0 })
        }
        return eachOnce(rows)
    }

    /// Answered for the first time since a moment. Minutes that a report knows stay, whatever becomes of the line's hours.
    static func answered(
        since: Instant, _ moment: Moment, _ sight: Sight, in organisation: OrganisationID, clocks: [LineID: LineClock],
        _ tx: any ReadTransaction
    ) throws -> [Dated] {
        try tx.all(
            """
            SELECT done.id, done.line_id, done.assignee_id, done.registered_at, done.at, done.minutes FROM (
                SELECT request.id, request.client_unit_id AS unit_id, \(moment.line) AS line_id,
                    \(moment.assignee) AS assignee_id, request.registered_at, request.first_answer_at AS at,
                    (SELECT fact.answer_minutes FROM request_fact AS fact
                        WHERE fact.request_id = request.id AND fact.answered_at = request.first_answer_at) AS minutes
                FROM request WHERE request.organisation_id = \(organisation) AND request.first_answer_at >= \(since)
                    AND request.first_answer_at <= \(moment.at)) AS done
            WHERE \(sight.condition(line: "done.line_id", unit: "done.unit_id")) ORDER BY done.at, done.id
            """
        ) { row in
            let line: LineID = try row[1], registered: Instant = try row[3], at: Instant = try row[4]
            let known: Int? = try row[5]
            return try Dated(
                id: row[0], line: line, assignee: row[2], at: at,
                minutes: known ?? clocks[line]?.working(between: registered, and: at))
        }
    }

    /// Rated since a moment; of two ratings of one request the later one counts.
    static func rated(
        since: Instant, _ moment: Moment, _ sight: Sight, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [Dated] {
        let rows = try tx.all(
            """
            SELECT done.id, done.line_id, done.assignee_id, done.at, done.data FROM (
                SELECT request.id, request.client_unit_id AS unit_id, \(moment.line) AS line_id,
                    \(moment.assignee) AS assignee_id, event.at, event.number, event.data
                FROM event JOIN request ON request.id = event.request_id
                WHERE event.lane = \(organisation) AND event.kind = 'request.confirmed' AND event.at >= \(since)
                    AND event.at <= \(moment.at)) AS done
            WHERE \(sight.condition(line: "done.line_id", unit: "done.unit_id")) ORDER BY done.number
            """
        ) { row in
            let data: String = try row[4]
            let rating = data.split(separator: " ").first { $0.hasPrefix("rating=") }.flatMap { Int($0.dropFirst(7)) }
            return try Dated(id: row[0], line: row[1], assignee: row[2], at: row[3], rating: rating)
        }
        return eachOnce(rows)
    }

    private static func eachOnce(_ rows: [Dated]) -> [Dated] {
        Dictionary(rows.map { ($0.id, $0) }, uniquingKeysWith: { $1 }).values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }
    }
}
