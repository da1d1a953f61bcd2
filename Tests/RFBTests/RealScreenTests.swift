import Foundation
import NIOCore
import RFB
import Testing

/// x11vnc on an Xvfb of its own, reached over a pair of sockets: nothing listens.
private final class RealScreen {
    private let display: Process, server: Process
    private let end: CInt

    init() throws {
        let numbers = Pipe()
        display = Process()
        display.executableURL = URL(filePath: "/usr/bin/Xvfb")
        display.arguments = ["-displayfd", "1", "-screen", "0", "320x200x24", "-nolisten", "tcp"]
        display.standardOutput = numbers
        display.standardError = FileHandle.nullDevice
        try display.run()
        let number = Self.line(from: numbers.fileHandleForReading.fileDescriptor)
        var ends: [CInt] = [0, 0]
        #expect(socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &ends) == 0)
        end = ends[0]
        server = Process()
        server.executableURL = URL(filePath: "/usr/bin/x11vnc")
        server.arguments = ["-inetd", "-display", ":\(number)", "-quiet", "-noxrecord", "-wait", "20"]
        let handle = FileHandle(fileDescriptor: ends[1])
        (server.standardInput, server.standardOutput) = (handle, handle)
        server.standardError = FileHandle.nullDevice
        try server.run()
        close(ends[1])
    }

    deinit {
        close(end)
        // A signal that this process holds back is held back by its children too; this one is not.
        for process in [server, display] { kill(process.processIdentifier, SIGKILL) }
    }

    /// A signal of another child may interrupt the reading.
    private static func line(from file: CInt) -> String {
        var text: [UInt8] = [], byte: UInt8 = 0
        while true {
            let count = Foundation.read(file, &byte, 1)
            if count == 1, byte != UInt8(ascii: "\n") {
                text.append(byte)
            } else if count >= 0 || errno != EINTR {
                break
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    func write(_ bytes: ByteBuffer) { _ = bytes.withUnsafeReadableBytes { send(end, $0.baseAddress, $0.count, 0) } }

    /// What has come within 50 ms.
    func read() -> ByteBuffer {
        var waiting = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 50) == 1 else { return ByteBuffer() }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = recv(end, &bytes, bytes.count, 0)
        return ByteBuffer(bytes: bytes.prefix(max(0, count)))
    }
}

@Suite struct RealScreenTests {
    @Test func aRealServerIsRecordedWithAnEntryAgainAndAgain() throws {
        let screen = try RealScreen()
        var recorder = RFBRecorder(entryEvery: 500, perSecond: 20)
        let start = ContinuousClock.now
        var begun: RFBScreen?
        var entries: [Duration] = []
        while entries.count < 3, ContinuousClock.now - start < .seconds(15) {
            let now = (ContinuousClock.now - start) / .milliseconds(1)
            for step in try recorder.take(screen.read(), at: Int64(now)) {
                switch step {
                case .send(let bytes): screen.write(bytes)
                case .begun(let screen): begun = screen
                case .message(_, let isEntry): if isEntry { entries.append(ContinuousClock.now - start) }
                }
            }
            if let question = recorder.tick(at: Int64(now)) { screen.write(question) }
        }
        #expect(begun?.width == 320 && begun?.height == 200)
        #expect(entries.count == 3, "the whole screen came at \(entries)")
    }
}
