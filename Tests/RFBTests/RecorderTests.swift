import NIOCore
import RFB
import Testing

/// What a server of a screen of 40 × 20 says.
private enum Server {
    static let greeting = ByteBuffer(string: "RFB 003.008\n")
    static let securities = ByteBuffer(bytes: [2, 2, 1])
    static let agreed = ByteBuffer(bytes: [0, 0, 0, 0])
    static let begin = RFBScreen(width: 40, height: 20, format: .wide, name: "desk").serverInit

    static func update(_ rectangles: [[UInt8]]) -> ByteBuffer {
        ByteBuffer(bytes: [0, 0, 0, UInt8(rectangles.count)] + rectangles.flatMap(\.self))
    }

    static func head(_ x: UInt8, _ y: UInt8, _ width: UInt8, _ height: UInt8, _ encoding: Int32) -> [UInt8] {
        let code = UInt32(bitPattern: encoding)
        return [
            0, x, 0, y, 0, width, 0, height, UInt8(code >> 24), UInt8(code >> 16 & 255), UInt8(code >> 8 & 255),
            UInt8(code & 255),
        ]
    }

    static func raw(_ x: UInt8, _ y: UInt8, _ width: UInt8, _ height: UInt8) -> [UInt8] {
        head(x, y, width, height, 0) + [UInt8](repeating: 7, count: Int(width) * Int(height) * 2)
    }

    static let copy = head(0, 0, 8, 8, 1) + [0, 8, 0, 8]

    /// 40 × 20: three tiles above, three below; each way that a tile can be written.
    static var hextile: [UInt8] {
        var bytes = head(0, 0, 40, 20, 5)
        bytes += [1] + [UInt8](repeating: 9, count: 16 * 16 * 2)
        bytes += [2, 1, 1]
        bytes += [2 | 4 | 8, 1, 1, 2, 2, 2, 0x11, 0x22, 0x33, 0x44]
        bytes += [0]
        bytes += [8 | 16, 2, 5, 5, 0x11, 0x22, 6, 6, 0x33, 0x44]
        bytes += [1] + [UInt8](repeating: 9, count: 8 * 4 * 2)
        return bytes
    }
}

/// A recorder that has come as far as the first picture.
private func running(entryEvery: Int64 = 10_000) throws -> RFBRecorder {
    var recorder = RFBRecorder(entryEvery: entryEvery)
    for part in [Server.greeting, Server.securities, Server.agreed, Server.begin] { _ = try recorder.take(part, at: 0) }
    return recorder
}

