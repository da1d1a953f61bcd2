import HTTPTypes
import HummingbirdCore
import NIOCore

/// A connection as the side of HTTP sees it. It is the real channel but for two things: its address is the client's, where a proxy
/// stands between; and it can end, with its task, when the connection goes on as a WebSocket.
final class ClientChannel: Channel {
    private let channel: any Channel
    let remoteAddress: SocketAddress?
    let closeFuture: EventLoopFuture<Void>
    private let end: EventLoopPromise<Void>?

    private init(
        _ channel: any Channel, remoteAddress: SocketAddress?, closeFuture: EventLoopFuture<Void>,
        end: EventLoopPromise<Void>?
    ) {
        (self.channel, self.remoteAddress, self.closeFuture, self.end) = (channel, remoteAddress, closeFuture, end)
    }

    /// For all requests of a connection.
    convenience init(_ channel: any Channel) {
        let end = channel.eventLoop.makePromise(of: Void.self)
        channel.closeFuture.whenComplete { _ in end.succeed() }
        self.init(channel, remoteAddress: channel.remoteAddress, closeFuture: end.futureResult, end: end)
    }

    /// For one request, under the address that the port has found out; the channel itself when that is no other.
    static func of(_ channel: any Channel, _ request: Request) -> any Channel {
        guard let name = HTTPField.Name("X-Forwarded-For"), let client = request.headers[name],
            client != channel.remoteAddress?.ipAddress, let address = try? SocketAddress(ipAddress: client, port: 0)
        else { return channel }
        return ClientChannel(channel, remoteAddress: address, closeFuture: channel.closeFuture, end: nil)
    }

    /// Ends it for HTTP, while the connection lives on. What HTTP then does to close it is held back by `Valve`.
    func release() { end?.succeed() }

    var allocator: ByteBufferAllocator { channel.allocator }
    var pipeline: ChannelPipeline { channel.pipeline }
    var localAddress: SocketAddress? { channel.localAddress }
    var parent: (any Channel)? { channel.parent }
    var isWritable: Bool { channel.isWritable }
    var isActive: Bool { channel.isActive }
    var eventLoop: any EventLoop { channel.eventLoop }
    var _channelCore: any ChannelCore { channel._channelCore }
    var syncOptions: (any NIOSynchronousChannelOptions)? { channel.syncOptions }

    func setOption<Option: ChannelOption>(_ option: Option, value: Option.Value) -> EventLoopFuture<Void> {
        channel.setOption(option, value: value)
    }

    func getOption<Option: ChannelOption>(_ option: Option) -> EventLoopFuture<Option.Value> {
        channel.getOption(option)
    }
}

/// Stands behind a WebSocket that was once a connection of HTTP, and keeps what is left of HTTP from closing it.
final class Valve: ChannelOutboundHandler {
    typealias OutboundIn = Any

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) { promise?.succeed() }
}
