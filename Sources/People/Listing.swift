import Kernel
import Storage

/// Which people a list shows, as its address says.
struct PeopleFilter: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        case everywhere, without, left, archived
        case unit(UnitID, deep: Bool)
    }
    enum State: String, SQLBindable, Sendable, CaseIterable { case never, invited, active, blocked, left }
    enum Order: String, Sendable { case name, nameDown = "-name", seen, seenDown = "-seen" }

    var place = Place.everywhere
    var words = ""
    var role: Role?
    var state: State?
    var order = Order.name

    /// Something was chosen besides the place.
    var isNarrowed: Bool { !words.isEmpty || role != nil || state != nil }

    /// Everything after WHERE and before ORDER BY. `isCrowded` says that a unit holds so many people that reading all in the order
    /// of the list is quicker than finding those of the unit and sorting them; neither database can know that of a subtree.
    func condition(in organisation: OrganisationID, isCrowded: Bool = false) -> SQL {
        var sql: SQL =
            "person.organisation_id = \(organisation)\(Directory.matching(words, in: organisation, units: false))"
        let isLeft = state == .left || place == .left
        sql = isLeft ? "\(sql) AND person.state = 'left'" : "\(sql) AND person.state <> 'left'"
        if let state, state != .left { sql = "\(sql) AND person.state = \(state)" }
        if let role {
            sql = role == .client ? "\(sql) AND person.roles = 0" : "\(sql) AND (person.roles & \(role.bit)) <> 0"
        }
        return sql + placeCondition(in: organisation, isCrowded)
    }

    private func placeCondition(in organisation: OrganisationID, _ isCrowded: Bool) -> SQL {
        let unit: SQL = isCrowded ? "COALESCE(person.unit_id, '')" : "person.unit_id"
        switch place {
        case .everywhere, .left: return ""
        case .without: return " AND person.unit_id IS NULL"
        case .archived:
            return
                " AND \(unit) IN (SELECT id FROM unit WHERE organisation_id = \(organisation) AND archived_at IS NOT NULL)"
        case .unit(let id, deep: false): return " AND \(unit) = \(id)"
        case .unit(let id, deep: true): return " AND \(unit) IN (\(Units.subtree([id])))"
        }
    }

    private var orderBy: SQL {
        switch order {
        case .name: "person.name_sort, person.id"
        case .nameDown: "person.name_sort DESC, person.id DESC"
        case .seen: "person.seen_at, person.id"
        case .seenDown: "person.seen_at DESC, person.id DESC"
        }
    }

    func count(in organisation: OrganisationID, isCrowded: Bool = false, _ tx: any ReadTransaction) throws -> Int {
        try tx.value("SELECT COUNT(*) FROM person WHERE \(condition(in: organisation, isCrowded: isCrowded))") ?? 0
    }

    func ids(
        in organisation: OrganisationID, from start: Int = 0, atMost limit: Int, isCrowded: Bool = false,
        _ tx: any ReadTransaction
    ) throws -> [PersonID] {
        try tx.all(
            """
            SELECT person.id FROM person WHERE \(condition(in: organisation, isCrowded: isCrowded)) ORDER BY \(orderBy)
            LIMIT \(limit) OFFSET \(start)
            """
        ) { row in try row[0] }
    }
}

/// A line of the list.
struct ListedPerson: Sendable {
    let id: PersonID
    let name: PersonName
    let position: String
    let unit: UnitID?
    let unitPath: String
    let access: Access
    let seenAt: Instant?
    let roles: Set<Role>

    /// Rows for these people in this order, in one statement.
    static func read(_ ids: [PersonID], at now: Instant, _ tx: any ReadTransaction) throws -> [ListedPerson] {
        guard !ids.isEmpty else { return [] }
        var found: [PersonID: ListedPerson] = [:]
        try tx.query(
            """
            SELECT person.id, person.family, person.given, person.patronymic, person.position, person.unit_id,
                unit.name, above.name, person.seen_at, person.roles, \(Access.columns)
            FROM person LEFT JOIN unit ON unit.id = person.unit_id LEFT JOIN unit AS above ON above.id = unit.parent_id
            \(Access.joins) WHERE person.id IN (\(ids))
            """
        ) { row in
            let unit: String? = try row[6], above: String? = try row[7], seen: Instant = try row[8]
            let one = try ListedPerson(
                id: row[0], name: PersonName(family: row[1], given: row[2], patronymic: row[3]), position: row[4],
                unit: row[5],
                unitPath: [above, unit].compactMap(\.self).joined(separator: " › "),
                access: Access(row, from: 10, at: now),
                seenAt: seen.milliseconds == 0 ? nil : seen, roles: Role.set(bits: row[9]))
            found[one.id] = one
        }
        return ids.compactMap { found[$0] }
    }
}

/// Whether and how a person may come in.
enum Access: Sendable, Equatable {
    case never, invited(until: Instant), expired, active
    case blocked(since: Instant), left(since: Instant)

    static let columns: SQL = "person.password_at, invitation.until_at, blocked.from_at, gone.from_at"
    static let joins: SQL = """
        LEFT JOIN invitation ON invitation.person_id = person.id AND invitation.used_at IS NULL AND invitation.ended_at IS NULL
        LEFT JOIN absence AS blocked ON blocked.person_id = person.id AND blocked.kind = 'blocked' AND blocked.until_at IS NULL
        LEFT JOIN absence AS gone ON gone.person_id = person.id AND gone.kind = 'left' AND gone.until_at IS NULL
        """

    init(_ row: Row, from column: Int, at now: Instant) throws {
        let password: Instant? = try row[column], invitation: Instant? = try row[column + 1]
        let blocked: Instant? = try row[column + 2], left: Instant? = try row[column + 3]
        self =
            if let left { .left(since: left) } else if let blocked { .blocked(since: blocked) } else if password != nil
            {
                .active
            } else if let invitation { invitation > now ? .invited(until: invitation) : .expired } else { .never }
    }
}
