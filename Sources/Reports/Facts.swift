package import EventLog
import Kernel
import Lines
package import Storage

/// A reader of the log that keeps one row of figures for each request, and one for each entry of labour time. A request that an event
/// names is looked at as it is now and its row written anew, so taking an event twice changes nothing.
package struct RequestFacts: LogReader {
    package let name = "request-facts"
    package init() {}

    package func take(_ events: [Event], in tx: any WriteTransaction) throws {
        guard case .organisation(let organisation) = tx.lane else { return }
        try Self.keepLabour(events, organisation, in: tx)
        let touched = Array(Set(events.compactMap(\.request))).sorted()
        guard !touched.isEmpty else { return }
        let lines = Dictionary(
            try Lines.all(in: organisation, tx).map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var pasts = try Past.read(touched, tx)
        for now in try Now.read(touched, tx) {
            guard let line = lines[now.line] else { continue }
            let row = now.row(pasts.removeValue(forKey: now.id) ?? Past(), line: line, lines: lines)
            // Row by row: one short statement that stays prepared costs less than a long one made anew each time.
            try tx.send(
                """
                INSERT INTO request_fact (\(Now.columns)) VALUES \(row)
                ON CONFLICT (request_id) DO UPDATE SET \(Now.changes)
                """)
        }
    }

    private static func keepLabour(_ events: [Event], _ organisation: OrganisationID, in tx: any WriteTransaction)
        throws
    {
        for event in events where event.kind.rawValue == "request.time-added" {
            guard let request = event.request, let entry = event.subject, let person = event.actor,
                let minutes = event.data["minutes"].flatMap(Int.init)
            else { continue }
            try tx.send(
                """
                INSERT INTO labour_fact (entry_id, organisation_id, request_id, person_id, minutes, at)
                VALUES (\(entry), \(organisation), \(request), \(person), \(minutes), \(event.at))
                ON CONFLICT (entry_id) DO NOTHING
                """)
        }
    }
}

/// A request as it is now.
private struct Now {
    let id: RequestID, organisation: OrganisationID, line: LineID
    let topic: String?, unit: String?, client: PersonID, assignee: String?
    let origin: String, state: String, isOpen: Bool
    let registered: Instant, answered: Instant?, solved: Instant?, ended: Instant?, moved: Instant
    let answerDue: Instant?, deadline: Instant?, plan: Int?, fact: Int, rating: Int?, hasComment: Bool,
        closedUnanswered: Bool

    static func read(_ requests: [RequestID], _ tx: any ReadTransaction) throws -> [Now] {
        try tx.all(
            """
            SELECT id, organisation_id, line_id, topic_id, client_unit_id, client_id, assignee_id, origin, state, is_open,
                registered_at, first_answer_at, solved_at, ended_at, changed_at, deadline_at, plan_minutes, fact_minutes,
                rating, CASE WHEN COALESCE(rating_comment, '') = '' THEN 0 ELSE 1 END, closed_unanswered,
                answer_due_at
            FROM request WHERE id IN (\(requests)) ORDER BY id
            """
        ) { row in
            try Now(
                id: row[0], organisation: row[1], line: row[2], topic: row[3], unit: row[4], client: row[5],
                assignee: row[6], origin: row[7], state: row[8], isOpen: row[9], registered: row[10], answered: row[11],
                solved: row[12], ended: row[13], moved: row[14], answerDue: row[21], deadline: row[15], plan: row[16],
                fact: row[17],
                rating: row[18], hasComment: row[19], closedUnanswered: row[20])
        }
    }

    static let columns: SQL = """
        request_id, organisation_id, line_id, topic_id, unit_id, client_id, assignee_id, origin, state, wait, is_open,
        registered_at, answered_at, solved_at, ended_at, rated_at, moved_at, deadline_at, answer_minutes, solve_minutes,
        plan_minutes, fact_minutes, answer_missed, missed, rating, has_comment, reopened, closed_unanswered
        """
    /// All that may have changed.
    static let changes: SQL = """
        line_id = excluded.line_id, topic_id = excluded.topic_id, assignee_id = excluded.assignee_id,
        state = excluded.state, wait = excluded.wait, is_open = excluded.is_open, answered_at = excluded.answered_at,
        solved_at = excluded.solved_at, ended_at = excluded.ended_at, rated_at = excluded.rated_at,
        moved_at = excluded.moved_at, deadline_at = excluded.deadline_at, answer_minutes = excluded.answer_minutes,
        solve_minutes = excluded.solve_minutes, plan_minutes = excluded.plan_minutes,
        fact_minutes = excluded.fact_minutes, answer_missed = excluded.answer_missed, missed = excluded.missed,
        rating = excluded.rating, has_comment = excluded.has_comment, reopened = excluded.reopened,
        closed_unanswered = excluded.closed_unanswered
        """

    func row(_ past: Past, line: Line, lines: [LineID: Line]) -> SQL {
        let answeredLate = answered.map { answered in answerDue.map { answered > $0 } ?? false } ?? false
        let late = solved.map { solved in deadline.map { solved > $0 } ?? false } ?? false
        return """
            (\(id), \(organisation), \(self.line), \(topic), \(unit), \(client), \(assignee), \(origin), \(state), \(past.wait),
            \(isOpen), \(registered), \(answered), \(solved), \(ended), \(rating == nil ? nil : past.rated), \(moved),
            \(deadline), \(answerMinutes(past, line, lines)), \(solveMinutes(past, line)), \(plan), \(fact),
            \(answeredLate || past.answerMissed), \(late || past.missed), \(rating), \(hasComment), \(past.reopened), \(closedUnanswered))
            """
    }

    /// By the hours of the line on which the answer was given. What was told of the same answer before stays: hours that change
    /// later do not rewrite the past.
    private func answerMinutes(_ past: Past, _ line: Line, _ lines: [LineID: Line]) -> Int? {
        guard let answered else { return nil }
        if let known = past.answer, known.at == answered { return known.minutes }
        let then = past.line(at: answered).flatMap { lines[$0] } ?? line
        return then.calendar.working(between: registered, and: answered).count
    }

    /// Working time from registration to the last solution without what was spent waiting.
    private func solveMinutes(_ past: Past, _ line: Line) -> Int? {
        guard let solved else { return nil }
        if let known = past.solution, known.at == solved { return known.minutes }
        let waited = past.waits.reduce(0) { sum, wait in
            sum
                + line.calendar.working(
                    between: max(wait.from, registered), and: min(wait.until ?? solved, solved)
                ).count
        }
        return max(0, line.calendar.working(between: registered, and: solved).count - waited)
    }
}

/// What the dated facts, the log and the last row tell of a request.
private struct Past {
    var waits: [(from: Instant, until: Instant?)] = []
    var wait: String?
    var lines: [(line: LineID, from: Instant)] = []
    var reopened = 0
    var rated: Instant?
    var missed = false, answerMissed = false
    var answer: (at: Instant, minutes: Int)?, solution: (at: Instant, minutes: Int)?

    /// The line that a request was on, when it has changed lines.
    func line(at moment: Instant) -> LineID? { lines.last { $0.from <= moment }?.line }

    static func read(_ requests: [RequestID], _ tx: any ReadTransaction) throws -> [RequestID: Past] {
        var pasts: [RequestID: Past] = [:]
        try tx.query(
            """
            SELECT request_id, field, value, from_at, until_at FROM request_span
            WHERE request_id IN (\(requests)) AND (field IN ('line', 'wait') OR (field = 'state' AND value = 'waiting'))
            ORDER BY from_at
            """
        ) { row in
            let id: RequestID = try row[0], field: String = try row[1], value: String? = try row[2]
            let from: Instant = try row[3], until: Instant? = try row[4]
            switch field {
            case "state": pasts[id, default: Past()].waits.append((from, until))
            case "line": if let value { pasts[id, default: Past()].lines.append((LineID(value), from)) }
            default: if until == nil { pasts[id, default: Past()].wait = value }
            }
        }
        try tx.query(
            """
            SELECT request_id, kind, at, data FROM event WHERE request_id IN (\(requests))
                AND kind IN ('request.reopened', 'request.refused', 'request.confirmed', 'request.missed') ORDER BY number
            """
        ) { row in
            let id: RequestID = try row[0], kind: String = try row[1], data: String = try row[3]
            switch kind {
            case "request.confirmed": pasts[id, default: Past()].rated = try row[2]
            case "request.missed":
                if data.contains("kind=answer") {
                    pasts[id, default: Past()].answerMissed = true
                } else {
                    pasts[id, default: Past()].missed = true
                }
            default: pasts[id, default: Past()].reopened += 1
            }
        }
        try tx.query(
            """
            SELECT request_id, answered_at, answer_minutes, solved_at, solve_minutes FROM request_fact
            WHERE request_id IN (\(requests))
            """
        ) { row in
            let id: RequestID = try row[0]
            if let at: Instant = try row[1], let minutes: Int = try row[2] {
                pasts[id, default: Past()].answer = (at, minutes)
            }
            if let at: Instant = try row[3], let minutes: Int = try row[4] {
                pasts[id, default: Past()].solution = (at, minutes)
            }
        }
        return pasts
    }
}
