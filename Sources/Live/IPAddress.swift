package import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// An IP address without a port. An IPv4 address is kept as IPv4-mapped IPv6, so that both spellings are equal.
package struct IPAddress: Sendable, Hashable, CustomStringConvertible {
    private let high: UInt64, low: UInt64
    private static let mapped: UInt64 = 0x0000_FFFF_0000_0000

    init(bytes: some Collection<UInt8>) {
        var words: (UInt64, UInt64) = (0, 0)
        if bytes.count == 4 {
            words.1 = Self.mapped | bytes.reduce(0) { $0 << 8 | UInt64($1) }
        } else {
            for byte in bytes { words = (words.0 << 8 | words.1 >> 56, words.1 << 8 | UInt64(byte)) }
        }
        (high, low) = words
    }

    /// nil when the text is not an address. A port, brackets or a zone are not part of one.
    package init?(_ text: some StringProtocol) {
        // Bytes and not the C structures, whose initialisers belong to another module in an optimised build.
        let text = String(text)
        var four = [UInt8](repeating: 0, count: 4)
        var six = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &four) == 1 {
            self.init(bytes: four)
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            self.init(bytes: six)
        } else {
            return nil
        }
    }

    /// nil for a Unix socket.
    package init?(_ address: SocketAddress?) {
        self.init(address?.ipAddress ?? "")
    }

    package var isIPv4: Bool { high == 0 && low >> 32 == Self.mapped >> 32 }

    /// The usual spelling: `10.1.2.3`, `2001:db8::1`.
    package var description: String {
        var text = [CChar](repeating: 0, count: 46)
        if isIPv4 {
            var four = UInt32(truncatingIfNeeded: low).bigEndian
            inet_ntop(AF_INET, &four, &text, 46)
        } else {
            var six = (high.bigEndian, low.bigEndian)
            inet_ntop(AF_INET6, &six, &text, 46)
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    fileprivate func masked(_ bits: Int) -> IPAddress {
        func mask(_ bits: Int) -> UInt64 { bits <= 0 ? 0 : bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)) }
        return IPAddress(high: high & mask(bits), low: low & mask(bits - 64))
    }

    private init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }
}

/// Addresses with a common beginning: `10.0.0.0/8`, `fd00::/8`, or one address alone.
package struct AddressRange: Sendable, Hashable {
    private let start: IPAddress
    private let bits: Int

    /// nil when the text is not an address or a CIDR block.
    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, let address = IPAddress(first) else { return nil }
        let width = address.isIPv4 ? 32 : 128
        guard let length = parts.count == 1 ? width : Int(parts[1]), (0...width).contains(length) else { return nil }
        bits = length + 128 - width
        start = address.masked(bits)
    }

    package func contains(_ address: IPAddress) -> Bool { address.masked(bits) == start }
}
