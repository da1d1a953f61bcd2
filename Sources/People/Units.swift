package import Kernel
package import Storage

/// Reading the tree of units. A path is «/id/id/» down to the unit itself.
package enum Units {
    /// The unit of a person now.
    package static func of(_ person: PersonID, _ tx: any ReadTransaction) throws -> UnitID? {
        try tx.value("SELECT unit_id FROM membership WHERE person_id = \(person) AND until_at IS NULL")
    }

    /// «Усинский филиал › ОМТС», from the root down; empty for an unknown unit.
    package static func path(
        _ unit: UnitID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> String {
        try names(above: unit, in: organisation, tx).joined(separator: " › ")
    }

    static func names(
        above unit: UnitID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [String] {
        try tx.all(
            """
            SELECT above.name FROM unit JOIN unit AS above
            ON above.organisation_id = unit.organisation_id AND unit.path LIKE above.path || '%'
            WHERE unit.id = \(unit) AND unit.organisation_id = \(organisation) ORDER BY LENGTH(above.path)
            """
        ) { row in try row[0] }
    }

    /// The units from the root down to this one, itself the last.
    package static func ancestors(_ unit: UnitID, _ tx: any ReadTransaction) throws -> [UnitID] {
        let path: String = try tx.value("SELECT path FROM unit WHERE id = \(unit)") ?? ""
        return path.split(separator: "/").map { UnitID(String($0)) }
    }

    /// A query for the ids of these units and all below them, for `IN (…)`.
    package static func subtree(_ units: [UnitID]) -> SQL {
        """
        SELECT below.id FROM unit AS top JOIN unit AS below
        ON below.organisation_id = top.organisation_id AND below.path LIKE top.path || '%' WHERE top.id IN (\(units))
        """
    }

    /// A unit and what a page shows of it.
    package struct Unit: Sendable, Equatable {
        package let id: UnitID
        package let parent: UnitID?
        package let name: String, kind: String, path: String
        package let archivedAt: Instant?
        package let changedAt: Instant
        package var depth: Int { path.utf8.count { $0 == UInt8(ascii: "/") } - 1 }
    }

    /// All units of an organisation, parents before children, children by name.
    package static func all(in organisation: OrganisationID, _ tx: any ReadTransaction) throws -> [Unit] {
        let found = try tx.all("\(columns) WHERE organisation_id = \(organisation) ORDER BY sort_key, id", unit)
        let children = Dictionary(grouping: found, by: \.parent)
        var ordered: [Unit] = []
        func visit(_ parent: UnitID?) {
            for unit in children[parent] ?? [] {
                ordered.append(unit)
                visit(unit.id)
            }
        }
        visit(nil)
        return ordered
    }

    package static func find(
        _ id: UnitID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Unit? {
        try tx.one("\(columns) WHERE id = \(id) AND organisation_id = \(organisation)", unit)
    }

    private static let columns: SQL = "SELECT id, parent_id, name, kind, path, archived_at, changed_at FROM unit"

    private static func unit(_ row: Row) throws -> Unit {
        try Unit(
            id: row[0], parent: row[1], name: row[2], kind: row[3], path: row[4], archivedAt: row[5], changedAt: row[6])
    }
}

/// A unit that people may be put into.
enum OpenUnit {
    static func require(
        _ id: UnitID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Units.Unit {
        guard let unit = try Units.find(id, in: organisation, tx) else { throw PeopleError.notFound }
        guard unit.archivedAt == nil else { throw PeopleError.unitArchived }
        return unit
    }
}
