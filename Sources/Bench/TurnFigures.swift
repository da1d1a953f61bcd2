import Foundation
import Kernel
import NIOCore
import NIOPosix
import Turn

/// The relay of calls: two clients of TURN in one call, packets as large as those of browsers, in bursts as pictures make them.
struct TurnFigures: Sendable {
    static let names = ["turn_relay_cpu_s_per_gb", "turn_relay_added_p50_ms", "turn_relay_loaded_p99_ms"]
    private static let pairs = 20

    let office: Office
    let client: Client
    let server: Server
    let say: @Sendable (String) -> Void

    func measure(_ figures: inout Figures) async throws {
        let sides = ProbeSides()
        defer { sides.end() }
        let people = Array(office.clients.prefix(Self.pairs + 1))
        var pairs: [TurnPair] = []
        for person in people.dropLast() {
            pairs.append(
                try await TurnPair.open(
                    try await credentials(person), client.port, from: Client.loops, to: Client.loops))
        }
        let probe = try await TurnPair.open(
            try await credentials(people.last!), client.port, from: sides.from, to: sides.to)
        defer { for pair in pairs + [probe] { pair.close() } }

        async let direct = DirectWay.times(sides, for: .seconds(8))
        figures["turn_relay_added_p50_ms"] =
            try await probed(probe, .seconds(8)).percentile(50) - direct.percentile(50)
        say("  \(Self.pairs) pairs of 2 MB/s")
        let ticking = pairs.map { $0.send(bytesPerSecond: 2_000_000) }
        async let times = probed(probe, .seconds(8))
        for pair in pairs { pair.seen.begin() }
        let began = try server.processorSeconds()
        try await Task.sleep(for: .seconds(8))
        let processor = try server.processorSeconds() - began, bytes = pairs.reduce(0) { $0 + $1.seen.bytes }
        figures["turn_relay_loaded_p99_ms"] = try await times.percentile(99)
        for task in ticking { task.cancel() }
        say("  \(bytes / 8_000_000) MB/s went through")
        figures["turn_relay_cpu_s_per_gb"] = processor / (Double(bytes) / 1e9)
    }

    private func probed(_ probe: TurnPair, _ length: Duration) async throws -> Times {
        probe.seen.begin()
        let ticking = probe.probe()
        try await Task.sleep(for: length)
        ticking.cancel()
        return probe.seen.times
    }

    private struct Answer: Decodable {
        struct Relay: Decodable { let username: String, credential: String }
        let servers: [Relay]
    }

    /// Those of the check of a person's connection: a call in which nobody else is.
    private func credentials(_ person: PersonID) async throws -> (user: String, password: String) {
        let reply = try await client.call(.get("/connection/ice", as: office.pass(person)), expecting: 200)
        guard let relay = try JSONDecoder().decode(Answer.self, from: Data(reply.text.utf8)).servers.first else {
            throw BenchFault("The server offers no relay.")
        }
        return (relay.username, relay.credential)
    }
}

/// Two connections of one call, each with a channel to the other.
struct TurnPair: Sendable {
    private static let packet = 1200, channel: UInt16 = 0x4000
    private let sender: any Channel, taker: any Channel
    let seen: RelaySeen

    static func open(
        _ credentials: (user: String, password: String), _ port: Int, from near: any EventLoopGroup,
        to far: any EventLoopGroup
    ) async throws -> TurnPair {
        let seen = RelaySeen()
        let sender = try await TurnPeer.connect(port, on: near) { _ in }
        let taker = try await TurnPeer.connect(port, on: far) { packet in
            if packet.readableBytes == RelayStamp.bytes { seen.heard(packet) } else { seen.came(packet.readableBytes) }
        }
        let one = try await sender.allocate(credentials), other = try await taker.allocate(credentials)
        try await sender.bind(channel, to: other)
        try await taker.bind(channel, to: one)
        return TurnPair(sender: sender.connection, taker: taker.connection, seen: seen)
    }

