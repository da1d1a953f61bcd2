import NIOCore
import NIOWebSocket

/// A WebSocket of the doctor to the server.
struct ClientSocket {
    enum Message: Sendable {
        case text(String)
        /// How many bytes.
        case bytes(Int)
    }

    private let channel: any Channel
    private var heard: AsyncStream<Message>.Iterator

    /// - Parameter ear: who listened on the connection until now.
    init(on channel: any Channel, in ear: NIOLoopBound<Ear>) async throws {
        let (messages, said) = AsyncStream.makeStream(of: Message.self)
        try await channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            pipeline.removeHandler(ear.value, promise: nil)
            try pipeline.addHandlers(
                WebSocketFrameEncoder(),
                ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: 1 << 20)), Frames(said))
        }.get()
        self.channel = channel
        heard = messages.makeAsyncIterator()
    }

    func send(_ text: String) async throws { try await send(.text, ByteBuffer(string: text)) }
    /// Returns when the system has taken it.
    func send(_ bytes: ByteBuffer) async throws { try await send(.binary, bytes) }

    private func send(_ opcode: WebSocketOpcode, _ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: opcode, maskKey: .random(), data: bytes))
    }

    /// The next message; an end of patience ends the connection.
    mutating func next(within patience: TimeAmount) async throws -> Message {
        let alarm = channel.eventLoop.scheduleTask(in: patience) { [channel] in channel.close(promise: nil) }
        defer { alarm.cancel() }
        guard let message = await heard.next(isolation: nil) else {
            throw ClientLine.Fault("the WebSocket ended without an answer")
        }
        return message
    }

    private final class Frames: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        private let said: AsyncStream<Message>.Continuation
        init(_ said: AsyncStream<Message>.Continuation) { self.said = said }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            switch frame.opcode {
            case .text: said.yield(.text(String(buffer: frame.unmaskedData)))
            case .binary: said.yield(.bytes(frame.length))
            default: break
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { said.finish() }
    }
}
