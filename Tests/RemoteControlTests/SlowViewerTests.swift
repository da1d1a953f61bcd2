import AgentProtocol
import Bench
import Kernel
import Live
import NIOCore
import NIOPosix
import Storage
import Synchronization
import TestOffice
import Testing

@testable import OknoApp
@testable import RemoteControl

extension Office {
    /// Boris looks at the computer once more.
    func watch(
        _ session: ControlID, _ port: Int, reads: Bool = true, _ came: @escaping @Sendable (Int) -> Void
    ) async throws -> any Channel {
        let token = try await installation.remote.token(for: session, by: viewer(.boris))
        return try await RelaySocket.open(
            port, "/control/stream?token=\(token)", cookie: cookie(of: .boris),
            on: .singletonMultiThreadedEventLoopGroup, RelayTalk(skipped: came), reads: reads)
    }

    /// Anna's computer, with Boris's question answered.
    func computer(_ port: Int) async throws -> (ControlID, RelayAgent) {
        let room = installation.remote, agent = RelayAgent()
        let code = try await room.offer(on: number, by: viewer(.anna)).code
        try await RelaySocket.open(port, "/agent/wire", on: .singletonMultiThreadedEventLoopGroup, agent.talk)
        agent.say(
            .hello(
                Hello(system: "linux-x11", computer: "PC-7", login: "anna", proof: .code(code), abilities: [.view])))
        try await agent.welcomed.futureResult.get()
        let found: ControlID? = try await database.read { tx in try tx.value("SELECT id FROM control_session") }
        let id = try #require(found)
        try await room.ask(.view, in: id, by: viewer(.boris))
        for _ in 0..<1000 {
            let state: ControlSession.State? = try await database.read { tx in
                try tx.value("SELECT state FROM control_session")
            }
            if state == .agreed { break }
            try await Task.sleep(for: .milliseconds(5))
        }
        return (id, agent)
    }
}

/// A page that reads nothing: the agent is told of no more room for its stream, and the others see the picture as before.
@Suite struct SlowViewerTests {
    @Test func aSlowViewerSlowsOnlyItself() async throws {
        try await Office.with(.sqlite) { office in
            try await office.serving { port in
                let (id, agent) = try await office.computer(port)
                let quick = Mutex(0), late = Mutex(0)
                let one = try await office.watch(id, port) { count in quick.withLock { $0 += count } }
                let other = try await office.watch(id, port, reads: false) { count in late.withLock { $0 += count } }
                agent.flow(.full)
                // More than all buffers on the way could hold.
                for _ in 0..<1000 where quick.withLock({ $0 }) < 12_000_000 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(quick.withLock { $0 } >= 12_000_000)
                #expect(late.withLock { $0 } == 0)
                try await other.setOption(.autoRead, value: true).get()
                for _ in 0..<1000 where late.withLock({ $0 }) < 1_000_000 {
                    try await Task.sleep(for: .milliseconds(10))
                }
                #expect(late.withLock { $0 } >= 1_000_000)
                agent.close()
                for channel in [one, other] { channel.close(promise: nil) }
            }
        }
    }
}
