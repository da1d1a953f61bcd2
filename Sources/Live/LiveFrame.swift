import Kernel
import NIOCore
import NIOWebSocket

/// Frames of a WebSocket from the server, ready to be sent: one buffer serves all who watch a topic.
enum LiveFrame {
    static let reload = text(#"{"reload":true}"#)
    static let bye = text(#"{"bye":true}"#)
    static let ping = ByteBuffer(bytes: [0x89, 0x00])

    static func hint(_ topic: String, seq: Int64) -> ByteBuffer { text(#"{"seq":\#(seq),"topic":"\#(topic)"}"#) }

    /// For pages without a socket: read everything again, which is as new as this event.
    static func reload(seq: Int64) -> ByteBuffer { text(#"{"seq":\#(seq),"reload":true}"#) }

    /// For them too: nothing that concerns the page has happened up to this event.
    static func nothing(seq: Int64) -> ByteBuffer { text(#"{"seq":\#(seq)}"#) }

    /// What a text frame of ours says, for a way without frames.
    static func words(_ frame: ByteBuffer) -> String {
        let head = frame.getInteger(at: frame.readerIndex + 1, as: UInt8.self) == 126 ? 4 : 2
        return frame.getString(at: frame.readerIndex + head, length: frame.readableBytes - head) ?? ""
    }

    static func typing(_ topic: String, person: PersonID) -> ByteBuffer {
        text(#"{"typing":"\#(topic)","person":"\#(person)"}"#)
    }

    static func pong(_ data: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(bytes: [0x8A, UInt8(data.readableBytes)])
        frame.writeImmutableBuffer(data)
        return frame
    }

    /// What stands before the bytes of a message.
    static func head(_ opcode: WebSocketOpcode, _ length: Int) -> ByteBuffer {
        let first = 0x80 | UInt8(webSocketOpcode: opcode)
        switch length {
        case ..<126: return ByteBuffer(bytes: [first, UInt8(length)])
        case ...0xFFFF: return ByteBuffer(bytes: [first, 126, UInt8(length >> 8), UInt8(length & 0xFF)])
        default:
            var head = ByteBuffer(bytes: [first, 127])
            head.writeInteger(UInt64(length))
            return head
        }
    }

    static func close(_ code: UInt16) -> ByteBuffer {
        ByteBuffer(bytes: [0x88, 0x02, UInt8(code >> 8), UInt8(code & 0xFF)])
    }

    /// - Parameter json: under 64 KB; everything in it is ASCII of our own making or an id that was checked.
    private static func text(_ json: String) -> ByteBuffer {
        let length = json.utf8.count
        var frame = ByteBuffer()
        frame.reserveCapacity(length + 4)
        if length < 126 {
            frame.writeBytes([0x81, UInt8(length)])
        } else {
            frame.writeBytes([0x81, 126, UInt8(length >> 8), UInt8(length & 0xFF)])
        }
        frame.writeString(json)
        return frame
    }
}
