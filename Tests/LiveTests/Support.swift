import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Live
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization
import Testing

/// A running server of this room on a port of its own, with a few pages and two viewers, Anna and Boris, known by their cookies.
struct TestPort {
    static let organisation = OrganisationID("018f0000-0000-7000-8000-000000000001")
    static let anna = viewer(organisation, "a")
    static let boris = viewer(organisation, "b")
    static let stranger = viewer(OrganisationID("018f0000-0000-7000-8000-000000000002"), "c")

    let number: Int
    let hub: LiveHub
    let group: ServiceGroup
    /// Tells of every request for the slow page.
    let slow: AsyncStream<Void>

    private static func viewer(_ organisation: OrganisationID, _ letter: String) -> LiveViewer {
        LiveViewer(
            organisation: organisation, person: PersonID("person-\(letter)"), session: SessionID("session-\(letter)"))
    }

    /// The last event of the organisation is number 10; topics called secret are nobody's.
    static func run(
        _ change: (inout LiveConfiguration) throws -> Void = { _ in }, _ body: (TestPort) async throws -> Void
    ) async throws {
        let hub = LiveHub()
        let viewers = ["session=anna": anna, "session=boris": boris, "session=stranger": stranger]
        var configuration = LiveConfiguration(
            hub: hub,
            authenticate: { request in request.headerFields[.cookie].flatMap { viewers[$0] } },
            mayWatch: { _, topics in (topics.filter { !$0.contains("secret") }, 10) })
        try change(&configuration)
        let (ports, opened) = AsyncStream.makeStream(of: Int.self)
        let (slow, begun) = AsyncStream.makeStream(of: Void.self)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let app = Application(
            router: pages(slow: begun), server: .live(configuration),
            configuration: .init(address: .hostname("127.0.0.1", port: 0), backlog: 4096),
            onServerRunning: { opened.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(services: [hub, app], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            var iterator = ports.makeAsyncIterator()
            let number = try #require(await iterator.next())
            try await body(TestPort(number: number, hub: hub, group: group, slow: slow))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    private static func pages(slow: AsyncStream<Void>.Continuation) -> Router<TestContext> {
        let router = Router(context: TestContext.self)
        router.get("/") { request, context in
            let proto = request.headers[.init("X-Forwarded-Proto")!] ?? "?"
            #expect(request.headers[.init("X-Forwarded-For")!] == context.address)
            return "client \(context.address) over \(proto)"
        }
        router.head("/") { _, _ in Response(status: .ok, headers: [.contentLength: "17", .contentType: "text/plain"]) }
        router.post("/echo") { request, _ in
            var count = 0
            for try await part in request.body { count += part.readableBytes }
            return "received \(count)"
        }
        router.get("/slow") { _, _ in
            slow.yield()
            try await Task.sleep(for: .milliseconds(500))
            return "slow answer"
        }
        router.get("/big") { _, _ in String(repeating: "x", count: 30_000_000) }
        return router
    }
}

/// What the pages of these tests know of a request.
struct TestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let address: String

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        address = source.channel.remoteAddress?.ipAddress ?? "?"
    }
}

/// A client that writes bytes and looks at what has come back so far.
final class Wire: Sendable {
    let channel: any Channel
    private let received: Received

    private final class Received: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let bytes = Mutex<[UInt8]>([])
        let isClosed = Mutex(false)
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            bytes.withLock { $0.append(contentsOf: buffer.readableBytesView) }
        }
        func channelInactive(context: ChannelHandlerContext) { isClosed.withLock { $0 = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    /// - Parameters:
    ///   - reads: false for a client that never takes anything.
    ///   - window: bytes that the kernel takes before the client does.
    init(_ port: Int, tls: Bool = false, reads: Bool = true, window: SocketOptionValue = 1 << 20) async throws {
        let received = Received()
        self.received = received
        channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .channelOption(.autoRead, value: reads)
            .channelOption(.socketOption(.so_rcvbuf), value: window)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if tls {
                        var configuration = TLSConfiguration.makeClientConfiguration()
                        configuration.certificateVerification = .none
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(
                                context: NIOSSLContext(configuration: configuration), serverHostname: nil))
                    }
                    try channel.pipeline.syncOperations.addHandler(received)
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)) }
    func send(_ text: String) async throws { try await send(Array(text.utf8)) }

