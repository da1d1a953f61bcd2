package import EventLog
import Files
import Foundation
import Hummingbird
package import Kernel
import Lines
import Live
import Logging
package import OknoApp
import People
package import Requests
import Secrets
package import Storage
import Synchronization
import Web

/// Everybody in the office.
package enum Who: String, Sendable, CaseIterable {
    case anna, boris, vera, gleb, dina
    /// Of the other organisation.
    case oleg, olga
}

/// Time that stands until it is moved on. It begins on Monday 23 November 2026 at 10:00 in Moscow.
package final class OfficeClock: Sendable {
    private let moment = Mutex(Instant(milliseconds: 1_795_417_200_000))
    package var now: Instant { moment.withLock { $0 } }
    package func pass(_ minutes: Minutes) { moment.withLock { $0 = $0 + minutes } }
    package func pass(milliseconds: Int64) {
        moment.withLock { $0 = Instant(milliseconds: $0.milliseconds + milliseconds) }
    }
}

package final class Office: Sendable {
    package static let password = "a long password 1"

    package let engine: Engine
    package let clock: OfficeClock
    /// One on SQLite, two on PostgreSQL.
    package let nodes: [Installation]
    package let people: [Who: PersonID]
    package let north: OrganisationID, south: OrganisationID
    package let branch: UnitID, department: UnitID
    package let line: LineID, southLine: LineID
    package let topic: TopicID
    /// The number of Anna's first request, and its id.
    package let number: Int64
    package let request: Kernel.RequestID

    let desks: [Door<RouterResponder<WebContext>>]
    let sessions = Mutex<[Who: (token: String, session: SessionID)]>([:])
    let turn = Mutex(0)
    private let folder: String
    private let databaseName: String

    package var installation: Installation { nodes[0] }
    package var database: Database { nodes[0].database }
    package var requests: Requests { nodes[0].requests }

    /// Makes the office, runs the body, removes everything.
    /// - Parameter settings: what differs from the office's own, by name.
    package static func with(
        _ engine: Engine, settings: [String: String] = [:], _ body: @Sendable (Office) async throws -> Void
    ) async throws {
        let office = try await Office(on: engine, settings: settings)
        do { try await body(office) } catch {
            await office.close()
            throw error
        }
        await office.close()
    }

    package init(on engine: Engine, settings more: [String: String] = [:]) async throws {
        self.engine = engine
        let clock = OfficeClock()
        self.clock = clock
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("office-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.folder = folder
        let (name, open) = try await engine.makeDatabase(in: folder)
        databaseName = name
        let settings = try Settings(
            flags: ["data": folder, "database": name, "share": Self.share, "node": "test", "file-limit": "2"].merging(
                more
            ) { $1 },
            environment: [:])
        var nodes: [Installation] = []
        for _ in 0..<(engine == .postgres ? 2 : 1) {
            nodes.append(
                try await Installation(
                    settings, logger: LogLines.logger(.critical), cost: .cheap, engine: try await open(),
                    now: { clock.now }))
        }
        self.nodes = nodes
        // Hints go from each node to the other, as NOTIFY carries them.
        if nodes.count == 2 {
            let hubs = nodes.map(\.hub)
            hubs[0].onPublish { hubs[1].deliver($0) }
            hubs[1].onPublish { hubs[0].deliver($0) }
        }
        desks = nodes.map { $0.door($0.router()) }
        let hiring = try await Hiring(nodes[0])
        (people, north, south) = (hiring.people, hiring.north, hiring.south)
        (branch, department) = (hiring.branch, hiring.department)
        (line, southLine, topic) = (hiring.line, hiring.southLine, hiring.topic)
        number = hiring.number
        let north = hiring.north, number = hiring.number
        request = try await nodes[0].database.read { tx in
            try tx.value("SELECT request_id FROM party WHERE organisation_id = \(north) AND number = \(number)")!
        }
    }

    package func close() async {
        for node in nodes { await node.close() }
        try? await engine.drop(databaseName)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// `share/okno` of the checkout.
    package static let share = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../share/okno"

    // MARK: who is who

    package func id(_ who: Who) -> PersonID { people[who]! }

    package func organisation(of who: Who) -> OrganisationID { who == .oleg || who == .olga ? south : north }

    /// A person as they are now, for acts without a page.
    package func viewer(_ who: Who) async throws -> Viewer {
        let session = try await session(of: who).session, accounts = installation.accounts
        return try await database.read { tx in try accounts.viewer(of: session, tx)! }
    }

    /// The kinds of events of an organisation after a number, oldest first.
    package func events(after number: Int64, in organisation: OrganisationID) async throws -> [Event] {
        try await database.read { tx in try EventLog.since(number, in: .organisation(organisation), atMost: 1000, tx) }
    }

    package func newestEvent(in organisation: OrganisationID) async throws -> Int64 {
        try await database.read { tx in try EventLog.newest(in: .organisation(organisation), tx) }
    }

    /// What a person's browser sends.
    package func cookie(of who: Who) async throws -> String {
        "\(Guarding.cookie)=\(try await session(of: who).token)"
    }

    /// Opens a session without the sign-in page; the first time a person is asked for.
    func session(of who: Who) async throws -> (token: String, session: SessionID) {
        if let known = sessions.withLock({ $0[who] }) { return known }
        let token = Random.token(), session = SessionID.new(at: clock.now), now = clock.now
        let fingerprint = installation.vault.fingerprint(token, purpose: "session")
        let (organisation, person) = (organisation(of: who), id(who))
        try await database.write(in: organisation) { tx in
            _ = try tx.run(
                """
                INSERT INTO session (id, organisation_id, person_id, fingerprint, made_at, seen_at, device, address)
                VALUES (\(session), \(organisation), \(person), \(fingerprint), \(now), \(now), 'test', '127.0.0.1')
                """)
        }
        return sessions.withLock { sessions in
            if let first = sessions[who] { return first }
            sessions[who] = (token, session)
            return (token, session)
        }
    }
}
