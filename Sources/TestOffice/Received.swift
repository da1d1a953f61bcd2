package import NIOCore
import Synchronization

/// Keeps what has come over a connection.
package final class Received: ChannelInboundHandler, Sendable {
    package typealias InboundIn = ByteBuffer

    private let kept = Mutex<[UInt8]>([])

    package init() {}

    package var bytes: [UInt8] { kept.withLock { $0 } }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        kept.withLock { $0.append(contentsOf: buffer.readableBytesView) }
        context.fireChannelRead(data)
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
