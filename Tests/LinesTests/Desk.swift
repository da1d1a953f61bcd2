import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import People
import Secrets
import Storage
import StoragePostgres
import StorageSQLite
import Synchronization
import Testing
import Web

@testable import Lines

/// The databases that acts and pages are tried on: SQLite, and PostgreSQL where OKNO_TEST_POSTGRES names a server.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case sqlite = "SQLite", postgres = "PostgreSQL"
    static let server = ProcessInfo.processInfo.environment["OKNO_TEST_POSTGRES"]
    static var available: [Backend] { server == nil ? [.sqlite] : allCases }
    var testDescription: String { rawValue }
}

/// A small organisation: an administrator, a branch with a department, Anna in the department, Boris at the top, Vera nowhere.
/// Beside it another organisation with an administrator and a line of its own.
struct Desk: Sendable {
    static let share = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../share/okno"

    let database: Database
    let room: LinesRoom
    let people: People
    let clock: Clock
    let chief: Viewer, foreigner: Viewer
    let branch: UnitID, department: UnitID
    let anna: PersonID, boris: PersonID, vera: PersonID
    let foreignLine: LineID, foreignTopic: TopicID, foreignPerson: PersonID, foreignUnit: UnitID

    /// Time that stands until it is moved on. It begins on Monday 23 November 2026 at 10:00 in Moscow.
    final class Clock: Sendable {
        private let moment = Mutex(Instant(milliseconds: 1_795_417_200_000))
        var now: Instant { moment.withLock { $0 } }
        func pass(_ minutes: Minutes) { moment.withLock { $0 = $0 + minutes } }
    }

    @TaskLocal private static var present = Clock()

    /// Read once: templates of two languages take their time to compile. Each desk has a clock of its own.
    private static let site = Result {
        try Site(share: share, vault: Vault(key: Array(repeating: 7, count: 32)), now: { present.now })
    }

    static func with(_ backend: Backend, _ body: @Sendable (Desk) async throws -> Void) async throws {
        try await $present.withValue(Clock()) { try await onFreshDatabase(backend, body) }
    }

    private static func onFreshDatabase(_ backend: Backend, _ body: @Sendable (Desk) async throws -> Void) async throws
    {
        switch backend {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("lines-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let database = Database(try SQLiteEngine(path: folder.appendingPathComponent("okno.sqlite").path))
            try await body(try await Desk(database))
            try await database.engine.close()
        case .postgres:
            let schema = "lines_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
            let url = try #require(Backend.server)
            let door = try await PostgresEngine(url: url)
            try await door.migrate { tx in _ = try tx.run(.trusted("CREATE SCHEMA \(schema)")) }
            let engine = try await PostgresEngine(
                url: url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)")
            var failure: (any Error)?
            do { try await body(try await Desk(Database(engine))) } catch { failure = error }
            try await engine.close()
            try await door.migrate { tx in _ = try tx.run(.trusted("DROP SCHEMA \(schema) CASCADE")) }
            try await door.close()
            if let failure { throw failure }
        }
    }

    private init(_ database: Database) async throws {
        try await database.migrate(StorageSchema.migrations + PeopleSchema.migrations + LinesSchema.migrations)
        let site = try Self.site.get()
        let people = People(database: database, vault: site.vault, cost: .cheap, now: site.now)
        let room = LinesRoom(database: database, site: site, bell: .silent)

        chief = try await Self.found("Север", "Главная", people)
        branch = try await people.addUnit("Усинский филиал", by: chief)
        department = try await people.addUnit("ОМТС", inside: branch, by: chief)
        anna = try await people.addPerson(.init(family: "Белова", given: "Анна"), unit: department, by: chief)
        boris = try await people.addPerson(.init(family: "Громов", given: "Борис"), by: chief)
        vera = try await people.addPerson(.init(family: "Дёмина", given: "Вера"), by: chief)

        foreigner = try await Self.found("Юг", "Чужая", people)
        foreignUnit = try await people.addUnit("Чужой отдел", by: foreigner)
        foreignPerson = try await people.addPerson(.init(family: "Чужой", given: "Человек"), by: foreigner)
        foreignLine = try await room.createLine(LineDetails(clientName: "Чужая линия"), by: foreigner)
        foreignTopic = try await room.addTopic(TopicDetails(name: "Чужая тема"), on: foreignLine, by: foreigner)
        (self.database, self.room, self.people, clock) = (database, room, people, Self.present)
    }

    private static func found(_ name: String, _ family: String, _ people: People) async throws -> Viewer {
        let founded = try await people.createOrganisation(
            OrganisationDetails(name: name), administrator: .init(family: family, given: "Мария"))
        return Viewer(
            kind: .session(SessionID.new()), organisation: founded.organisation, person: founded.administrator,
            roles: [.client, .administrator])
    }

    func viewer(_ person: PersonID, _ roles: Set<Role> = [.client]) -> Viewer {
        Viewer(kind: .session(SessionID.new()), organisation: chief.organisation, person: person, roles: roles)
    }

    func offered(to person: PersonID) async throws -> [String] {
        try await database.read { tx in try Lines.offered(to: viewer(person), tx).map(\.clientName) }
    }

    /// The kinds of events about a line, oldest first.
    func events(about line: LineID) async throws -> [EventKind] {
        try await database.read { tx in try EventLog.about(line.text, atMost: 100, tx).reversed().map(\.kind) }
    }

    // MARK: over HTTP

    struct Answer {
        let status: Int, text: String, location: String
    }

    /// One request through the whole way that the server has. `as` is the cookie: chief, foreigner, anna, or nobody.
    func ask(
        _ method: HTTPRequest.Method = .get, _ path: String, _ fields: [(String, String)] = [],
        as who: String? = "chief",
        language: String = "ru", htmx: Bool = false, csrf: String? = "csrf"
    ) async throws -> Answer {
        let router = Router(context: WebContext.self)
        room.addRoutes(to: router)
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        let door = Door(
            site: room.site, logger: silent, recognise: { token, _ in signedIn(token, language) },
            routes: router.buildResponder())
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded", .acceptLanguage: language]
        if let who { headers[.cookie] = "okno=\(who)" }
        if htmx { headers[HTTPField.Name("HX-Request")!] = "true" }
        let body = (fields + (csrf.map { [("csrf", $0)] } ?? [])).map { "\($0)=\(Self.encoded($1))" }.joined(
            separator: "&")
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(string: method == .get ? "" : body)))
        let context = WebContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: silent))
        let response = try await door.respond(to: request, context: context)
        let paper = Paper()
        try await response.body.write(paper)
        return Answer(
            status: response.status.code, text: paper.text, location: response.headers[.location] ?? "")
    }

    private func signedIn(_ token: String, _ language: String) -> SignedIn? {
        let viewer: Viewer? =
            switch token {
            case "chief": chief
            case "foreigner": foreigner
            case "anna": self.viewer(anna)
            case "manager": self.viewer(boris, [.client, .manager])
            default: nil
            }
        guard let viewer else { return nil }
        let speaking = Viewer(
            kind: viewer.kind, organisation: viewer.organisation, person: viewer.person, roles: viewer.roles,
            language: Language(rawValue: language) ?? .russian)
        return SignedIn(
            viewer: speaking, name: PersonName(family: "Главная", given: "Мария"), organisationName: "Север",
            theme: "auto",
            csrf: "csrf", session: SessionID.new(), accentVersion: nil)
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}

private final class Paper: ResponseBodyWriter, @unchecked Sendable {
    private var buffer = ByteBuffer()
    var text: String { String(buffer: buffer) }
    func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }
    func finish(_ trailers: HTTPFields?) async throws {}
}
