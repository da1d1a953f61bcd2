import NIOCore
import NIOPosix
import NIOSSL

/// The connection: a line is said, an answer comes. Everything happens on the connection's event loop.
final class SMTPDialogue: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var reader = SMTPReplyReader()
    private var replies: [SMTPReply] = []
    private var waiting: EventLoopPromise<SMTPReply>?
    private var end: SMTPFault?

    /// Nothing came that nobody has asked for: what was said before TLS must not count as said inside of it.
    var isClear: Bool { reader.isClear && replies.isEmpty }

    func next(on loop: any EventLoop) -> EventLoopFuture<SMTPReply> {
        if !replies.isEmpty { return loop.makeSucceededFuture(replies.removeFirst()) }
        if let end { return loop.makeFailedFuture(end) }
        let promise = loop.makePromise(of: SMTPReply.self)
        waiting = promise
        return promise.futureResult
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do {
            for reply in try reader.take(unwrapInboundIn(data).readableBytesView) {
                if let promise = waiting {
                    waiting = nil
                    promise.succeed(reply)
                } else {
                    replies.append(reply)
                }
            }
        } catch {
            finish(.unwilling("what answers does not speak SMTP"))
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { finish(.unreachable("the connection was cut")) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        finish(
            error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
                ? .insecure("TLS: \(error)") : .unreachable("\(error)"))
        context.close(promise: nil)
    }

    func finish(_ fault: SMTPFault) {
        if end == nil { end = fault }
        waiting?.fail(end ?? fault)
        waiting = nil
    }
}

/// A connection with its dialogue, for code that awaits.
struct SMTPLine: Sendable {
    private let channel: any Channel
    private let dialogue: NIOLoopBound<SMTPDialogue>
    private let patience: TimeAmount

    /// - Parameter tls: for TLS from the first byte.
    static func open(_ server: SMTPServer, tls: NIOSSLContext?) async throws -> SMTPLine {
        let patience = TimeAmount.seconds(Int64(server.patience)), name = server.tlsName
        do {
            let (channel, dialogue) = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(patience)
                .connect(host: server.host, port: server.port) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let dialogue = SMTPDialogue()
                        if let tls {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOSSLClientHandler(context: tls, serverHostname: name))
                        }
                        try channel.pipeline.syncOperations.addHandler(dialogue)
                        return (channel, NIOLoopBound(dialogue, eventLoop: channel.eventLoop))
                    }
                }
            return SMTPLine(channel: channel, dialogue: dialogue, patience: patience)
        } catch let error as NIOConnectionError {
            throw SMTPFault.unreachable(
                "\(server.host):\(server.port): \(error.connectionErrors.first.map { "\($0.error)" } ?? "name not found")"
            )
        } catch {
            throw SMTPFault.unreachable("\(server.host):\(server.port): \(error)")
        }
    }

    /// Says bytes (nothing: only listens) and waits for the answer.
    func exchange(_ bytes: [UInt8] = [], times: Int64 = 1) async throws -> SMTPReply {
        let limit = TimeAmount.nanoseconds(patience.nanoseconds * times)
        return try await channel.eventLoop.flatSubmit { [channel, dialogue] in
            let dialogue = dialogue.value, loop = channel.eventLoop
            let reply = dialogue.next(on: loop)
            if !bytes.isEmpty { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }
            let alarm = loop.assumeIsolated().scheduleTask(in: limit) {
                dialogue.finish(.unreachable("no answer in time"))
                channel.close(promise: nil)
            }
            reply.assumeIsolated().whenComplete { _ in alarm.cancel() }
            return reply
        }.get()
    }

    func say(_ line: String) async throws -> SMTPReply { try await exchange(Array("\(line)\r\n".utf8)) }

    /// Goes on inside of TLS.
    func secure(_ context: NIOSSLContext, name: String?) async throws {
        try await channel.eventLoop.submit { [channel, dialogue] in
            guard dialogue.value.isClear else {
                throw SMTPFault.insecure("the server said more before TLS than it was asked")
            }
            try channel.pipeline.syncOperations.addHandler(
                NIOSSLClientHandler(context: context, serverHostname: name), position: .first)
        }.get()
    }

    func close() async { try? await channel.close() }
}

extension SMTPServer {
    /// The name that the certificate must hold; an address is compared as an address.
    var tlsName: String? { (try? SocketAddress(ipAddress: host, port: port)) == nil ? host : nil }

    func tlsContext() throws(SMTPFault) -> NIOSSLContext {
        do {
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.minimumTLSVersion = .tlsv12
            if let roots { configuration.additionalTrustRoots = [.file(roots)] }
            return try NIOSSLContext(configuration: configuration)
        } catch { throw .insecure("the certificates to trust cannot be read: \(error)") }
    }
}
