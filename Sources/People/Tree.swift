import Kernel
import Storage

/// The tree of units with the number of people in each, read in one statement.
struct UnitTree: Sendable {
    struct Node: Sendable {
        let id: UnitID
        let parent: UnitID?
        let name: String, kind: String, path: String
        let isArchived: Bool
        /// People in the unit itself, and with all below it.
        let own: Int
        var deep: Int
    }

    private(set) var nodes: [UnitID: Node] = [:]
    private var children: [UnitID?: [UnitID]] = [:]
    /// Everybody who works here, in a unit or not; those who left.
    private(set) var everybody = 0, left = 0

    var inUnits: Int { nodes.values.reduce(0) { $0 + $1.own } }
    var without: Int { max(0, everybody - inUnits) }
    var inArchived: Int { nodes.values.reduce(0) { $1.isArchived ? $0 + $1.own : $0 } }
    var archivedTops: [Node] {
        nodes.values.filter { node in node.isArchived && node.parent.flatMap { nodes[$0]?.isArchived } != true }
            .sorted { Text.sortKey($0.name) < Text.sortKey($1.name) }
    }
    var isEmpty: Bool { nodes.values.allSatisfy(\.isArchived) }

    func children(of parent: UnitID?) -> [Node] { (children[parent] ?? []).compactMap { nodes[$0] } }

    init(of organisation: OrganisationID, _ tx: any ReadTransaction) throws {
        // The first row carries the totals, so that even an organisation without units has one.
        try tx.query(
            """
            SELECT unit.id, unit.parent_id, unit.name, unit.kind, unit.path, unit.archived_at, COALESCE(present.people, 0),
                (SELECT COUNT(*) FROM person WHERE person.organisation_id = \(organisation)),
                (SELECT COUNT(*) FROM absence WHERE absence.organisation_id = \(organisation) AND absence.kind = 'left'
                    AND absence.until_at IS NULL)
            FROM organisation LEFT JOIN unit ON unit.organisation_id = organisation.id
            LEFT JOIN (SELECT unit_id, COUNT(*) AS people FROM membership
                WHERE organisation_id = \(organisation) AND until_at IS NULL GROUP BY unit_id) AS present
                ON present.unit_id = unit.id
            WHERE organisation.id = \(organisation) ORDER BY unit.sort_key, unit.id
            """
        ) { row in
            left = try row[8]
            everybody = try (row[7] as Int) - left
            guard let id: UnitID = try row[0] else { return }
            let archived: Instant? = try row[5], own: Int = try row[6]
            nodes[id] = try Node(
                id: id, parent: row[1], name: row[2], kind: row[3], path: row[4], isArchived: archived != nil, own: own, deep: own)
            children[try row[1], default: []].append(id)
        }
        for node in nodes.values where node.own > 0 {
            for above in node.path.split(separator: "/").dropLast() { nodes[UnitID(String(above))]?.deep += node.own }
        }
    }

    /// The names from the root down to a unit.
    func way(to unit: UnitID) -> [Node] {
        (nodes[unit]?.path ?? "").split(separator: "/").compactMap { nodes[UnitID(String($0))] }
    }

    /// Units in use, in the order of the tree, with their depth: for choosing one.
    func inUse(without hidden: UnitID? = nil) -> [(node: Node, depth: Int)] {
        var ordered: [(Node, Int)] = []
        func visit(_ parent: UnitID?, _ depth: Int) {
            for node in children(of: parent) where !node.isArchived && node.id != hidden {
                ordered.append((node, depth))
                visit(node.id, depth + 1)
            }
        }
        visit(nil, 0)
        return ordered
    }
}
