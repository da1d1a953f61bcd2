package import NIOCore

/// A viewer that looks in order to keep. It speaks RFB 3.8 as a value: bytes in, bytes and whole messages out, no socket and no clock.
///
/// It asks for encodings that need nothing of earlier messages (Raw, CopyRect, Hextile), at most `perSecond` pictures, and for the
/// whole screen every `entryEvery` milliseconds: a recording can be entered at such a message, which a compressed stream does not
/// allow. Copied text is never kept.
package struct RFBRecorder: Sendable {
    package enum Step: Sendable, Equatable {
        /// For the server.
        case send(ByteBuffer)
        /// The screen is known; messages follow.
        case begun(RFBScreen)
        /// A whole message of the server, to be kept. An entry shows the whole screen.
        case message(ByteBuffer, isEntry: Bool)
    }

    private enum State { case version, security, securityResult, serverInit, running }

    /// Bytes: the largest screen that is sold, raw in the small format, and some more.
    private static let longestMessage = 72 << 20
    /// The screen that there is, raw and twice over, with what stands around it.
    private var longestMessage: Int {
        guard let screen else { return 1 << 20 }
        return min(Self.longestMessage, 2 * screen.width * screen.height * format.bytesOfPixel + (4 << 20))
    }

    private let entryEvery: Int64
    private let format: RFBScreen.PixelFormat
    private let pause: Int64
    private var state = State.version
    private var held = ByteBuffer()
    /// The update at the beginning of `held`, which is not whole yet.
    private var coming: RFBUpdate?
    package private(set) var screen: RFBScreen?
    private var entryAt: Int64 = 0
    private var askAt: Int64?
    private var wantsEntry = true

    /// - Parameter perSecond: pictures, from 1 to 60.
    package init(entryEvery: Int64 = 10_000, perSecond: Int64 = 4, format: RFBScreen.PixelFormat = .small) {
        (self.entryEvery, pause, self.format) = (entryEvery, 1000 / perSecond, format)
    }

    /// Takes bytes from the server.
    /// - Parameter now: milliseconds of any steady clock, the same as in `tick`.
    /// - Throws: `RFBError`; nothing more can be read then.
    package mutating func take(_ bytes: ByteBuffer, at now: Int64) throws(RFBError) -> [Step] {
        held.writeImmutableBuffer(bytes)
        var steps: [Step] = []
        while let more = try next(at: now) { steps += more }
        guard held.readableBytes <= longestMessage else { throw .tooLarge }
        if held.readerIndex > 1 << 20 { held.discardReadBytes() }
        return steps
    }

    /// Asks for the whole screen sooner than it would, unless that was asked for already: at the next `tick`.
    package mutating func wantEntry(at now: Int64) { if !wantsEntry { entryAt = now } }

    /// What is due now: call it some times a second.
    package mutating func tick(at now: Int64) -> ByteBuffer? {
        guard let screen else { return nil }
        if now >= entryAt, !wantsEntry {
            // A screen where nothing moves leaves the last question unanswered.
            (wantsEntry, askAt) = (true, nil)
            return Self.request(screen, incremental: false)
        }
        guard let askAt, askAt <= now else { return nil }
        self.askAt = nil
        return Self.request(screen, incremental: !wantsEntry)
    }

    /// nil: a message is not whole yet.
    private mutating func next(at now: Int64) throws(RFBError) -> [Step]? {
        switch state {
        case .version:
            guard let words = held.readString(length: 12) else { return nil }
            guard words.hasPrefix("RFB 003."), words.hasSuffix("\n") else { throw .version }
            state = .security
            return [.send(ByteBuffer(string: "RFB 003.008\n"))]
        case .security:
            guard let count = held.getInteger(at: held.readerIndex, as: UInt8.self) else { return nil }
            guard count > 0 else { throw .refused }
            guard let types = held.getBytes(at: held.readerIndex + 1, length: Int(count)) else { return nil }
            guard types.contains(1) else { throw .security }
            held.moveReaderIndex(forwardBy: 1 + Int(count))
            state = .securityResult
            return [.send(ByteBuffer(bytes: [1]))]
        case .securityResult:
            guard let result = held.readInteger(as: UInt32.self) else { return nil }
            guard result == 0 else { throw .refused }
            state = .serverInit
            // Others look on.
            return [.send(ByteBuffer(bytes: [1]))]
        case .serverInit: return try begin(at: now)
        case .running: return try message(at: now)
        }
    }

    private mutating func begin(at now: Int64) throws(RFBError) -> [Step]? {
        let start = held.readerIndex
        guard let length = held.getInteger(at: start + 20, as: UInt32.self) else { return nil }
        guard length <= 4096 else { throw .tooLarge }
        guard held.readableBytes >= 24 + Int(length) else { return nil }
        let width = Int(held.readInteger(as: UInt16.self) ?? 0), height = Int(held.readInteger(as: UInt16.self) ?? 0)
        guard 1...16_384 ~= width, 1...16_384 ~= height else { throw .tooLarge }
        held.moveReaderIndex(forwardBy: 20)
        let name = String(buffer: held.readSlice(length: Int(length)) ?? ByteBuffer())
        let screen = RFBScreen(width: width, height: height, format: format, name: name)
        self.screen = screen
        state = .running
        var words = ByteBuffer(bytes: [0, 0, 0, 0])
        words.writeBytes(format.bytes)
        words.writeBytes([2, 0])
        words.writeInteger(UInt16(RFBRectangle.wanted.count))
        for encoding in RFBRectangle.wanted { words.writeInteger(encoding) }
        words.writeImmutableBuffer(Self.request(screen, incremental: false))
        entryAt = now + entryEvery
        return [.begun(screen), .send(words)]
    }

    private mutating func message(at now: Int64) throws(RFBError) -> [Step]? {
        guard let screen, let type = held.getInteger(at: held.readerIndex, as: UInt8.self) else { return nil }
        switch type {
        case 0:
            var update = coming ?? RFBUpdate(on: screen)
            guard try update.measure(held) else {
                coming = update
                return nil
            }
            coming = nil
            guard let bytes = held.readSlice(length: update.length) else { return nil }
            askAt = now + pause
            self.screen = update.screen
            let isEntry = update.showsEverything
            if isEntry {
                wantsEntry = false
                entryAt = now + entryEvery
            }
            // A new size begins with the whole of it.
            if update.screen != screen, !isEntry { (wantsEntry, entryAt) = (true, now) }
            return [.message(bytes, isEntry: isEntry)]
        case 1:
            guard let count = held.getInteger(at: held.readerIndex + 4, as: UInt16.self) else { return nil }
            guard let bytes = held.readSlice(length: 6 + Int(count) * 6) else { return nil }
            return [.message(bytes, isEntry: false)]
        case 2:
            held.moveReaderIndex(forwardBy: 1)
            return []
        case 3:
            guard let length = held.getInteger(at: held.readerIndex + 4, as: UInt32.self) else { return nil }
            guard length <= 1 << 20 else { throw .tooLarge }
            guard held.readSlice(length: 8 + Int(length)) != nil else { return nil }
            return []
        default: throw .unknownMessage(type)
        }
    }

    private static func request(_ screen: RFBScreen, incremental: Bool) -> ByteBuffer {
        var bytes = ByteBuffer(bytes: [3, incremental ? 1 : 0, 0, 0, 0, 0])
        bytes.writeInteger(UInt16(screen.width))
        bytes.writeInteger(UInt16(screen.height))
        return bytes
    }
}
