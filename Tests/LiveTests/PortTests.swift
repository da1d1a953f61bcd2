import Foundation
import Kernel
import Live
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import Testing

/// Answers STUN with a word instead of TURN.
private struct Echo: TurnSeam {
    final class Handler: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        let client: String
        let count = Mutex(0)
        init(_ client: String) { self.client = client }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let count = count.withLock {
                $0 += unwrapInboundIn(data).readableBytes; return $0
            }
            if count >= 20 {
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "turn of \(client)")), promise: nil)
            }
        }
    }
    func accept(_ channel: any Channel, client: IPAddress?) throws {
        try channel.pipeline.syncOperations.addHandler(Handler(client?.description ?? "?"))
    }
}

private let stun: [UInt8] = [0x00, 0x03, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42] + Array(repeating: 7, count: 12)
private let v1 = Array("PROXY TCP4 192.0.2.7 127.0.0.1 51000 80\r\n".utf8)
private let v2 = proxy2([192, 0, 2, 8] + [127, 0, 0, 1] + [0xC7, 0x38, 0, 80], family: 0x11)
private let v2six = proxy2(
    [0x20, 0x01, 0x0D, 0xB8] + Array(repeating: 0, count: 11) + [9] + Array(repeating: 0, count: 15) + [1] + [
        0xC7, 0x38, 0, 80,
    ],
    family: 0x21)
private let get = Array("GET / HTTP/1.1\r\nHost: okno.test\r\n\r\n".utf8)

private func proxy2(_ block: [UInt8], family: UInt8, command: UInt8 = 0x21) -> [UInt8] {
    [0x0D, 0x0A, 0x0D, 0x0A, 0x00, 0x0D, 0x0A, 0x51, 0x55, 0x49, 0x54, 0x0A, command, family, 0, UInt8(block.count)]
        + block
}

extension LiveConfiguration {
    fileprivate mutating func trustMe() { trustedProxies = [AddressRange("127.0.0.0/8")!] }
}

@Suite struct PortTests {
    @Test(arguments: [false, true])
    func everyProtocolArrivesWholeAndByteByByte(dripping: Bool) async throws {
        try await withFolder { folder in
            let certificates = try folder.certificates(TestCertificate.first)
            try await TestPort.run { configuration in
                configuration.trustMe()
                configuration.certificates = certificates
                configuration.turn = Echo()
            } _: { port in
                for tls in [false, true] {
                    for (bytes, answer) in [
                        (get, "client 127.0.0.1 over \(tls ? "https" : "http")"), (stun, "turn of 127.0.0.1"),
                    ] {
                        let wire = try await Wire(port.number, tls: tls)
                        if dripping { try await wire.drip(bytes) } else { try await wire.send(bytes) }
                        await wire.until(shows: answer)
                        wire.close()
                    }
                }
                for (header, client) in [(v1, "192.0.2.7"), (v2, "192.0.2.8"), (v2six, "2001:db8::9")] {
                    for (bytes, answer) in [(get, "client \(client) over http"), (stun, "turn of \(client)")] {
                        let wire = try await Wire(port.number)
                        if dripping { try await wire.drip(header + bytes) } else { try await wire.send(header + bytes) }
                        await wire.until(shows: answer)
                        wire.close()
                    }
                }
            }
        }
    }

    @Test func aProxyThatSpeaksForItselfIsItself() async throws {
        try await TestPort.run {
            $0.trustMe()
        } _: { port in
            let headers = [
                proxy2([], family: 0, command: 0x20), proxy2([1, 2, 3], family: 0), Array("PROXY UNKNOWN\r\n".utf8),
                Array("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n".utf8),
            ]
            for header in headers {
                let wire = try await Wire(port.number)
                try await wire.send(header + get)
                await wire.until(shows: "client 127.0.0.1 over http")
                wire.close()
            }
        }
    }

    @Test func theProxyProtocolOfAStrangerIsRefused() async throws {
        try await TestPort.run { port in
            for header in [v1, v2, proxy2([], family: 0, command: 0x20)] {
                let wire = try await Wire(port.number)
                try await wire.send(header + get)
                await wire.untilClosed()
                #expect(wire.bytes.isEmpty)
            }
        }
    }

