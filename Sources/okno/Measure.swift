import ArgumentParser
import Bench
import Foundation

struct Measure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure this program on this machine, in a folder of its own that is removed afterwards.",
        discussion: """
            Makes a long history, starts a server on it and drives it over the loopback, for some minutes. Build for release and \
            leave the machine alone meanwhile.
            """)

    @Flag(help: "Print one JSON object.") var json = false
    @Option(help: "How many requests the history has.") var requests = 100_000
    @Option(help: "How many sockets are opened.") var sockets = 5000
    @Option(help: "Address of a PostgreSQL server to measure two nodes on, in a schema that is dropped afterwards.")
    var postgres: String?
    @Option(help: "Only figures whose name holds this.") var only: String?
    @Option(help: "Keep the history in this folder, and use it when it is there.") var keep: String?
    @Option(help: "Folder of pages, texts and scripts.") var share: String?

    func validate() throws {
        guard (1000...5_000_000).contains(requests) else {
            throw ValidationError("--requests is from 1000 to 5000000.")
        }
        guard (100...50_000).contains(sockets) else { throw ValidationError("--sockets is from 100 to 50000.") }
    }

    func run() async throws {
        var options = Bench.Options()
        options.requests = requests
        options.sockets = sockets
        options.postgres = postgres
        options.only = only
        options.keep = keep
        options.share = share
        let figures = try await Bench(options) { line in FileHandle.standardError.write(Data((line + "\n").utf8)) }
            .run()
        print(json ? figures.json : figures.table)
    }
}
