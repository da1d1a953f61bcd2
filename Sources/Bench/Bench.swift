import Foundation
import Kernel
import OknoApp
import Storage

/// `okno bench`: makes an installation of its own with a long history, starts servers on it as child processes, drives them over
/// HTTP and WebSocket from this process, and prints what was measured. It touches nothing but its own folder (and, if asked, a
/// schema of its own in PostgreSQL), listens on the loopback only, and ends by itself.
package struct Bench: Sendable {
    package struct Options: Sendable {
        package var requests = 100_000
        package var sockets = 5000
        /// The address of a PostgreSQL server in which a schema may be made.
        package var postgres: String?
        /// Only figures whose names hold this.
        package var only: String?
        /// A folder of an earlier run to be used again; it is made when missing and stays.
        package var keep: String?
        package var share: String?

        package init() {}
    }

    let options: Options
    let say: @Sendable (String) -> Void

    package init(_ options: Options, say: @escaping @Sendable (String) -> Void) {
        self.options = options
        self.say = say
    }

    package func run() async throws -> Figures {
        let folder = try Folder(keep: options.keep)
        let tidying = Tidying { folder.remove() }
        defer { tidying.finish() }
        OpenFiles.raise()
        var figures = Figures(only: options.only)
        if figures.wantsAny(Figures.embedded) { try await measureEmbedded(&figures, in: folder.path, tidying) }
        if let url = options.postgres, figures.wantsAny(Figures.postgres) {
            say("PostgreSQL, two nodes")
            try await PostgresFigures(
                url: url, folder: folder.path, share: options.share, requests: options.requests, tidying, say: say
            ).measure(&figures)
        }
        return figures
    }

    private func measureEmbedded(_ figures: inout Figures, in folder: String, _ tidying: Tidying) async throws {
        let settings = try settings(in: folder)
        let office = try await Office.open(
            settings, requests: options.requests, people: max(300, options.sockets), say: say)
        if figures.wants("bare_commits_per_s") {
            say("bare commits")
            figures["bare_commits_per_s"] = try await References.bareCommits(in: folder)
        }
        say("start")
        let server = try await Server.start(settings, tidying: tidying)
        figures["start_s"] = server.startSeconds
        try await Task.sleep(for: .seconds(2))
        figures["idle_rss_mb"] = try server.memory().total
        var loaded = try server.memory().total
        let client = Client(port: server.port)
        func part(_ names: [String], _ title: String, _ measure: (inout Figures) async throws -> Void) async throws {
            guard figures.wantsAny(names) else { return }
            say(title)
            try await measure(&figures)
            loaded = max(loaded, try server.memory().total)
        }
        do {
            try await part(LiveFigures.names, "sockets") { figures in
                try await LiveFigures(
                    office: office, client: client, server: server, sockets: options.sockets, say: say
                )
                .measure(&figures)
            }
            try await part(PageFigures.names, "pages and searches") { figures in
                try await PageFigures(office: office, client: client).measure(&figures)
            }
            try await part(ReportFigures.names, "reports") { figures in
                try await ReportFigures(office: office, client: client, now: .now(), say: say).measure(&figures)
            }
            try await part(MonitorFigures.names, "monitor") { figures in
                try await MonitorFigures(office: office, client: client, now: .now()).measure(&figures)
            }
            try await part(WriteFigures.names, "registrations and replies") { figures in
                try await WriteFigures(office: office, client: client).measure(&figures)
            }
            try await part(["static_page_per_s"], "static file") { figures in
                figures["static_page_per_s"] = try await References.staticFiles(office, client)
            }
            try await part(RelayFigures.names, "remote control") { figures in
                try await RelayFigures(office: office, client: client, server: server, say: say).measure(&figures)
            }
            try await part(TurnFigures.names, "the relay of calls") { figures in
                try await TurnFigures(office: office, client: client, server: server, say: say).measure(&figures)
            }
            if figures.wantsAny(OtherRelays.names) {
                try await OtherRelays(tidying: tidying, say: say).measure(&figures)
            }
            figures["loaded_rss_mb"] = loaded
        } catch {
            await client.close()
            await server.stop()
            throw error
        }
        await client.close()
        await server.stop()
    }

    private func settings(in folder: String) throws -> Settings {
        try Settings.forBench(folder: folder, share: options.share)
    }
}

extension Settings {
    /// Settings of a node of the bench: nothing comes from the environment.
    static func forBench(folder: String, share: String?, database: String? = nil, node: String = "bench") throws
        -> Settings
    {
        var flags = ["data": folder, "host": "127.0.0.1", "port": "0", "node": node, "log": "warning"]
        flags["share"] = share
        flags["database"] = database
        return try Settings(flags: flags, environment: [:])
    }
}

/// The folder of one run.
struct Folder: Sendable {
    let path: String
    private let isKept: Bool

    init(keep: String?) throws {
        isKept = keep != nil
        path =
            keep
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("okno-bench-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    func remove() { if !isKept { try? FileManager.default.removeItem(atPath: path) } }
}

/// What hinders the bench, in a sentence.
struct BenchFault: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
