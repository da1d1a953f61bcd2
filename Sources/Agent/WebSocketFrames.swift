import Crypto

/// The client's half of RFC 6455, as values: frames to the server are masked, frames from it are not, messages are whole or in parts.
package enum SocketFrame: Equatable, Sendable {
    case binary([UInt8])
    case text
    case ping([UInt8])
    case pong
    case close(UInt16?)
}

package enum SocketFault: Error, Equatable, Sendable { case masked, reserved, tooLong, order, control }

package enum SocketFrames {
    package enum Kind: UInt8, Sendable { case binary = 2, close = 8, ping = 9, pong = 10 }

    /// One whole message for the server.
    package static func frame(_ kind: Kind, _ payload: [UInt8], mask: (UInt8, UInt8, UInt8, UInt8)) -> [UInt8] {
        var bytes: [UInt8] = [0x80 | kind.rawValue]
        bytes.reserveCapacity(payload.count + 14)
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536:
            bytes.append(0x80 | 126)
            withUnsafeBytes(of: UInt16(payload.count).bigEndian) { bytes.append(contentsOf: $0) }
        default:
            bytes.append(0x80 | 127)
            withUnsafeBytes(of: UInt64(payload.count).bigEndian) { bytes.append(contentsOf: $0) }
        }
        let key = [mask.0, mask.1, mask.2, mask.3]
        bytes.append(contentsOf: key)
        for (place, byte) in payload.enumerated() { bytes.append(byte ^ key[place & 3]) }
        return bytes
    }

    /// What the server must answer to this key.
    package static func accept(_ key: String) -> String {
        base64(Array(Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))))
    }

    package static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let part = bytes[start..<min(start + 3, bytes.count)]
            let value = part.enumerated().reduce(0) { $0 | Int($1.element) << (16 - 8 * $1.offset) }
            for place in 0..<4 {
                text.append(place <= part.count ? letters[value >> (18 - 6 * place) & 63] : "=")
            }
        }
        return text
    }
}

/// Takes bytes as they come and gives whole messages.
package struct SocketReader: Sendable {
    private let limit: Int
    private var buffer: [UInt8] = []
    /// A message that comes in parts.
    private var parts: (isBinary: Bool, bytes: [UInt8])?

    package init(limit: Int) { self.limit = limit }

    package mutating func add(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

    package mutating func next() throws(SocketFault) -> SocketFrame? {
        while let (isLast, code, payload) = try cut() {
            switch code {
            case 0:
                guard var whole = parts else { throw .order }
                guard whole.bytes.count + payload.count <= limit else { throw .tooLong }
                whole.bytes += payload
                parts = isLast ? nil : whole
                if isLast { return whole.isBinary ? .binary(whole.bytes) : .text }
            case 1, 2:
                guard parts == nil else { throw .order }
                if isLast { return code == 2 ? .binary(payload) : .text }
                parts = (code == 2, payload)
            case 8: return .close(payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil)
            case 9: return .ping(payload)
            case 10: return .pong
            default: throw .reserved
            }
        }
        return nil
    }

    private mutating func cut() throws(SocketFault) -> (isLast: Bool, code: UInt8, payload: [UInt8])? {
        guard buffer.count >= 2 else { return nil }
        let (first, second) = (buffer[0], buffer[1])
        guard first & 0x70 == 0 else { throw .reserved }
        guard second & 0x80 == 0 else { throw .masked }
        var (head, count) = (2, UInt64(second))
        if second >= 126 {
            let width = second == 126 ? 2 : 8
            guard buffer.count >= 2 + width else { return nil }
            count = buffer[2..<2 + width].reduce(0) { $0 << 8 | UInt64($1) }
            head += width
        }
        if first & 0x08 != 0, count > 125 || first & 0x80 == 0 { throw .control }
        guard count <= UInt64(limit) else { throw .tooLong }
        guard buffer.count >= head + Int(count) else { return nil }
        defer { buffer.removeFirst(head + Int(count)) }
        return (first & 0x80 != 0, first & 0x0F, Array(buffer[head..<head + Int(count)]))
    }
}
