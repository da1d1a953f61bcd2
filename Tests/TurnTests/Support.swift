import Foundation
import Kernel
import NIOCore
import NIOEmbedded
import Testing

@testable import Turn

/// Bytes as an RFC prints them.
func hex(_ text: String) -> ByteBuffer {
    let digits = Array(text.filter { !$0.isWhitespace })
    return ByteBuffer(
        bytes: stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16)! })
}

/// The same numbers for the same seed (SplitMix64).
struct Dice: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// A client that speaks to the server without a socket.
final class Client {
    let channel = EmbeddedChannel()
    private let key: MessageKey
    private let user: String
    private(set) var nonce = ""
    private(set) var address = TransportAddress("0.0.0.0", port: 0)!
    private var held = ByteBuffer()

    init(_ server: TurnServer, _ credentials: (user: String, password: String)) throws {
        user = credentials.user
        key = MessageKey(user: user, realm: TurnSecret.realm, password: credentials.password)
        try server.accept(channel, client: try SocketAddress(ipAddress: "192.0.2.5", port: 5000))
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 1), promise: nil)
    }

    /// Signed in, with a relayed address.
    static func ready(_ server: TurnServer, _ person: String, call: String) throws -> Client {
        let soon = Instant(milliseconds: Instant.now().milliseconds + 60_000)
        let client = try Client(server, server.credentials(for: person, call: call, until: soon))
        #expect(try client.allocate() == nil)
        return client
    }

    func write(_ bytes: ByteBuffer) throws { try channel.writeInbound(bytes) }

    /// The frames that have come.
    func frames() throws -> [Frame] {
        while var bytes = try channel.readOutbound(as: ByteBuffer.self) { held.writeBuffer(&bytes) }
        var frames: [Frame] = []
        while let frame = try Frame.next(in: &held, most: 65_000) { frames.append(frame) }
        return frames
    }

    /// Packets that have come, with the channel or the sender.
    func packets() throws -> [String] {
        try frames().map { frame in
            switch frame {
            case .packet(let number, let packet): return "\(String(number, radix: 16)): \(String(buffer: packet))"
            case .message(let bytes):
                let message = try STUNMessage(parsing: bytes)
                return "\(message.address(.xorPeerAddress)!): \(message.text(.data)!)"
            }
        }
    }

    /// Asks and takes the answer.
    @discardableResult
    func ask(
        _ method: STUNMessage.Method, signed: Bool = true, nonce: String? = nil,
        _ add: (inout STUNMessage) -> Void = { _ in }
    ) throws -> STUNMessage {
        var message = STUNMessage(.request, method, .random())
        add(&message)
        if signed {
            message.add(.username, user)
            message.add(.realm, TurnSecret.realm)
            message.add(.nonce, nonce ?? self.nonce)
        }
        try write(message.encoded(key: signed ? key : nil, fingerprint: true))
        guard case .message(let bytes) = try #require(try frames().last) else { throw Frame.Fault.garbage }
        let answer = try STUNMessage(parsing: bytes)
        #expect(answer.transaction == message.transaction && answer.method == method && answer.hasFingerprint)
        if let signature = answer.signature { #expect(signature.isMade(by: key)) }
        if answer.kind == .success, method != .binding { #expect(answer.signature != nil) }
        return answer
    }

    func learnNonce() throws { self.nonce = try #require(try ask(.allocate, signed: false).text(.nonce)) }

    /// The code of a refusal, or nil.
    func allocate(_ add: (inout STUNMessage) -> Void = { $0.add(.requestedTransport, UInt32(17) << 24) }) throws -> Int?
    {
        try learnNonce()
        let answer = try ask(.allocate, add)
        if let address = answer.address(.xorRelayedAddress) { self.address = address }
        return answer.errorCode
    }

    func permit(_ peers: TransportAddress...) throws -> Int? {
        try ask(.createPermission) { message in for peer in peers { message.add(.xorPeerAddress, peer) } }.errorCode
    }

    func bind(_ number: UInt16, to peer: TransportAddress) throws -> Int? {
        try ask(.channelBind) { message in
            message.add(.channelNumber, UInt32(number) << 16)
            message.add(.xorPeerAddress, peer)
        }.errorCode
    }

    func send(_ text: String, to peer: TransportAddress) throws {
        var message = STUNMessage(.indication, .send, .random())
        message.add(.xorPeerAddress, peer)
        message.add(.data, text)
        try write(message.encoded())
    }

    func send(_ text: String, over number: UInt16) throws {
        var bytes = ByteBuffer()
        Shape.channel(number).write(ByteBuffer(string: text), to: &bytes)
        try write(bytes)
    }

    func pass(_ time: TimeAmount) { channel.embeddedEventLoop.advanceTime(by: time) }

    /// A loop of its own runs what others have asked of it.
    var isOpen: Bool {
        channel.embeddedEventLoop.run()
        return channel.isActive
    }
}
