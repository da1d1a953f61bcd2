package import NIOCore

package struct AttributeType: RawRepresentable, Hashable, Sendable {
    package let rawValue: UInt16
    package init(rawValue: UInt16) { self.rawValue = rawValue }
    init(_ value: UInt16) { rawValue = value }

    package static let username = AttributeType(0x0006)
    package static let messageIntegrity = AttributeType(0x0008)
    package static let errorCode = AttributeType(0x0009)
    package static let unknownAttributes = AttributeType(0x000A)
    package static let channelNumber = AttributeType(0x000C)
    package static let lifetime = AttributeType(0x000D)
    package static let xorPeerAddress = AttributeType(0x0012)
    package static let data = AttributeType(0x0013)
    package static let realm = AttributeType(0x0014)
    package static let nonce = AttributeType(0x0015)
    package static let xorRelayedAddress = AttributeType(0x0016)
    package static let requestedAddressFamily = AttributeType(0x0017)
    package static let evenPort = AttributeType(0x0018)
    package static let requestedTransport = AttributeType(0x0019)
    /// Nothing is ever broken up here.
    package static let dontFragment = AttributeType(0x001A)
    package static let xorMappedAddress = AttributeType(0x0020)
    package static let reservationToken = AttributeType(0x0022)
    package static let fingerprint = AttributeType(0x8028)

    /// Those that a request may hold and that we understand.
    private static let known: Set<AttributeType> = [
        .username, .channelNumber, .lifetime, .xorPeerAddress, .data, .realm, .nonce, .requestedAddressFamily,
        .evenPort, .requestedTransport, .dontFragment, .reservationToken,
        // PRIORITY and USE-CANDIDATE of ICE come with a Binding and ask nothing of us.
        AttributeType(0x0024), AttributeType(0x0025),
    ]

    /// The sender wants a refusal when we do not understand it.
    var isRequiredAndUnknown: Bool { rawValue < 0x8000 && !Self.known.contains(self) }
}

extension STUNMessage {
    package subscript(type: AttributeType) -> ByteBuffer? { attributes.first { $0.type == type }?.value }

    package func text(_ type: AttributeType) -> String? { self[type].map { String(buffer: $0) } }

    package func number<Number: FixedWidthInteger>(_ type: AttributeType, as: Number.Type = Number.self) -> Number? {
        self[type].flatMap { $0.getInteger(at: $0.readerIndex) }
    }

    package func address(_ type: AttributeType) -> TransportAddress? {
        self[type].flatMap { TransportAddress(xored: $0, in: transaction) }
    }

    package mutating func add(_ type: AttributeType, _ text: String) {
        attributes.append(Attribute(type, ByteBuffer(string: text)))
    }

    package mutating func add(_ type: AttributeType, _ number: some FixedWidthInteger) {
        attributes.append(Attribute(type, ByteBuffer(integer: number)))
    }

    package mutating func add(_ type: AttributeType, _ address: TransportAddress) {
        attributes.append(Attribute(type, address.xored(in: transaction)))
    }

    /// The code of a refusal.
    package var errorCode: Int? {
        self[.errorCode].flatMap { $0.getInteger(at: $0.readerIndex, as: UInt32.self) }
            .map { Int($0 >> 8 & 7) * 100 + Int($0 & 0xFF) }
    }

    package mutating func add(_ refusal: Refusal) {
        var value = ByteBuffer(integer: UInt32(refusal.code / 100) << 8 | UInt32(refusal.code % 100))
        value.writeString(refusal.reason)
        attributes.append(Attribute(.errorCode, value))
        guard !refusal.unknown.isEmpty else { return }
        var types = ByteBuffer()
        for type in refusal.unknown { types.writeInteger(type.rawValue) }
        attributes.append(Attribute(.unknownAttributes, types))
    }
}

/// Why a request is not done.
package struct Refusal: Error, Hashable {
    package let code: Int
    let reason: String
    var unknown: [AttributeType] = []

    static let badRequest = Refusal(code: 400, reason: "Bad Request")
    static let unauthorized = Refusal(code: 401, reason: "Unauthorized")
    static let forbidden = Refusal(code: 403, reason: "Forbidden")
    static func unknown(_ types: [AttributeType]) -> Refusal {
        Refusal(code: 420, reason: "Unknown Attribute", unknown: types)
    }
    static let mismatch = Refusal(code: 437, reason: "Allocation Mismatch")
    static let staleNonce = Refusal(code: 438, reason: "Stale Nonce")
    static let familyNotSupported = Refusal(code: 440, reason: "Address Family not Supported")
    static let wrongCredentials = Refusal(code: 441, reason: "Wrong Credentials")
    static let transportNotSupported = Refusal(code: 442, reason: "Unsupported Transport Protocol")
    static let peerFamilyMismatch = Refusal(code: 443, reason: "Peer Address Family Mismatch")
    static let quotaReached = Refusal(code: 486, reason: "Allocation Quota Reached")
    static let insufficientCapacity = Refusal(code: 508, reason: "Insufficient Capacity")
}
