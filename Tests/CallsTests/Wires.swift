import Calls
import EventLog
import Kernel
import Live
import NIOCore
import NIOPosix
import Storage
import TestOffice
import Testing

@testable import OknoApp

/// A page's end of a wire: frames as they came.
final class Page: Sendable {
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

    var bytes: [UInt8] { received.bytes }
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
    func untilWaited(for who: Who, in call: CallID) async throws {
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

    /// - Parameter meanwhile: what happens between a ticket that was good and the open wire.
    func serving(
        meanwhile: @escaping @Sendable () async throws -> Void, _ body: (Int) async throws -> Void
    ) async throws {
        try await serving(
            changing: { live in
                guard let admit = live.wires["/calls/wire"]?.admit else { return }
                live.wires["/calls/wire"]?.admit = { request, address in
                    let listener = try await admit(request, address)
                    try await meanwhile()
                    return listener
                }
            }, body)
    }

    func page(
        of who: Who, _ id: CallID, _ port: Int, reads: Bool = true, window: SocketOptionValue = 1 << 20
    ) async throws -> Page {
        let page = try await Page(port, reads: reads, window: window)
        try await page.ask(ticket(as: who, id), cookie: cookie(of: who))
        return page
    }

    /// Boris and after him Anna, both with an open wire.
    func pages(
        _ id: CallID, _ port: Int, annaReads: Bool = true, window: SocketOptionValue = 1 << 20
    ) async throws -> (boris: Page, anna: Page) {
        let boris = try await page(of: .boris, id, port)
        await boris.until(shows: "\"welcome\"")
        let anna = try await page(of: .anna, id, port, reads: annaReads, window: window)
        await boris.until(shows: "\"joined\"")
        return (boris, anna)
    }
}
