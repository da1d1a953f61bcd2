import Foundation
import NIOCore
import NIOPosix

/// The way of the pictures of remote control: an agent's socket on the one side, a specialist's page on the other, the real port between.
struct RelayFigures: Sendable {
    static let names = [
        "relay_cpu_s_per_gb", "relay_added_p50_ms", "relay_loaded_p50_ms", "relay_loaded_p99_ms",
        "relay_kb_per_session",
        "relay_200_share", "relay_200_cores", "relay_beside_slow_share",
    ]
    private static let sessions = 200, second = 1_000_000

    let office: Office
    let client: Client
    let server: Server
    let say: @Sendable (String) -> Void

    func measure(_ figures: inout Figures) async throws {
        guard let talk = office.talks.dropFirst(Self.sessions).first else {
            throw BenchFault("The history has too few requests that somebody works on.")
        }
        let sides = ProbeSides()
        defer { sides.end() }
        let probe = try await RelayPair.open(talk, office, client, agent: sides.from, viewer: sides.to)
        defer { probe.close() }

        say("  quiet")
        // Both at once, so that the machine is in the same state for both.
        async let direct = DirectWay.times(sides, for: .seconds(8))
        figures["relay_added_p50_ms"] =
            try await probed(probe, .seconds(8)).percentile(50) - direct.percentile(50)

        say("  as fast as it goes")
        // As many as of the others that it is compared with.
        var pairs = try await open(office.talks.prefix(8))
        defer { for pair in pairs { pair.close() } }
        let cost = try await load(pairs, perSecond: nil, .seconds(6))
        figures["relay_cpu_s_per_gb"] = cost.processor / (Double(cost.bytes) / 1e9)
        say("  8 sessions: \(cost.bytes / 6_000_000) MB/s")

        let before = try server.memory().own
        pairs += try await open(office.talks.dropFirst(8).prefix(Self.sessions - 8))

        say("  fifty sessions of 1 MB/s")
        async let times = probed(probe, .seconds(7))
        _ = try await load(Array(pairs.prefix(50)), perSecond: Self.second, .seconds(8))
        figures["relay_loaded_p50_ms"] = try await times.percentile(50)
        figures["relay_loaded_p99_ms"] = try await times.percentile(99)

        say("  200 sessions of 1 MB/s")
        let all = try await load(pairs, perSecond: Self.second, .seconds(10))
        figures["relay_200_share"] = 100 * Double(all.bytes) / Double(Self.sessions * Self.second * 10)
        figures["relay_200_cores"] = all.processor / 10
        figures["relay_kb_per_session"] = (try server.memory().own - before) * 1024 / Double(Self.sessions - 8)

        say("  beside a slow viewer")
        let slow = try await pairs[0].watchAgain(client, reads: false)
        defer { slow.close(promise: nil) }
        let beside = try await load([pairs[0]], perSecond: Self.second * 5, .seconds(6))
        figures["relay_beside_slow_share"] = 100 * Double(beside.bytes) / Double(Self.second * 30)
    }

    private func open(_ talks: ArraySlice<Office.Talk>) async throws -> [RelayPair] {
        var pairs: [RelayPair] = []
        for start in stride(from: talks.startIndex, to: talks.endIndex, by: 8) {
            pairs += try await withThrowingTaskGroup(of: RelayPair.self) { group in
                for talk in talks[start..<min(start + 8, talks.endIndex)] {
                    group.addTask {
                        try await RelayPair.open(talk, office, client, agent: Client.loops, viewer: Client.loops)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        return pairs
    }

    /// Times of single small messages, one way.
    private func probed(_ probe: RelayPair, _ length: Duration) async throws -> Times {
        probe.seen.begin()
        probe.agent.flow(.probes)
        try await Task.sleep(for: length)
        probe.agent.flow(.nothing)
        return probe.seen.times
    }

    /// What came through in the time, and what it cost the server.
    private func load(
        _ pairs: [RelayPair], perSecond: Int?, _ length: Duration
    ) async throws -> (bytes: Int, processor: Double) {
        for pair in pairs { pair.agent.flow(perSecond.map { .paced($0) } ?? .full) }
        try await Task.sleep(for: .seconds(1))
        for pair in pairs { pair.seen.begin() }
        let began = try server.processorSeconds(), start = ContinuousClock.now
        try await Task.sleep(for: length)
        let bytes = pairs.reduce(0) { $0 + $1.seen.bytes }, processor = try server.processorSeconds() - began
        let passed = (ContinuousClock.now - start) / length
        for pair in pairs { pair.agent.flow(.nothing) }
        try await Task.sleep(for: .milliseconds(500))
        return (Int(Double(bytes) / passed), processor / passed)
    }
}

/// Who sends probes and who takes them, each on a thread of its own, as they would sit at two computers: who takes one is woken by it.
struct ProbeSides: Sendable {
    private let threads = MultiThreadedEventLoopGroup(numberOfThreads: 2)
    let from: any EventLoop, to: any EventLoop

    init() { (from, to) = (threads.next(), threads.next()) }

    func end() { threads.shutdownGracefully { _ in } }
}

/// One connection over the loopback with nothing between: what the machine itself needs for a small message.
enum DirectWay {
    static func times(_ sides: ProbeSides, for length: Duration) async throws -> Times {
        let seen = RelaySeen(), door = try await door(sides, seen)
        try await send(sides, to: door.localAddress?.port ?? 0, for: length)
        try await door.close()
        return seen.times
    }

    /// Takes messages.
    static func door(_ sides: ProbeSides, _ seen: RelaySeen) async throws -> any Channel {
        try await ServerBootstrap(group: sides.to)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Stamps(seen)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    static func send(_ sides: ProbeSides, to port: Int, for length: Duration) async throws {
        let sender = try await ClientBootstrap(group: sides.from).channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .connect(host: "127.0.0.1", port: port).get()
        let ticking = sender.eventLoop.scheduleRepeatedTask(
            initialDelay: .microseconds(.random(in: 0...5000)), delay: .milliseconds(5)
        ) { _ in
            sender.writeAndFlush(RelayStamp.now(), promise: nil)
        }
        try await Task.sleep(for: length)
        ticking.cancel()
        try await sender.close()
    }

    private final class Stamps: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let seen: RelaySeen
        init(_ seen: RelaySeen) { self.seen = seen }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            while let stamp = bytes.readSlice(length: RelayStamp.bytes) { seen.heard(stamp) }
        }
    }
}
