import Kernel
import NIOCore

/// Frames of a WebSocket from the server, ready to be sent: one buffer serves all who watch a topic.
enum LiveFrame {
    static let reload = text(#"{"reload":true}"#)
    static let bye = text(#"{"bye":true}"#)
    static let ping = ByteBuffer(bytes: [0x89, 0x00])

    static func hint(_ topic: String, seq: Int64) -> ByteBuffer { text(#"{"seq":\#(seq),"topic":"\#(topic)"}"#) }

    static func typing(_ topic: String, person: PersonID) -> ByteBuffer {
        text(#"{"typing":"\#(topic)","person":"\#(person)"}"#)
    }

    static func pong(_ data: ByteBuffer) -> ByteBuffer {
        var frame = ByteBuffer(bytes: [0x8A, UInt8(data.readableBytes)])
        frame.writeImmutableBuffer(data)
        return frame
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
