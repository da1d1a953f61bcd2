import AgentProtocol
import EventLog
import HTTPTypes
import Kernel
import NIOCore
import OknoApp
import RFB
import Recordings
import Storage
import Synchronization
import TestOffice
import Testing

@testable import RemoteControl

extension Recorder {
    /// What a server says before its first picture.
    func greet(_ screen: RFBScreen) {
        for part in [ByteBuffer(string: "RFB 003.008\n"), ByteBuffer(bytes: [1, 1]), ByteBuffer(bytes: [0, 0, 0, 0])] {
            #expect(came(part))
        }
        #expect(came(screen.serverInit))
    }
}

/// Messages that a recorder said.
final class Said: Sendable {
    private let all = Mutex<[AgentMessage]>([])
    func add(_ message: AgentMessage) { all.withLock { $0.append(message) } }

    /// Bytes that the agent was allowed besides the window.
    var credit: Int {
        all.withLock { all in
            all.reduce(0) { sum, message in
                if case .credit(_, let more) = message { sum + Int(more) } else { sum }
            }
        }
    }

    /// Until a picture of a whole `screen` was taken: it is larger than what is paid for at once.
    func waitForCredit(above known: Int) async throws {
        for _ in 0..<1000 where credit <= known { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// The whole of it costs a quarter of the window.
    static let screen = RFBScreen(width: 128, height: 128, format: .wide, name: "PC-7")

    /// What the server heard first.
    var first: String? {
        guard case .data(8, let bytes)? = all.withLock({ $0.first }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    var isClosed: Bool {
        all.withLock { $0.contains { message in if case .close = message { true } else { false } } }
    }
}

func update(_ width: UInt8, _ height: UInt8, of byte: UInt8? = nil) -> ByteBuffer {
    let pixels = (0..<Int(width) * Int(height) * 4).map { _ in byte ?? UInt8.random(in: 0...255) }
    return ByteBuffer(bytes: [0, 0, 0, 1, 0, 0, 0, 0, 0, width, 0, height, 0, 0, 0, 0] + pixels)
}

extension Office {
    fileprivate func recorder(of id: ControlID, _ said: Said) async throws -> Recorder {
        let session = try #require(try await installation.remote.sight(of: id, watchedBy: [], after: 1).recorded)
        return Recorder(channel: 8, of: session, at: installation.remote) { said.add($0) }
    }

    func waitForParts(_ count: Int, of id: ControlID) async throws {
        for _ in 0..<500 where try await parts(of: id).count < count { try await Task.sleep(for: .milliseconds(20)) }
    }
}

/// What a recorder takes, and when it closes a part.
@Suite struct RecorderTests {
    @Test func moreThanTheWindowIsNotTaken() async throws {
        try await Office.with(.sqlite) { office in
            try await office.allow()
            let said = Said(), recorder = try await office.recorder(of: office.agree(), said)
            #expect(!recorder.came(ByteBuffer(repeating: 0, count: Recorder.window + 1)))
            let other = try await office.recorder(of: office.agree(.gleb, on: office.ask(.gleb)), said)
            // Nonsense is not paid for.
            #expect(other.came(ByteBuffer(repeating: 0, count: Recorder.window)))
            for _ in 0..<200 where !said.isClosed { try await Task.sleep(for: .milliseconds(10)) }
            #expect(said.isClosed && said.credit == 0)
            #expect(!other.came(ByteBuffer(repeating: 0, count: 1)))
        }
    }

    @Test func aPartThatLastsLongIsClosedAlsoWhenNothingMoves() async throws {
        try await Office.with(.sqlite) { office in
            try await office.allow()
            let id = try await office.agree(), said = Said(), recorder = try await office.recorder(of: id, said)
            recorder.credit(1000)
            recorder.greet(Said.screen)
            #expect(recorder.came(update(128, 128)))
            try await said.waitForCredit(above: 0)
            office.clock.pass(milliseconds: 31_000)
            #expect(recorder.came(update(4, 4)))
            try await office.waitForParts(1, of: id)
            #expect(try await office.parts(of: id) == [[0, 31_000]])
            let paid = said.credit
            #expect(recorder.came(update(128, 128)))
            try await said.waitForCredit(above: paid)
            office.clock.pass(milliseconds: 31_000)
            recorder.tick()
            try await office.waitForParts(2, of: id)
            #expect(try await office.parts(of: id) == [[0, 31_000], [31_000, 62_000]])
            recorder.stop()
        }
    }

    @Test func aPartThatGrowsLargeIsClosed() async throws {
        try await Office.with(.sqlite) { office in
            try await office.allow()
            let id = try await office.agree(), said = Said(), recorder = try await office.recorder(of: id, said)
            recorder.credit(1000)
            recorder.greet(RFBScreen(width: 255, height: 255, format: .wide, name: "PC-7"))
            var sent = 0
            for height in [UInt8(255)] + Array(repeating: 200, count: Recorder.largestPart / 204_000 + 1) {
                var rest = update(255, height)
                while let piece = rest.readSlice(length: min(32_000, rest.readableBytes)), piece.readableBytes > 0 {
                    for _ in 0..<500 where said.credit + Recorder.window < sent + 33_000 {
                        try await Task.sleep(for: .milliseconds(10))
                    }
                    sent += piece.readableBytes
                    #expect(recorder.came(piece))
                }
            }
            try await office.waitForParts(1, of: id)
            #expect(try await office.parts(of: id).count == 1)
            recorder.stop()
        }
    }

    /// The word of an old recorder that it is over comes when the next one has begun already.
    @Test func theEndOfAnOldRecorderIsNotThatOfTheNext() async throws {
        try await Office.with(.sqlite) { office in
            try await office.allow()
            let recorder = try await office.recorder(of: office.agree(), Said())
            let wire = AgentWire(office.installation.remote)
            wire.state.withLock { $0.recorder = recorder }
            wire.said(.close(channel: 6, .finished, words: ""))
            #expect(wire.state.withLock { $0.recorder } === recorder)
            wire.said(.close(channel: 8, .finished, words: ""))
            #expect(wire.state.withLock { $0.recorder } == nil)
            recorder.stop()
        }
    }

    @Test(arguments: Engine.available)
    func nothingIsToldOfARecordingOfWhichNothingWasKept(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow()
            let id = try await office.agree()
            _ = try await office.installation.recordings.begin(
                RecordingID(id.text), of: office.request, in: office.north)
            office.clock.pass(Minutes(9))
            try await office.check(as: .anna, .post, "/control/\(id)/end", status: 303, events: [.controlEnded])
        }
    }

    @Test(arguments: Engine.available)
    func theMinutesToldAreThoseThatWereKept(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.allow()
            let id = try await office.agree()
            _ = try await office.installation.recordings.begin(
                RecordingID(id.text), of: office.request, in: office.north)
            try await office.keep([1, 2, 3], from: 0, until: 65_000, of: id)
            office.clock.pass(Minutes(9))
            try await office.check(
                as: .anna, .post, "/control/\(id)/end", status: 303, events: [.controlEnded, .controlRecorded])
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/history", status: 200, shows: ["Сеанс записан: 2"])
        }
    }

    /// The only part of a short session is kept when the session has ended already.
    @Test func aShortRecordingIsToldWhenItIsKept() async throws {
        try await Office.with(.sqlite) { office in
            try await office.allow()
            let id = try await office.agree(), said = Said(), recorder = try await office.recorder(of: id, said)
            recorder.credit(1000)
            recorder.greet(Said.screen)
            #expect(recorder.came(update(128, 128)))
            try await said.waitForCredit(above: 0)
            office.clock.pass(milliseconds: 5_000)
            try await office.check(as: .anna, .post, "/control/\(id)/end", status: 303, events: [.controlEnded])
            recorder.stop()
            try await office.waitForParts(1, of: id)
            var page = ""
            for _ in 0..<100 where !page.contains("Сеанс записан: 1") {
                try await Task.sleep(for: .milliseconds(20))
                page = try await office.get(as: .boris, "/requests/\(office.number)/history").body
            }
            #expect(page.contains("Сеанс записан: 1"))
        }
    }
}