    @Test(arguments: [
        Array("PROXY TCP4 192.0.2.7 127.0.0.1 51000\r\n".utf8),
        Array("PROXY TCP6 192.0.2.7 127.0.0.1 51000 80\r\n".utf8),
        Array("PROXY TCP4 nobody 127.0.0.1 51000 80\r\n".utf8),
        Array("PROXY TCP4 192.0.2.7 127.0.0.1 51000 80000\r\n".utf8),
        Array("PROXY ".utf8) + Array(repeating: 0x41, count: 200), proxy2([1, 2, 3, 4], family: 0x11),
        proxy2([], family: 0x11, command: 0x31), proxy2([], family: 0x11, command: 0x22),
        [0x00, 0x01, 0x00, 0x00, 0xDE, 0xAD, 0xBE, 0xEF], [0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08],
        [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x02, 0x03, 0x04, 0x05], stun,
    ])
    func bytesThatMeanNothingEndTheConnection(bytes: [UInt8]) async throws {
        try await TestPort.run {
            $0.trustMe()
        } _: { port in
            let wire = try await Wire(port.number)
            try await wire.send(bytes)
            await wire.untilClosed()
            #expect(wire.bytes.isEmpty)
        }
    }

    @Test func garbageIsNotHTTP() async throws {
        try await TestPort.run { port in
            let wire = try await Wire(port.number)
            try await wire.send([0xFF, 0xFE, 0x80] + Array("garbage\r\n\r\n".utf8))
            await wire.until(shows: "400 Bad Request")
            await wire.untilClosed()
            let garbled = try await Wire(port.number)
            try await garbled.send([0x16, 0x03] + Array("no hello".utf8))
            await garbled.untilClosed()
        }
    }

