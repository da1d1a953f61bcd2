import Foundation
import Kernel
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Turn

/// Debian's coturn as a second opinion: its client works with our server, and its server takes the credentials that we give.
@Suite struct ConformanceTests {
    private static var soon: Instant { Instant(milliseconds: Instant.now().milliseconds + 600_000) }

    /// Sixteen clients in pairs, by channels and by Send indications.
    @Test(arguments: [[], ["-s"], ["-D"], ["-g", "-l", "1200"]])
    func itsClientWorksWithOurServer(flags: [String]) async throws {
        let server = TurnServer()
        let port = try await listen(server)
        let (user, password) = server.credentials(for: "anna", call: "c", until: Self.soon)
        let said = try await run(
            "turnutils_uclient",
            ["-t", "-y", "-c", "-X", "-m", "16", "-n", "50", "-u", user, "-w", password, "-p", "\(port)"] + flags
                + ["127.0.0.1"])
        #expect(said.status == 0, "\(said.text)")
        #expect(said.text.contains("Total lost packets 0 (0.000000%)"), "\(said.text)")
        #expect(server.counters.packets >= 16 * 50)
        await settle { server.counters.sessions == 0 && server.counters.allocations == 0 }
    }

    @Test func itsClientIsRefusedWithAWrongPassword() async throws {
        let server = TurnServer()
        let port = try await listen(server)
        let (user, _) = server.credentials(for: "anna", call: "c", until: Self.soon)
        let said = try await run(
            "turnutils_uclient",
            ["-t", "-y", "-c", "-X", "-n", "5", "-u", user, "-w", "wrong", "-p", "\(port)", "127.0.0.1"])
        #expect(said.status != 0)
        #expect(server.counters.packets == 0 && server.counters.refused > 0)
    }

    @Test func itsServerTakesOurCredentials() async throws {
        let port = try freePort()
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("relay-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/turnserver")
        process.arguments = [
            "-n", "--use-auth-secret", "--static-auth-secret=north", "--realm=okno", "--no-udp", "--no-dtls",
            "--no-tls",
            "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1", "--listening-port=\(port)", "--allow-loopback-peers",
            "--no-cli", "--log-file=stdout", "--pidfile=\(folder.path)/pid", "--userdb=\(folder.path)/db",
        ]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        defer { kill(process.processIdentifier, SIGKILL) }
        await settle(within: 20) { await reaches(port) }
        let servers = IceServers.others(urls: ["turn:127.0.0.1:\(port)?transport=tcp"], secret: TurnSecret("north"))
            .servers(for: "anna", call: "c", host: "unused", port: 1, isSecure: true, until: Self.soon)
        let server = try #require(servers.first)
        for (password, works) in [(server.credential, true), ("wrong", false)] {
            let said = try await run(
                "turnutils_uclient",
                [
                    "-t", "-y", "-c", "-X", "-n", "5", "-u", server.username, "-w", password, "-p", "\(port)",
                    "127.0.0.1",
                ])
            #expect((said.status == 0) == works, "\(said.text)")
        }
    }

    // MARK: Around

    private func listen(_ server: TurnServer) async throws -> Int {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try server.accept(channel, client: channel.remoteAddress) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return try #require(channel.localAddress?.port)
    }

    private func reaches(_ port: Int) async -> Bool {
        guard
            let channel = try? await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                .connect(host: "127.0.0.1", port: port).get()
        else { return false }
        try? await channel.close()
        return true
    }

    private func freePort() throws -> Int {
        let channel = try ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .bind(host: "127.0.0.1", port: 0).wait()
        defer { try? channel.close().wait() }
        return try #require(channel.localAddress?.port)
    }

    private func settle(within seconds: Double = 5, _ condition: () async -> Bool) async {
        let start = ContinuousClock.now
        while await !condition() {
            guard ContinuousClock.now - start < .seconds(seconds) else {
                Issue.record("waited in vain")
                return
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Runs a program to its end, half a minute at most; what it says goes to a file, which no other test's child holds open.
    private func run(_ program: String, _ arguments: [String]) async throws -> (status: Int32, text: String) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("said-\(UUID().uuidString)")
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try FileHandle(forWritingTo: file)
        defer { try? output.close() }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/\(program)")
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let start = ContinuousClock.now
        while process.isRunning {
            if ContinuousClock.now - start > .seconds(30) { kill(process.processIdentifier, SIGKILL) }
            try await Task.sleep(for: .milliseconds(20))
        }
        return (process.terminationStatus, try String(contentsOf: file, encoding: .utf8))
    }
}
