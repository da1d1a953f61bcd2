import Kernel
import NIOCore
import NIOPosix
import TestOffice
import Testing

@testable import Connection
@testable import OknoApp

/// A page that checks its connection: a socket, and what has come over it.
private final class Checker: Sendable {
    private let received = Received()
    let channel: any Channel

    init(_ port: Int, _ cookie: String, reads: Bool = true) async throws {
        let received = received
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads).channelOption(.socketOption(.so_rcvbuf), value: 64 << 10)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(received) }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await channel.writeAndFlush(
            ByteBuffer(
                string:
                    "GET /connection/wire HTTP/1.1\r\nHost: localhost:\(port)\r\nOrigin: http://localhost:\(port)\r\n"
                    + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                    + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: \(cookie)\r\n\r\n"))
    }

    /// A text with an empty mask.
    func say(_ text: String) async throws {
        try await channel.writeAndFlush(
            ByteBuffer(bytes: [0x81, 0x80 | UInt8(text.utf8.count), 0, 0, 0, 0] + Array(text.utf8)))
    }

    var count: Int { received.bytes.count }

    func until(_ condition: (String) -> Bool) async throws {
        let start = ContinuousClock.now
        while !condition(String(decoding: received.bytes, as: UTF8.self)) {
            try #require(ContinuousClock.now - start < .seconds(5))
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    func untilClosed() async throws {
        let start = ContinuousClock.now
        while channel.isActive {
            try #require(ContinuousClock.now - start < .seconds(10))
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

@Suite struct EchoWireTests {
    /// Wires that never came about take no place.
    @Test func aPersonHasFourOpenWiresAtMost() async throws {
        try await Office.with(.sqlite) { office in
            for _ in 0..<10 { #expect(office.installation.echoes.listener(for: office.id(.anna)) != nil) }
            try await OpenPort.run(office) { port in
                let cookie = try await office.cookie(of: .anna)
                var pages: [Checker] = []
                for _ in 0..<4 { pages.append(try await Checker(port, cookie)) }
                for page in pages { try await page.until { $0.contains(" 101 ") } }
                // A text and its echo: the wire is open on both sides.
                for page in pages {
                    try await page.say("echo 1")
                    try await page.until { $0.hasSuffix("echo 1") }
                }
                try await Checker(port, cookie).until { $0.contains(" 401 ") }
                try await Checker(port, office.cookie(of: .boris)).until { $0.contains(" 101 ") }
                try await pages[0].channel.close()
                let start = ContinuousClock.now
                while office.installation.echoes.listener(for: office.id(.anna)) == nil {
                    try #require(ContinuousClock.now - start < .seconds(5))
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        }
    }

    @Test func whoAsksWithoutEndOrReadsNoAnswersIsSentAway() async throws {
        try await Office.with(.sqlite) { office in
            try await OpenPort.run(office) { port in
                let cookie = try await office.cookie(of: .anna)
                let chatty = try await Checker(port, cookie)
                try await chatty.until { $0.contains(" 101 ") }
                for _ in 0...EchoWire.mostTexts { try await chatty.say("count") }
                try await chatty.untilClosed()
                let deaf = try await Checker(port, cookie, reads: false)
                try await Task.sleep(for: .milliseconds(200))
                try await deaf.say("send 60000")
                try await Task.sleep(for: .milliseconds(200))
                try await deaf.say("count")
                try await Task.sleep(for: .milliseconds(100))
                try await deaf.channel.setOption(.autoRead, value: true).get()
                try await deaf.untilClosed()
                #expect(deaf.count < 30 << 20)
            }
        }
    }

    /// Opened at the port, as pages open it: not without a session, not from another site.
    @Test func onlyPagesOfSomebodySignedInGetAWire() async throws {
        try await Office.with(.sqlite) { office in
            try await OpenPort.run(office) { port in
                for (origin, status) in [("http://localhost:\(port)", 401), ("http://elsewhere.example", 403)] {
                    let line = try await ClientLine.open("localhost", port: port, patience: .seconds(2))
                    let answer = try await line.ask(
                        "GET /connection/wire HTTP/1.1\r\nHost: localhost:\(port)\r\nOrigin: \(origin)\r\n"
                            + "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n", within: .seconds(5))
                    #expect(answer.status == status)
                    line.close()
                }
            }
        }
    }
}
