import NIOCore
import NIOPosix

/// An open page's socket: says what it watches and hands over what it is told.
struct PageSocket: Sendable {
    /// Called on the client's one event loop with each text frame.
    typealias Hear = @Sendable (_ text: String) -> Void

    let channel: any Channel

    /// Opens a socket and tells the server what this page shows.
    static func open(_ client: Client, as pass: Pass, watching topics: [String], hear: @escaping Hear) async throws
        -> PageSocket
    {
        let promise = Client.loops.any().makePromise(of: Void.self)
        let hello = """
            GET /live HTTP/1.1\r\nHost: 127.0.0.1:\(client.port)\r\nOrigin: http://127.0.0.1:\(client.port)\r\nCookie: \(pass.cookie)\r
            Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n
            """
        // The page is of this moment, so that nothing has to be caught up with.
        let names = topics.map { "\"\($0)\"" }.joined(separator: ",")
        let subscription = "{\"topics\":[\(names)],\"seq\":\(Int64(1) << 52)}"
        let channel = try await ClientBootstrap(group: Client.loops)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        SocketHandler(hello: hello, subscription: subscription, opened: promise, hear: hear))
                }
            }
            .connect(host: "127.0.0.1", port: client.port).get()
        try await promise.futureResult.get()
        return PageSocket(channel: channel)
    }

    func close() { channel.close(promise: nil) }
}

/// As much of RFC 6455 as a quiet page needs: the handshake, one message, short frames, pongs.
private final class SocketHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let hello: String, subscription: String
    private let hear: PageSocket.Hear
    private var opened: EventLoopPromise<Void>?
    private var read = ByteBuffer()

    init(hello: String, subscription: String, opened: EventLoopPromise<Void>, hear: @escaping PageSocket.Hear) {
        (self.hello, self.subscription, self.opened, self.hear) = (hello, subscription, opened, hear)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: hello)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var part = unwrapInboundIn(data)
        read.writeBuffer(&part)
        if let opened {
            let view = read.readableBytesView
            guard view.suffix(4).elementsEqual("\r\n\r\n".utf8) else { return }
            self.opened = nil
            guard String(decoding: view.prefix(12), as: UTF8.self) == "HTTP/1.1 101" else {
                opened.fail(BenchFault("A socket was refused: \(String(buffer: read).prefix(200))"))
                return context.close(promise: nil)
            }
            read.clear()
            send(0x81, ByteBuffer(string: subscription), context)
            opened.succeed()
            return
        }
        while let (code, payload) = frame() {
            if code == 1 { hear(String(buffer: payload)) }
            if code == 9 { send(0x8A, payload, context) }
            if code == 8 { context.close(promise: nil) }
        }
        if read.readableBytes == 0 { read.clear() }
    }

    private func frame() -> (code: UInt8, payload: ByteBuffer)? {
        let start = read.readerIndex
        guard let first = read.readInteger(as: UInt8.self), let short = read.readInteger(as: UInt8.self),
            let length = short == 126 ? read.readInteger(as: UInt16.self).map(Int.init) : Int(short),
            let payload = read.readSlice(length: length)
        else {
            read.moveReaderIndex(to: start)
            return nil
        }
        return (first & 0x0F, payload)
    }

    /// Frames of a client are masked; a mask of zeros is one too.
    private func send(_ first: UInt8, _ payload: ByteBuffer, _ context: ChannelHandlerContext) {
        var frame = ByteBuffer(bytes: [first])
        if payload.readableBytes < 126 {
            frame.writeInteger(0x80 | UInt8(payload.readableBytes))
        } else {
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(payload.readableBytes))
        }
        frame.writeInteger(UInt32(0))
        frame.writeImmutableBuffer(payload)
        context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) { opened?.fail(ChannelError.eof) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
