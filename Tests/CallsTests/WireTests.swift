import Calls
import EventLog
import HTTPTypes
import Hummingbird
import Kernel
import Live
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import Synchronization
import TestOffice
import Testing

@testable import OknoApp

/// A page's end of a wire: frames as they came.
private final class Page: Sendable {
    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let bytes = Mutex<[UInt8]>([])
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
        }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private let received = Received()
    let channel: any Channel

    /// - Parameter window: bytes that the kernel takes for it.
    init(_ port: Int, reads: Bool = true, window: SocketOptionValue = 1 << 20) async throws {
        let received = received
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads).channelOption(.socketOption(.so_rcvbuf), value: window)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(received) }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func ask(_ ticket: String, cookie: String) async throws {
        try await channel.writeAndFlush(
            ByteBuffer(
                string: """
                    GET /calls/wire?token=\(ticket) HTTP/1.1\r\nHost: okno.test\r\nUpgrade: websocket\r
                    Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                    Origin: http://okno.test\r\nCookie: \(cookie)\r\n\r\n
                    """))
    }

    /// A frame with an empty mask.
    func say(_ opcode: UInt8, _ data: [UInt8]) async throws {
        var frame = ByteBuffer(bytes: [0x80 | opcode])
        if data.count < 126 {
            frame.writeInteger(0x80 | UInt8(data.count))
        } else if data.count < 65_536 {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(data.count))
        } else {
            frame.writeInteger(UInt8(0x80 | 127))
            frame.writeInteger(UInt64(data.count))
        }
        frame.writeBytes([0, 0, 0, 0] + data)
        try await channel.writeAndFlush(frame)
    }

    func say(_ text: String) async throws { try await say(1, Array(text.utf8)) }

    var bytes: [UInt8] { received.bytes.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    func until(shows words: String, at location: SourceLocation = #_sourceLocation) async {
        await until(at: location) { $0.text.contains(words) }
    }

    func until(at location: SourceLocation = #_sourceLocation, _ condition: @Sendable (Page) -> Bool) async {
        let start = ContinuousClock.now
        while !condition(self) {
            guard ContinuousClock.now - start < .seconds(5) else {
                Issue.record("waited in vain; came: \(text.suffix(400))", sourceLocation: location)
                return
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }
}

extension Office {
    /// Until it is written down that the wire of a member is closed.
    fileprivate func untilWaited(for who: Who, in call: CallID) async throws {
        let start = ContinuousClock.now
        let later = Instant(milliseconds: clock.now.milliseconds + 20_000)
        while try await database.read({ tx in
            try !Timers.due(at: later, atMost: 1000, tx).contains {
                $0.kind == Calls.lostTimer && $0.key == "\(call)/\(self.id(who))"
            }
        }) {
            try #require(ContinuousClock.now - start < .seconds(5))
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// The port of a running server.
    /// - Parameter meanwhile: what happens between a ticket that was good and the open wire.
    fileprivate func serving(
        meanwhile: (@Sendable () async throws -> Void)? = nil, _ body: @Sendable (Int) async throws -> Void
    ) async throws {
        let (ports, opened) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let node = installation
        var live = node.liveConfiguration(nil)
        if let meanwhile, let admit = live.wires["/calls/wire"]?.admit {
            live.wires["/calls/wire"]?.admit = { request, address in
                let listener = try await admit(request, address)
                try await meanwhile()
                return listener
            }
        }
        let app = Application(
            responder: node.door(node.router()), server: .live(live),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { opened.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(services: [node.hub, app], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            try await body(try #require(await iterator.next()))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    fileprivate func page(
        of who: Who, _ id: CallID, _ port: Int, reads: Bool = true, window: SocketOptionValue = 1 << 20
    ) async throws -> Page {
        let page = try await Page(port, reads: reads, window: window)
        try await page.ask(ticket(as: who, id), cookie: cookie(of: who))
        return page
    }
}

@Suite struct WireTests {
    @Test(arguments: Engine.available)
    func pagesOfACallHearEachOther(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\":{\"call\":\"\(id)\"")
                await anna.until(shows: "\"index\":0,")
                let boris = try await office.page(of: .boris, id, port)
                await boris.until(shows: "\"members\":[{\"index\":0,\"person\":\"\(office.id(.anna))\"}]")
                await anna.until(shows: "{\"index\":1,\"joined\":\"\(office.id(.boris))\"}")
                try await anna.say("{\"to\":\"\(office.id(.boris))\",\"signal\":{\"sdp\":\"v=0\"}}")
                await boris.until(shows: "{\"from\":\"\(office.id(.anna))\",\"signal\":{\"sdp\":\"v=0\"}}")
                try await boris.say(2, [1, 7, 8, 9])
                // The index of the sender stands before what was sent.
                await anna.until { $0.bytes.suffix(5) == [1, 1, 7, 8, 9] }
                try await anna.say("{\"ping\":true}")
                await anna.until(shows: "{\"pong\":true}")
                // To somebody outside of the call nothing goes, and unknown kinds go nowhere.
                try await anna.say("{\"to\":\"\(office.id(.vera))\",\"signal\":{\"a\":1}}")
                try await anna.say(2, [99, 1])
                try await anna.say(2, [6, 123])
                await boris.until { $0.bytes.suffix(3) == [0, 6, 123] }
                #expect(!boris.bytes.contains([0, 99, 1]))
                // On the node of the wires: another one ends the call in the rows, which pages read again.
                try await office.installation.calls.leave(id, .hungUp, by: office.viewer(.anna))
                await boris.until(shows: "\"ended\"")
            }
        }
    }

    @Test func aTicketOfAnotherIsRefused() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let ticket = try await office.ticket(as: .anna, id)
                let vera = try await Page(port)
                try await vera.ask(ticket, cookie: office.cookie(of: .vera))
                await vera.until(shows: " 401 ")
                let nobody = try await Page(port)
                try await nobody.ask("0000", cookie: office.cookie(of: .anna))
                await nobody.until(shows: " 401 ")
                let anna = try await Page(port)
                try await anna.ask(ticket, cookie: office.cookie(of: .anna))
                await anna.until(shows: "\"welcome\"")
            }
        }
    }

    /// A node that was away for long has lost its calls, and no others are ended.
    @Test func aCallLivesAtTheNodeOfItsWires() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk(), north = office.north
            @Sendable func node() async throws -> String? {
                try await office.database.read { tx in try tx.value("SELECT node_id FROM call WHERE id = \(id)") }
            }
            try await office.database.write(in: north) { tx in
                try tx.run("UPDATE call SET node_id = 'another' WHERE id = \(id)")
            }
            try await office.installation.calls.endLost()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\"")
                #expect(try await node() == "test")
                office.clock.pass(milliseconds: 31_000)
                try await office.installation.calls.endLost()
                await anna.until(shows: "\"ended\":\"lost\"")
            }
        }
    }

    /// At the sign-out the wire is closed and what is relayed for her ends; she may come again by another session.
    @Test(arguments: Engine.available)
    func whoSignsOutHearsNothingMore(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk(), node = office.installation
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                let boris = try await office.page(of: .boris, id, port)
                await anna.until(shows: "\"joined\"")
                await boris.until(shows: "\"welcome\"")
                let ticket = try await office.ticket(as: .anna, id)
                // Something else of her rights changes: nothing is cut.
                node.hub.reconnect([office.id(.anna)])
                try await node.calls.beat()
                try await boris.say(2, [6, 123])
                await anna.until { $0.bytes.suffix(3) == [1, 6, 123] }
                try await office.check(as: .anna, .delete, "/session", status: 303)
                try await LogReading.advance(Rights(hub: node.hub), on: office.database)
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xF0] }
                try await boris.say(2, [6, 124])
                try await boris.say("{\"ping\":true}")
                await boris.until(shows: "{\"pong\":true}")
                #expect(!anna.bytes.contains(124))
                let again = try await Page(port)
                try await again.ask(ticket, cookie: office.cookie(of: .anna))
                await again.until(shows: " 401 ")
                try await office.untilWaited(for: .anna, in: id)
            }
        }
    }

    /// What a node was not told of is noticed by its next beat.
    @Test func whoseSessionHasEndedElsewhereIsCutByTheNextBeat() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\"")
                try await office.check(as: .anna, .delete, "/session", status: 303)
                try await office.installation.calls.beat()
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xF0] }
            }
        }
    }

    @Test func aSlowMemberGetsThePictureFromAKeyFrame() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let boris = try await office.page(of: .boris, id, port)
                await boris.until(shows: "\"welcome\"")
                let anna = try await office.page(of: .anna, id, port, reads: false, window: 16 << 10)
                await boris.until(shows: "\"joined\"")
                for number in 0..<200 {
                    try await boris.say(2, [3, UInt8(number)] + [UInt8](repeating: 0x5A, count: 20_000))
                }
                // Nothing of it lies in the server: when the page reads again, the sender is asked for a key frame.
                try await Task.sleep(for: .milliseconds(200))
                try await anna.channel.setOption(.autoRead, value: true).get()
                await boris.until { $0.bytes.suffix(4) == [0x82, 2, 0, 5] }
                let far = anna.bytes.count
                #expect(far < 3_000_000)
                try await boris.say(2, [3, 1, 0xAB, 0xCD])
                try await boris.say(2, [2, 77, 78, 79])
                await anna.until { $0.bytes.suffix(5) == [1, 2, 77, 78, 79] }
                #expect(!anna.bytes.suffix(20).contains(0xAB))
                try await boris.say(2, [3, 80, 81])
                await anna.until { $0.bytes.suffix(4) == [1, 3, 80, 81] }
            }
        }
    }

    @Test func aMemberWhoSendsTooMuchLosesPicturesUntilAKeyFrame() async throws {
        try await Office.with(.sqlite, settings: ["relay-session": "16"]) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let boris = try await office.page(of: .boris, id, port)
                await boris.until(shows: "\"welcome\"")
                let anna = try await office.page(of: .anna, id, port)
                await boris.until(shows: "\"joined\"")
                try await boris.say(2, [2, 7] + [UInt8](repeating: 0x5A, count: 10_000))
                await anna.until { $0.bytes.count > 10_000 }
                try await boris.say(2, [3, 8] + [UInt8](repeating: 0x5B, count: 10_000))
                try await boris.say(2, [3, 9, 9])
                // Within the limit again, and the picture has a hole.
                await boris.until { $0.bytes.suffix(4) == [0x82, 2, 0, 5] }
                try await boris.say(2, [2, 77, 78])
                await anna.until { $0.bytes.suffix(4) == [1, 2, 77, 78] }
                #expect(!anna.bytes.contains([0x5B, 0x5B, 0x5B]) && !anna.bytes.suffix(8).contains(9))
            }
        }
    }

    @Test func whoSaysMoreWordsThanAnyPageIsSentAway() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\"")
                let words =
                    "{\"to\":\"\(office.id(.boris))\",\"signal\":{\"pen\":\"\(String(repeating: "x", count: 60_000))\"}}"
                for _ in 0..<30 { try? await anna.say(words) }
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xF0] }
            }
        }
    }

    /// An act at another node reaches this one as a hint, or is found by the next beat.
    @Test(arguments: [true, false]) func whatHasChangedElsewhereChangesHere(hint: Bool) async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk(), calls = office.installation.calls
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                let boris = try await office.page(of: .boris, id, port)
                await anna.until(shows: "\"joined\"")
                let people = [office.id(.anna), office.id(.boris)]
                func told() async throws {
                    guard hint else { return try await calls.beat() }
                    calls.take(.hint(.init(organisation: office.north, seq: 0, topics: people.map { "person/\($0)" })))
                }
                try await office.database.write(in: office.north) { [person = people[1]] tx in
                    try tx.run("UPDATE call_member SET state = 'left' WHERE call_id = \(id) AND person_id = \(person)")
                }
                try await told()
                await boris.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xE8] }
                await anna.until(shows: "\"left\"")
                try await office.database.write(in: office.north) { tx in
                    try tx.run("UPDATE call SET state = 'ended', why = 'hung-up', ended_at = 1 WHERE id = \(id)")
                }
                try await told()
                await anna.until(shows: "\"ended\":\"hung-up\"")
            }
        }
    }

    @Test func aCallThatEndsWhileAWireOpensClosesIt() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving(meanwhile: {
                try await office.installation.calls.leave(id, .hungUp, by: office.viewer(.boris))
            }) { port in
                let anna = try await office.page(of: .anna, id, port)
                // The page asks for the panel again, and reads there how it ended.
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xE8] }
            }
        }
    }

    @Test func wordsForAFullWireWaitAndTooManyOfThemCloseIt() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let boris = try await office.page(of: .boris, id, port)
                await boris.until(shows: "\"welcome\"")
                let anna = try await office.page(of: .anna, id, port, reads: false, window: 16 << 10)
                await boris.until(shows: "\"joined\"")
                for number in 0..<200 {
                    try await boris.say(2, [3, UInt8(number)] + [UInt8](repeating: 0x5A, count: 20_000))
                }
                try await boris.say("{\"to\":\"\(office.id(.anna))\",\"signal\":{\"sdp\":\"late\"}}")
                try await Task.sleep(for: .milliseconds(200))
                try await anna.channel.setOption(.autoRead, value: true).get()
                await anna.until(shows: "{\"sdp\":\"late\"}")

                try await anna.channel.setOption(.autoRead, value: false).get()
                for number in 0..<200 {
                    try await boris.say(2, [3, UInt8(number)] + [UInt8](repeating: 0x5A, count: 20_000))
                    let many = String(repeating: "x", count: 20_000)
                    if number > 100 {
                        try await boris.say("{\"to\":\"\(office.id(.anna))\",\"signal\":{\"sdp\":\"\(many)\"}}")
                    }
                }
                try await Task.sleep(for: .milliseconds(1200))
                try await anna.channel.setOption(.autoRead, value: true).get()
                await anna.until { !$0.channel.isActive }
                // It comes again.
                let again = try await office.page(of: .anna, id, port)
                await again.until(shows: "\"welcome\"")
            }
        }
    }

    @Test func whoseWireStaysClosedIsLostAndWhoComesBackIsNot() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                let boris = try await office.page(of: .boris, id, port)
                await anna.until(shows: "\"joined\"")
                try await boris.channel.close()
                try await office.untilWaited(for: .boris, in: id)
                let again = try await office.page(of: .boris, id, port)
                await again.until(shows: "\"welcome\"")
                office.clock.pass(milliseconds: 25_000)
                try await office.settle()
                try await office.check(as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-inside"])
                try await again.channel.close()
                try await office.untilWaited(for: .boris, in: id)
                office.clock.pass(milliseconds: 19_000)
                try await office.settle()
                try await office.check(as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-inside"])
                office.clock.pass(milliseconds: 1001)
                try await office.settle()
                await anna.until(shows: "{\"ended\":\"lost\"}")
            }
        }
    }
}
