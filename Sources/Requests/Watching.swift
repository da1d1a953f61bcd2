package import Kernel
package import Storage

extension Requests {
    /// Which of these requests the viewer may see, for pages that wish to be told of changes.
    package static func visible(
        _ requests: [RequestID], to viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> Set<RequestID> {
        guard !requests.isEmpty else { return [] }
        let found: [RequestID] = try tx.all(
            "SELECT request.id FROM \(Visible.from(viewer)) WHERE request.id IN (\(requests)) AND \(Visible.to(viewer))"
        ) { row in try row[0] }
        return Set(found)
    }

    /// A request as one viewer meets it.
    package struct Glance: Sendable {
        package let request: Request
        package let number: Int64
        package let standing: Standing
    }

    /// These requests, those that the viewer may see, with what the viewer is to each.
    package static func glances(
        of requests: [RequestID], for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> [RequestID: Glance] {
        guard !requests.isEmpty else { return [:] }
        return Dictionary(
            try tx.all(
                """
                SELECT \(Request.columns), party.number, \(observes(viewer)), \(managesUnit(viewer))
                FROM \(Visible.from(viewer)) WHERE request.id IN (\(requests)) AND \(Visible.to(viewer))
                """
            ) { row in
                let request = try Request(row), seen = Request.columnCount
                let standing = standing(
                    of: viewer, in: request, observes: try row[seen + 1], unit: try row[seen + 2])
                return try (request.id, Glance(request: request, number: row[seen], standing: standing))
            }, uniquingKeysWith: { $1 })
    }
}
