import AgentProtocol
import NIOCore

/// The pictures of one agent: who sees each, and how much may still come and go. A value; the agent's wire moves the bytes.
struct ViewerStreams {
    /// Bytes that may be on their way to one viewer.
    static let window = 256 << 10

    private struct Stream {
        let viewer: ViewerWire
        /// Keeps back what was not agreed to.
        var input: ViewerInput
        /// Bytes that the agent may still send, and those that went to the viewer since it was told of more.
        var toCome = ViewerStreams.window
        var taken = 0
        /// Bytes that the agent takes, and those that wait for it.
        var toGo = 0
        var waiting = ByteBuffer()
    }

    private var streams: [UInt32: Stream] = [:]
    private var last: UInt32 = 0
    /// The person at the computer is being asked: nobody may press the buttons of that question from afar.
    var isHeld = false {
        didSet { for channel in streams.keys { streams[channel]?.input.isHeld = isHeld } }
    }

    /// What was agreed to changed: no key passes any more, also on a stream that is about to be opened anew.
    mutating func disarm() { for channel in streams.keys { streams[channel]?.input.isControl = false } }

    /// Nobody looks any more; channels are not used again.
    mutating func empty() { (streams, isHeld) = ([:], false) }

    var viewers: [ViewerWire] { streams.values.map(\.viewer) }
    func viewer(_ channel: UInt32) -> ViewerWire? { streams[channel]?.viewer }
    func waits(_ channel: UInt32) -> Bool { (streams[channel]?.waiting.readableBytes ?? 0) > 0 }

    /// The server's channels are even and are used once.
    mutating func add(_ viewer: ViewerWire, isControl: Bool) -> UInt32 {
        last += 2
        var input = ViewerInput(isControl: isControl)
        input.isHeld = isHeld
        streams[last] = Stream(viewer: viewer, input: input)
        return last
    }

    mutating func remove(_ channel: UInt32) -> ViewerWire? { streams.removeValue(forKey: channel)?.viewer }

    /// - Returns: false when the agent sent more than it may.
    mutating func came(_ count: Int, on channel: UInt32) -> Bool {
        streams[channel]?.toCome -= count
        streams[channel]?.taken += count
        return (streams[channel]?.toCome ?? 0) >= 0
    }

    /// Whether there is enough to tell the agent of: not each frame is answered.
    func isOwed(_ channel: UInt32) -> Bool { (streams[channel]?.taken ?? 0) >= Self.window / 4 }

    /// What the agent is to be told of now.
    mutating func owed(_ channel: UInt32) -> Int {
        guard isOwed(channel), let taken = streams[channel]?.taken else { return 0 }
        streams[channel]?.taken = 0
        streams[channel]?.toCome += taken
        return taken
    }

    mutating func credit(_ more: UInt32, on channel: UInt32) -> [ByteBuffer] {
        streams[channel]?.toGo += Int(more)
        return frames(channel)
    }

    /// - Throws: what a viewer of RFB does not say.
    mutating func went(_ bytes: ByteBuffer, on channel: UInt32) throws(ViewerInput.Fault) -> [ByteBuffer] {
        guard let passed = try streams[channel]?.input.pass(bytes.readableBytesView) else { return [] }
        streams[channel]?.waiting.writeBytes(passed)
        return frames(channel)
    }

    private mutating func frames(_ channel: UInt32) -> [ByteBuffer] {
        guard var stream = streams[channel] else { return [] }
        var frames: [ByteBuffer] = []
        while stream.toGo > 0,
            let part = stream.waiting.readSlice(
                length: min(stream.toGo, stream.waiting.readableBytes, AgentMessage.dataBytes)), part.readableBytes > 0
        {
            stream.toGo -= part.readableBytes
            var frame = ByteBuffer()
            frame.reserveCapacity(AgentMessage.headBytes + part.readableBytes)
            frame.writeInteger(AgentMessage.dataType)
            frame.writeInteger(channel)
            frame.writeImmutableBuffer(part)
            frames.append(frame)
        }
        if stream.waiting.readableBytes == 0 { stream.waiting = ByteBuffer() }
        streams[channel] = stream
        return frames
    }
}
