import AgentProtocol
import Bench
import Kernel
import NIOCore
import NIOPosix
import Storage
import Synchronization
import TestOffice
import Testing

@testable import RemoteControl

struct NeverCame: Error { let what: String }

func until(_ what: String, seconds: Int = 10, _ holds: () async throws -> Bool) async throws {
    for _ in 0..<seconds * 100 {
        if try await holds() { return }
        try await Task.sleep(for: .milliseconds(10))
    }
    throw NeverCame(what: what)
}

/// An agent that does what the test says and nothing by itself.
final class PlainAgent: Sendable {
    private struct State {
        var channel: (any Channel)?
        var heard: [AgentMessage] = []
        var code: UInt16?
    }
    private let state = Mutex(State())

    static func open(
        _ port: Int, _ proof: Hello.Proof, abilities: Abilities = [.view, .control]
    ) async throws -> PlainAgent {
        let agent = PlainAgent()
        let channel = try await RelaySocket.open(
            port, "/agent/wire", on: .singletonMultiThreadedEventLoopGroup,
            RelayTalk(heard: { opcode, message in
                agent.state.withLock { state in
                    if opcode == 8 { state.code = message.getInteger(at: message.readerIndex) }
                    if let said = try? AgentMessage(decoding: message.readableBytesView) { state.heard.append(said) }
                }
            }))
        agent.state.withLock { $0.channel = channel }
        agent.say(
            .hello(
                Hello(
                    system: "linux-x11", computer: "PC-7", login: "anna", proof: proof, abilities: abilities)))
        return agent
    }

    var heard: [AgentMessage] { state.withLock { $0.heard } }
    /// With which the server closed.
    var code: UInt16? { state.withLock { $0.code } }
    func say(_ message: AgentMessage) {
        state.withLock { $0.channel }?.writeAndFlush(RelaySocket.frame(message.encoded()), promise: nil)
    }
    func close() { state.withLock { $0.channel }?.close(promise: nil) }

    /// The first message in which this finds something.
    func wait<Found>(_ what: String, _ find: (AgentMessage) -> Found?) async throws -> Found {
        var found: Found?
        try await until(what) {
            found = heard.lazy.compactMap(find).first
            return found != nil
        }
        return try #require(found)
    }

    /// What came on a channel.
    func bytes(_ channel: UInt32) -> [UInt8] {
        heard.flatMap { if case .data(channel, let bytes) = $0 { bytes } else { [UInt8]() } }
    }

    /// The secret of the welcome.
    func welcome() async throws -> String {
        var secret: String?
        try await until("a welcome") {
            for case .welcome(let welcome) in heard { secret = welcome.secret }
            return secret != nil
        }
        return secret ?? ""
    }

    func question(_ number: UInt32) async throws -> Question {
        var found: Question?
        try await until("question \(number)") {
            for case .ask(_, let question) in heard where question.number == number { found = question }
            return found != nil
        }
        return try #require(found)
    }
}

extension Office {
    func session() async throws -> ControlSession {
        let found = try await database.read { tx in
            try tx.one(
                "SELECT \(ControlSession.columns) FROM control_session ORDER BY made_at DESC, id DESC LIMIT 1",
                ControlSession.init)
        }
        return try #require(found)
    }
}
