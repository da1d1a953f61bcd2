import Foundation

/// A PostgreSQL server of one test, to be killed and started again.
final class PrivateCluster: Sendable {
    private let home: String
    private let bin: String
    private let port: Int

    var url: String { "postgresql://okno@127.0.0.1:\(port)/postgres" }

    init() throws {
        let root = "/usr/lib/postgresql"
        let versions = try FileManager.default.contentsOfDirectory(atPath: root).compactMap(Int.init).sorted()
        guard let newest = versions.last else { throw Failed(command: "no PostgreSQL in \(root)") }
        bin = "\(root)/\(newest)/bin"
        home = "/var/tmp/okno-test-\(UUID().uuidString.prefix(8))"
        // Below those that the system gives to connections: one of them could hold it while the server is away.
        port = Int.random(in: 20_000..<32_000)
        try Self.run(["mkdir", home], as: nil)
        if geteuid() == 0 { try Self.run(["chown", "postgres:", home], as: nil) }
        try command("initdb", "-D", "\(home)/data", "-U", "okno", "-A", "trust", "-E", "UTF8", "--locale=C")
        try start()
    }

    func start() throws {
        let options =
            "-p \(port) -c listen_addresses=127.0.0.1 -c unix_socket_directories=\(home) -c max_connections=40"
        try command("pg_ctl", "-D", "\(home)/data", "-l", "\(home)/log", "-o", options, "-w", "start")
    }

    /// As if the power failed: nothing is written any more.
    func kill() throws { try command("pg_ctl", "-D", "\(home)/data", "-m", "immediate", "-w", "stop") }

    func remove() {
        try? kill()
        try? FileManager.default.removeItem(atPath: home)
    }

    private func command(_ name: String, _ arguments: String...) throws {
        try Self.run(["\(bin)/\(name)"] + arguments, as: geteuid() == 0 ? "postgres" : nil)
    }

    private struct Failed: Error { let command: String }

    /// PostgreSQL refuses to run as root.
    private static func run(_ words: [String], as user: String?) throws {
        // Not Foundation's Process: it would wait for the server that pg_ctl leaves behind.
        let all = ["/usr/bin/env"] + (user.map { ["runuser", "-u", $0, "--"] } ?? []) + words
        var arguments: [UnsafeMutablePointer<CChar>?] = all.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var files = posix_spawn_file_actions_t(), process: pid_t = 0, status: Int32 = -1
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&files, 0, 1)
        posix_spawn_file_actions_adddup2(&files, 0, 2)
        if posix_spawn(&process, all[0], &files, nil, &arguments, environ) == 0 {
            while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        }
        guard status == 0 else { throw Failed(command: words.joined(separator: " ")) }
    }
}
