import NIOCore
import Turn

/// Two clients of TURN at this computer speak to each other through the relay and by no other way, as two browsers would.
struct RelayTrial {
    static let packets = 20
    private static let channel: UInt16 = 0x4000, packetBytes = 160

    private struct Peer {
        let line: ClientLine
        let relayed: TransportAddress
        let user: String, realm: String, nonce: String
        let key: MessageKey
    }

    let user: String, password: String
    let patience: TimeAmount

    /// How long each packet took that came through.
    func run(_ one: ClientLine, _ other: ClientLine) async throws -> [Duration] {
        let near = try await allocate(one), far = try await allocate(other)
        try await bind(near, to: far.relayed)
        try await bind(far, to: near.relayed)
        var times: [Duration] = []
        for _ in 0..<Self.packets {
            // The other line hears by a thread of its own, which must listen before anything can come.
            let came = try await far.line.listen(within: .seconds(2)) { Self.frame(in: $0) != nil }
            let start = ContinuousClock.now
            near.line.say(Self.packet)
            if (try? await came.get()) != nil { times.append(ContinuousClock.now - start) }
        }
        return times
    }

    private static let packet: [UInt8] = {
        var frame = ByteBuffer(integer: channel)
        frame.writeInteger(UInt16(packetBytes))
        frame.writeRepeatingByte(7, count: packetBytes)
        return Array(frame.readableBytesView)
    }()

    /// An address at the relay: asked for without a name first, which tells what is to be signed (RFC 8489, section 9.2).
    private func allocate(_ line: ClientLine) async throws -> Peer {
        var request = STUNMessage(.request, .allocate, .random())
        request.add(.requestedTransport, UInt32(17) << 24)
        let refusal = try await ask(request, nil, line)
        guard refusal.errorCode == 401, let realm = refusal.text(.realm), let nonce = refusal.text(.nonce) else {
            throw ClientLine.Fault("it does not ask for a name")
        }
        let key = MessageKey(user: user, realm: realm, password: password)
        let answer = try await ask(signed(request, realm, nonce), key, line)
        guard let relayed = answer.address(.xorRelayedAddress) else {
            throw ClientLine.Fault("it gives no place, code \(answer.errorCode ?? 0)")
        }
        return Peer(line: line, relayed: relayed, user: user, realm: realm, nonce: nonce, key: key)
    }

    private func bind(_ peer: Peer, to other: TransportAddress) async throws {
        var request = STUNMessage(.request, .channelBind, .random())
        request.add(.channelNumber, UInt32(Self.channel) << 16)
        request.add(.xorPeerAddress, other)
        let answer = try await ask(signed(request, peer.realm, peer.nonce), peer.key, peer.line)
        guard answer.kind == .success else {
            throw ClientLine.Fault("it refuses a channel, code \(answer.errorCode ?? 0)")
        }
    }

    private func signed(_ request: STUNMessage, _ realm: String, _ nonce: String) -> STUNMessage {
        var request = request
        request.transaction = .random()
        request.add(.username, user)
        request.add(.realm, realm)
        request.add(.nonce, nonce)
        return request
    }

    private func ask(_ request: STUNMessage, _ key: MessageKey?, _ line: ClientLine) async throws -> STUNMessage {
        let bytes = try await line.ask(Array(request.encoded(key: key).readableBytesView), within: patience) {
            Self.frame(in: $0) != nil
        }
        guard case .message(let message) = Self.frame(in: bytes), let answer = try? STUNMessage(parsing: message) else {
            throw ClientLine.Fault("something else answers")
        }
        return answer
    }

    /// What is garbage counts as an answer, which nobody then understands.
    private static func frame(in bytes: [UInt8]) -> Frame? {
        var buffer = ByteBuffer(bytes: bytes)
        do { return try Frame.next(in: &buffer, most: 16 << 10) } catch {
            return .message(ByteBuffer())
        }
    }
}