    /// In pieces of one byte that travel apart.
    func drip(_ bytes: [UInt8]) async throws {
        for byte in bytes {
            try await send([byte])
            await Task.yield()
        }
    }

    var bytes: [UInt8] { received.bytes.withLock { $0 } }
    var text: String { String(decoding: bytes, as: UTF8.self) }
    var isClosed: Bool { received.isClosed.withLock { $0 } }
    func forget() { received.bytes.withLock { $0 = [] } }
    func close() { channel.close(promise: nil) }

    /// Waits until the condition holds; a failure shows what came instead.
    func until(
        _ words: String, within seconds: Double = 5, at location: SourceLocation = #_sourceLocation,
        _ condition: @Sendable (Wire) -> Bool
    ) async {
        let start = ContinuousClock.now
        while !condition(self) {
            guard ContinuousClock.now - start < .seconds(seconds) else {
                Issue.record("waited in vain for \(words); came: \(text.prefix(400))", sourceLocation: location)
                return
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
    }

    func until(shows words: String, within seconds: Double = 5, at location: SourceLocation = #_sourceLocation) async {
        await until(words, within: seconds, at: location) { $0.text.contains(words) }
    }

    func untilClosed(within seconds: Double = 5, at location: SourceLocation = #_sourceLocation) async {
        await until("the end", within: seconds, at: location) { $0.isClosed }
    }

    func get(_ path: String, _ headers: String = "") async throws {
        try await send("GET \(path) HTTP/1.1\r\nHost: okno.test\r\n\(headers)\r\n")
    }

    /// Asks for the socket as a browser does.
    func askSocket(as cookie: String? = "anna", origin: String? = "http://okno.test") async throws {
        var headers = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        headers += "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        if let cookie { headers += "Cookie: session=\(cookie)\r\n" }
        if let origin { headers += "Origin: \(origin)\r\n" }
        try await get("/live", headers)
    }

    func openSocket(as cookie: String = "anna", at location: SourceLocation = #_sourceLocation) async throws {
        try await askSocket(as: cookie)
        await until("101", at: location) {
            $0.text.contains("101 Switching Protocols") && $0.text.hasSuffix("\r\n\r\n")
        }
        #expect(text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), sourceLocation: location)
        forget()
    }

    /// A frame as a browser sends it.
    func say(_ text: String, opcode: UInt8 = 1) async throws {
        let data = Array(text.utf8)
        let mask: [UInt8] = [1, 2, 3, 4]
        var frame: [UInt8] = [0x80 | opcode]
        if data.count < 126 {
            frame.append(0x80 | UInt8(data.count))
        } else {
            frame += [0x80 | 126, UInt8(data.count >> 8), UInt8(data.count & 0xFF)]
        }
        frame += mask
        frame += data.enumerated().map { $1 ^ mask[$0 % 4] }
        try await send(frame)
    }

    /// Opens the socket and watches.
    func watch(_ topics: [String], as cookie: String = "anna", at location: SourceLocation = #_sourceLocation)
        async throws
    {
        try await openSocket(as: cookie, at: location)
        try await subscribe(topics, at: location)
    }

    /// Watches as a page that is behind, whose answer shows that the subscription holds.
    func subscribe(_ topics: [String], at location: SourceLocation = #_sourceLocation) async throws {
        forget()
        try await say(Self.subscription(topics, seq: -1))
        await until(shows: #"{"reload":true}"#, at: location)
        forget()
    }

    static func subscription(_ topics: [String], seq: Int) -> String {
        #"{"topics":[\#(topics.map { "\"\($0)\"" }.joined(separator: ","))],"seq":\#(seq)}"#
    }
}

/// A folder that is removed at the end.
func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "okno-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
}