    @Test func theHeadOfALaterRequestIsBoundedLikeTheFirst() async throws {
        try await TestPort.run {
            $0.limits.head = .milliseconds(400)
            $0.limits.keepAlive = .seconds(30)
        } _: { port in
            let wire = try await Wire(port.number)
            try await wire.get("/")
            await wire.until(shows: "client 127.0.0.1")
            try await Task.sleep(for: .milliseconds(600))
            #expect(!wire.isClosed, "an idle connection may wait longer than a head may take")
            let start = ContinuousClock.now
            for byte in "GET / HTTP/1.1\r\nHost: okno.test\r\nX-Slow: abcdefghijklmnopqrstuvwxyz".utf8
            where !wire.isClosed {
                try? await wire.send([byte])
                try await Task.sleep(for: .milliseconds(50))
            }
            await wire.untilClosed()
            #expect(ContinuousClock.now - start < .seconds(2))
            let quick = try await Wire(port.number)
            for _ in 0..<3 {
                quick.forget()
                try await quick.get("/")
                await quick.until(shows: "client 127.0.0.1")
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    @Test func silenceAndSlownessEndInTime() async throws {
        try await withFolder { folder in
            let certificates = try folder.certificates(TestCertificate.first)
            try await TestPort.run { configuration in
                configuration.trustMe()
                configuration.certificates = certificates
                configuration.limits.firstBytes = .milliseconds(200)
                configuration.limits.head = .milliseconds(300)
                configuration.limits.body = .milliseconds(300)
                configuration.limits.keepAlive = .milliseconds(300)
                configuration.limits.unreadAnswer = .milliseconds(300)
            } _: { port in
                let beginnings: [[UInt8]] = [
                    [], Array("PROX".utf8), Array(v2.prefix(20)), [0x00, 0x01], [0x16, 0x03, 0x01],
                    Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8),
                    Array("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1".utf8), get,
                    get + get.prefix(9),
                ]
                for bytes in beginnings {
                    let wire = try await Wire(port.number)
                    try await wire.send(bytes)
                    await wire.untilClosed(within: 2)
                }
                let deaf = try await Wire(port.number, reads: false, window: 4096)
                try await deaf.get("/big")
                let other = try await Wire(port.number)
                try await other.get("/")
                await other.until(shows: "client")
                try await Task.sleep(for: .milliseconds(900))
                try? await deaf.channel.setOption(.autoRead, value: true).get()
                await deaf.untilClosed()
                #expect(deaf.bytes.count < 30_000_000)
            }
        }
    }

    @Test func aSlowHeaderDoesNotProlongItsTime() async throws {
        try await TestPort.run {
            $0.limits.head = .milliseconds(400)
        } _: { port in
            let wire = try await Wire(port.number)
            try await wire.send("GET / HTTP/1.1\r\n")
            let start = ContinuousClock.now
            while !wire.isClosed, ContinuousClock.now - start < .seconds(6) {
                try? await wire.send("X: y\r\n")
                try await Task.sleep(for: .milliseconds(50))
            }
            #expect(ContinuousClock.now - start < .seconds(3))
        }
    }

    @Test func aThousandSlowConnectionsDoNotDisturbAQuickOne() async throws {
        try await TestPort.run { port in
            var slow: [Wire] = []
            for index in 0..<1000 {
                let wire = try await Wire(port.number)
                try await wire.send(index % 2 == 0 ? "GET / HT" : "\0")
                slow.append(wire)
            }
            let start = ContinuousClock.now
            let quick = try await Wire(port.number)
            try await quick.get("/")
            await quick.until(shows: "client 127.0.0.1")
            #expect(ContinuousClock.now - start < .seconds(1))
            for wire in slow { wire.close() }
        }
    }

    @Test func connectionsHaveABound() async throws {
        try await TestPort.run {
            $0.limits.connections = 3
        } _: { port in
            var wires: [Wire] = []
            for _ in 0..<3 {
                let wire = try await Wire(port.number)
                try await wire.get("/")
                await wire.until(shows: "client 127.0.0.1")
                wires.append(wire)
            }
            await (try Wire(port.number)).untilClosed()
            wires[0].close()
            let start = ContinuousClock.now
            var isServed = false
            while !isServed, ContinuousClock.now - start < .seconds(5) {
                let next = try await Wire(port.number)
                try? await next.get("/")
                await next.until("an answer or the end") { !$0.text.isEmpty || $0.isClosed }
                isServed = next.text.contains("client 127.0.0.1")
                next.close()
            }
            #expect(isServed)
        }
    }

    @Test func headersHaveABound() async throws {
        try await TestPort.run { port in
            for headers in [
                "X: \(String(repeating: "y", count: 40_000))\r\n", String(repeating: "X: y\r\n", count: 150),
            ] {
                let wire = try await Wire(port.number)
                try await wire.get("/", headers)
                await wire.until(shows: "431 Request Header Fields Too Large")
                await wire.untilClosed()
            }
        }
    }

    @Test func theClientCannotNameItselfButATrustedProxyCan() async throws {
        let lies = "X-Forwarded-For: 203.0.113.5, 192.0.2.1, 127.0.0.9\r\nX-Forwarded-Proto: https\r\n"
        try await TestPort.run { port in
            let wire = try await Wire(port.number)
            try await wire.get("/", lies)
            await wire.until(shows: "client 127.0.0.1 over http")
            #expect(!wire.text.contains("https"))
        }
        try await TestPort.run {
            $0.trustMe()
        } _: { port in
            let wire = try await Wire(port.number)
            try await wire.get("/", lies)
            await wire.until(shows: "client 192.0.2.1 over https")
        }
    }

    @Test func aConnectionServesManyRequestsAlsoInOneGo() async throws {
        try await TestPort.run { port in
            let wire = try await Wire(port.number)
            try await wire.send(
                "GET /slow HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            await wire.untilClosed()
            let order = ["slow answer", "received 3", "client 127.0.0.1"].compactMap {
                wire.text.range(of: $0)?.lowerBound
            }
            #expect(order.count == 3 && order == order.sorted())
        }
    }

    @Test func oldHTTPAndForeignUpgradesAreAnsweredAndClosed() async throws {
        try await TestPort.run { port in
            let old = try await Wire(port.number)
            try await old.send("GET / HTTP/1.0\r\n\r\n")
            await old.until(shows: "client 127.0.0.1")
            await old.untilClosed()
            let h2c = try await Wire(port.number)
            try await h2c.get(
                "/", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQ\r\n")
            await h2c.until(shows: "client 127.0.0.1")
            await h2c.untilClosed()
        }
    }

    @Test func textIsCompressedForThoseWhoTakeItAndHEADStaysWithoutBody() async throws {
        try await TestPort.run { port in
            let wire = try await Wire(port.number)
            try await wire.get("/big", "Accept-Encoding: gzip\r\n")
            await wire.until("gzip") { $0.text.lowercased().contains("content-encoding: gzip") }
            #expect(wire.text.lowercased().contains("vary: accept-encoding"))
            wire.close()
            let head = try await Wire(port.number)
            for _ in 0..<2 {
                try await head.send("HEAD / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n")
                await head.until("a header") { $0.text.hasPrefix("HTTP/1.1 200") && $0.text.hasSuffix("\r\n\r\n") }
                head.forget()
            }
            try await head.get("/")
            await head.until("an answer") {
                $0.text.hasPrefix("HTTP/1.1 200 OK") && $0.text.contains("client 127.0.0.1")
            }
        }
    }

    @Test func aBodyIsAskedForBeforeItIsSent() async throws {
        try await TestPort.run { port in
            let wire = try await Wire(port.number)
            try await wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n")
            await wire.until(shows: "100 Continue")
            try await wire.send("abc")
            await wire.until(shows: "received 3")
        }
    }

    @Test func aChangedCertificateIsServedToTheNextConnection() async throws {
        try await withFolder { folder in
            let certificates = try folder.certificates(TestCertificate.first)
            try await TestPort.run {
                $0.certificates = certificates
            } _: { port in
                #expect(try await commonName(port) == "first.example")
                try TestCertificate.second.chain.write(
                    to: folder.appending(path: "chain.pem"), atomically: true, encoding: .utf8)
                #expect(!certificates.reload(), "the chain is new, the key is not yet")
                #expect(try await commonName(port) == "first.example")
                try TestCertificate.second.key.write(
                    to: folder.appending(path: "key.pem"), atomically: true, encoding: .utf8)
                #expect(certificates.reload())
                #expect(try await commonName(port) == "second.example")
                #expect(!certificates.reload())
            }
        }
    }

    @Test func certificatesAreLookedAtFromTimeToTime() async throws {
        try await withFolder { folder in
            let certificates = try folder.certificates(TestCertificate.first, every: .milliseconds(20))
            try await TestPort.run {
                $0.certificates = certificates
            } _: { port in
                let watching = Task { try await certificates.run() }
                _ = try folder.certificates(TestCertificate.second)
                let start = ContinuousClock.now
                while try await commonName(port) != "second.example", ContinuousClock.now - start < .seconds(5) {}
                #expect(try await commonName(port) == "second.example")
                watching.cancel()
                try await watching.value
            }
        }
    }

    private func commonName(_ port: TestPort) async throws -> String {
        let wire = try await Wire(port.number, tls: true)
        try await wire.get("/")
        await wire.until(shows: "over https")
        let certificate = try await wire.channel.nioSSL_peerCertificate().get()
        wire.close()
        let name = try #require(certificate).description
        return name.contains("first.example")
            ? "first.example" : name.contains("second.example") ? "second.example" : name
    }

    @Test func atShutdownAcceptedRequestsAreAnsweredAndSocketsAreToldToReturn() async throws {
        try await TestPort.run { port in
            let idle = try await Wire(port.number)
            try await idle.get("/")
            await idle.until(shows: "client")
            let silent = try await Wire(port.number)
            let page = try await Wire(port.number)
            try await page.watch(["request/1"])
            let request = try await Wire(port.number)
            try await request.get("/slow")
            for await _ in port.slow { break }
            await port.group.triggerGracefulShutdown()
            await page.until(shows: #"{"bye":true}"#)
            await request.until(shows: "slow answer")
            #expect(request.text.lowercased().contains("connection: close"))
            for wire in [request, idle, silent, page] { await wire.untilClosed() }
            await #expect(throws: (any Error).self) { _ = try await Wire(port.number) }
        }
    }

    @Test func shutdownDoesNotWaitForEver() async throws {
        let start = ContinuousClock.now
        try await TestPort.run {
            $0.limits.shutdown = .milliseconds(300)
        } _: { port in
            let wire = try await Wire(port.number)
            try await wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1")
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(ContinuousClock.now - start < .seconds(5))
    }
}

extension URL {
    /// A certificate in two files of this folder.
    func certificates(_ pair: (chain: String, key: String), every interval: TimeAmount = .hours(1)) throws
        -> Certificates
    {
        let (chain, key) = (appending(path: "chain.pem"), appending(path: "key.pem"))
        try pair.chain.write(to: chain, atomically: true, encoding: .utf8)
        try pair.key.write(to: key, atomically: true, encoding: .utf8)
        return try Certificates(chain: chain.path, key: key.path, interval: interval, logger: Logger(label: "test"))
    }
}
