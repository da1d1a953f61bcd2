import Kernel
import NIOCore
import NIOWebSocket

/// The handler of a wire: makes messages of frames and frames of messages, asks for signs of life, closes.
final class WireEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let door: WireDoor
    private let listener: any WireListener
    private let limits: LiveLimits
    private var wire: Wire?
    private var context: ChannelHandlerContext?
    private var frames: WireFrames
    private var heard = NIODeadline.now()
    private var pinging: Alarm?
    private var isClosing = false
    private var isFlushing = false
    /// Pings and pongs of the other end, of which nobody needs many.
    private var beatsFrom = NIODeadline.now(), beats = 0
    private var wasFull = false
    var isPaused = false
    /// More has come than may be relayed: the sender waits.
    private var isHeld = false
    private var allowance: Allowance?
    /// Bytes of this turn.
    private var came = 0

    private init(_ door: WireDoor, _ listener: any WireListener, _ limits: LiveLimits) {
        (self.door, self.listener, self.limits) = (door, listener, limits)
        frames = WireFrames(longest: door.messageBytes)
        allowance = door.rate.map { Allowance(rate: $0.ofSession, at: NIODeadline.now().uptimeNanoseconds) }
    }

    /// The handlers of a wire, in their order.
    static func handlers(_ door: WireDoor, _ listener: any WireListener, _ limits: LiveLimits) -> [any ChannelHandler] {
        [WireEnd(door, listener, limits)]
    }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let options = context.channel.syncOptions
        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: door.outboxBytes / 2, high: door.outboxBytes)
        try? options?.setOption(.writeBufferWaterMark, value: mark)
        // What lies in the kernel is delay that nobody can take back.
        try? options?.setOption(.socketOption(.so_sndbuf), value: max(32 << 10, door.outboxBytes / 2))
        try? options?.setOption(.tcpOption(.tcp_nodelay), value: 1)
        try? options?.setOption(.autoRead, value: false)
        // Each socket keeps what it reads into: as much as a piece of a picture, which no larger one made faster.
        try? options?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 2048, maximum: 32 << 10))
        let wire = Wire(context.channel, end: self)
        self.wire = wire
        pinging = Alarm(context.eventLoop) { self.ping() }
        pinging?.set(limits.ping)
        listener.opened(wire)
        if mayRead { context.read() }
    }

    private var mayRead: Bool { !isPaused && !isHeld }

    func handlerRemoved(context: ChannelHandlerContext) { part() }

    func channelInactive(context: ChannelHandlerContext) {
        part()
        context.fireChannelInactive()
    }

    private func part() {
        pinging?.stop()
        guard let wire else { return }
        (self.wire, context, pinging) = (nil, nil, nil)
        listener.closed(wire)
    }

    private func ping() {
        if heard + limits.ping + limits.ping < .now(), mayRead {
            context?.close(promise: nil)
        } else if !isClosing {
            context?.writeAndFlush(wrapOutboundOut(LiveFrame.ping), promise: nil)
            pinging?.set(limits.ping)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: close(1001)
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: To the other end

    /// What is written within one turn of the loop goes out together.
    func write(_ bytes: ByteBuffer, _ opcode: WebSocketOpcode) {
        guard let context, !isClosing else { return }
        context.write(wrapOutboundOut(LiveFrame.head(opcode, bytes.readableBytes)), promise: nil)
        context.write(wrapOutboundOut(bytes), promise: nil)
        guard !isFlushing else { return }
        isFlushing = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushing = false
            self.context?.flush()
        }
    }

    func close(_ code: UInt16) {
        guard !isClosing, let context else { return }
        isClosing = true
        context.writeAndFlush(wrapOutboundOut(LiveFrame.close(code)), promise: nil)
        if !isPaused { context.read() }
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.context?.close(promise: nil) }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        defer { wasFull = !context.channel.isWritable }
        if wasFull, context.channel.isWritable, let wire { listener.drained(wire) }
    }

    // MARK: From the other end

    func allow(_ messageBytes: Int) { frames.longest = messageBytes }

    func resume() {
        guard isPaused else { return }
        isPaused = false
        heard = .now()
        if mayRead { context?.read() }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        hold(context)
        if mayRead { context.read() }
    }

    /// Over the limits of the relay nothing is lost: nothing more is taken until it is within them again.
    private func hold(_ context: ChannelHandlerContext) {
        defer { came = 0 }
        guard let rate = door.rate, came > 0, !isHeld else { return }
        let now = NIODeadline.now().uptimeNanoseconds
        let wait = max(allowance?.spend(came, at: now) ?? 0, rate.spend(came, at: now))
        guard wait > 0 else { return }
        isHeld = true
        context.eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(min(wait, Self.longestHold))) {
            self.isHeld = false
            if self.mayRead { self.context?.read() }
        }
    }

    private static let longestHold: Int64 = 5_000_000_000

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        heard = .now()
        came += bytes.readableBytes
        do throws(WireFrames.Fault) {
            while self.context != nil, let piece = try frames.next(in: &bytes) { take(piece, context) }
        } catch {
            if isClosing { context.close(promise: nil) } else { close(error.code) }
        }
    }

    private func take(_ piece: WireFrames.Piece, _ context: ChannelHandlerContext) {
        switch piece {
        case .control(.connectionClose, _):
            close(1000)
            context.close(promise: nil)
        case .control(let opcode, let data):
            guard !isClosing else { return }
            guard isModest() else { return close(1008) }
            // Who does not read sees by what waits there that we live; only the last of many pings needs an answer (RFC 6455, 5.5.3).
            guard opcode == .ping, context.channel.isWritable else { return }
            context.writeAndFlush(wrapOutboundOut(LiveFrame.pong(data)), promise: nil)
        case .message(let opcode, let bytes):
            guard let wire, !isClosing else { return }
            guard opcode == .text else { return listener.heard(.bytes(bytes), on: wire) }
            guard let text = String(validating: bytes.readableBytesView, as: UTF8.self) else { return close(1007) }
            listener.heard(.text(text), on: wire)
        }
    }

    private func isModest() -> Bool {
        if beatsFrom + .seconds(10) < heard { (beatsFrom, beats) = (heard, 0) }
        beats += 1
        return beats <= limits.messages
    }
}
