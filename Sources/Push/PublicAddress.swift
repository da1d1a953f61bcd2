package import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which addresses lie in the open internet. Everything else is this machine, an inner network or nothing.
package enum PublicAddress {
    package static func holds(_ address: SocketAddress) -> Bool {
        guard let text = address.ipAddress else { return false }
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return holds(withUnsafeBytes(of: four) { Array($0) }) }
        return inet_pton(AF_INET6, text, &six) == 1 && holds(withUnsafeBytes(of: six) { Array($0) })
    }

    /// Four or sixteen bytes.
    package static func holds(_ bytes: [UInt8]) -> Bool {
        if bytes.count == 4 { return !closed.contains { matches(bytes, $0.0, $0.1) } }
        // Global unicast, without documentation, Teredo and 6to4, which carry other addresses inside.
        return bytes.count == 16 && matches(bytes, [0x20], 3) && !matches(bytes, [0x20, 0x01, 0x0d, 0xb8], 32)
            && !matches(bytes, [0x20, 0x01, 0, 0], 32) && !matches(bytes, [0x20, 0x02], 16)
    }

    /// The registry of special addresses (RFC 6890 and after).
    private static let closed: [([UInt8], Int)] = [
        ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
        ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15), ([198, 51, 100], 24),
        ([203, 0, 113], 24), ([224], 4), ([240], 4),
    ]

    private static func matches(_ bytes: [UInt8], _ prefix: [UInt8], _ bits: Int) -> Bool {
        (0..<bits).allSatisfy { bit in
            let mask = UInt8(0x80) >> UInt8(bit % 8)
            let wanted = bit / 8 < prefix.count ? prefix[bit / 8] : 0
            return bytes[bit / 8] & mask == wanted & mask
        }
    }
}
