import NIOCore

/// The PROXY protocol, versions 1 and 2 (haproxy.org/download/2.6/doc/proxy-protocol.txt): the first bytes of a connection, in
/// which a proxy names the client it speaks for.
enum ProxyHeader: Equatable {
    /// So far it may be one.
    case incomplete
    case absent
    /// It starts like one and is not.
    case broken
    /// `client` is nil when the proxy speaks for itself (LOCAL, UNKNOWN) or for something that is not TCP over IP.
    case present(client: IPAddress?, length: Int)

    static let signature2: [UInt8] = [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A]
    private static let signature1 = Array("PROXY ".utf8)
    /// The longest line of version 1, CR LF included.
    private static let line = 107
    /// The specification asks receivers for 536 bytes of addresses and extensions; certificates of clients may take more.
    private static let block = 4096

    static func read(_ bytes: ByteBufferView) -> ProxyHeader {
        for (signature, read) in [(signature1, version1), (signature2, version2)] where bytes.first == signature[0] {
            if bytes.starts(with: signature) { return read(bytes) }
            return signature.starts(with: bytes) ? .incomplete : .absent
        }
        return bytes.isEmpty ? .incomplete : .absent
    }

    private static func version1(_ bytes: ByteBufferView) -> ProxyHeader {
        guard let end = bytes.prefix(line).firstIndex(of: 0x0A) else {
            return bytes.count < line ? .incomplete : .broken
        }
        let length = end + 1 - bytes.startIndex
        let text = bytes.prefix(length)
        guard length <= line, text.suffix(2).elementsEqual([0x0D, 0x0A]) else { return .broken }
        let words = String(decoding: text.dropLast(2), as: UTF8.self).split(
            separator: " ", omittingEmptySubsequences: false)
        if words.count >= 2, words[1] == "UNKNOWN" { return .present(client: nil, length: length) }
        guard words.count == 6, UInt16(words[4]) != nil, UInt16(words[5]) != nil, let client = IPAddress(words[2]),
            IPAddress(words[3]) != nil, words[1] == (words[2].contains(":") ? "TCP6" : "TCP4")
        else { return .broken }
        return .present(client: client, length: length)
    }

    private static func version2(_ bytes: ByteBufferView) -> ProxyHeader {
        let start = bytes.startIndex
        guard bytes.count >= 16 else { return .incomplete }
        let (command, family) = (bytes[start + 12], bytes[start + 13])
        let size = Int(bytes[start + 14]) << 8 | Int(bytes[start + 15])
        guard command == 0x20 || command == 0x21, size <= block else { return .broken }
        guard bytes.count >= 16 + size else { return .incomplete }
        let width = family == 0x11 ? 4 : family == 0x21 ? 16 : 0
        guard command == 0x21, width > 0 else { return .present(client: nil, length: 16 + size) }
        guard size >= 2 * width + 4 else { return .broken }
        return .present(client: IPAddress(bytes: bytes[(start + 16)..<(start + 16 + width)]), length: 16 + size)
    }
}