@Suite struct RecorderTests {
    @Test func itGreetsChoosesNoPasswordAndAsksForTheWholeScreen() throws {
        var recorder = RFBRecorder()
        #expect(try recorder.take(Server.greeting, at: 0) == [.send(ByteBuffer(string: "RFB 003.008\n"))])
        #expect(try recorder.take(Server.securities, at: 0) == [.send(ByteBuffer(bytes: [1]))])
        #expect(try recorder.take(Server.agreed, at: 0) == [.send(ByteBuffer(bytes: [1]))])
        let steps = try recorder.take(Server.begin, at: 0)
        #expect(steps.first == .begun(RFBScreen(width: 40, height: 20, format: .small, name: "desk")))
        guard case .send(let words)? = steps.last else { return #expect(Bool(false), "nothing was asked") }
        #expect(Array(words.readableBytesView.suffix(10)) == [3, 0, 0, 0, 0, 0, 0, 40, 0, 20])
    }

    @Test func whatComesByteByByteIsTheSame() throws {
        let update = Server.update([Server.hextile])
        var whole = RFBRecorder(), slow = RFBRecorder()
        var stream = ByteBuffer()
        for part in [Server.greeting, Server.securities, Server.agreed, Server.begin, update] {
            stream.writeImmutableBuffer(part)
        }
        let once = try whole.take(stream, at: 0)
        var steps: [RFBRecorder.Step] = []
        for byte in stream.readableBytesView { steps += try slow.take(ByteBuffer(bytes: [byte]), at: 0) }
        #expect(steps == once)
        #expect(steps.last == .message(update, isEntry: true))
    }

    /// A film on a large screen, in the pieces of a slow line: what was looked at is not looked at again.
    @Test(.timeLimit(.minutes(1)))
    func aLongUpdateInSmallPiecesIsMeasuredOnce() throws {
        let (width, height) = (2560, 1600)
        var recorder = RFBRecorder()
        let begin = RFBScreen(width: width, height: height, format: .wide, name: "desk").serverInit
        for part in [Server.greeting, Server.securities, Server.agreed, begin] { _ = try recorder.take(part, at: 0) }
        var update = ByteBuffer(bytes: [0, 0, 0, 1, 0, 0, 0, 0])
        update.writeInteger(UInt16(width))
        update.writeInteger(UInt16(height))
        update.writeInteger(Int32(5))
        let tile = [1] + [UInt8](repeating: 9, count: 16 * 16 * 2)
        for _ in 0..<(width / 16 * height / 16) { update.writeBytes(tile) }
        #expect(update.readableBytes > 8_000_000)
        var rest = update, steps: [RFBRecorder.Step] = []
        let start = ContinuousClock.now
        while let piece = rest.readSlice(length: min(1024, rest.readableBytes)), piece.readableBytes > 0 {
            steps += try recorder.take(piece, at: 0)
            if ContinuousClock.now - start > .seconds(10) { break }
        }
        let took = ContinuousClock.now - start
        #expect(took < .seconds(1), "\(took)")
        #expect(steps == [.message(update, isEntry: true)])
    }

    @Test func theWholeScreenIsAskedForSoonerWhenItIsWanted() throws {
        var recorder = try running()
        recorder.wantEntry(at: 0)
        #expect(recorder.tick(at: 1) == nil)
        _ = try recorder.take(Server.update([Server.raw(0, 0, 40, 20)]), at: 0)
        #expect(recorder.tick(at: 1) == nil)
        recorder.wantEntry(at: 2)
        #expect(recorder.tick(at: 3)?.getInteger(at: 1, as: UInt8.self) == 0)
    }

    @Test(
        arguments: [
            (Server.update([Server.raw(0, 0, 40, 20)]), true), (Server.update([Server.raw(0, 0, 40, 10)]), false),
            (Server.update([Server.raw(0, 0, 40, 10), Server.raw(0, 10, 40, 10)]), true),
            (Server.update([Server.copy]), false), (Server.update([]), false),
        ] as [(ByteBuffer, Bool)])
    func onlyTheWholeScreenIsAnEntry(_ update: ByteBuffer, _ isEntry: Bool) throws {
        var recorder = try running()
        #expect(try recorder.take(update, at: 5) == [.message(update, isEntry: isEntry)])
    }

    @Test func itAsksForFewPicturesAndFromTimeToTimeForTheWholeScreen() throws {
        var recorder = try running()
        _ = try recorder.take(Server.update([Server.raw(0, 0, 40, 20)]), at: 0)
        #expect(recorder.tick(at: 100) == nil)
        #expect(recorder.tick(at: 250)?.getInteger(at: 1, as: UInt8.self) == 1)
        #expect(recorder.tick(at: 500) == nil)
        _ = try recorder.take(Server.update([Server.copy]), at: 9_900)
        #expect(recorder.tick(at: 10_200)?.getInteger(at: 1, as: UInt8.self) == 0)
        // The answer to an older question is not the whole screen: it is asked for again.
        _ = try recorder.take(Server.update([Server.copy]), at: 10_300)
        #expect(recorder.tick(at: 10_600)?.getInteger(at: 1, as: UInt8.self) == 0)
        _ = try recorder.take(Server.update([Server.raw(0, 0, 40, 20)]), at: 10_700)
        #expect(recorder.tick(at: 11_000)?.getInteger(at: 1, as: UInt8.self) == 1)
    }

    @Test func aNewSizeIsFollowedAndBeginsWithTheWholeOfIt() throws {
        var recorder = try running()
        _ = try recorder.take(Server.update([Server.raw(0, 0, 40, 20)]), at: 0)
        _ = try recorder.take(Server.update([Server.head(0, 0, 60, 30, -223)]), at: 100)
        #expect(recorder.screen?.width == 60 && recorder.screen?.height == 30)
        let asked = recorder.tick(at: 400)
        #expect(asked.map { Array($0.readableBytesView) } == [3, 0, 0, 0, 0, 0, 0, 60, 0, 30])
        let wide = Server.update([Server.raw(0, 0, 60, 30)])
        #expect(try recorder.take(wide, at: 500) == [.message(wide, isEntry: true)])
    }

    @Test func copiedTextAndBellsAreNotKept() throws {
        var recorder = try running()
        let secret = ByteBuffer(bytes: [3, 0, 0, 0, 0, 0, 0, 6] + Array("secret".utf8))
        #expect(try recorder.take(secret, at: 0) == [])
        #expect(try recorder.take(ByteBuffer(bytes: [2]), at: 0) == [])
        let colours = ByteBuffer(bytes: [1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3])
        #expect(try recorder.take(colours, at: 0) == [.message(colours, isEntry: false)])
    }

    @Test(
        arguments: [
            ([ByteBuffer(string: "HTTP/1.1 200")], RFBError.version),
            ([Server.greeting, ByteBuffer(bytes: [1, 2])], .security),
            ([Server.greeting, ByteBuffer(bytes: [0])], .refused),
            ([Server.greeting, Server.securities, ByteBuffer(bytes: [0, 0, 0, 1])], .refused),
            (
                [
                    Server.greeting, Server.securities, Server.agreed,
                    RFBScreen(width: 0, height: 20, format: .wide, name: "").serverInit,
                ], .tooLarge
            ),
        ] as [([ByteBuffer], RFBError)])
    func whatIsNoServerIsRefused(_ parts: [ByteBuffer], _ fault: RFBError) throws {
        var recorder = RFBRecorder()
        #expect(throws: fault) { for part in parts { _ = try recorder.take(part, at: 0) } }
    }

    @Test(arguments: [
        (ByteBuffer(bytes: [9]), RFBError.unknownMessage(9)),
        (Server.update([Server.head(0, 0, 8, 8, 7)]), .unknownEncoding(7)),
        (Server.update([Server.raw(8, 0, 40, 1)]), .tooLarge),
        (ByteBuffer(bytes: [3, 0, 0, 0, 255, 255, 255, 255]), .tooLarge),
    ])
    func whatIsNoMessageEndsTheRecording(_ bytes: ByteBuffer, _ fault: RFBError) throws {
        var recorder = try running()
        #expect(throws: fault) { _ = try recorder.take(bytes, at: 0) }
    }

    @Test func noiseNeitherTrapsNorHangs() throws {
        var seed: UInt64 = 42
        func byte() -> UInt8 {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: seed >> 33)
        }
        for _ in 0..<2000 {
            var recorder = try running()
            var bytes = Array(Server.update([Server.hextile, Server.copy]).readableBytesView)
            for _ in 0..<(1 + Int(byte()) % 6) { bytes[(Int(byte()) * 256 + Int(byte())) % bytes.count] = byte() }
            _ = try? recorder.take(ByteBuffer(bytes: bytes), at: 0)
        }
    }
}
