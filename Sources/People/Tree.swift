import Kernel
import Storage

/// The tree of units with the number of people in each, read in two statements.
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
        var own: [UnitID: Int] = [:]
        try tx.query(
            """
            SELECT unit_id, state, COUNT(*) FROM person WHERE organisation_id = \(organisation) GROUP BY unit_id, state
            """
        ) { row in
            let unit: UnitID? = try row[0], state: String = try row[1], count: Int = try row[2]
            if state == "left" { left += count } else { everybody += count }
            if let unit { own[unit, default: 0] += count }
        }
        var paths: [(path: [UnitID], count: Int)] = []
        try tx.query(
            """
            SELECT id, parent_id, name, kind, path, archived_at FROM unit WHERE organisation_id = \(organisation)
            ORDER BY sort_key, id
            """
        ) { row in
            let id: UnitID = try row[0], parent: UnitID? = try row[1], archived: Instant? = try row[5],
                count = own[id] ?? 0
            let node = try Node(
                id: id, parent: parent, name: row[2], kind: row[3], path: row[4], isArchived: archived != nil,
                own: count,
                deep: count)
            nodes[id] = node
            children[parent, default: []].append(id)
            if count > 0 {
                paths.append((node.path.split(separator: "/").dropLast().map { UnitID(String($0)) }, count))
            }
        }
        for (path, count) in paths { for above in path { nodes[above]?.deep += count } }
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
