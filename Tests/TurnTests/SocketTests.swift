import Kernel
import NIOCore
import NIOPosix
import OknoApp
import Synchronization
import Testing

@testable import Turn

/// On real sockets, each on a loop of its own.
@Suite struct SocketTests {
    /// A peer that reads nothing fills its own outbox; the other gets every packet at once.
    @Test func aSlowReaderDelaysNobody() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 4)
        let server = TurnServer(rate: RelayRate(ofSession: 200_000_000))
        let door = try await ServerBootstrap(group: group)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try server.accept(channel, client: channel.remoteAddress) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let port = try #require(door.localAddress?.port)
        let anna = try await Peer(server, "anna", port, group), slow = try await Peer(server, "slow", port, group)
        let quick = try await Peer(server, "quick", port, group)
        try await anna.bind(0x4000, to: slow)
        try await anna.bind(0x4001, to: quick)
        try await slow.bind(0x4000, to: anna)
        try await quick.bind(0x4000, to: anna)
        try await slow.channel.setOption(.autoRead, value: false).get()

        let packet = ByteBuffer(repeating: 7, count: 1000)
        var slowest = Duration.zero
        for count in 1...400 {
            var bytes = ByteBuffer()
            for _ in 0..<20 { Shape.channel(0x4000).write(packet, to: &bytes) }
            Shape.channel(0x4001).write(packet, to: &bytes)
            let start = ContinuousClock.now
            try await anna.channel.writeAndFlush(bytes)
            try await quick.until { $0.packets == count }
            slowest = max(slowest, ContinuousClock.now - start)
        }
        #expect(slowest < .seconds(1))
        // Eight megabytes were for the slow one; the system and the outbox hold some, the rest is gone.
        #expect(server.counters.dropped > 1000)
        for peer in [anna, slow, quick] { try? await peer.channel.close() }
        try await door.close()
        try await group.shutdownGracefully()
    }

    @Test func relaysOfOthersAreNamedTogetherWithTheirSecret() throws {
        func settings(_ flags: [String: String]) throws -> Settings { try Settings(flags: flags, environment: [:]) }
        let both = try settings(["turn-servers": "turn:a:3478?transport=tcp, turns:b", "turn-secret": "s"])
        #expect(both.turnServers == ["turn:a:3478?transport=tcp", "turns:b"] && both.turnSecret == "s")
        #expect(try settings([:]).turnServers == [])
        #expect(throws: SettingsError.self) { try settings(["turn-servers": "turn:a"]) }
        #expect(throws: SettingsError.self) { try settings(["turn-secret": "s"]) }
        #expect(throws: SettingsError.self) { try settings(["turn-servers": "http://a", "turn-secret": "s"]) }
    }
}

/// A client on a socket.
private final class Peer: Sendable {
    struct Heard {
        var answers: [STUNMessage] = []
        var packets = 0
    }

    private final class Ear: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let state = Mutex((held: ByteBuffer(), heard: Heard()))

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            state.withLock { state in
                state.held.writeBuffer(&bytes)
                while let frame = try? Frame.next(in: &state.held, most: 65_000) {
                    switch frame {
                    case .packet: state.heard.packets += 1
                    case .message(let bytes):
                        if let message = try? STUNMessage(parsing: bytes) { state.heard.answers.append(message) }
                    }
                }
            }
        }
    }

    let channel: any Channel
    let address: TransportAddress
    private let ear: Ear
    private let sign: @Sendable (inout STUNMessage) -> ByteBuffer

    init(_ server: TurnServer, _ person: String, _ port: Int, _ group: MultiThreadedEventLoopGroup) async throws {
        let ear = Ear()
        self.ear = ear
        let channel = try await ClientBootstrap(group: group)
            .channelInitializer { $0.pipeline.addHandler(ear) }
            .connect(host: "127.0.0.1", port: port).get()
        self.channel = channel
        let soon = Instant(milliseconds: Instant.now().milliseconds + 60_000)
        let (user, password) = server.credentials(for: person, call: "c", until: soon)
        try await channel.writeAndFlush(STUNMessage(.request, .allocate, .random()).encoded())
        let nonce = try await Self.next(ear, 1).text(.nonce) ?? ""
        let key = MessageKey(user: user, realm: "okno", password: password)
        sign = { message in
            message.add(.username, user)
            message.add(.realm, "okno")
            message.add(.nonce, nonce)
            return message.encoded(key: key)
        }
        var message = STUNMessage(.request, .allocate, .random())
        message.add(.requestedTransport, UInt32(17) << 24)
        try await channel.writeAndFlush(sign(&message))
        address = try #require(try await Self.next(ear, 2).address(.xorRelayedAddress))
    }

    func bind(_ number: UInt16, to peer: Peer) async throws {
        var message = STUNMessage(.request, .channelBind, .random())
        message.add(.channelNumber, UInt32(number) << 16)
        message.add(.xorPeerAddress, peer.address)
        let count = ear.state.withLock { $0.heard.answers.count }
        try await channel.writeAndFlush(sign(&message))
        #expect(try await Self.next(ear, count + 1).kind == .success)
    }

    func until(_ condition: (Heard) -> Bool) async throws { try await Self.until(ear, condition) }

    private static func next(_ ear: Ear, _ count: Int) async throws -> STUNMessage {
        try await until(ear) { $0.answers.count >= count }
        return ear.state.withLock { $0.heard.answers[count - 1] }
    }

    private static func until(_ ear: Ear, _ condition: (Heard) -> Bool) async throws {
        let start = ContinuousClock.now
        while !condition(ear.state.withLock { $0.heard }) {
            try #require(ContinuousClock.now - start < .seconds(10), "waited in vain")
            try await Task.sleep(for: .microseconds(300))
        }
    }
}
