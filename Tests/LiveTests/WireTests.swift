import Foundation
import HTTPTypes
import Kernel
import Live
import NIOCore
import ServiceLifecycle
import Synchronization
import Testing

/// A room's end of a wire: notes what happens and answers each message with itself.
private final class Echo: WireListener {
    struct Seen: Sendable {
        var wire: Live.Wire?
        var messages: [String] = []
        var drained = 0
        var isClosed = false
    }
    let seen = Mutex(Seen())
    let answers: Bool

    init(answers: Bool = true) { self.answers = answers }

    func opened(_ wire: Live.Wire) { seen.withLock { $0.wire = wire } }
    func drained(_ wire: Live.Wire) { seen.withLock { $0.drained += 1 } }
    func closed(_ wire: Live.Wire) { seen.withLock { $0.isClosed = true } }
    func heard(_ message: WireMessage, on wire: Live.Wire) {
        switch message {
        case .text(let text):
            seen.withLock { $0.messages.append(text) }
            if answers { wire.send("said \(text)") }
        case .bytes(let bytes):
            seen.withLock { $0.messages.append("\(bytes.readableBytes) bytes") }
            if answers { wire.send(bytes) }
        }
    }

    /// Until it stays full: the kernels at both ends take more and more for a while.
    static func fill(_ wire: Live.Wire) async throws {
        let part = ByteBuffer(repeating: 7, count: 16 << 10)
        for _ in 0..<500 {
            if wire.isFull { try await Task.sleep(for: .milliseconds(100)) }
            if wire.isFull { return }
            wire.send(part)
            try await Task.sleep(for: .milliseconds(1))
        }
        Issue.record("it is never full")
    }

    var wire: Live.Wire? { seen.withLock { $0.wire } }

    static func run(
        _ echo: Echo, isForPages: Bool = true, rate: RelayRate? = nil,
        limits: @escaping (inout LiveLimits) -> Void = { _ in },
        _ body: (TestPort) async throws -> Void
    ) async throws {
        try await TestPort.run {
            limits(&$0.limits)
            $0.wires["/room/wire"] = WireDoor(isForPages: isForPages, messageBytes: 1000, outboxBytes: 64 << 10) {
                request, client in
                #expect(client?.description == "127.0.0.1")
                return request.path?.hasSuffix("?key=good") == true ? echo : nil
            }
            $0.wires["/room/wire"]?.rate = rate
        } _: { port in
            try await body(port)
        }
    }
}

extension Wire {
    fileprivate func askWire(_ path: String = "/room/wire?key=good", origin: String? = "http://okno.test") async throws
    {
        var headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        headers += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        if let origin { headers += "Origin: \(origin)\r\n" }
        try await get(path, headers)
    }

    fileprivate func openWire(origin: String? = "http://okno.test") async throws {
        try await askWire(origin: origin)
        await until("101") { $0.text.contains("101 Switching Protocols") && $0.text.hasSuffix("\r\n\r\n") }
        forget()
    }

    /// A frame with an empty mask, so that its bytes are the text itself.
    fileprivate func frame(_ first: UInt8, _ data: [UInt8]) async throws {
        var bytes: [UInt8] = [first]
        bytes +=
            data.count < 126
            ? [0x80 | UInt8(data.count)] : [0x80 | 126, UInt8(data.count >> 8), UInt8(data.count & 0xFF)]
        try await send(bytes + [0, 0, 0, 0] + data)
    }
}

