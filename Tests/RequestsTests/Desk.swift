import EventLog
import Files
import Foundation
import Kernel
import OknoApp
import Storage
import Synchronization
import Testing
import Web

@testable import Lines
@testable import People
@testable import Requests
@testable import TestOffice

/// The office with more people and lines, so that every standing towards a request is somebody's. Acts go to its nodes in turn.
struct Desk: Sendable {
    enum Who: String, CaseIterable, Sendable {
        /// Clients: Anna in a department of the branch, Egor at the top.
        case anna, egor
        /// The line of computers: main, reserve, observer; Zoya knows personnel only; Roman is a specialist of nothing yet.
        case boris, vera, lev, zoya, roman
        /// Managers of everything, of the line of computers, of the branch.
        case gleb, gera, galina
        case dina
        /// Another organisation: a client, and an administrator who answers.
        case oleg, olga

        var isForeign: Bool { self == .oleg || self == .olga }
    }

    let office: Office
    let rung = Rung()
    private let nodes: [Requests]
    private let ids: [Who: PersonID]
    let tokens: [Who: String]
    /// Mondays to Fridays 9 to 18, 4 hours planned, for everybody.
    let computers: LineID
    /// Around the clock, an hour planned.
    let personnel: LineID
    /// For Egor only.
    let chosen: LineID
    /// Two hours and high; nothing of its own.
    let printers: TopicID, mail: TopicID
    let foreignTopic: TopicID

    var database: Database { office.database }
    var clock: OfficeClock { office.clock }
    var people: People { office.installation.people }
    var lines: LinesRoom { office.installation.lines }
    var branch: UnitID { office.branch }
    var department: UnitID { office.department }
    var foreignLine: LineID { office.southLine }

    /// What the bell rang for.
    final class Rung: Sendable {
        private let topics = Mutex<[String]>([])
        func add(_ new: [String]) { topics.withLock { $0 += new } }
        func take() -> Set<String> {
            topics.withLock { all in
                defer { all = [] }
                return Set(all)
            }
        }
    }

    /// The room on the node whose turn it is.
    var requests: Requests { nodes[next() % nodes.count] }
    var bothNodes: (Requests, Requests) { (nodes[0], nodes[nodes.count - 1]) }

    func next() -> Int {
        office.turn.withLock { turn in
            turn += 1
            return turn
        }
    }

    static func with(_ engine: Engine, _ body: @Sendable (Desk) async throws -> Void) async throws {
        try await Office.with(engine) { office in try await body(try await Desk(office)) }
    }

    private init(_ office: Office) async throws {
        self.office = office
        let rung = rung, people = office.installation.people, lines = office.installation.lines
        nodes = office.nodes.map { node in
            Requests(
                database: node.database, site: node.site, files: node.files,
                bell: Bell { _, _, topics in rung.add(topics) },
                largestFile: node.requests.largestFile)
        }
        let dina = try await office.viewer(.dina), olga = try await office.viewer(.olga)
        var ids: [Who: PersonID] = [:]
        for (who, person) in office.people { ids[Who(rawValue: who.rawValue)!] = person }
        let names: [(Who, String, String, UnitID?)] = [
            (.egor, "Сомов", "Егор", nil), (.lev, "Зорин", "Лев", nil), (.zoya, "Ильина", "Зоя", nil),
            (.roman, "Пахомов", "Роман", nil),
            (.gera, "Титова", "Гера", nil), (.galina, "Рябова", "Галина", office.branch),
        ]
        for (who, family, given, unit) in names {
            ids[who] = try await people.addPerson(.init(family: family, given: given), unit: unit, by: dina)
        }
        computers = try await lines.createLine(
            LineDetails(clientName: "Компьютеры", staffName: "ИТ", planned: .hours(4)), hours: Sample.week, by: dina)
        personnel = try await lines.createLine(LineDetails(clientName: "Кадры", planned: .hours(1)), by: dina)
        chosen = try await lines.createLine(
            LineDetails(clientName: "Закупки"), audience: .chosen(units: [], people: [ids[.egor]!]), by: dina)
        printers = try await lines.addTopic(
            TopicDetails(name: "Принтеры", planned: .hours(2), priority: .high), on: computers, by: dina)
        mail = try await lines.addTopic(TopicDetails(name: "Почта"), on: computers, by: dina)
        foreignTopic = try await lines.addTopic(TopicDetails(name: "Чужая тема"), on: office.southLine, by: olga)
        for (who, line, level) in [
            (Who.boris, computers, CompetenceLevel.main), (.vera, computers, .reserve), (.lev, computers, .observer),
            (.zoya, personnel, .main),
        ] {
            try await lines.giveCompetence(on: line, to: ids[who]!, level, by: dina)
        }
        // Nobody but those named above sees anything: the office's own line is out of the way.
        for who in [Who.boris, .vera] { try await lines.takeCompetence(on: office.line, from: ids[who]!, by: dina) }
        try await people.giveRole(.specialist, to: ids[.roman]!, by: dina)
        try await people.giveRole(.manager, limits: [.line(computers)], to: ids[.gera]!, by: dina)
        try await people.giveRole(.manager, limits: [.unit(office.branch)], to: ids[.galina]!, by: dina)
        self.ids = ids

        var tokens: [Who: String] = [:]
        for who in Who.allCases {
            tokens[who] = try await office.installation.accounts.openSession(
                ids[who]!, in: who.isForeign ? office.south : office.north,
                from: .init(device: "test", address: "127.0.0.1"))
        }
        self.tokens = tokens
    }