    func probe() -> RepeatedTask {
        let sender = sender
        return sender.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: .milliseconds(5)) { _ in
            sender.writeAndFlush(Self.frame(RelayStamp.now()), promise: nil)
        }
    }

    func send(bytesPerSecond rate: Int) -> RepeatedTask {
        let sender = sender
        let one = Self.frame(ByteBuffer(repeating: 7, count: Self.packet)), milliseconds = 10
        var burst = ByteBuffer()
        for _ in 0..<(rate * milliseconds / 1000 / Self.packet) { burst.writeImmutableBuffer(one) }
        return sender.eventLoop.scheduleRepeatedTask(
            initialDelay: .microseconds(.random(in: 0...10_000)), delay: .milliseconds(Int64(milliseconds))
        ) { [burst] _ in sender.writeAndFlush(burst, promise: nil) }
    }

    private static func frame(_ packet: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(integer: channel)
        frame.writeInteger(UInt16(packet.readableBytes))
        frame.writeImmutableBuffer(packet)
        return frame
    }

    func close() { for channel in [sender, taker] { channel.close(promise: nil) } }
}

/// A client of TURN: as much of it as two requests need.
private struct TurnPeer: Sendable {
    let connection: any Channel
    private let handler: NIOLoopBound<Handler>

    static func connect(
        _ port: Int, on loops: any EventLoopGroup, _ heard: @escaping @Sendable (ByteBuffer) -> Void
    ) async throws -> TurnPeer {
        let loop = loops.next()
        let (channel, handler) = try await loop.flatSubmit {
            let handler = NIOLoopBound(Handler(heard), eventLoop: loop)
            return ClientBootstrap(group: loop).channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(handler.value)
                    }
                }
                .connect(host: "127.0.0.1", port: port).map { ($0, handler) }
        }.get()
        return TurnPeer(connection: channel, handler: handler)
    }

    func allocate(_ credentials: (user: String, password: String)) async throws -> TransportAddress {
        let key = MessageKey(user: credentials.user, realm: TurnSecret.realm, password: credentials.password)
        var request = STUNMessage(.request, .allocate, .random())
        request.add(.requestedTransport, UInt32(17) << 24)
        let nonce = try await ask(request, key: nil).text(.nonce) ?? ""
        let loop = handler
        connection.eventLoop.execute { loop.value.identity = (credentials.user, nonce, key) }
        guard
            let address = try await ask(signed(request, credentials.user, nonce), key: key).address(.xorRelayedAddress)
        else { throw BenchFault("The relay gave no address.") }
        return address
    }

    func bind(_ number: UInt16, to peer: TransportAddress) async throws {
        var request = STUNMessage(.request, .channelBind, .random())
        request.add(.channelNumber, UInt32(number) << 16)
        request.add(.xorPeerAddress, peer)
        let loop = handler
        guard let (user, nonce, key) = try await connection.eventLoop.submit({ loop.value.identity }).get() else {
            return
        }
        let answer = try await ask(signed(request, user, nonce), key: key)
        guard answer.kind == .success else { throw BenchFault("The relay refused a channel.") }
    }

    private func signed(_ request: STUNMessage, _ user: String, _ nonce: String) -> STUNMessage {
        var request = request
        request.transaction = .random()
        request.add(.username, user)
        request.add(.realm, TurnSecret.realm)
        request.add(.nonce, nonce)
        return request
    }

    private func ask(_ request: STUNMessage, key: MessageKey?) async throws -> STUNMessage {
        let promise = connection.eventLoop.makePromise(of: STUNMessage.self), loop = handler
        connection.eventLoop.execute { loop.value.waiting.append(promise) }
        connection.writeAndFlush(request.encoded(key: key), promise: nil)
        return try await promise.futureResult.get()
    }

    final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let heard: @Sendable (ByteBuffer) -> Void
        private var held = ByteBuffer()
        var waiting: [EventLoopPromise<STUNMessage>] = []
        var identity: (user: String, nonce: String, key: MessageKey)?

        init(_ heard: @escaping @Sendable (ByteBuffer) -> Void) { self.heard = heard }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            if held.readableBytes > 0 {
                held.writeBuffer(&bytes)
                bytes = held
                held = ByteBuffer()
            }
            while let frame = try? Frame.next(in: &bytes, most: 16 << 10) {
                switch frame {
                case .packet(_, let packet): heard(packet)
                case .message(let message):
                    guard !waiting.isEmpty, let answer = try? STUNMessage(parsing: message) else { continue }
                    waiting.removeFirst().succeed(answer)
                }
            }
            if bytes.readableBytes > 0 { held = ByteBuffer(bytes: bytes.readableBytesView) }
        }

        func channelInactive(context: ChannelHandlerContext) {
            for promise in waiting { promise.fail(ChannelError.eof) }
            waiting = []
        }
    }
}
