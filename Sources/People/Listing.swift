import Kernel
import Storage

/// Which people a list shows, as its address says.
struct PeopleFilter: Sendable, Equatable {
    enum Place: Sendable, Equatable {
        case everywhere, without, left, archived
        case unit(UnitID, deep: Bool)
    }
    enum State: String, Sendable, CaseIterable { case never, invited, active, blocked, left }
    enum Order: String, Sendable { case name, nameDown = "-name", seen, seenDown = "-seen" }

    var place = Place.everywhere
    var words = ""
    var role: Role?
    var state: State?
    var order = Order.name

    /// Something was chosen besides the place.
    var isNarrowed: Bool { !words.isEmpty || role != nil || state != nil }

    /// Everything after FROM and before ORDER BY.
    func condition(in organisation: OrganisationID) -> SQL {
        var sql: SQL = "person.organisation_id = \(organisation)\(Directory.matching(words, in: organisation, units: false))"
        let left = Absences.left(in: organisation)
        let isLeft = state == .left || place == .left
        sql = isLeft ? "\(sql) AND person.id IN (\(left))" : "\(sql) AND person.id NOT IN (\(left))"
        sql = sql + placeCondition(in: organisation) + stateCondition(in: organisation)
        if let role, role != .client {
            sql = """
                \(sql) AND person.id IN (SELECT person_id FROM role_assignment WHERE organisation_id = \(organisation)
                    AND role = \(role) AND until_at IS NULL)
                """
        } else if role == .client {
            sql = """
                \(sql) AND person.id NOT IN (SELECT person_id FROM role_assignment WHERE organisation_id = \(organisation)
                    AND until_at IS NULL)
                """
        }
        return sql
    }

    private func placeCondition(in organisation: OrganisationID) -> SQL {
        let members: SQL = "SELECT person_id FROM membership WHERE organisation_id = \(organisation) AND until_at IS NULL"
        switch place {
        case .everywhere, .left: return ""
        case .without: return " AND person.id NOT IN (\(members))"
        case .archived:
            return """
                 AND person.id IN (\(members) AND unit_id IN
                    (SELECT id FROM unit WHERE organisation_id = \(organisation) AND archived_at IS NOT NULL))
                """
        case .unit(let unit, deep: false): return " AND person.id IN (\(members) AND unit_id = \(unit))"
        case .unit(let unit, deep: true): return " AND person.id IN (\(members) AND unit_id IN (\(Units.subtree([unit]))))"
        }
    }

    private func stateCondition(in organisation: OrganisationID) -> SQL {
        let invited: SQL = """
            SELECT person_id FROM invitation WHERE organisation_id = \(organisation) AND used_at IS NULL AND ended_at IS NULL
            """
        let blocked: SQL = """
            SELECT person_id FROM absence WHERE organisation_id = \(organisation) AND kind = 'blocked' AND until_at IS NULL
            """
        switch state {
        case nil, .left: return ""
        case .never: return " AND person.password_hash IS NULL AND person.id NOT IN (\(invited))"
        case .invited: return " AND person.password_hash IS NULL AND person.id IN (\(invited))"
        case .active: return " AND person.password_hash IS NOT NULL AND person.id NOT IN (\(blocked))"
        case .blocked: return " AND person.id IN (\(blocked))"
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

    func count(in organisation: OrganisationID, _ tx: any ReadTransaction) throws -> Int {
        try tx.value("SELECT COUNT(*) FROM person WHERE \(condition(in: organisation))") ?? 0
    }

    func ids(
        in organisation: OrganisationID, from start: Int = 0, atMost limit: Int, _ tx: any ReadTransaction
    ) throws -> [PersonID] {
        try tx.all(
            """
            SELECT person.id FROM person WHERE \(condition(in: organisation)) ORDER BY \(orderBy)
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
    var roles: Set<Role> = []

    /// Rows for these people in this order, in two statements.
    static func read(_ ids: [PersonID], at now: Instant, _ tx: any ReadTransaction) throws -> [ListedPerson] {
        guard !ids.isEmpty else { return [] }
        var found: [PersonID: ListedPerson] = [:]
        try tx.query(
            """
            SELECT person.id, person.family, person.given, person.patronymic, person.position, membership.unit_id,
                unit.name, above.name, person.seen_at, \(Access.columns)
            FROM person LEFT JOIN membership ON membership.person_id = person.id AND membership.until_at IS NULL
            LEFT JOIN unit ON unit.id = membership.unit_id LEFT JOIN unit AS above ON above.id = unit.parent_id
            \(Access.joins) WHERE person.id IN (\(ids))
            """
        ) { row in
            let unit: String? = try row[6], above: String? = try row[7], seen: Instant = try row[8]
            let one = try ListedPerson(
                id: row[0], name: PersonName(family: row[1], given: row[2], patronymic: row[3]), position: row[4], unit: row[5],
                unitPath: [above, unit].compactMap(\.self).joined(separator: " › "), access: Access(row, from: 9, at: now),
                seenAt: seen.milliseconds == 0 ? nil : seen)
            found[one.id] = one
        }
        try tx.query("SELECT person_id, role FROM role_assignment WHERE person_id IN (\(ids)) AND until_at IS NULL") { row in
            found[try row[0]]?.roles.insert(try row[1])
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
            if let left { .left(since: left) } else if let blocked { .blocked(since: blocked) } else if password != nil {
                .active
            } else if let invitation { invitation > now ? .invited(until: invitation) : .expired } else { .never }
    }
}
