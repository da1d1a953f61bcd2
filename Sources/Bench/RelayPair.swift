import AgentProtocol
import NIOCore
import NIOPosix
import Synchronization

/// A message that holds the moment of its sending, by the one clock of this process.
enum RelayStamp {
    static let bytes = 16

    static func now() -> ByteBuffer {
        var bytes = ByteBuffer(integer: NIODeadline.now().uptimeNanoseconds)
        bytes.writeInteger(UInt64(0))
        return bytes
    }

    static func age(_ stamp: ByteBuffer) -> Duration {
        let sent = stamp.getInteger(at: stamp.readerIndex, as: UInt64.self) ?? 0
        return .nanoseconds(Int64(NIODeadline.now().uptimeNanoseconds) - Int64(sent))
    }
}

/// What has come through to the one who looks.
final class RelaySeen: Sendable {
    private let state = Mutex((bytes: 0, times: Times()))

    func begin() { state.withLock { $0 = (0, Times()) } }
    func heard(_ stamp: ByteBuffer) { state.withLock { $0.times.add(RelayStamp.age(stamp)) } }
    func came(_ bytes: Int) { state.withLock { $0.bytes += bytes } }
    var bytes: Int { state.withLock { $0.bytes } }
    var times: Times { state.withLock { $0.times } }
}

/// One session of remote control, with both its sockets open; made by the acts of people.
struct RelayPair: Sendable {
    let agent: RelayAgent
    let viewer: any Channel
    let seen: RelaySeen
    private let control: String, specialist: Pass
    private let loops: any EventLoopGroup

    static func open(
        _ talk: Office.Talk, _ office: Office, _ client: Client, agent near: any EventLoopGroup,
        viewer far: any EventLoopGroup
    ) async throws -> RelayPair {
        let path = "/requests/\(talk.number)/control", specialist = office.pass(talk.assignee)
        let lane = Int(talk.number % 16)
        let offered = try await client.call(
            .post(path, [], as: office.pass(talk.client)), over: lane, expecting: 200)
        guard let code = offered.text.firstMatch(of: /data-copy="([A-Z0-9]{4}) ([A-Z0-9]{4})"/).map({ $0.1 + $0.2 })
        else {
            throw BenchFault("There is no code in the answer to an offer of control.")
        }
        let agent = RelayAgent()
        try await RelaySocket.open(client.port, "/agent/wire", on: near, agent.talk)
        agent.say(
            .hello(
                Hello(
                    system: "linux-x11", computer: "PC", login: "bench", proof: .code(String(code)),
                    abilities: [.view, .control])))
        try await agent.welcomed.futureResult.get()
        let bar = try await client.call(.part(path, as: specialist), over: lane, expecting: 200)
        guard let id = bar.text.firstMatch(of: /data-control="([^"]+)"/)?.1 else {
            throw BenchFault("There is no session in the bar of a request.")
        }
        let control = "/control/\(id)"
        try await client.call(
            .post(control + "/asks", [("what", "view")], as: specialist), over: lane, expecting: 303)
        let seen = RelaySeen()
        let viewer = try await watch(control, specialist, client, far, seen, reads: true)
        return RelayPair(
            agent: agent, viewer: viewer, seen: seen, control: control, specialist: specialist, loops: far)
    }

    private init(
        agent: RelayAgent, viewer: any Channel, seen: RelaySeen, control: String, specialist: Pass,
        loops: any EventLoopGroup
    ) {
        (self.agent, self.viewer, self.seen) = (agent, viewer, seen)
        (self.control, self.specialist, self.loops) = (control, specialist, loops)
    }

    /// The same specialist looks from one more window; what it sees is not counted.
    func watchAgain(_ client: Client, reads: Bool) async throws -> any Channel {
        try await Self.watch(control, specialist, client, loops, RelaySeen(), reads: reads)
    }

    private static func watch(
        _ control: String, _ pass: Pass, _ client: Client, _ loops: any EventLoopGroup, _ seen: RelaySeen, reads: Bool
    ) async throws -> any Channel {
        // The answer of the computer is on its way.
        for _ in 0..<500 {
            let reply = try await client.call(.post(control + "/tokens", [], as: pass))
            if reply.status == 200 {
                let talk = RelayTalk(
                    heard: { opcode, message in
                        if opcode == 2, message.readableBytes == RelayStamp.bytes { seen.heard(message) }
                    }, skipped: { seen.came($0) })
                let socket = try await RelaySocket.open(
                    client.port, reply.text, cookie: pass.cookie, on: loops, talk, reads: reads)
                // Who was faster than the news of the answer is told to come again, as a page would.
                try await Task.sleep(for: .milliseconds(100))
                if socket.isActive { return socket }
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw BenchFault("The computer's answer did not arrive.")
    }

    func close() {
        agent.close()
        viewer.close(promise: nil)
    }
}
