import NIOCore
import NIOWebSocket

/// Takes the frames of a WebSocket client (RFC 6455, section 5) off the bytes that come. Each byte is moved once: it is unmasked on its way
/// into the message, so that what goes on to somebody else lies there ready.
struct WireFrames {
    enum Fault: Error, Equatable {
        case garbage, tooLong

        var code: UInt16 { self == .tooLong ? 1009 : 1002 }
    }

    enum Piece {
        case message(WebSocketOpcode, ByteBuffer)
        case control(WebSocketOpcode, ByteBuffer)
    }

    private struct Head {
        let opcode: WebSocketOpcode
        let isLast: Bool
        let mask: UInt32
        let length: Int
        /// Of the head itself.
        let bytes: Int
    }

    /// Bytes of a message.
    var longest: Int
    /// A head that has begun.
    private var begun = ByteBuffer()
    private var head: Head?
    /// Bytes of this frame that have been taken.
    private var taken = 0
    private var control = ByteBuffer()
    /// What has come of a message, over all its frames.
    private var message = ByteBuffer()
    private var opcode: WebSocketOpcode?

    init(longest: Int) { self.longest = longest }

    /// The next whole message or control frame; nil when all bytes are taken.
    mutating func next(in bytes: inout ByteBuffer) throws(Fault) -> Piece? {
        while true {
            guard let head else {
                guard let next = try readHead(&bytes) else { return nil }
                try begin(next)
                continue
            }
            let count = min(head.length - taken, bytes.readableBytes)
            if head.opcode.isControlOpcode {
                control.write(&bytes, count, mask: head.mask, offset: taken)
            } else {
                message.write(&bytes, count, mask: head.mask, offset: taken)
            }
            taken += count
            guard taken == head.length else { return nil }
            self.head = nil
            if head.opcode.isControlOpcode {
                defer { control = ByteBuffer() }
                return .control(head.opcode, control)
            }
            if head.isLast, let opcode {
                defer { (message, self.opcode) = (ByteBuffer(), nil) }
                return .message(opcode, message)
            }
        }
    }

    private mutating func begin(_ next: Head) throws(Fault) {
        (head, taken) = (next, 0)
        if next.opcode.isControlOpcode {
            guard next.isLast, next.length < 126 else { throw .garbage }
            return
        }
        guard (next.opcode == .continuation) == (opcode != nil) else { throw .garbage }
        guard next.length <= longest - message.readableBytes else { throw .tooLong }
        if opcode == nil { opcode = next.opcode }
        message.reserveCapacity(minimumWritableBytes: next.length)
    }

    private mutating func readHead(_ bytes: inout ByteBuffer) throws(Fault) -> Head? {
        if begun.readableBytes == 0, let head = try Self.head(at: bytes) {
            bytes.moveReaderIndex(forwardBy: head.bytes)
            return head
        }
        while let byte = bytes.readInteger(as: UInt8.self) {
            begun.writeInteger(byte)
            if let head = try Self.head(at: begun) {
                begun = ByteBuffer()
                return head
            }
        }
        return nil
    }

    private static func head(at bytes: ByteBuffer) throws(Fault) -> Head? {
        var read = bytes
        guard let first = read.readInteger(as: UInt8.self), let second = read.readInteger(as: UInt8.self) else {
            return nil
        }
        // No extension was agreed on, and clients mask.
        guard first & 0x70 == 0, second & 0x80 != 0, let opcode = WebSocketOpcode(encodedWebSocketOpcode: first & 0x0F),
            [.text, .binary, .continuation, .ping, .pong, .connectionClose].contains(opcode)
        else { throw .garbage }
        var length = Int(second & 0x7F)
        if length == 126 {
            guard let word = read.readInteger(as: UInt16.self) else { return nil }
            length = Int(word)
        } else if length == 127 {
            guard let word = read.readInteger(as: UInt64.self) else { return nil }
            guard word <= UInt64(Int32.max) else { throw .tooLong }
            length = Int(word)
        }
        guard let mask = read.readInteger(as: UInt32.self) else { return nil }
        return Head(
            opcode: opcode, isLast: first & 0x80 != 0, mask: mask, length: length,
            bytes: read.readerIndex - bytes.readerIndex)
    }
}

extension ByteBuffer {
    /// Takes bytes off the other buffer and writes them unmasked, eight at a time.
    /// - Parameter offset: how many bytes of the same frame came before.
    fileprivate mutating func write(_ source: inout ByteBuffer, _ count: Int, mask: UInt32, offset: Int) {
        guard count > 0 else { return }
        let turn = UInt32(offset % 4 * 8)
        let word = (turn == 0 ? mask : mask << turn | mask >> (32 - turn)).bigEndian
        let key = UInt64(word) << 32 | UInt64(word)
        writeWithUnsafeMutableBytes(minimumWritableBytes: count) { target in
            source.withUnsafeReadableBytes { bytes in
                var index = 0
                while index + 8 <= count {
                    let part = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                    target.storeBytes(of: part ^ key, toByteOffset: index, as: UInt64.self)
                    index += 8
                }
                while index < count {
                    target[index] =
                        bytes[index] ^ UInt8(truncatingIfNeeded: mask >> UInt32(24 - (offset + index) % 4 * 8))
                    index += 1
                }
            }
            return count
        }
        source.moveReaderIndex(forwardBy: count)
    }
}
