package import Kernel
package import Storage

/// A request that is due, with what it is planned to take.
package struct DueRequest: Sendable, Equatable {
    package let number: Int64
    package let subject: String
    package let due: Instant
    package let assignee: PersonID?
    package let priority: Priority
    /// Labour that is planned and not yet spent.
    package let left: Minutes?
}

extension Requests {
    /// Requests in work that are due within a span of time, as far as the viewer may see them.
    package static func due(
        in range: Range<Instant>, of people: [PersonID]?, on lines: [LineID]?, for viewer: Viewer,
        atMost limit: Int = 1000, _ tx: any ReadTransaction
    ) throws -> [DueRequest] {
        guard people?.isEmpty != true, lines?.isEmpty != true else { return [] }
        var conditions: [SQL] = [
            "request.organisation_id = \(viewer.organisation) AND request.is_open = 1",
            "request.due_at >= \(range.lowerBound) AND request.due_at < \(range.upperBound)",
            "request.state IN (\([Request.State.new, .working]))", Visible.to(viewer),
        ]
        if let people { conditions.append("request.assignee_id IN (\(people))") }
        if let lines { conditions.append("request.line_id IN (\(lines))") }
        return try tx.all(
            """
            SELECT party.number, request.subject, request.due_at, request.assignee_id, request.priority, request.plan_minutes,
                request.fact_minutes
            FROM \(Visible.from(viewer)) WHERE \(SQL.joined(conditions, by: " AND "))
            ORDER BY request.due_at, request.id LIMIT \(limit)
            """
        ) { row in
            let plan: Minutes? = try row[5], fact: Minutes = try row[6]
            return try DueRequest(
                number: row[0], subject: row[1], due: row[2], assignee: row[3], priority: row[4],
                left: plan.map { Minutes(max(0, $0.count - fact.count)) })
        }
    }
}