    // MARK: people

    func id(_ who: Who) -> PersonID { ids[who]! }

    /// The person with the rights of this moment, as the door finds them.
    func viewer(_ who: Who) async throws -> Viewer { try await signedIn(who).viewer }

    func signedIn(_ who: Who) async throws -> SignedIn {
        try #require(try await office.installation.accounts.recognise(tokens[who]!, from: "127.0.0.1"))
    }

    // MARK: requests

    /// Registers by chat, or for somebody.
    func register(
        _ text: String, as who: Who = .anna, line: LineID? = nil, topic: TopicID? = nil, for client: Who? = nil,
        _ also: (inout Registration) -> Void = { _ in }
    ) async throws -> Int64 {
        clock.pass(Minutes(1))
        var registration = Registration(id: .new(at: clock.now), line: line ?? computers, text: text)
        registration.topic = topic
        registration.client = client.map(id)
        if client != nil { registration.origin = .phone }
        also(&registration)
        return try await requests.register(registration, by: try await viewer(who))
    }

    /// Writes a minute later.
    func write(
        _ text: String, in number: Int64, as who: Who, note: Bool = false, uploads: [UploadID] = []
    ) async throws {
        clock.pass(Minutes(1))
        let draft = Draft(id: .new(at: clock.now), text: text, isNote: note, uploads: uploads)
        try await requests.write(draft, in: number, by: try await viewer(who))
    }

    /// The request as it lies in the database.
    func request(_ number: Int64, of who: Who = .dina) async throws -> Request {
        let viewer = try await viewer(who)
        return try await database.read { tx in try Requests.find(number, for: viewer, tx).request }
    }

    func sees(_ number: Int64, _ who: Who) async throws -> Bool {
        let viewer = try await viewer(who)
        return try await database.read { tx in
            do {
                _ = try Requests.find(number, for: viewer, tx)
                return true
            } catch RequestError.notFound { return false }
        }
    }

    /// The kinds of the request's events, oldest first, without «request.».
    func events(_ number: Int64) async throws -> [String] {
        try await log(number).map { String($0.kind.rawValue.dropFirst("request.".count)) }
    }

    func log(_ number: Int64) async throws -> [Event] {
        let id = try await request(number).id
        return try await database.read { tx in try EventLog.of(id, tx) }
    }

    func messages(_ number: Int64) async throws -> [String] {
        let id = try await request(number).id
        return try await database.read { tx in
            try tx.all("SELECT text FROM message WHERE request_id = \(id) ORDER BY number") { row in try row[0] }
        }
    }

    /// The numbers that a search finds, in its order.
    func found(_ text: String, _ who: Who) async throws -> [Int64] {
        let viewer = try await viewer(who)
        return try await database.read { tx in
            try Searching.find(text, for: viewer, before: nil, tx).requests.map(\.number)
        }
    }
}

typealias Who = Desk.Who
