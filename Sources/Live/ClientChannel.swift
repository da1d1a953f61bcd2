import HTTPTypes
import HummingbirdCore
import NIOCore

/// A connection that came through a proxy, under the address of its client: what `RequestContext` reads as
/// `source.channel.remoteAddress`.
final class ClientChannel: Channel {
    private let channel: any Channel
    let remoteAddress: SocketAddress?

    private init(_ channel: any Channel, _ remoteAddress: SocketAddress) {
        (self.channel, self.remoteAddress) = (channel, remoteAddress)
    }

    /// The channel itself when nothing stands between it and the client.
    static func of(_ channel: any Channel, _ request: Request) -> any Channel {
        guard let name = HTTPField.Name("X-Forwarded-For"), let client = request.headers[name],
            client != channel.remoteAddress?.ipAddress, let address = try? SocketAddress(ipAddress: client, port: 0)
        else { return channel }
        return ClientChannel(channel, address)
    }

    var allocator: ByteBufferAllocator { channel.allocator }
    var closeFuture: EventLoopFuture<Void> { channel.closeFuture }
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
