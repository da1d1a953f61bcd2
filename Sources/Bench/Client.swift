import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// One call over HTTP.
struct Call: Sendable {
    var method = HTTPMethod.GET
    var path: String
    var pass: Pass?
    var body: String?
    var isFragment = false

    static func get(_ path: String, as pass: Pass? = nil) -> Call { Call(path: path, pass: pass) }

    /// A part of a page, as the page's script asks for it.
    static func part(_ path: String, as pass: Pass) -> Call { Call(path: path, pass: pass, isFragment: true) }

    static func post(_ path: String, _ fields: [(String, String)], as pass: Pass) -> Call {
        let body = fields.map { "\($0)=\(escaped($1))" }.joined(separator: "&")
        return Call(method: .POST, path: path, pass: pass, body: body)
    }

    static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default: result += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return result
    }
}

struct Reply: Sendable {
    let status: Int
    let location: String?
    let body: ByteBuffer

    var text: String { String(buffer: body) }
}

/// Keep-alive connections to one server, each opened when it is first used. A connection takes calls one after another.
final class Client: Sendable {
    static let loops = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    let port: Int
    private let lanes = Mutex<[Int: EventLoopFuture<any Channel>]>([:])

    init(port: Int) { self.port = port }

    /// Sends a call over the connection of this number and waits for the whole answer.
    func call(_ call: Call, over lane: Int = 0) async throws -> Reply {
        let channel: any Channel
        do { channel = try await connection(lane).get() } catch {
            forget(lane)
            throw error
        }
        guard channel.isActive else {
            forget(lane)
            return try await self.call(call, over: lane)
        }
        let promise = channel.eventLoop.makePromise(of: Reply.self)
        let head = head(of: call)
        channel.writeAndFlush(CallHandler.Waiting(head: head, body: call.body, promise: promise), promise: nil)
        return try await promise.futureResult.get()
    }

    /// The same; any other status than the expected is a fault.
    @discardableResult
    func call(_ call: Call, over lane: Int = 0, expecting status: Int) async throws -> Reply {
        let reply = try await self.call(call, over: lane)
        guard reply.status == status else {
            throw BenchFault(
                "\(call.method) \(call.path) was answered with \(reply.status), not \(status): \(reply.text.prefix(400))"
            )
        }
        return reply
    }

    func close() async {
        let channels = lanes.withLock { lanes in
            defer { lanes = [:] }
            return Array(lanes.values)
        }
        for channel in channels { try? await channel.get().close() }
    }

    private func connection(_ lane: Int) -> EventLoopFuture<any Channel> {
        lanes.withLock { lanes in
            if let open = lanes[lane] { return open }
            let opening = ClientBootstrap(group: Self.loops)
                .channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHTTPClientHandlers()
                        try channel.pipeline.syncOperations.addHandler(CallHandler())
                    }
                }
                .connect(host: "127.0.0.1", port: port)
            lanes[lane] = opening
            return opening
        }
    }

    /// The server ends connections that are idle for long; the next call opens another.
    private func forget(_ lane: Int) { lanes.withLock { $0[lane] = nil } }

    private func head(of call: Call) -> HTTPRequestHead {
        var headers: HTTPHeaders = ["Host": "127.0.0.1:\(port)", "Accept-Language": "ru"]
        if let pass = call.pass {
            headers.add(name: "Cookie", value: pass.cookie)
            if call.method != .GET { headers.add(name: "X-CSRF", value: pass.csrf) }
        }
        if call.isFragment { headers.add(name: "HX-Request", value: "true") }
        if let body = call.body {
            headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
            headers.add(name: "Content-Length", value: String(body.utf8.count))
        }
        return HTTPRequestHead(version: .http1_1, method: call.method, uri: call.path, headers: headers)
    }
}

/// Sends the calls of one connection in turn and puts the parts of each answer together.
private final class CallHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Waiting
    typealias OutboundOut = HTTPClientRequestPart

    struct Waiting: Sendable {
        let head: HTTPRequestHead
        let body: String?
        let promise: EventLoopPromise<Reply>
    }

    private var waiting: CircularBuffer<Waiting> = []
    private var head: HTTPResponseHead?
    private var body = ByteBuffer()
    private var alarm: Scheduled<Void>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        waiting.append(unwrapOutboundIn(data))
        promise?.succeed()
        if waiting.count == 1 { send(context) }
    }

    private func send(_ context: ChannelHandlerContext) {
        guard let next = waiting.first else { return }
        guard context.channel.isActive else { return fail(ChannelError.ioOnClosedChannel) }
        context.write(wrapOutboundOut(.head(next.head)), promise: nil)
        if let body = next.body {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: body)))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let channel = context.channel
        alarm = context.eventLoop.scheduleTask(in: .seconds(30)) { channel.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var part): body.writeBuffer(&part)
        case .end:
            guard let head, let done = waiting.popFirst() else { return }
            alarm?.cancel()
            done.promise.succeed(
                Reply(status: Int(head.status.code), location: head.headers.first(name: "Location"), body: body))
            body = ByteBuffer()
            send(context)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { fail(ChannelError.eof) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        fail(error)
        context.close(promise: nil)
    }

    private func fail(_ error: any Error) {
        while let next = waiting.popFirst() { next.promise.fail(error) }
    }
}
