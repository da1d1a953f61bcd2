import Kernel
import OknoApp
import Storage
import StoragePostgres

/// Two nodes on one PostgreSQL, in a schema of their own that is dropped afterwards.
struct PostgresFigures: Sendable {
    private let url: String, folder: String, schema: String
    private let share: String?
    private let requests: Int
    private let tidying: Tidying
    private let say: @Sendable (String) -> Void

    init(
        url: String, folder: String, share: String?, requests: Int, _ tidying: Tidying,
        say: @escaping @Sendable (String) -> Void
    ) {
        (self.url, self.folder, self.share, self.tidying) = (url, folder + "/postgres", share, tidying)
        (self.requests, self.say) = (requests, say)
        schema = "bench_" + OrganisationID.new().text.filter { $0 != "-" }
    }

    private var database: String { url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)" }

    func measure(_ figures: inout Figures) async throws {
        if figures.wants("pg_report_year_ms") { try await inSchema { try await measureReports(&figures) } }
        if figures.wantsAny(["pg_registrations_per_s", "pg_registrations_one_org_per_s"]) {
            try await inSchema { try await measureHere(&figures) }
        }
    }

    /// The long history on one node.
    private func measureReports(_ figures: inout Figures) async throws {
        let office = try await Office.open(settings("history"), requests: requests, people: 300, say: say)
        let server = try await Server.start(settings("reports"), tidying: tidying)
        let client = Client(port: server.port)
        try await ReportFigures(office: office, client: client, now: .now(), say: say).measure(&figures, prefix: "pg_")
        await client.close()
        await server.stop()
    }

    private func inSchema(_ body: () async throws -> Void) async throws {
        try await administer("CREATE SCHEMA \(schema)")
        do {
            try await body()
        } catch {
            try? await administer("DROP SCHEMA \(schema) CASCADE")
            throw error
        }
        try await administer("DROP SCHEMA \(schema) CASCADE")
    }

    private func administer(_ statement: String) async throws {
        let door = try await PostgresEngine(url: url)
        _ = try await door.migrate { tx in try tx.run(.trusted(statement)) }
        try await door.close()
    }

    private struct Writer: Sendable {
        let pass: Pass
        let line: LineID
    }

    private func measureHere(_ figures: inout Figures) async throws {
        let organisations = try await seed(10, clients: 16)
        var nodes: [Server] = []
        for name in ["one", "two"] { nodes.append(try await Server.start(settings(name), tidying: tidying)) }
        let clients = nodes.map { Client(port: $0.port) }
        let many = organisations.flatMap { $0.prefix(4) }
        if figures.wants("pg_registrations_per_s") {
            figures["pg_registrations_per_s"] = try await register(many, clients)
        }
        if figures.wants("pg_registrations_one_org_per_s") {
            figures["pg_registrations_one_org_per_s"] = try await register(organisations[0], clients)
        }
        for client in clients { await client.close() }
        for node in nodes { await node.stop() }
    }

    private func register(_ writers: [Writer], _ clients: [Client]) async throws -> Double {
        try await Load.run(clients: writers.count, for: .seconds(8), warm: .seconds(2)) { index, _ in
            let writer = writers[index]
            try await WriteFigures.register(
                on: writer.line, as: writer.pass, over: index, clients[index % clients.count])
        }.perSecond
    }

    private func settings(_ node: String) throws -> Settings {
        try .forBench(folder: folder, share: share, database: database, node: node)
    }

    private func seed(_ count: Int, clients: Int) async throws -> [[Writer]] {
        let installation = try await Installation(settings("seed"), logger: LogLines.quiet)
        var organisations: [[Writer]] = []
        for index in 0..<count {
            let made = try await Seeding(installation).small(
                "Предприятие \(index)", login: "p\(index)-", clients: clients)
            let passes = try await Office.sessions(of: made.clients, in: made.organisation, installation)
            organisations.append(made.clients.map { Writer(pass: passes[$0]!, line: made.line) })
        }
        await installation.close()
        return organisations
    }
}
