import Kernel
import NIOCore
import Synchronization

/// What one connection has said and is answered: the rules of RFC 8489 and 8656, without a socket. Time is handed in.
struct Dialogue {
    struct Moment {
        /// For lifetimes.
        let ticks: NIODeadline
        /// For the expiry of credentials.
        let clock: Instant
    }

    private let table: TurnTable
    private let secret: TurnSecret
    private let client: TransportAddress?
    private unowned let mailbox: any Mailbox
    private var nonce: (text: String, made: NIODeadline)
    private(set) var allocation: Allocation?
    /// So many requests have been refused.
    private(set) var refusals = 0

    init(
        _ table: TurnTable, _ secret: TurnSecret, client: TransportAddress?, _ mailbox: any Mailbox,
        at now: NIODeadline
    ) {
        (self.table, self.secret, self.client, self.mailbox) = (table, secret, client, mailbox)
        nonce = (Self.word(), now)
    }

    /// The answer to a request, ready to be sent.
    mutating func answer(_ request: STUNMessage, at now: Moment) -> ByteBuffer {
        var answer = STUNMessage(.success, request.method, request.transaction)
        var user: TurnUser?
        do throws(Refusal) {
            let unknown = request.attributes.map(\.type).filter(\.isRequiredAndUnknown)
            if request.method == .binding {
                guard unknown.isEmpty else { throw .unknown(unknown) }
                if let client { answer.add(.xorMappedAddress, client) }
            } else {
                let known = try signer(of: request, at: now)
                user = known
                guard unknown.isEmpty else { throw .unknown(unknown) }
                answer.attributes += try obey(request, of: known, at: now)
            }
        } catch {
            refusals += 1
            table.counters.refused.add(1, ordering: .relaxed)
            answer.kind = .failure
            answer.add(error)
            if error == .unauthorized || error == .staleNonce {
                answer.add(.realm, TurnSecret.realm)
                answer.add(.nonce, nonce.text)
            }
        }
        return answer.encoded(key: user?.key, fingerprint: request.hasFingerprint)
    }

    /// Who has signed the request.
    private mutating func signer(of request: STUNMessage, at now: Moment) throws(Refusal) -> TurnUser {
        guard let signature = request.signature else { throw .unauthorized }
        guard let name = request.text(.username), request[.realm] != nil, let given = request.text(.nonce) else {
            throw .badRequest
        }
        guard given == nonce.text, now.ticks - nonce.made < table.limits.nonce else {
            if given == nonce.text { nonce = (Self.word(), now.ticks) }
            throw .staleNonce
        }
        let user: TurnUser
        if let allocation {
            // Credentials that expire in a call do not end it: they are for coming in.
            guard name == allocation.user.name else { throw .wrongCredentials }
            user = allocation.user
        } else {
            guard let known = secret.user(name, at: now.clock) else { throw .unauthorized }
            user = known
        }
        guard signature.isMade(by: user.key) else { throw .unauthorized }
        return user
    }

    private mutating func obey(
        _ request: STUNMessage, of user: TurnUser, at now: Moment
    ) throws(Refusal) -> [STUNMessage.Attribute] {
        var answer = STUNMessage(.success, request.method, request.transaction)
        switch request.method {
        case .allocate:
            guard allocation == nil else { throw .mismatch }
            try Self.check(request)
            let relayed = try table.allocate(for: user, mailbox)
            allocation = Allocation(relayed, of: user, until: now.ticks + table.limits.lifetime)
            answer.add(.xorRelayedAddress, relayed.address)
            answer.add(.lifetime, seconds)
            if let client { answer.add(.xorMappedAddress, client) }
        case .refresh:
            guard allocation != nil else { throw .mismatch }
            if request.number(.lifetime, as: UInt32.self) == 0 {
                release()
                answer.add(.lifetime, UInt32(0))
            } else {
                allocation?.prolong(until: now.ticks + table.limits.lifetime)
                answer.add(.lifetime, seconds)
            }
        case .createPermission:
            guard let relayed = allocation?.relayed else { throw .mismatch }
            let peers = try request.attributes.filter { $0.type == .xorPeerAddress }.map {
                attribute throws(Refusal) in
                try Self.peer(attribute.value, in: request)
            }
            guard !peers.isEmpty else { throw .badRequest }
            guard peers.allSatisfy({ table.has($0.host, in: relayed.call) }) else { throw .forbidden }
            try allocation?.permit(peers.map(\.host), table.limits, at: now.ticks)
        case .channelBind:
            guard let relayed = allocation?.relayed else { throw .mismatch }
            guard let number = request.number(.channelNumber, as: UInt16.self), Frame.channels.contains(number),
                let value = request[.xorPeerAddress]
            else { throw .badRequest }
            guard let peer = table.find(try Self.peer(value, in: request), in: relayed.call) else { throw .forbidden }
            try allocation?.bind(number, to: peer, table.limits, at: now.ticks)
        default: throw .badRequest
        }
        return answer.attributes
    }

    /// We relay UDP over IPv4 and keep no second port.
    private static func check(_ request: STUNMessage) throws(Refusal) {
        guard let transport = request.number(.requestedTransport, as: UInt8.self) else { throw .badRequest }
        guard transport == 17 else { throw .transportNotSupported }
        if let family = request.number(.requestedAddressFamily, as: UInt8.self), family != 1 {
            throw .familyNotSupported
        }
        let wantsSecond = request.number(.evenPort, as: UInt8.self).map { $0 & 0x80 != 0 } ?? false
        guard !wantsSecond, request[.reservationToken] == nil else { throw .insufficientCapacity }
    }

    private static func peer(_ value: ByteBuffer, in request: STUNMessage) throws(Refusal) -> TransportAddress {
        guard let address = TransportAddress(xored: value, in: request.transaction) else { throw .badRequest }
        guard case .four = address.host else { throw .peerFamilyMismatch }
        return address
    }

    /// Where a Send indication goes, and with what.
    func packet(of indication: STUNMessage, at now: NIODeadline) -> (to: Relayed, ByteBuffer)? {
        guard indication.method == .send, let allocation, let packet = indication[.data],
            let address = indication.address(.xorPeerAddress), allocation.permits(address.host, at: now),
            let peer = table.find(address, in: allocation.relayed.call)
        else { return nil }
        return (peer, packet)
    }

    /// Gives the relayed address back.
    mutating func release() {
        guard let allocation else { return }
        table.release(allocation.relayed)
        self.allocation = nil
    }

    private var seconds: UInt32 { UInt32(table.limits.lifetime.nanoseconds / 1_000_000_000) }

    private static func word() -> String {
        String(UInt64.random(in: 0 ... .max), radix: 36) + String(UInt64.random(in: 0 ... .max), radix: 36)
    }
}
