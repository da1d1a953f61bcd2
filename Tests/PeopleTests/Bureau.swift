import EventLog
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Secrets
import Storage
import StoragePostgres
import StorageSQLite
import Synchronization
import Testing
import Web

@testable import People

/// The databases that acts and pages are tried on: SQLite, and PostgreSQL where OKNO_TEST_POSTGRES names a server.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case sqlite = "SQLite", postgres = "PostgreSQL"
    static let server = ProcessInfo.processInfo.environment["OKNO_TEST_POSTGRES"]
    static var available: [Backend] { server == nil ? [.sqlite] : allCases }
    var testDescription: String { rawValue }
}

/// A small organisation: Maria administers, a branch with a department, Anna in the department, Boris a specialist at the top,
/// Vera in no unit. Beside it another organisation.
struct Bureau: Sendable {
    static let share = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../share/okno"
    static let password = "четыре разных слова"

    let database: Database
    let site: Site
    let room: PeopleRoom
    let people: People
    let accounts: Accounts
    let clock: Clock
    let chief: Viewer, foreigner: Viewer
    let branch: UnitID, department: UnitID, foreignUnit: UnitID
    let anna: PersonID, boris: PersonID, vera: PersonID, foreignPerson: PersonID

    /// Time that stands until it is moved on. It begins on Monday 23 November 2026 at 10:00 in Moscow.
    final class Clock: Sendable {
        private let moment = Mutex(Instant(milliseconds: 1_795_417_200_000))
        var now: Instant { moment.withLock { $0 } }
        func pass(_ minutes: Minutes) { moment.withLock { $0 = $0 + minutes } }
    }

    static func with(_ backend: Backend, _ body: @Sendable (Bureau) async throws -> Void) async throws {
        switch backend {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("people-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let database = Database(try SQLiteEngine(path: folder.appendingPathComponent("okno.sqlite").path))
            try await body(try await Bureau(database))
            try await database.engine.close()
        case .postgres:
            let schema = "people_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
            let url = try #require(Backend.server)
            let door = try await PostgresEngine(url: url)
            try await door.migrate { tx in _ = try tx.run(.trusted("CREATE SCHEMA \(schema)")) }
            let engine = try await PostgresEngine(
                url: url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)")
            var failure: (any Error)?
            do { try await body(try await Bureau(Database(engine))) } catch { failure = error }
            try await engine.close()
            try await door.migrate { tx in _ = try tx.run(.trusted("DROP SCHEMA \(schema) CASCADE")) }
            try await door.close()
            if let failure { throw failure }
        }
    }

    private init(_ database: Database) async throws {
        try await database.migrate(StorageSchema.migrations + PeopleSchema.migrations)
        let clock = Clock(), now: @Sendable () -> Instant = { clock.now }
        let vault = Vault(key: Array(repeating: 7, count: 32))
        let site = try Site(share: Self.share, vault: vault, now: now)
        let people = People(database: database, vault: vault, cost: .cheap, now: now)
        let accounts = Accounts(people: people, site: site)

        chief = try await Self.found("Север", "Главная", "maria@north.example", people)
        branch = try await people.addUnit("Усинский филиал", kind: "branch", by: chief)
        department = try await people.addUnit("ОМТС", inside: branch, by: chief)
        let hash = Passwords.hashNow(Self.password, cost: .cheap)
        anna = try await people.addPerson(
            .init(family: "Белова", given: "Анна", patronymic: "Ивановна", phone: "22-14", email: "anna@north.example"),
            unit: department, passwordHash: hash, by: chief)
        boris = try await people.addPerson(
            .init(family: "Громов", given: "Борис", login: "gromov"), unit: branch, passwordHash: hash, by: chief)
        vera = try await people.addPerson(
            .init(family: "Дёмина", given: "Вера", email: "vera@north.example"), by: chief)
        try await people.giveRole(.specialist, to: boris, by: chief)

        foreigner = try await Self.found("Юг", "Чужая", "maria@south.example", people)
        foreignUnit = try await people.addUnit("Чужой отдел", by: foreigner)
        foreignPerson = try await people.addPerson(
            .init(family: "Чужой", given: "Человек", email: "alien@south.example"), by: foreigner)
        room = PeopleRoom(database: database, site: site, bell: .silent, accounts: accounts)
        (self.database, self.site, self.people, self.accounts, self.clock) = (database, site, people, accounts, clock)
    }

    private static func found(_ name: String, _ family: String, _ email: String, _ people: People) async throws
        -> Viewer
    {
        let founded = try await people.createOrganisation(
            OrganisationDetails(name: name, namePolicy: .initials),
            administrator: .init(family: family, given: "Мария", email: email), password: password)
        return Viewer(
            kind: .session(SessionID.new()), organisation: founded.organisation, person: founded.administrator,
            roles: [.client, .administrator], names: .initials)
    }

    func viewer(_ person: PersonID, _ roles: Set<Role> = [.client]) -> Viewer {
        Viewer(
            kind: .session(SessionID.new()), organisation: chief.organisation, person: person, roles: roles,
            names: .initials)
    }

    func events(about subject: String) async throws -> [EventKind] {
        try await database.read { tx in try EventLog.about(subject, atMost: 100, tx).reversed().map(\.kind) }
    }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> Value) async throws -> Value
    {
        try await database.read(body)
    }

