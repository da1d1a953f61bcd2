import EventLog
import Kernel
import Lines
import OknoApp
import People
import Requests
import Storage
import Testing

@testable import Reports
@testable import TestOffice

/// The office with more lines, topics, units and people, so that every way to narrow a report narrows it.
struct Firm: Sendable {
    enum Who: String, CaseIterable, Sendable {
        /// Clients: Anna in a department of the branch, Egor at the top.
        case anna, egor
        /// On computers and personnel; on computers in reserve; on personnel.
        case boris, vera, zoya
        /// Managers of everything, of the line of computers, of the branch.
        case gleb, gera, galina
        case dina
        /// Another organisation: a client and an administrator who answers.
        case oleg, olga
    }

    let office: Office
    let ids: [Who: PersonID]
    /// Mondays to Fridays 9 to 18, four hours planned; around the clock, an hour planned.
    let computers: LineID, personnel: LineID
    /// Printers lie below hardware; mail beside; leave is a topic of personnel.
    let hardware: TopicID, printers: TopicID, mail: TopicID, leave: TopicID

    var database: Database { office.database }
    var clock: OfficeClock { office.clock }
    var north: OrganisationID { office.north }
    var branch: UnitID { office.branch }
    var department: UnitID { office.department }

    static let week = WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(540, 1080)]) }))

    static func with(_ engine: Engine, _ body: @Sendable (Firm) async throws -> Void) async throws {
        try await Office.with(engine) { office in try await body(try await Firm(office)) }
    }

    private init(_ office: Office) async throws {
        self.office = office
        let people = office.installation.people, lines = office.installation.lines
        let dina = try await office.viewer(.dina)
        var ids: [Who: PersonID] = [:]
        for (who, person) in office.people { ids[Who(rawValue: who.rawValue)!] = person }
        let names: [(Who, String, String, UnitID?)] = [
            (.egor, "Сомов", "Егор", nil), (.zoya, "Ильина", "Зоя", nil), (.gera, "Титова", "Гера", nil),
            (.galina, "Рябова", "Галина", office.branch),
        ]
        for (who, family, given, unit) in names {
            ids[who] = try await people.addPerson(.init(family: family, given: given), unit: unit, by: dina)
        }
        computers = try await lines.createLine(
            LineDetails(clientName: "Компьютеры", staffName: "ИТ", planned: .hours(4)), hours: Self.week, by: dina)
        personnel = try await lines.createLine(
            LineDetails(clientName: "Кадры", staffName: "Кадры", planned: .hours(1)), by: dina)
        hardware = try await lines.addTopic(
            TopicDetails(name: "Техника", planned: .hours(2)), on: computers, by: dina)
        printers = try await lines.addTopic(
            TopicDetails(name: "Принтеры", planned: .hours(3), priority: .high), under: hardware, on: computers,
            by: dina)
        mail = try await lines.addTopic(TopicDetails(name: "Почта"), on: computers, by: dina)
        leave = try await lines.addTopic(TopicDetails(name: "Отпуск"), on: personnel, by: dina)
        for (who, line, level) in [
            (Who.boris, computers, CompetenceLevel.main), (.boris, personnel, .main), (.vera, computers, .reserve),
            (.zoya, personnel, .main),
        ] {
            try await lines.giveCompetence(on: line, to: ids[who]!, level, by: dina)
        }
        try await people.giveRole(.manager, limits: [.line(computers)], to: ids[.gera]!, by: dina)
        try await people.giveRole(.manager, limits: [.unit(office.branch)], to: ids[.galina]!, by: dina)
        self.ids = ids
    }

    func id(_ who: Who) -> PersonID { ids[who]! }

    /// The person with the rights of this moment.
    func viewer(_ who: Who) async throws -> Viewer {
        let person = id(who), accounts = office.installation.accounts
        return try #require(try await database.read { tx in try accounts.viewer(ofPerson: person, tx) })
    }

    func register(
        _ text: String, as who: Who = .anna, on line: LineID? = nil, topic: TopicID? = nil, for client: Who? = nil,
        origin: Request.Origin = .phone, spent: Int? = nil
    ) async throws -> Int64 {
        var registration = Registration(id: .new(at: clock.now), line: line ?? computers, text: text)
        registration.topic = topic
        registration.client = client.map(id)
        if client != nil { registration.origin = origin }
        registration.minutes = spent.map { Minutes($0) }
        return try await office.requests.register(registration, by: try await viewer(who))
    }

    func request(_ number: Int64) async throws -> RequestID {
        let north = north
        return try #require(
            try await database.read { tx in
                try tx.value("SELECT request_id FROM party WHERE organisation_id = \(north) AND number = \(number)")
            })
    }

    /// The reader of facts takes what there is.
    func follow() async throws { try await LogReading.advance(RequestFacts(), on: database) }

    // MARK: reports

    func words(_ who: Who, in language: Language = .russian) async throws -> ReportWords {
        ReportWords(office.installation.site, for: try await viewer(who), in: language)
    }

    func report(
        _ kind: ReportKind, by dimension: Dimension = .line, _ filter: Filter, as viewer: Viewer, isWhole: Bool = true
    ) async throws -> Report {
        let words = ReportWords(office.installation.site, for: viewer, in: .russian)
        let address = ReportAddress(kind: kind, dimension: dimension, filter: filter)
        let question = try Question(filter, for: viewer, at: clock.now)
        return try await database.read { tx in try Report.read(address, question, words, isWhole: isWhole, tx) }
    }

    func list(_ drill: Drill, as viewer: Viewer) async throws -> ReportList {
        let words = ReportWords(office.installation.site, for: viewer, in: .russian)
        let question = try Question(drill.filter, for: viewer, at: clock.now)
        return try await database.read { tx in
            try ReportList.read(drill, page: 1, size: 10_000, question, words, tx)
        }
    }

    /// All rows of the reader, in one order.
    func facts() async throws -> [String] {
        try await database.read { tx in
            let requests = try tx.all(
                """
                SELECT request_id, line_id, COALESCE(topic_id, ''), COALESCE(unit_id, ''), client_id,
                    COALESCE(assignee_id, ''), origin, state, is_open, registered_at, COALESCE(answered_at, 0),
                    COALESCE(solved_at, 0), COALESCE(rated_at, 0), COALESCE(deadline_at, 0), COALESCE(answer_minutes, -1),
                    COALESCE(solve_minutes, -1), COALESCE(plan_minutes, -1), fact_minutes, missed, answer_missed, COALESCE(rating, 0),
                    has_comment, reopened
                FROM request_fact ORDER BY request_id
                """
            ) { row in
                let texts: [String] = try (0..<8).map { try row[$0] }
                let numbers: [Int64] = try (8..<23).map { try row[$0] }
                return (texts + numbers.map { String($0) }).joined(separator: " ")
            }
            let labour = try tx.all(
                "SELECT entry_id, request_id, person_id, minutes, at FROM labour_fact ORDER BY entry_id"
            ) { row in
                let texts: [String] = try (0..<3).map { try row[$0] }
                return try (texts + [String(row[3] as Int), String(row[4] as Int64)]).joined(separator: " ")
            }
            return requests + labour
        }
    }
}

extension Office {
    /// The reader of facts takes what there is.
    func settle() async throws { try await LogReading.advance(RequestFacts(), on: database) }
}
