import Foundation
import Kernel
import Live
import NIOCore
import Synchronization
import Testing

private let office = TestPort.organisation
private let requestOne = "request/018f0000-0000-7000-8000-0000000000aa"

@Suite struct SocketTests {
    @Test func aHintReachesThoseWhoWatchItsTopicAndNobodyElse() async throws {
        try await TestPort.run { port in
            let anna = try await Wire(port.number), boris = try await Wire(port.number),
                stranger = try await Wire(port.number)
            try await anna.watch([requestOne, "line/1"])
            try await boris.watch(["line/2", "secret/1"], as: "boris")
            try await stranger.watch([requestOne], as: "stranger")
            port.hub.publish(Hint(organisation: office, seq: 11, topics: [requestOne, "secret/1"]))
            await anna.until(shows: #"{"seq":11,"topic":"\#(requestOne)"}"#)
            port.hub.publish(Hint(organisation: office, seq: 12, topics: ["line/2"]))
            await boris.until(shows: #"{"seq":12,"topic":"line/2"}"#)
            #expect(!boris.text.contains("secret"))
            #expect(stranger.bytes.isEmpty)
            let counters = port.hub.counters
            #expect(counters.connected == 3 && counters.opened == 3 && counters.dropped == 0 && counters.hints == 2)
            anna.close()
            await anna.until("one socket less") { _ in port.hub.counters.connected == 2 }
        }
    }

    @Test func onePersonCannotOpenSocketsWithoutEnd() async throws {
        try await TestPort.run {
            $0.limits.socketsOfPerson = 2
        } _: { port in
            let first = try await Wire(port.number), second = try await Wire(port.number)
            try await first.watch(["line/1"])
            try await second.watch(["line/1"])
            let third = try await Wire(port.number)
            try await third.askSocket()
            await third.until(shows: "429 Too Many Requests")
            let other = try await Wire(port.number)
            try await other.watch(["line/1"], as: "boris")
            first.close()
            await first.until("one socket less") { _ in port.hub.counters.connected == 2 }
            try await Wire(port.number).watch(["line/1"])
        }
    }

    @Test func aSecondSubscriptionReplacesTheFirst() async throws {
        try await TestPort.run { port in
            let page = try await Wire(port.number)
            try await page.watch(["line/1"])
            try await page.subscribe(["line/2"])
            port.hub.publish(Hint(organisation: office, seq: 11, topics: ["line/1", "line/2"]))
            await page.until(shows: "line/2")
            #expect(!page.text.contains("line/1"))
        }
    }

    @Test func aPageThatIsBehindIsToldToReload() async throws {
        try await TestPort.run { port in
            let behind = try await Wire(port.number)
            try await behind.openSocket()
            try await behind.say(Wire.subscription(["line/1"], seq: 9))
            await behind.until(shows: #"{"reload":true}"#)
            let current = try await Wire(port.number)
            try await current.openSocket()
            try await current.say(Wire.subscription(["line/1"], seq: 10))
            try await Task.sleep(for: .milliseconds(200))
            #expect(current.bytes.isEmpty)
            port.hub.publishReload(office)
            await current.until(shows: #"{"reload":true}"#)
        }
    }

    @Test func nothingIsLostBetweenReadingTheNumberAndWatching() async throws {
        let asked = AsyncStream.makeStream(of: Void.self), go = AsyncStream.makeStream(of: Void.self)
        try await TestPort.run { configuration in
            configuration.mayWatch = { _, topics in
                asked.continuation.yield()
                for await _ in go.stream { break }
                return (topics, 10)
            }
        } _: { port in
            let page = try await Wire(port.number)
            try await page.openSocket()
            try await page.say(#"{"topics":["line/1"],"seq":10}"#)
            for await _ in asked.stream { break }
            port.hub.publish(Hint(organisation: office, seq: 11, topics: ["line/1"]))
            try await Task.sleep(for: .milliseconds(50))
            #expect(page.bytes.isEmpty)
            go.continuation.yield()
            await page.until(shows: #"{"reload":true}"#)
        }
    }

    @Test func hintsInQuickSuccessionBecomeOneAndTheLastNumberWins() async throws {
        try await TestPort.run { port in
            let page = try await Wire(port.number)
            try await page.watch(["line/1"])
            for seq in 11...110 { port.hub.publish(Hint(organisation: office, seq: Int64(seq), topics: ["line/1"])) }
            await page.until(shows: #""seq":110"#)
            #expect(page.text.contains(#""seq":11,"#))
            #expect(page.text.components(separatedBy: "topic").count - 1 <= 4)
        }
    }

    @Test func typingIsRelayedToOthersAndNotTooOften() async throws {
        try await TestPort.run { port in
            let anna = try await Wire(port.number), also = try await Wire(port.number),
                boris = try await Wire(port.number)
            try await anna.watch([requestOne])
            try await also.watch([requestOne])
            try await boris.watch([requestOne], as: "boris")
            for _ in 0..<5 { try await anna.say(#"{"typing":"\#(requestOne)"}"#) }
            try await anna.say(#"{"typing":"request/other"}"#)
            await boris.until(shows: #"{"typing":"\#(requestOne)","person":"person-a"}"#)
            try await Task.sleep(for: .milliseconds(50))
            #expect(boris.text.components(separatedBy: "typing").count == 2)
            #expect(anna.bytes.isEmpty && also.bytes.isEmpty)
        }
    }

    @Test func whatIsPublishedHereIsRelayedOnceAndWhatArrivesIsNot() async throws {
        let relayed = Mutex<[LiveSignal]>([])
        let here = LiveHub(), there = LiveHub()
        here.onPublish { signal in
            relayed.withLock { $0.append(signal) }
            LiveSignal(signal.text).map { there.deliver($0) }
        }
        there.onPublish { _ in Issue.record("a delivered signal went out again") }
        let signals: [LiveSignal] = [
            .hint(Hint(organisation: office, seq: 5, topics: ["line/1", requestOne])), .reload(office),
            .ended([SessionID("s1"), SessionID("s2")]), .reconnect([PersonID("p")]),
            .typing(office, topic: requestOne, person: PersonID("p")),
        ]
        for signal in signals {
            here.publish(signal)
            #expect(LiveSignal(signal.text) == signal)
        }
        #expect(relayed.withLock { $0 } == signals)
        #expect(there.counters.hints == 1)
        #expect(LiveSignal("from the future") == nil)
    }

    @Test func anEndedSessionLosesItsSocketAndChangedRightsAreAskedAnew() async throws {
        try await TestPort.run { port in
            let anna = try await Wire(port.number), boris = try await Wire(port.number)
            try await anna.watch(["line/1"])
            try await boris.watch(["line/1"], as: "boris")
            port.hub.endSessions([TestPort.anna.session])
            await anna.until("the end of the session") { $0.bytes.suffix(4) == [0x88, 0x02, 0x03, 0xF0] }
            await anna.untilClosed()
            #expect(boris.bytes.isEmpty)
            port.hub.reconnect([TestPort.boris.person])
            await boris.until(shows: #"{"bye":true}"#)
            await boris.untilClosed()
        }
    }

    @Test func onlyPagesOfThisSiteAndSignedInPeopleGetASocket() async throws {
        try await TestPort.run {
            $0.publicOrigins = ["https://help.example"]
        } _: { port in
            let attempts: [(cookie: String?, origin: String?, answer: String)] = [
                ("anna", "https://evil.example", "403 Forbidden"), ("anna", nil, "403 Forbidden"),
                ("anna", "null", "403 Forbidden"), ("anna", "http://okno.test:81", "403 Forbidden"),
                ("nobody", "http://okno.test", "401 Unauthorized"), (nil, "http://okno.test", "401 Unauthorized"),
                ("anna", "https://help.example", "101 Switching"), ("anna", "https://okno.test", "101 Switching"),
            ]
            for attempt in attempts {
                let wire = try await Wire(port.number)
                try await wire.askSocket(as: attempt.cookie, origin: attempt.origin)
                await wire.until(shows: attempt.answer)
                if attempt.answer.hasPrefix("4") { await wire.untilClosed() }
                wire.close()
            }
        }
    }

    @Test func aRequestForTheSocketThatIsNoHandshakeIsExplained() async throws {
        try await TestPort.run { port in
            let plain = try await Wire(port.number)
            try await plain.get("/live")
            await plain.until(shows: "426 Upgrade Required")
            await plain.untilClosed()
            let old = try await Wire(port.number)
            try await old.get(
                "/live",
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\nOrigin: http://okno.test\r\nCookie: session=anna\r\n"
            )
            await old.until(shows: "400 Bad Request")
            await old.untilClosed()
        }
    }

    @Test func aDatabaseThatIsAwayMakesTheCallerReturnLater() async throws {
        struct Away: Error {}
        try await TestPort.run {
            $0.authenticate = { _ in throw Away() }
        } _: { port in
            let wire = try await Wire(port.number)
            try await wire.askSocket()
            await wire.until(shows: "503 Service Unavailable")
        }
        try await TestPort.run {
            $0.mayWatch = { _, _ in throw Away() }
        } _: { port in
            let wire = try await Wire(port.number)
            try await wire.openSocket()
            try await wire.say(Wire.subscription(["line/1"], seq: 1))
            await wire.until("try again later") { $0.bytes == [0x88, 0x02, 0x03, 0xF5] }
        }
    }

    @Test(arguments: [false, true])
    func aUsedConnectionBecomesASocketToo(pipelined: Bool) async throws {
        try await TestPort.run { port in
            let wire = try await Wire(port.number)
            for _ in 0..<3 {
                try await wire.get("/")
                await wire.until(shows: "client 127.0.0.1")
                wire.forget()
            }
            if pipelined { try await wire.get("/slow") }
            try await wire.askSocket()
            await wire.until("101") { $0.text.contains("101 Switching Protocols") && $0.text.hasSuffix("\r\n\r\n") }
            #expect(wire.text.contains("slow answer") == pipelined)
            wire.forget()
            for seq in 1...3 {
                try await wire.subscribe(["line/1"])
                port.hub.publish(Hint(organisation: office, seq: Int64(seq), topics: ["line/1"]))
                await wire.until(shows: #""seq":\#(seq),"#)
            }
            try await wire.say("", opcode: 8)
            await wire.untilClosed()
            await wire.until("no socket left") { _ in port.hub.counters.connected == 0 }
        }
    }

    @Test func theSocketWorksInTLS() async throws {
        try await withFolder { folder in
            let certificates = try folder.certificates(TestCertificate.first)
            try await TestPort.run {
                $0.certificates = certificates
            } _: { port in
                let wire = try await Wire(port.number, tls: true)
                try await wire.watch(["line/1"])
                port.hub.publish(Hint(organisation: office, seq: 11, topics: ["line/1"]))
                await wire.until(shows: #""seq":11,"#)
            }
        }
    }

    @Test func rudenessEndsASocketWithItsReason() async throws {
        try await TestPort.run {
            $0.limits.messages = 20
        } _: { port in
            func open() async throws -> Wire {
                let wire = try await Wire(port.number)
                try await wire.openSocket()
                return wire
            }
            func expect(_ wire: Wire, _ code: UInt16, at location: SourceLocation = #_sourceLocation) async {
                await wire.until("close \(code)", at: location) {
                    $0.bytes.suffix(4) == [0x88, 0x02, UInt8(code >> 8), UInt8(code & 0xFF)]
                }
                wire.close()
            }
            let long = try await open()
            try await long.say(String(repeating: "x", count: 5000))
            await expect(long, 1009)
            let senseless = try await open()
            try await senseless.say("hello")
            await expect(senseless, 1007)
            let binary = try await open()
            try await binary.say("{}", opcode: 2)
            await expect(binary, 1003)
            let bare = try await open()
            try await bare.send([0x81, 0x02, 0x7B, 0x7D])
            await expect(bare, 1002)
            let half = try await open()
            try await half.send([0x01, 0x82, 0, 0, 0, 0, 0x7B, 0x7D])
            await expect(half, 1003)
            let greedy = try await open()
            try await greedy.say(#"{"topics":[\#((0..<65).map { "\"l/\($0)\"" }.joined(separator: ","))]}"#)
            await expect(greedy, 1008)
            let flood = try await open()
            for _ in 0..<30 { try? await flood.say(#"{"typing":"x"}"#) }
            await expect(flood, 1008)
            #expect(port.hub.counters.dropped == 1)
        }
    }

    @Test func oddTopicsAreNobodysTopics() async throws {
        let seen = Mutex<[String]>([])
        try await TestPort.run { configuration in
            configuration.mayWatch = { _, topics in
                seen.withLock { $0 = topics }
                return (topics + ["never/asked"], 0)
            }
        } _: { port in
            let page = try await Wire(port.number)
            try await page.watch(["line/1", "", "a b", "ключ", "x\\\"y", String(repeating: "z", count: 121)])
            #expect(seen.withLock { $0 } == ["line/1"])
            port.hub.publish(Hint(organisation: office, seq: 11, topics: ["never/asked", "line/1"]))
            await page.until(shows: "line/1")
            #expect(!page.text.contains("never"))
        }
    }

    @Test func aPageIsPingedAndADeadOneIsDropped() async throws {
        try await TestPort.run {
            $0.limits.ping = .milliseconds(800)
        } _: { port in
            let alive = try await Wire(port.number), dead = try await Wire(port.number)
            try await alive.watch(["line/1"])
            try await dead.watch(["line/1"])
            let start = ContinuousClock.now
            while !dead.isClosed, ContinuousClock.now - start < .seconds(6) {
                try await alive.say("", opcode: 10)
                try await Task.sleep(for: .milliseconds(250))
            }
            #expect(alive.bytes.starts(with: [0x89, 0x00]))
            #expect(dead.isClosed)
            #expect(!alive.isClosed)
            #expect(port.hub.counters.dropped == 1)
            try await alive.say("you?", opcode: 9)
            await alive.until("a pong") { $0.bytes.suffix(6) == [0x8A, 0x04] + Array("you?".utf8) }
        }
    }

    @Test func aSocketHasAnEndAndSoHasSilence() async throws {
        try await TestPort.run { configuration in
            configuration.limits.ping = .milliseconds(1600)
            configuration.limits.socketLife = .milliseconds(2000)
            configuration.limits.firstMessage = .milliseconds(300)
        } _: { port in
            let page = try await Wire(port.number), mute = try await Wire(port.number)
            try await page.watch(["line/1"])
            try await mute.openSocket()
            await mute.untilClosed()
            #expect(!mute.text.contains("bye"))
            await page.until(shows: #"{"bye":true}"#)
            await page.untilClosed()
        }
    }

    @Test func aPageThatNeverReadsCostsLittleAndIsDroppedOthersGoOn() async throws {
        try await TestPort.run {
            $0.limits.unreadHints = .milliseconds(500)
        } _: { port in
            let deaf = try await Wire(port.number, window: 4096)
            let page = try await Wire(port.number, window: 4096)
            let topics = (0..<60).map { "request/018f0000-0000-7000-8000-\(String(format: "%012d", $0))" }
            try await deaf.watch(topics)
            try await page.watch(["line/1"])
            try await deaf.channel.setOption(.autoRead, value: false).get()
            var seq: Int64 = 10
            let start = ContinuousClock.now
            while port.hub.counters.connected == 2, ContinuousClock.now - start < .seconds(8) {
                for _ in 0..<10 {
                    seq += 1
                    port.hub.publish(Hint(organisation: office, seq: seq, topics: topics))
                }
                try await Task.sleep(for: .milliseconds(4))
            }
            #expect(port.hub.counters.connected == 1)
            #expect(port.hub.counters.dropped == 1)
            port.hub.publish(Hint(organisation: office, seq: seq + 1, topics: ["line/1"]))
            await page.until(shows: #"{"seq":\#(seq + 1),"topic":"line/1"}"#)
        }
    }

    @Test func aPageThatReadsAgainIsToldToReload() async throws {
        try await TestPort.run { port in
            let page = try await Wire(port.number, window: 4096)
            let topics = (0..<60).map { "request/018f0000-0000-7000-8000-\(String(format: "%012d", $0))" }
            try await page.watch(topics)
            try await page.channel.setOption(.autoRead, value: false).get()
            for seq in 11...100 {
                port.hub.publish(Hint(organisation: office, seq: Int64(seq), topics: topics))
                try await Task.sleep(for: .milliseconds(21))
            }
            try await page.channel.setOption(.autoRead, value: true).get()
            await page.until(shows: #"{"reload":true}"#)
        }
    }
}