@Suite struct WireTests {
    @Test func messagesOfBothKindsPassWholeAndInOrder() async throws {
        let echo = Echo()
        try await Echo.run(echo) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            try await client.say("один")
            await client.until(shows: "said один")
            // One message in three frames, a ping between them.
            try await client.frame(0x01, Array("дв".utf8))
            try await client.frame(0x89, [7])
            try await client.frame(0x00, Array("а,".utf8))
            try await client.frame(0x80, Array(" три".utf8))
            await client.until(shows: "said два, три")
            client.forget()
            try await client.frame(0x82, [UInt8](repeating: 9, count: 900))
            await client.until("the same bytes") {
                $0.bytes == [0x82, 126, 3, 132] + [UInt8](repeating: 9, count: 900)
            }
            #expect(echo.seen.withLock { $0.messages } == ["один", "два, три", "900 bytes"])
            client.close()
            await client.until("the listener told") { _ in echo.seen.withLock { $0.isClosed } }
        }
    }

    /// However the bytes of a frame arrive, each is unmasked by the byte of the mask that is its own.
    @Test func aMaskIsTakenOffInAnyPieces() async throws {
        let echo = Echo(), mask: [UInt8] = [0x91, 0x02, 0xF3, 0x44]
        let data = (0..<900).map { UInt8(truncatingIfNeeded: $0 * 7) }
        let frame = [0x82, 0x80 | 126, 3, 132] + mask + data.enumerated().map { $1 ^ mask[$0 % 4] }
        try await Echo.run(echo) { port in
            for pieces in [[3, 6, 9, 1, 17, 64], [908], [5, 2, 3], [10, 13, 500]] {
                let client = try await Wire(port.number)
                try await client.openWire()
                var rest = frame[...]
                for length in pieces + [frame.count] where !rest.isEmpty {
                    try await client.send(Array(rest.prefix(length)))
                    rest = rest.dropFirst(length)
                    try await Task.sleep(for: .milliseconds(3))
                }
                await client.until("the same bytes") { $0.bytes == [0x82, 126, 3, 132] + data }
            }
        }
    }

    /// 545 kilobytes at a hundred a second: a second's worth at once, the rest as it may; a read that is under way brings some more.
    @Test(arguments: [RelayRate(ofSession: 100_000), RelayRate(ofAll: 100_000)])
    func whoSendsTooMuchWaitsAndLosesNothing(_ rate: RelayRate) async throws {
        let echo = Echo(answers: false)
        try await Echo.run(echo, rate: rate) { port in
            let clients = [try await Wire(port.number), try await Wire(port.number)]
            for client in clients { try await client.openWire() }
            let start = ContinuousClock.now
            for number in 0..<600 {
                let client = clients[rate.ofSession == 100_000 ? 0 : number % 2]
                try await client.frame(0x82, [UInt8](repeating: 1, count: 900))
            }
            await clients[0].until("all of it", within: 10) { _ in echo.seen.withLock { $0.messages.count } == 600 }
            #expect(ContinuousClock.now - start > .seconds(1))
        }
    }

    @Test func onlyThoseWhoAreAdmittedComeInAndPagesOnlyFromAnOriginOfOurs() async throws {
        try await Echo.run(Echo()) { port in
            for (path, origin, status) in [
                ("/room/wire?key=bad", "http://okno.test", "401"), ("/room/wire?key=good", "http://evil.test", "403"),
                ("/room/wire?key=good", nil, "403"), ("/room/other?key=good", "http://okno.test", "404"),
            ] {
                let client = try await Wire(port.number)
                try await client.askWire(path, origin: origin)
                await client.until(shows: "HTTP/1.1 \(status)")
            }
            let plain = try await Wire(port.number)
            try await plain.get("/room/wire?key=good")
            await plain.until(shows: "426")
        }
        try await Echo.run(Echo(), isForPages: false) { port in
            try await Wire(port.number).openWire(origin: nil)
        }
    }

    @Test func aUsedConnectionBecomesAWireToo() async throws {
        try await Echo.run(Echo()) { port in
            let client = try await Wire(port.number)
            try await client.get("/")
            await client.until(shows: "client 127.0.0.1")
            client.forget()
            try await client.openWire()
            for word in ["a", "b", "c"] {
                try await client.say(word)
                await client.until(shows: "said \(word)")
            }
        }
    }

    @Test(
        arguments: [
            ("too long", [0x82, 0xFE, 0x03, 0xE9, 0, 0, 0, 0], 1009),
            ("a continuation of nothing", [0x80, 0x80, 0, 0, 0, 0], 1002),
            ("without a mask", [0x82, 1, 5], 1002),
            ("no text", [0x81, 0x82, 0, 0, 0, 0, 0xFF, 0xFE], 1007),
        ] as [(String, [UInt8], UInt16)])
    func whatIsNoMessageClosesTheWire(_ what: String, _ bytes: [UInt8], _ code: UInt16) async throws {
        let echo = Echo()
        try await Echo.run(echo) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            try await client.send(bytes)
            await client.until(what) { $0.bytes.starts(with: [0x88, 2, UInt8(code >> 8), UInt8(code & 0xFF)]) }
            await client.untilClosed()
            await client.until("the listener told") { _ in echo.seen.withLock { $0.isClosed } }
        }
    }

    @Test func partsThatTogetherAreTooLongCloseTheWire() async throws {
        try await Echo.run(Echo()) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            try await client.frame(0x02, [UInt8](repeating: 1, count: 600))
            try await client.frame(0x00, [UInt8](repeating: 1, count: 600))
            await client.until("1009") { $0.bytes.starts(with: [0x88, 2, 0x03, 0xF1]) }
        }
    }

    @Test func aWireThatIsNotReadIsFullAndIsToldWhenItIsNoMore() async throws {
        let echo = Echo(answers: false)
        try await Echo.run(echo) { port in
            let client = try await Wire(port.number, reads: false, window: 32 << 10)
            try await client.askWire()
            while echo.wire == nil { try await Task.sleep(for: .milliseconds(2)) }
            let wire = try #require(echo.wire)
            try await Echo.fill(wire)
            let before = echo.seen.withLock { $0.drained }
            try await client.channel.setOption(.autoRead, value: true).get()
            await client.until("drained") { _ in echo.seen.withLock { $0.drained } == before + 1 }
            #expect(!wire.isFull)
        }
    }

    @Test func whoAsksForTooManySignsOfLifeIsSentAway() async throws {
        try await Echo.run(Echo(), limits: { $0.messages = 20 }) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            // At once, so that a slow machine spreads them over no longer time than is counted.
            try await client.send((0..<20).flatMap { [0x89, 0x81, 0, 0, 0, 0, UInt8($0)] } + [0x8A, 0x80, 0, 0, 0, 0])
            await client.until("an answer to each, and 1008") {
                $0.bytes.suffix(7) == [0x8A, 1, 19, 0x88, 2, 0x03, 0xF0]
            }
        }
    }

    @Test func aFullWireIsNotFilledWithSignsOfLife() async throws {
        let echo = Echo(answers: false)
        try await Echo.run(echo) { port in
            let client = try await Wire(port.number, reads: false, window: 32 << 10)
            try await client.askWire()
            while echo.wire == nil { try await Task.sleep(for: .milliseconds(2)) }
            let wire = try #require(echo.wire)
            try await Echo.fill(wire)
            let before = echo.seen.withLock { $0.drained }
            for _ in 0..<10 { try await client.frame(0x89, [0xAA, 0xBB]) }
            try await client.say("after them")
            await client.until("them heard") { _ in echo.seen.withLock { $0.messages == ["after them"] } }
            try await client.channel.setOption(.autoRead, value: true).get()
            await client.until("drained") { _ in echo.seen.withLock { $0.drained } == before + 1 }
            try await client.frame(0x89, [0xCC])
            await client.until("an answer again") { $0.bytes.suffix(3) == [0x8A, 1, 0xCC] }
            #expect(!client.bytes.contains(0xAA))
        }
    }

    @Test func aListenerLetsMoreInWhenItKnowsWhoIsThere() async throws {
        let echo = Echo(answers: false)
        try await Echo.run(echo) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            while echo.wire == nil { try await Task.sleep(for: .milliseconds(2)) }
            echo.wire?.allow(messageBytes: 2000)
            try await client.say("who I am")
            await client.until("it heard") { _ in echo.seen.withLock { $0.messages.count } == 1 }
            try await client.frame(0x82, [UInt8](repeating: 1, count: 1900))
            await client.until("more heard") { _ in echo.seen.withLock { $0.messages.last } == "1900 bytes" }
            echo.wire?.allow(messageBytes: 100)
            try await client.say("less")
            await client.until("it heard") { _ in echo.seen.withLock { $0.messages.count } == 3 }
            try await client.frame(0x82, [UInt8](repeating: 1, count: 101))
            await client.until("1009") { $0.bytes.starts(with: [0x88, 2, 0x03, 0xF1]) }
        }
    }

    @Test func aPausedWireTakesNothingUntilItGoesOn() async throws {
        let echo = Echo(answers: false)
        try await Echo.run(echo) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            try await client.say("first")
            await client.until("first heard") { _ in echo.seen.withLock { $0.messages.count } == 1 }
            let wire = try #require(echo.wire)
            wire.pauseReading()
            // A read that was asked for before the pause may still bring something.
            try await client.say("second")
            try await Task.sleep(for: .milliseconds(50))
            try await client.say("third")
            try await Task.sleep(for: .milliseconds(100))
            #expect(!echo.seen.withLock { $0.messages.contains("third") })
            wire.resumeReading()
            await client.until("all heard") { _ in
                echo.seen.withLock { $0.messages } == ["first", "second", "third"]
            }
        }
    }

    @Test func aSilentEndIsAskedForASignOfLifeAndThenGivenUp() async throws {
        try await Echo.run(Echo(), limits: { $0.ping = .milliseconds(100) }) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            await client.until("a ping") { $0.bytes.starts(with: [0x89, 0]) }
            await client.untilClosed(within: 2)
        }
    }

    @Test func whenTheServerLeavesItSaysSo() async throws {
        try await Echo.run(Echo()) { port in
            let client = try await Wire(port.number)
            try await client.openWire()
            await port.group.triggerGracefulShutdown()
            await client.until("1001") { $0.bytes.starts(with: [0x88, 2, 0x03, 0xE9]) }
        }
    }
}
