package import Calls
package import Connection
package import Duty
package import EventLog
package import Files
import Foundation
import Hummingbird
package import Kernel
package import Lines
package import Live
package import Logging
import Mail
package import Monitor
package import Notices
package import People
package import Plans
package import Recordings
package import RemoteControl
package import Reports
package import Requests
package import Routing
package import Secrets
package import Storage
import StoragePostgres
import StorageSQLite
package import Talks
import TextSearch
package import Turn
package import Web

/// The composition root: one database, one folder of files, and the rooms on them. Commands and the server start here.
package struct Installation: Sendable {
    package let settings: Settings
    package let logger: Logger
    package let database: Database
    package let vault: Vault
    package let files: FileStore
    package let site: Site
    package let hub: LiveHub
    /// Relays calls on the port of everything else.
    package let turn: TurnServer
    /// Of everything that is relayed, by TURN and by wires.
    let relayRate: RelayRate
    /// Where browsers find a relay: `turn`, or the servers that the settings name.
    package let iceServers: IceServers
    package let bell: Bell
    /// Wakes the readers of the log.
    let wake: Wake
    package let people: People
    package let accounts: Accounts
    package let lines: LinesRoom
    package let duty: DutyRoom
    package let requests: Requests
    package let talks: Talks
    package let calls: Calls
    package let routing: Routing
    package let plans: Plans
    package let reports: Reports
    package let monitor: Monitor
    package let notices: Notices
    package let connection: ConnectionRoom
    /// The other ends of the check of media over a WebSocket.
    let echoes = EchoWires()
    package let recordings: Recordings
    package let remote: RemoteControl

    /// Every step of the schema, in the one list.
    package static let migrations =
        StorageSchema.migrations + SearchIndex.migrations + PeopleSchema.migrations + LinesSchema.migrations
        + DutySchema.migrations + RequestsSchema.migrations + TalksSchema.migrations + RecordingsSchema.migrations
        + CallsSchema.migrations
        + RoutingSchema.migrations
        + PlansSchema.migrations + ReportsSchema.migrations + MonitorSchema.migrations + NoticesSchema.migrations
        + ConnectionSchema.migrations
        + ControlSchema.migrations

    /// Opens everything and brings the schema up to date.
    /// - Parameters:
    ///   - now: the clock; the demo sets its own.
    ///   - cost: of password hashes; tests take the cheap one.
    ///   - engine: an engine that is already open; when nil, the one that `settings.database` names.
    /// - Throws: `InstallationFault` with a sentence for the person at the command line.
    package init(
        _ settings: Settings, logger: Logger, cost: Passwords.Cost = .full, engine: (any StorageEngine)? = nil,
        now: @escaping @Sendable () -> Instant = { .now() }
    ) async throws {
        self.settings = settings
        self.logger = logger
        try Self.makeFolder(settings.data)
        vault = try Self.openVault(settings.data + "/okno.key")
        files = try FileStore(root: settings.files)
        site = try Site(
            share: settings.share, vault: vault, publicOrigin: settings.origin,
            secureCookies: settings.certificate != nil || settings.origin?.hasPrefix("https://") == true, now: now)
        let database = Database(try await Self.unwrap(engine, or: settings))
        self.database = database
        try await Self.migrate(database)
        let hub = LiveHub()
        self.hub = hub
        relayRate = RelayRate(ofSession: settings.relaySession, ofAll: settings.relayAll)
        turn = TurnServer(rate: relayRate, now: now)
        iceServers =
            settings.turnSecret.map { .others(urls: settings.turnServers, secret: TurnSecret($0)) } ?? .own(turn)
        let wake = Wake()
        self.wake = wake
        bell = Bell { organisation, sequence, topics in
            wake.up()
            hub.publish(Hint(organisation: organisation, seq: sequence, topics: topics))
        }
        people = People(database: database, vault: vault, bell: bell, cost: cost, now: now)
        accounts = Accounts(people: people, site: site) { try Lines.competences(of: $0, $1) }
        lines = LinesRoom(database: database, site: site, bell: bell, workload: LineWork.workload(now: now))
        duty = DutyRoom(database: database, site: site, bell: bell)
        requests = Requests(
            database: database, site: site, files: files, bell: bell, largestFile: settings.fileLimit)
        routing = Routing(database: database, site: site, bell: bell)
        talks = Talks(database: database, site: site, files: files, bell: bell, largestFile: settings.fileLimit)
        let accounts = accounts
        recordings = Recordings(database: database, site: site, store: try RecordingStore(root: settings.files))
        calls = Calls(
            database: database, site: site, bell: bell, recordings: recordings, node: settings.node,
            signedIn: { try accounts.viewers(ofSessions: $0, $1) }, present: { try accounts.viewers(ofPeople: $0, $1) },
            relay: Self.relay(iceServers, turn, now), rate: relayRate)
        hub.onSignal { [calls] signal in calls.take(signal) }
        let outbox = settings.mail.map { Outbox(server: $0.server, from: $0.from, address: settings.address) }
        plans = Plans(
            database: database, site: site, bell: bell, requests: requests,
            somebody: { try accounts.viewer(ofPerson: $0, $1) })
        reports = Reports(
            database: database, site: site, bell: bell, post: outbox == nil ? nil : Self.post(now),
            somebody: { try accounts.viewer(ofPerson: $0, $1) })
        monitor = Monitor(
            database: database, site: site, bell: bell, somebody: { try accounts.viewer(ofPerson: $0, $1) })
        notices = Notices(
            database: database, site: site, bell: bell, outbox: outbox,
            pushes: settings.push ? Notices.Pushes(contact: Self.contact(settings)) : nil,
            somebody: { try accounts.viewer(ofPerson: $0, $1) })
        remote = RemoteControl(
            database: database, site: site, bell: bell, vault: vault, recordings: recordings,
            requests: requests, agent: Share.beside("okno-agent"),
            signedIn: { try accounts.viewer(of: $0, $1) }, somebody: { try accounts.viewer(ofPerson: $0, $1) })
        hub.onSignal { [desk = remote.desk] in desk.hear($0) }
        let iceServers = iceServers, presented = PresentedCertificate(settings.certificate)
        connection = ConnectionRoom(
            database: database, site: site, certificate: { presented.present },
            signedIn: { try accounts.viewer(of: $0, $1) },
            ice: { seat in
                // A check lasts a minute; nobody else is in its call.
                iceServers.servers(
                    for: seat.person.text, call: "check-\(seat.person)", host: seat.address.host,
                    port: seat.address.port,
                    isSecure: seat.address.isSecure, until: now() + Minutes(5))
            })
    }

    private static func relay(
        _ iceServers: IceServers, _ turn: TurnServer, _ now: @escaping @Sendable () -> Instant
    ) -> Calls.Relay {
        Calls.Relay(
            servers: { person, call, address in
                iceServers.servers(
                    for: person.text, call: call.text, host: address.host, port: address.port,
                    isSecure: address.isSecure, until: now() + Minutes(60))
            },
            end: { call, person in turn.end(call: call.text, person: person?.text) })
    }

    /// Whom a push service may ask about our messages.
    private static func contact(_ settings: Settings) -> String {
        if let mail = settings.mail { return "mailto:\(mail.from.address)" }
        return settings.origin.flatMap { $0.hasPrefix("https://") ? $0 : nil } ?? "mailto:okno@localhost"
    }

    /// A report goes out as a letter with its workbook.
    private static func post(_ now: @escaping @Sendable () -> Instant) -> Reports.Post {
        { report, person, tx in
            try Outbox.put(
                Outbox.Draft(
                    to: person, subject: report.subject, text: report.text,
                    attachment: .init(name: report.fileName, type: report.fileType, bytes: report.bytes)),
                at: now(), in: tx)
        }
    }

    private static func unwrap(_ engine: (any StorageEngine)?, or settings: Settings) async throws -> any StorageEngine
    {
        if let engine { return engine }
        return try await open(settings)
    }

    /// The engine that the settings name.
    package static func open(_ settings: Settings) async throws -> any StorageEngine {
        do {
            if settings.isPostgres { return try await PostgresEngine(url: settings.database) }
            try OnlyOne.take(settings.database)
            return try SQLiteEngine(path: settings.database)
        } catch let fault as InstallationFault {
            throw fault
        } catch {
            throw InstallationFault("The database \(settings.databaseName) cannot be opened: \(error.plain)")
        }
    }

    /// Opens the database only to bring its schema up to date.
    /// - Returns: the numbers of the steps that were made.
    package static func migrate(_ settings: Settings) async throws -> [Int] {
        let database = Database(try await open(settings))
        let applied = try await migrate(database)
        try await database.engine.close()
        return applied
    }

    @discardableResult
    static func migrate(_ database: Database) async throws -> [Int] {
        do {
            return try await database.migrate(migrations)
        } catch StorageError.newerSchema(let found, let known) {
            throw InstallationFault(
                """
                The database was written by a newer Okno (schema \(found)); this program knows schema \(known). \
                Install the newer program, or restore a backup made by this one. Nothing was changed.
                """)
        }
    }

    private static func makeFolder(_ path: String) throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw InstallationFault("The data folder \(path) cannot be made: \(error.plain)")
        }
    }

    private static func openVault(_ path: String) throws -> Vault {
        do { return try Vault(file: path) } catch {
            throw InstallationFault(
                "The key \(path) cannot be read. Without it no one can sign in; restore it from a backup.")
        }
    }

    package func close() async {
        try? await database.engine.close()
        OnlyOne.give(back: settings.database)
    }
}

/// What hinders the program, in a sentence for the person at the command line.
package struct InstallationFault: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}

extension Settings {
    /// The database's name without a password, for messages.
    package var databaseName: String {
        database.replacing(/:\/\/([^:@\/]*):[^@\/]*@/) { "://\($0.1)@" }
    }
}

extension Error {
    /// The error in its own words.
    var plain: String {
        switch self as any Error {
        case StorageError.unavailable(let why), StorageError.failed(let why), StorageError.constraint(let why): why
        case StorageError.full: "the disk is full"
        case let error as any CustomStringConvertible: error.description
        default: localizedDescription
        }
    }
}
