import AgentProtocol
import NIOCore
import Testing

@testable import RemoteControl

/// What a viewer may say to a screen, held on the server's side.
@Suite struct InputTests {
    private static let greeting = Array("RFB 003.008\n".utf8) + [1, 1]
    private static let key: [UInt8] = [4, 1, 0, 0, 0, 0, 0, 0x61], release: [UInt8] = [4, 0, 0, 0, 0, 0, 0, 0x61]
    private static let pointer: [UInt8] = [5, 1, 0, 9, 0, 9]
    private static let cut: [UInt8] = [6, 0, 0, 0, 0, 0, 0, 3, 0x61, 0x62, 0x63]
    private static let longCut: [UInt8] = [6, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFC, 1, 0, 0, 0]
    private static let extended: [UInt8] = [255, 0, 0, 1, 0, 0, 0, 0x61, 0, 0, 0, 30]
    private static let look: [UInt8] = [3, 1, 0, 0, 0, 0, 4, 0, 3, 0]
    private static let encodings: [UInt8] = [2, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]

    @Test func whoOnlyLooksPressesNothing() throws {
        var input = ViewerInput(isControl: false)
        let said =
            Self.greeting + Self.encodings + Self.key + Self.pointer + Self.cut + Self.extended + Self.longCut
            + Self.look
        #expect(try input.pass(said) == Self.greeting + Self.encodings + Self.look)
    }

    @Test func whoControlsPressesKeysAndHasAnotherWayForTheClipboard() throws {
        var input = ViewerInput(isControl: true)
        let said = Self.greeting + Self.key + Self.cut + Self.pointer + Self.longCut + Self.release
        #expect(try input.pass(said) == Self.greeting + Self.key + Self.pointer + Self.release)
    }

    @Test func piecesOfAnySizeMeanTheSame() throws {
        let said = Self.greeting + Self.key + Self.cut + Self.look + Self.pointer
        for size in 1..<said.count {
            var input = ViewerInput(isControl: false), passed: [UInt8] = []
            for start in stride(from: 0, to: said.count, by: size) {
                passed += try input.pass(said[start..<min(said.count, start + size)])
            }
            #expect(passed == Self.greeting + Self.look)
        }
    }

    @Test func whileThePersonIsAskedOnlyWhatWasPressedIsLetGo() throws {
        var input = ViewerInput(isControl: true)
        _ = try input.pass(Self.greeting + Self.key)
        input.isHeld = true
        #expect(try input.pass(Self.key + Self.pointer + Self.release) == Self.release)
        input.isHeld = false
        #expect(try input.pass(Self.pointer) == Self.pointer)
    }

    /// Whoever says much in small pieces costs what the bytes are worth.
    @Test func aHeapOfSmallMessagesIsReadInATimeThatGrowsWithItsLength() throws {
        var input = ViewerInput(isControl: true)
        _ = try input.pass(Self.greeting)
        let said = Array(repeatElement(Self.pointer, count: (512 << 10) / 6).joined())
        let clock = ContinuousClock(), began = clock.now
        let passed = try input.pass(said)
        #expect(passed == said && began.duration(to: clock.now) < .seconds(1))
    }

    @Test func whatIsNoViewerEndsTheStream() {
        var input = ViewerInput(isControl: true)
        #expect(throws: ViewerInput.Fault.version) { try input.pass(Array("GET / HTTP/1.1\r\n".utf8)) }
        input = ViewerInput(isControl: true)
        #expect(throws: ViewerInput.Fault.message(99)) { try input.pass(Self.greeting + [99]) }
        input = ViewerInput(isControl: true)
        #expect(throws: ViewerInput.Fault.tooLong) {
            try input.pass(Self.greeting + [6, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF])
        }
    }
}
