// The text of STUN (RFC 8489) and of its TURN methods and attributes (RFC 8656): values, no sockets.

package import NIOCore

/// One message, without its signature and its checksum: those are made by `encoded` and looked at by `init(parsing:)`.
package struct STUNMessage: Sendable {
    package static let cookie: UInt32 = 0x2112_A442
    static let headBytes = 20

    package enum Kind: UInt16, Sendable {
        case request = 0x0000, indication = 0x0010, success = 0x0100, failure = 0x0110
    }

    package struct Method: RawRepresentable, Hashable, Sendable {
        package let rawValue: UInt16
        package init(rawValue: UInt16) { self.rawValue = rawValue }

        package static let binding = Method(rawValue: 0x001)
        package static let allocate = Method(rawValue: 0x003)
        package static let refresh = Method(rawValue: 0x004)
        package static let send = Method(rawValue: 0x006)
        package static let data = Method(rawValue: 0x007)
        package static let createPermission = Method(rawValue: 0x008)
        package static let channelBind = Method(rawValue: 0x009)
    }

    /// The 96 bits by which an answer is known.
    package struct Transaction: Hashable, Sendable {
        package let high: UInt32
        package let low: UInt64
        package init(high: UInt32, low: UInt64) { (self.high, self.low) = (high, low) }

        package static func random() -> Transaction {
            Transaction(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
        }

        /// The first eight of the sixteen bytes that an IPv6 address is mixed with.
        var mask: UInt64 { UInt64(STUNMessage.cookie) << 32 | UInt64(high) }
    }

    package struct Attribute: Hashable, Sendable {
        package let type: AttributeType
        package let value: ByteBuffer
        package init(_ type: AttributeType, _ value: ByteBuffer) { (self.type, self.value) = (type, value) }
    }

    package var kind: Kind
    package var method: Method
    package var transaction: Transaction
    package var attributes: [Attribute]
    /// What a parsed message is signed by.
    package private(set) var signature: Signature?
    package private(set) var hasFingerprint = false

    package init(_ kind: Kind, _ method: Method, _ transaction: Transaction, _ attributes: [Attribute] = []) {
        (self.kind, self.method, self.transaction, self.attributes) = (kind, method, transaction, attributes)
    }

    package enum Fault: Error { case malformed, wrongFingerprint }

    /// Reads one whole message.
    package init(parsing bytes: ByteBuffer) throws(Fault) {
        var rest = bytes
        guard let type = rest.readInteger(as: UInt16.self), type & 0xC000 == 0,
            let length = rest.readInteger(as: UInt16.self), length % 4 == 0,
            rest.readInteger(as: UInt32.self) == Self.cookie,
            let high = rest.readInteger(as: UInt32.self), let low = rest.readInteger(as: UInt64.self),
            rest.readableBytes == Int(length), let kind = Kind(rawValue: type & 0x0110)
        else { throw .malformed }
        self.init(kind, Method(type: type), Transaction(high: high, low: low))
        while rest.readableBytes > 0 {
            let start = rest.readerIndex - bytes.readerIndex
            guard let type = rest.readInteger(as: UInt16.self), let length = rest.readInteger(as: UInt16.self),
                let value = rest.readSlice(length: Int(length)), rest.readBytes(length: Int(length).padding) != nil
            else { throw .malformed }
            switch AttributeType(rawValue: type) {
            case .fingerprint:
                guard rest.readableBytes == 0, length == 4,
                    let covered = bytes.getSlice(at: bytes.readerIndex, length: start),
                    value.getInteger(at: value.readerIndex) == Checksum.fingerprint(of: covered)
                else { throw .wrongFingerprint }
                hasFingerprint = true
            case .messageIntegrity where signature == nil:
                guard let covered = bytes.getSlice(at: bytes.readerIndex, length: start), length == 20 else {
                    throw .malformed
                }
                signature = Signature(covered: covered, code: value)
            // What follows a signature is not covered by it and does not count.
            case let type where signature == nil: attributes.append(Attribute(type, value))
            default: break
            }
        }
    }

    /// - Parameter key: signs the message; nil leaves it unsigned.
    package func encoded(key: MessageKey? = nil, fingerprint: Bool = false) -> ByteBuffer {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(Self.headBytes + attributes.reduce(40) { $0 + 8 + $1.value.readableBytes })
        bytes.writeMultipleIntegers(
            kind.rawValue | method.type, UInt16(0), Self.cookie, transaction.high, transaction.low)
        for attribute in attributes { bytes.write(attribute) }
        if let key {
            bytes.setLength(adding: 24)
            bytes.write(Attribute(.messageIntegrity, ByteBuffer(bytes: key.sign(bytes))))
        }
        if fingerprint {
            bytes.setLength(adding: 8)
            bytes.write(Attribute(.fingerprint, ByteBuffer(integer: Checksum.fingerprint(of: bytes))))
        }
        bytes.setLength(adding: 0)
        return bytes
    }
}

extension STUNMessage.Method {
    /// The twelve bits of a method stand around the two of the kind.
    init(type: UInt16) { rawValue = type & 0x000F | type >> 1 & 0x0070 | type >> 2 & 0x0F80 }
    var type: UInt16 { rawValue & 0x000F | rawValue << 1 & 0x00E0 | rawValue << 2 & 0x3E00 }
}

extension Int {
    /// Bytes to the next multiple of four.
    var padding: Int { (4 - self % 4) % 4 }
}

extension ByteBuffer {
    fileprivate mutating func write(_ attribute: STUNMessage.Attribute) {
        writeMultipleIntegers(attribute.type.rawValue, UInt16(attribute.value.readableBytes))
        writeImmutableBuffer(attribute.value)
        writeRepeatingByte(0, count: attribute.value.readableBytes.padding)
    }

    /// The length of the body as it will be when so many bytes have been added.
    fileprivate mutating func setLength(adding bytes: Int) {
        setInteger(UInt16(readableBytes - STUNMessage.headBytes + bytes), at: readerIndex + 2)
    }
}
