import EventLog
package import Kernel
import People
package import Storage

/// A step that somebody has to do, with the request it belongs to.
package struct RequestTask: Sendable, Equatable {
    package let id: CheckItemID
    package let text: String
    package let person: PersonID?
    package let due: Instant?
    package let number: Int64
    package let subject: String
}

extension Requests {
    /// Gives a step to a colleague, who may read the request from then on, and sets its deadline; nil takes either away.
    package func setTask(
        _ item: CheckItemID, to person: PersonID?, due: Instant?, in number: Int64, by viewer: Viewer
    ) async throws {
        try await change(number, by: viewer, .edit) { change in
            let request = change.request.id
            guard let known = try Self.checkItems(of: request, change.tx).first(where: { $0.id == item }) else {
                throw RequestError.notFound
            }
            if due != known.due {
                if let due, due <= change.now { throw RequestError.momentPast }
                try change.tell(
                    .taskDue, subject: item.text,
                    [
                        "from": known.due.map { String($0.milliseconds) },
                        "to": due.map { String($0.milliseconds) },
                    ])
            }
            if person != known.person {
                if let person, try !Self.canDoTasks(person, in: viewer.organisation, change.tx) {
                    throw RequestError.noSuchPerson
                }
                try change.tell(.taskGiven, subject: item.text, ["from": known.person?.text, "to": person?.text])
                if let person, person != change.request.assignee, try change.observe(person) {
                    try change.tell(.observerAdded, subject: person.text)
                }
            }
            try change.tx.send("UPDATE check_item SET person_id = \(person), due_at = \(due) WHERE id = \(item)")
        }
    }

    /// A specialist who has not left: as an observer such a person sees the staff's side.
    private static func canDoTasks(
        _ person: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Bool {
        guard try !Directory.staff([person], in: organisation, tx).isEmpty else { return false }
        return try tx.exists(
            """
            SELECT 1 FROM role_assignment WHERE person_id = \(person) AND role = \(Role.specialist.rawValue)
                AND until_at IS NULL
            """)
    }

    /// Whoever has something to do here keeps the sight of it.
    static func hasTask(_ person: PersonID, in request: RequestID, _ tx: any ReadTransaction) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM check_item WHERE request_id = \(request) AND person_id = \(person) AND done_at IS NULL
                AND removed_at IS NULL
            """)
    }

    /// Tasks not yet done in open requests that the viewer may see: of these people, or of anybody; the most urgent first.
    /// - Parameter range: only those due within it; nil: those without a deadline too.
    package static func tasks(
        of people: [PersonID]?, due range: Range<Instant>? = nil, on lines: [LineID]? = nil, for viewer: Viewer,
        atMost limit: Int = 200, _ tx: any ReadTransaction
    ) throws -> [RequestTask] {
        var conditions: [SQL] = [
            "check_item.done_at IS NULL AND check_item.removed_at IS NULL AND request.is_open = 1",
            Visible.to(viewer),
        ]
        if let people { conditions.append("check_item.person_id IN (\(people))") }
        // Such lines are of the viewer's organisation; naming it lets the index of open requests serve.
        if let lines {
            conditions.append("request.organisation_id = \(viewer.organisation) AND request.line_id IN (\(lines))")
        }
        if let range {
            conditions.append("check_item.due_at >= \(range.lowerBound) AND check_item.due_at < \(range.upperBound)")
        }
        guard people?.isEmpty != true, lines?.isEmpty != true else { return [] }
        return try tx.all(
            """
            SELECT check_item.id, check_item.text, check_item.person_id, check_item.due_at, party.number, request.subject
            FROM \(Visible.from(viewer)) JOIN check_item ON check_item.request_id = request.id
            WHERE \(SQL.joined(conditions, by: " AND "))
            ORDER BY COALESCE(check_item.due_at, \(Int64.max >> 1)), check_item.id LIMIT \(limit)
            """
        ) { row in
            try RequestTask(
                id: row[0], text: row[1], person: row[2], due: row[3], number: row[4], subject: row[5])
        }
    }
}