    static func place(_ address: String = "192.0.2.1") -> Accounts.Place {
        .init(device: "Firefox on Linux", address: address)
    }

    func signIn(_ name: String, _ password: String = Bureau.password, from address: String = "192.0.2.1") async throws
        -> String
    {
        try await accounts.signIn(name, password: password, from: Self.place(address))
    }

    func recognise(_ token: String) async throws -> Viewer? {
        try await accounts.recognise(token, from: "192.0.2.1")?.viewer
    }

    // MARK: over HTTP

    struct Answer {
        let status: Int, text: String, location: String, cookies: [String], type: String
        var session: String? {
            cookies.first { $0.hasPrefix("okno=") }.map { String($0.dropFirst(5).prefix { $0 != ";" }) }
        }
    }

    /// One request through the whole way that the server has, with a session cookie.
    func ask(
        _ method: HTTPRequest.Method = .get, _ path: String, _ fields: [(String, String)] = [], token: String? = nil,
        language: String = "ru", headers more: [(String, String)] = [], csrf: Bool = true, multipart: Bool = false,
        file: [UInt8] = []
    ) async throws -> Answer {
        let router = Router(context: WebContext.self)
        room.addRoutes(to: router)
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        let accounts = accounts
        let door = Door(
            site: site, logger: silent, recognise: { try await accounts.recognise($0, $1) },
            routes: router.buildResponder())
        var headers: HTTPFields = [.acceptLanguage: language]
        if let token { headers[.cookie] = "okno=\(token)" }
        for (name, value) in more { headers[HTTPField.Name(name)!] = value }
        var fields = fields
        if csrf, let token, let signedIn = try await accounts.recognise(token, from: "") {
            fields.append(("csrf", signedIn.csrf))
        }
        var body: [UInt8]
        if multipart {
            headers[.contentType] = "multipart/form-data; boundary=XyZ"
            body = fields.flatMap {
                Array("--XyZ\r\nContent-Disposition: form-data; name=\"\($0)\"\r\n\r\n\($1)\r\n".utf8)
            }
            body +=
                Array("--XyZ\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"a.png\"\r\n\r\n".utf8) + file
            body += Array("\r\n--XyZ--\r\n".utf8)
        } else {
            headers[.contentType] = "application/x-www-form-urlencoded"
            body = Array(fields.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&").utf8)
        }
        if method == .get { body = [] }
        headers[.contentLength] = String(body.count)
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost", path: path, headerFields: headers),
            body: RequestBody(buffer: ByteBuffer(bytes: body)))
        let context = WebContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: silent))
        let response = try await door.respond(to: request, context: context)
        let paper = Paper()
        try await response.body.write(paper)
        return Answer(
            status: response.status.code, text: paper.text, location: response.headers[.location] ?? "",
            cookies: response.headers[values: .setCookie], type: response.headers[.contentType] ?? "")
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
