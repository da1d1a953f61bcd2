import Kernel
import Lines
import Storage
import Web

/// A request in a list, with what the viewer is to it and whether there is something new for the viewer.
struct Listed: Sendable {
    let request: Request
    let number: Int64
    let isUnread: Bool
    let isStaff: Bool

    /// One statement for a whole list; the permission is a part of it.
    static func all(
        where condition: SQL, order: SQL, limit: Int, for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> [Listed] {
        try tx.all(
            """
            SELECT \(Request.columns), party.number, COALESCE(reading.up_to, 0)
            FROM \(Visible.from(viewer))
                LEFT JOIN reading ON reading.request_id = request.id AND reading.person_id = \(viewer.person)
            WHERE \(condition) AND \(Visible.to(viewer)) ORDER BY \(order) LIMIT \(limit)
            """
        ) { row in try Listed(row, for: viewer) }
    }

    /// The columns of a request, its number, and up to where the viewer has read it.
    init(_ row: Row, for viewer: Viewer) throws {
        request = try Request(row)
        number = try row[Request.columnCount]
        let upTo: Int64 = try row[Request.columnCount + 1]
        isUnread = request.lastReplyNumber > upTo && request.lastReplyBy != viewer.person
        isStaff =
            Requests.standing(of: viewer, in: request, observes: false, unit: !viewer.manages.units.isEmpty).isStaff
    }
}

/// The queue of a specialist.
struct Queue: Sendable {
    enum View: String, CaseIterable { case free, mine, watched, all }
    enum Sort: String, CaseIterable { case due, new, old }

    var view = View.mine
    var line: LineID?
    var state: Request.State?
    var priority: Priority?
    var ownState: OwnStateID?
    var sort = Sort.due

    static let pageSize = 50
    /// Beyond this a tab says «999+»: counting on would cost more than it tells.
    static let countLimit = 1000

    /// What the chosen view and filters let through.
    func condition(for viewer: Viewer) -> SQL { condition(view, viewer) }

    private func condition(_ view: View, _ viewer: Viewer) -> SQL {
        let open: SQL = "request.organisation_id = \(viewer.organisation) AND request.is_open = 1"
        let staff = Visible.asStaff(viewer) ?? "1 = 0"
        let base: SQL =
            switch view {
            case .free: "\(open) AND request.assignee_id IS NULL AND \(Visible.inCharge(viewer) ?? "1 = 0")"
            case .mine: "request.assignee_id = \(viewer.person) AND request.is_open = 1"
            case .watched: "\(Visible.observed(by: viewer.person)) AND request.is_open = 1"
            case .all: "\(open) AND \(staff)"
            }
        var all = [base]
        if let line { all.append("request.line_id = \(line)") }
        if let state { all.append("request.state = \(state)") }
        if let ownState { all.append("request.own_state_id = \(ownState)") }
        if let priority { all.append("request.priority = \(priority)") }
        return SQL.joined(all, by: " AND ")
    }

    /// The address after «?»: only what differs from the usual.
    var query: String {
        "view=\(view.rawValue)" + (line.map { "&line=\($0)" } ?? "") + (state.map { "&state=\($0.rawValue)" } ?? "")
            + (priority.map { "&priority=\($0.rawValue)" } ?? "") + (ownState.map { "&own=\($0)" } ?? "")
            + (sort == .due ? "" : "&sort=\(sort.rawValue)")
    }

    var isFiltered: Bool { line != nil || state != nil || priority != nil || ownState != nil }

    var order: SQL {
        switch sort {
        case .due: "request.due_at"
        case .new: "request.registered_at DESC"
        case .old: "request.registered_at"
        }
    }

    func rows(page: Int, for viewer: Viewer, _ tx: any ReadTransaction) throws -> [Listed] {
        try Listed.all(
            where: condition(view, viewer), order: order, limit: Self.pageSize * page + 1, for: viewer, tx)
    }

    /// How many each tab holds, in one statement.
    func counts(for viewer: Viewer, _ tx: any ReadTransaction) throws -> [View: Int] {
        let columns = View.allCases.map { view -> SQL in
            """
            (SELECT COUNT(*) FROM (SELECT 1 FROM request WHERE \(condition(view, viewer)) LIMIT \(Self.countLimit)) AS found)
            """
        }
        let counts = try tx.one("SELECT \(SQL.joined(columns, by: ", "))") { row in
            try View.allCases.indices.map { index -> Int in try row[index] }
        }
        return Dictionary(uniqueKeysWithValues: zip(View.allCases, counts ?? []))
    }
}

extension Queue {
    /// As the address has it.
    init(_ form: Form) throws {
        self.init()
        view = try form.code("view") ?? .mine
        line = try form.id("line")
        state = try form.code("state")
        priority = try form.code("priority")
        ownState = try form.id("own")
        sort = try form.code("sort") ?? .due
    }
}
