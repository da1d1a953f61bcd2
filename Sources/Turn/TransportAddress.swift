package import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An IP address with a port, as STUN writes it.
package struct TransportAddress: Hashable, Sendable, CustomStringConvertible {
    package enum Host: Hashable, Sendable {
        case four(UInt32)
        case six(UInt64, UInt64)
    }

    package let host: Host
    package let port: UInt16

    package init(_ host: Host, port: UInt16) { (self.host, self.port) = (host, port) }

    /// nil when the text is not an IP address.
    package init?(_ text: String, port: UInt16) {
        // Bytes and not the C structures, whose members belong to another module.
        var four = [UInt8](repeating: 0, count: 4), six = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(.four(four.reduce(0) { $0 << 8 | UInt32($1) }), port: port)
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            let words = [six[0..<8], six[8..<16]].map { $0.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
            self.init(.six(words[0], words[1]), port: port)
        } else {
            return nil
        }
    }

    /// nil for a Unix socket.
    package init?(_ address: SocketAddress?) {
        guard let text = address?.ipAddress, let port = address?.port else { return nil }
        self.init(text, port: UInt16(port))
    }

    package var description: String {
        switch host {
        case .four(let word):
            let bytes = [24, 16, 8, 0].map { String(word >> UInt32($0) & 0xFF) }
            return "\(bytes.joined(separator: ".")):\(port)"
        case .six(let high, let low):
            return "[\(String(high, radix: 16)):\(String(low, radix: 16))]:\(port)"
        }
    }
}

extension TransportAddress {
    /// Reads the value of an XOR-… attribute; nil when it is not one.
    init?(xored value: ByteBuffer, in transaction: STUNMessage.Transaction) {
        var value = value
        guard let family = value.readInteger(as: UInt16.self), let port = value.readInteger(as: UInt16.self) else {
            return nil
        }
        let plain = port ^ UInt16(STUNMessage.cookie >> 16)
        switch (family & 0xFF, value.readableBytes) {
        case (1, 4):
            guard let word = value.readInteger(as: UInt32.self) else { return nil }
            self.init(.four(word ^ STUNMessage.cookie), port: plain)
        case (2, 16):
            guard let high = value.readInteger(as: UInt64.self), let low = value.readInteger(as: UInt64.self) else {
                return nil
            }
            self.init(.six(high ^ transaction.mask, low ^ transaction.low), port: plain)
        default: return nil
        }
    }

    func xored(in transaction: STUNMessage.Transaction) -> ByteBuffer {
        var value = ByteBuffer()
        let port = port ^ UInt16(STUNMessage.cookie >> 16)
        switch host {
        case .four(let word):
            value.writeMultipleIntegers(UInt16(1), port, word ^ STUNMessage.cookie)
        case .six(let high, let low):
            value.writeMultipleIntegers(UInt16(2), port, high ^ transaction.mask, low ^ transaction.low)
        }
        return value
    }
}
