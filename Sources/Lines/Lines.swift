package import Kernel
package import Storage

/// Lines of support: what each is for, who may ask, when it works, which topics it has and who knows it. Other rooms read lines
/// here and change nothing; the acts of administrators are functions of `LinesRoom`.
package enum Lines {
    /// The lines that a person may ask now, in the administrator's order. Two statements, hours and calendar included.
    package static func offered(to viewer: Viewer, _ tx: any ReadTransaction) throws -> [Line] {
        try offered(toPerson: viewer.person, in: viewer.organisation, tx)
    }

    /// The same for somebody else: the specialist who registers a call sees what the caller may ask.
    package static func offered(
        toPerson person: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [Line] {
        try load(isOffered(toPerson: person, in: organisation), tx)
    }

    package static func isOffered(_ line: LineID, to viewer: Viewer, _ tx: any ReadTransaction) throws -> Bool {
        let offered = isOffered(toPerson: viewer.person, in: viewer.organisation)
        return try tx.exists("SELECT 1 FROM line WHERE line.id = \(line) AND \(offered)")
    }

    private static func isOffered(toPerson person: PersonID, in organisation: OrganisationID) -> SQL {
        """
        line.organisation_id = \(organisation) AND line.archived_at IS NULL AND (line.audience = 'all' OR EXISTS (
            SELECT 1 FROM line_audience
            LEFT JOIN membership ON membership.person_id = \(person) AND membership.until_at IS NULL
                AND membership.organisation_id = \(organisation)
            LEFT JOIN unit ON unit.id = membership.unit_id
            WHERE line_audience.line_id = line.id
                AND (line_audience.person_id = \(person) OR unit.path LIKE '%/' || line_audience.unit_id || '/%')))
        AND (NOT EXISTS (SELECT 1 FROM line_way WHERE line_way.line_id = line.id AND line_way.way = 'write') OR EXISTS (
            SELECT 1 FROM line_way JOIN membership ON membership.person_id = \(person) AND membership.until_at IS NULL
            JOIN unit ON unit.id = membership.unit_id
            WHERE line_way.line_id = line.id AND line_way.way = 'write'
                AND unit.path LIKE '%/' || line_way.unit_id || '/%'))
        """
    }

    /// nil for an unknown id and for one of another organisation. Archived lines are found.
    package static func find(
        _ id: LineID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Line? {
        try load("line.id = \(id) AND line.organisation_id = \(organisation)", tx).first
    }

    /// Every line, archived ones last.
    package static func all(in organisation: OrganisationID, _ tx: any ReadTransaction) throws -> [Line] {
        let lines = try load("line.organisation_id = \(organisation)", tx)
        return lines.filter { !$0.isArchived } + lines.filter(\.isArchived)
    }

    /// All topics, archived ones too, parents before children, each level in its own order.
    package static func topics(of line: LineID, _ tx: any ReadTransaction) throws -> [Topic] {
        try topics(of: [line], tx)[line] ?? []
    }

    /// The same for several lines with one statement.
    package static func topics(of lines: [LineID], _ tx: any ReadTransaction) throws -> [LineID: [Topic]] {
        let topics = try tx.all("\(topicColumns) WHERE line_id IN (\(lines)) ORDER BY sort, id", Topic.init)
        return Dictionary(grouping: topics, by: \.line).mapValues(Topic.inTreeOrder)
    }

    /// A topic of this line; archived ones are found, since requests keep them.
    package static func topic(
        _ id: TopicID, on line: LineID, _ tx: any ReadTransaction
    ) throws -> Topic? {
        let upwards = try tx.all(
            """
            WITH RECURSIVE above AS (
                SELECT topic.*, 0 AS steps FROM topic WHERE id = \(id) AND line_id = \(line)
                UNION ALL SELECT topic.*, above.steps + 1 FROM topic JOIN above ON topic.id = above.parent_id)
            SELECT id, line_id, parent_id, name, planned_minutes, priority, archived_at FROM above ORDER BY steps DESC
            """, Topic.init)
        return upwards.reduce(nil) { $1.inheriting($0) }
    }

    /// What people know now. Archived lines stay: their requests have to be finished.
    package static func competences(
        of people: [PersonID], _ tx: any ReadTransaction
    ) throws -> [PersonID: [LineID: CompetenceLevel]] {
        var known: [PersonID: [LineID: CompetenceLevel]] = [:]
        try tx.query(
            "SELECT person_id, line_id, level FROM competence WHERE person_id IN (\(people)) AND until_at IS NULL"
        ) { row in known[try row[0], default: [:]][try row[1]] = try row[2] as CompetenceLevel }
        return known
    }

    /// Who can be given a request of this line: main or reserve, a specialist now, neither blocked nor left. Main first, by name.
    package static func staff(
        of line: LineID, _ tx: any ReadTransaction
    ) throws -> [(PersonID, CompetenceLevel)] {
        try tx.all(
            """
            SELECT competence.person_id, competence.level FROM competence JOIN person ON person.id = competence.person_id
            WHERE competence.line_id = \(line) AND competence.level IN ('main', 'reserve') AND \(isAtWork)
            ORDER BY competence.level, person.name_sort, person.id
            """
        ) { row in try (row[0], row[1]) }
    }

    /// The same people for several lines at once.
    package static func staff(of lines: [LineID], _ tx: any ReadTransaction) throws -> [LineID: [PersonID]] {
        var staff: [LineID: [PersonID]] = [:]
        try tx.query(
            """
            SELECT competence.line_id, competence.person_id FROM competence
            WHERE competence.line_id IN (\(lines)) AND competence.level IN ('main', 'reserve') AND \(isAtWork)
            """
        ) { row in staff[try row[0], default: []].append(try row[1]) }
        return staff
    }

    /// The same people for several lines, each once.
    package static func staff(ofAny lines: [LineID], _ tx: any ReadTransaction) throws -> [PersonID] {
        try tx.all(
            """
            SELECT DISTINCT competence.person_id FROM competence
            WHERE competence.line_id IN (\(lines)) AND competence.level IN ('main', 'reserve') AND \(isAtWork) LIMIT 200
            """
        ) { row in try row[0] }
    }

    /// An open competence of somebody who is a specialist now and neither blocked nor left.
    static let isAtWork: SQL = """
        competence.until_at IS NULL
        AND EXISTS (SELECT 1 FROM role_assignment WHERE role_assignment.person_id = competence.person_id
            AND role_assignment.role = 'specialist' AND role_assignment.until_at IS NULL)
        AND NOT EXISTS (SELECT 1 FROM absence WHERE absence.person_id = competence.person_id AND absence.until_at IS NULL)
        """

    static let topicColumns: SQL =
        "SELECT id, line_id, parent_id, name, planned_minutes, priority, archived_at FROM topic"

    /// Lines with their hours: one row an interval, one without hours for a line that has none.
    private static func load(_ condition: SQL, _ tx: any ReadTransaction) throws -> [Line] {
        var lines: [LineRow] = []
        try tx.query(
            """
            SELECT line.id, line.organisation_id, client_name, staff_name, description, icon, zone, audience, ways,
                planned_minutes, archived_at, weekday, from_minute, until_minute, follows_calendar
            FROM line LEFT JOIN line_hours ON line_hours.line_id = line.id
            WHERE \(condition) ORDER BY line.sort, line.id, weekday, from_minute
            """
        ) { row in
            let id: LineID = try row[0]
            if lines.last?.id != id { lines.append(try LineRow(row)) }
            if let day: Int = try row[11] {
                lines[lines.count - 1].days[day, default: []].append(try .init(row[12], row[13]))
            }
        }
        let days = try SpecialDays.read(lines.map(\.id), in: lines.first?.organisation, tx)
        return lines.map { $0.line(days[$0.id], days[nil]) }
    }
}

/// A line while its hours are still being read.
private struct LineRow {
    let id: LineID, organisation: OrganisationID
    private let follows: Bool
    private let make: (WorkingHours) -> Line
    var days: [Int: [WorkingHours.Interval]] = [:]

    init(_ row: Row) throws {
        let id: LineID = try row[0], organisation: OrganisationID = try row[1], clientName: String = try row[2]
        let staffName: String = try row[3], description: String = try row[4], icon: String = try row[5]
        let zone: String = try row[6], audience: String = try row[7], ways: String = try row[8]
        let planned: Minutes = try row[9], archived: Instant? = try row[10]
        (self.id, self.organisation) = (id, organisation)
        follows = try row[14]
        make = { hours in
            Line(
                id: id, organisation: organisation, clientName: clientName, staffName: staffName,
                description: description,
                icon: icon, zone: Zone(zone) ?? .moscow, ways: Way.parse(ways), planned: planned, hours: hours,
                isForEverybody: audience == "all", archivedAt: archived)
        }
    }

    func line(_ own: SpecialDays?, _ common: SpecialDays?) -> Line {
        var line = make(WorkingHours(days))
        line.followsCalendar = follows
        line.special.own = own?.own ?? [:]
        if follows { line.special.production = common?.production ?? [:] }
        return line
    }
}

extension Topic {
    init(_ row: Row) throws {
        let archived: Instant? = try row[6]
        try self.init(
            id: row[0], line: row[1], parent: row[2], name: row[3], ownPlanned: row[4], ownPriority: row[5],
            planned: row[4], priority: row[5], isArchived: archived != nil)
    }

    /// Parents before children, and what children inherit.
    fileprivate static func inTreeOrder(_ topics: [Topic]) -> [Topic] {
        let children = Dictionary(grouping: topics, by: \.parent)
        func below(_ parent: Topic?) -> [Topic] {
            children[parent?.id, default: []].map { $0.inheriting(parent) }.flatMap { [$0] + below($0) }
        }
        return below(nil)
    }
}
