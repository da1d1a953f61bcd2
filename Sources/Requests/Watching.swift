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

    /// Which of these people may see a request, in three statements at most: `Standing.sees` for each of them.
    package static func seeing(
        _ id: RequestID, among viewers: [Viewer], _ tx: any ReadTransaction
    ) throws -> Set<PersonID> {
        guard !viewers.isEmpty, let request = try any(id, tx) else { return [] }
        let parties: Set<OrganisationID> = Set(
            try tx.all("SELECT organisation_id FROM party WHERE request_id = \(id)") { row in try row[0] })
        let observers = Set(try observers(of: id, tx))
        let units = viewers.contains { !$0.manages.units.isEmpty } ? try unitsAbove(request, tx) : []
        return Set(
            viewers.filter { viewer in
                parties.contains(viewer.organisation)
                    && standing(
                        of: viewer, in: request, observes: observers.contains(viewer.person),
                        unit: !units.isDisjoint(with: viewer.manages.units)
                    ).sees
            }.map(\.person))
    }

    /// The unit of a request's client and all above it.
    private static func unitsAbove(_ request: Request, _ tx: any ReadTransaction) throws -> Set<UnitID> {
        Set(
            try tx.all(
                """
                SELECT above.id FROM request JOIN unit AS below ON below.id = request.client_unit_id
                JOIN unit AS above ON above.organisation_id = below.organisation_id
                    AND substr(below.path, 1, length(above.path)) = above.path
                WHERE request.id = \(request.id)
                """
            ) { row in try row[0] })
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
