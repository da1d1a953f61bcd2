package import NIOCore
import NIOPosix

/// What is done with the messages of a socket; called on its event loop.
package struct RelayTalk: Sendable {
    var opened: @Sendable (any Channel) -> Void
    /// A message of less than a kilobyte, also the last one, 8, with its code.
    var heard: @Sendable (_ opcode: UInt8, _ message: ByteBuffer) -> Void
    /// So many bytes of larger ones, which nobody reads.
    var skipped: @Sendable (Int) -> Void
    /// More may be written again.
    var drained: @Sendable () -> Void

    package init(
        opened: @escaping @Sendable (any Channel) -> Void = { _ in },
        heard: @escaping @Sendable (UInt8, ByteBuffer) -> Void = { _, _ in },
        skipped: @escaping @Sendable (Int) -> Void = { _ in }, drained: @escaping @Sendable () -> Void = {}
    ) {
        (self.opened, self.heard, self.skipped, self.drained) = (opened, heard, skipped, drained)
    }
}

/// A socket for measuring what goes through: it looks at no byte more than it must.
package enum RelaySocket {
    @discardableResult
    package static func open(
        _ port: Int, _ path: String, cookie: String? = nil, on loops: any EventLoopGroup, _ talk: RelayTalk,
        reads: Bool = true
    ) async throws -> any Channel {
        let cookie = cookie.map { "Cookie: \($0)\r\n" } ?? ""
        let hello = """
            GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nOrigin: http://127.0.0.1:\(port)\r\n\(cookie)\
            Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
            Sec-WebSocket-Protocol: binary\r\nSec-WebSocket-Version: 13\r\n\r\n
            """
        let opened = loops.any().makePromise(of: Void.self)
        let channel = try await ClientBootstrap(group: loops)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(
                .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 256 << 10)
            )
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        RelayHandler(hello: hello, opened: opened, talk: talk, reads: reads))
                }
            }
            .connect(host: "127.0.0.1", port: port).get()
        try await opened.futureResult.get()
        return channel
    }

    private static let key: [UInt8] = [0x5A, 0xC3, 0x11, 0x7E]

    /// A binary message, masked as those of clients are.
    package static func frame(_ message: [UInt8]) -> ByteBuffer {
        var frame = ByteBuffer(bytes: [0x82])
        switch message.count {
        case ..<126: frame.writeInteger(0x80 | UInt8(message.count))
        case ...0xFFFF:
            frame.writeInteger(UInt8(0x80 | 126))
            frame.writeInteger(UInt16(message.count))
        default:
            frame.writeInteger(UInt8(0x80 | 127))
            frame.writeInteger(UInt64(message.count))
        }
        frame.writeBytes(key)
        frame.writeBytes(message.enumerated().map { $1 ^ key[$0 & 3] })
        return frame
    }
}

private final class RelayHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let hello: String, talk: RelayTalk, reads: Bool
    private var opened: EventLoopPromise<Void>?
    private var held = ByteBuffer()
    /// Bytes of a large message that have not come.
    private var rest = 0

    init(hello: String, opened: EventLoopPromise<Void>, talk: RelayTalk, reads: Bool) {
        (self.hello, self.opened, self.talk, self.reads) = (hello, opened, talk, reads)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: hello)), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if held.readableBytes > 0 {
            held.writeBuffer(&bytes)
            bytes = held
            held = ByteBuffer()
        }
        if let opened {
            let view = bytes.readableBytesView
            guard let end = view.firstRange(of: Array("\r\n\r\n".utf8)) else { return held = bytes }
            self.opened = nil
            guard view.starts(with: Array("HTTP/1.1 101".utf8)) else {
                opened.fail(BenchFault("A socket was refused: \(String(buffer: bytes).prefix(200))"))
                return context.close(promise: nil)
            }
            bytes.moveReaderIndex(to: end.upperBound)
            talk.opened(context.channel)
            if !reads { try? context.channel.syncOptions?.setOption(.autoRead, value: false) }
            opened.succeed()
        }
        while bytes.readableBytes > 0 {
            if rest > 0 {
                let count = min(rest, bytes.readableBytes)
                bytes.moveReaderIndex(forwardBy: count)
                rest -= count
                talk.skipped(count)
            } else if !take(&bytes, context) {
                held = ByteBuffer(bytes: bytes.readableBytesView)
                return
            }
        }
    }

    /// - Returns: whether a head was there, and with a small message the message.
    private func take(_ bytes: inout ByteBuffer, _ context: ChannelHandlerContext) -> Bool {
        var read = bytes
        guard let first = read.readInteger(as: UInt8.self), let short = read.readInteger(as: UInt8.self) else {
            return false
        }
        var length = Int(short)
        if short == 126 {
            guard let word = read.readInteger(as: UInt16.self) else { return false }
            length = Int(word)
        } else if short == 127 {
            guard let word = read.readInteger(as: UInt64.self) else { return false }
            length = Int(word)
        }
        if length >= 1024 {
            rest = length
        } else {
            guard let message = read.readSlice(length: length) else { return false }
            switch first & 0x0F {
            case 9: context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [0x8A, 0x80, 0, 0, 0, 0])), promise: nil)
            case 8:
                talk.heard(8, message)
                context.close(promise: nil)
            default: talk.heard(first & 0x0F, message)
            }
        }
        bytes = read
        return true
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { talk.drained() }
    }

    func channelInactive(context: ChannelHandlerContext) { opened?.fail(ChannelError.eof) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
