import Kernel
import Storage
import Web

/// The queue in columns: the same filters, cut by a field.
struct Board: Sendable {
    var queue: Queue
    var by = Grouping.state
    /// The column that is shown further than the others.
    var wide: String?

    /// Cards of a column, and of one that is shown further.
    static let columnSize = 50, wideSize = 500

    struct Card: Sendable {
        let listed: Listed
        /// Its column, and how many requests that holds.
        let key: String, held: Int
    }

    /// The address after «?».
    var query: String { queue.query + (by == .state ? "" : "&by=\(by.rawValue)") }

    private var key: SQL {
        switch by {
        case .state: "request.state"
        case .assignee: "COALESCE(request.assignee_id, '')"
        case .line: "request.line_id"
        case .priority: "request.priority"
        case .topic: "COALESCE(request.topic_id, '')"
        }
    }

    /// The first cards of every column and how many it holds, in one statement; the permission is a part of it.
    func cards(for viewer: Viewer, _ tx: any ReadTransaction) throws -> [Card] {
        let further: SQL = wide.map { "OR (placed.held_in = \($0) AND placed.place <= \(Self.wideSize))" } ?? ""
        return try tx.all(
            """
            SELECT \(Request.columns), party.number, COALESCE(reading.up_to, 0), placed.held_in, placed.held
            FROM \(Visible.from(viewer)) JOIN (
                SELECT request.id AS placed_id, \(key) AS held_in, COUNT(*) OVER (PARTITION BY \(key)) AS held,
                    ROW_NUMBER() OVER (PARTITION BY \(key) ORDER BY \(queue.order), request.id) AS place
                FROM request WHERE \(queue.condition(for: viewer))) AS placed ON placed.placed_id = request.id
                LEFT JOIN reading ON reading.request_id = request.id AND reading.person_id = \(viewer.person)
            WHERE (placed.place <= \(Self.columnSize) \(further)) AND \(Visible.to(viewer))
            ORDER BY placed.held_in, placed.place
            """
        ) { row in
            try Card(
                listed: Listed(row, for: viewer), key: row[Request.columnCount + 2], held: row[Request.columnCount + 3])
        }
    }

    /// How many steps of each request there are, and are done.
    static func steps(
        of requests: [RequestID], _ tx: any ReadTransaction
    ) throws -> [RequestID: (done: Int, all: Int)] {
        guard !requests.isEmpty else { return [:] }
        return Dictionary(
            try tx.all(
                """
                SELECT request_id, COUNT(done_at), COUNT(*) FROM check_item
                WHERE request_id IN (\(requests)) AND removed_at IS NULL GROUP BY request_id
                """
            ) { row in try (row[0] as RequestID, (done: row[1] as Int, all: row[2] as Int)) },
            uniquingKeysWith: { $1 })
    }
}

extension Board {
    /// As the address has it; a board shows everything unless it says otherwise.
    init(_ form: Form) throws {
        queue = try Queue(form)
        if !form.has("view") { queue.view = .all }
        by = try form.code("by") ?? .state
        wide = form.has("wide") ? try form.line("wide", atMost: 40) ?? "" : nil
    }
}
