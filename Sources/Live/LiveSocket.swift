import Foundation
import Kernel
import NIOCore
import NIOWebSocket

/// One page's socket. It lives on its event loop without a task; `LiveShard` ticks it and hands it frames.
final class LiveSocket: ChannelInboundHandler, Hashable {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = ByteBuffer

    let viewer: LiveViewer
    private let door: Door
    private(set) var shard: LiveShard?
    private var context: ChannelHandlerContext?
    /// What the page watches now.
    var topics: [TopicKey] = []
    private var questions = 0
    /// What it may watch is being asked; what happens meanwhile is made up for by a reload.
    private var isAsking = false
    private var hasSpoken = false
    /// Hints were left out because the page did not read.
    private var isBehind = false
    private var fullSince: NIODeadline?
    private var closesBy: NIODeadline?
    private var opened = NIODeadline.now()
    private var leavesAt = NIODeadline.distantFuture
    private var heard = NIODeadline.now()
    private var pingAt = NIODeadline.distantFuture
    private var typedAt = NIODeadline.uptimeNanoseconds(0)
    private var countedFrom = NIODeadline.now()
    private var counted = 0
    private var limits: LiveLimits { door.limits }

    private init(viewer: LiveViewer, door: Door) { (self.viewer, self.door) = (viewer, door) }

    /// The handlers of a WebSocket, in their order.
    static func handlers(viewer: LiveViewer, door: Door) -> [any ChannelHandler] {
        [
            ByteToMessageHandler(WebSocketFrameDecoder(maxFrameSize: door.limits.frameBytes)),
            LiveSocket(viewer: viewer, door: door),
        ]
    }

    static func == (left: LiveSocket, right: LiveSocket) -> Bool { left === right }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    // MARK: Life

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        let mark = ChannelOptions.Types.WriteBufferWaterMark(low: limits.outboxBytes / 4, high: limits.outboxBytes)
        try? context.channel.syncOptions?.setOption(.writeBufferWaterMark, value: mark)
        // The kernel would keep megabytes for a page that never reads.
        try? context.channel.syncOptions?.setOption(.socketOption(.so_sndbuf), value: 32 * 1024)
        let life = limits.socketLife.nanoseconds
        leavesAt = opened + .nanoseconds(life - Int64.random(in: 0...(life / 10)))
        pingAt = opened + limits.ping
        shard = door.hub.shard(of: context.eventLoop, limits: limits)
        shard?.join(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) { part() }

    func channelInactive(context: ChannelHandlerContext) {
        part()
        context.fireChannelInactive()
    }

    private func part() {
        shard?.leave(self)
        (shard, context) = (nil, nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent: bye()
        case ChannelEvent.inputClosed: context.close(promise: nil)
        default: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let error = error as? NIOWebSocketError else { return context.close(promise: nil) }
        if case .invalidFrameLength = error { close(1009) } else { close(1002) }
    }

    /// Asked once a second.
    func tick(_ now: NIODeadline) {
        if let closesBy {
            if closesBy <= now { context?.close(promise: nil) }
        } else if heard + limits.ping + limits.ping < now {
            drop()
        } else if let fullSince, fullSince + limits.unreadHints < now {
            drop()
        } else if !hasSpoken, opened + limits.firstMessage < now {
            close(1008)
        } else if leavesAt <= now {
            bye()
        } else if pingAt <= now {
            pingAt = now + limits.ping
            if fullSince == nil { write(LiveFrame.ping) }
        }
    }

    // MARK: To the page

    /// Sends a frame, or notes that the page must reload when it can be told: nothing waits in memory beyond the limit.
    func send(_ frame: ByteBuffer) {
        guard closesBy == nil else { return }
        guard fullSince == nil, !isAsking else { return isBehind = true }
        write(frame)
    }

    /// The same for what need not be made up for.
    func whisper(_ frame: ByteBuffer) {
        if closesBy == nil, fullSince == nil, !isAsking { write(frame) }
    }

    private func catchUp() {
        guard isBehind, fullSince == nil, !isAsking else { return }
        isBehind = false
        send(LiveFrame.reload)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable {
            fullSince = nil
            catchUp()
        } else if fullSince == nil {
            fullSince = .now()
        }
    }

    /// The server leaves, or wants the page to introduce itself anew: it connects again after a random while.
    func bye() {
        if closesBy == nil, fullSince == nil { write(LiveFrame.bye) }
        close(1001)
    }

    /// Says why and lets the page read it; whoever does not answer in a second is cut off.
    func close(_ code: UInt16) {
        guard closesBy == nil, let context else { return }
        closesBy = .now() + .seconds(1)
        shard?.unwatch(self)
        write(LiveFrame.close(code))
        context.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { self.context?.close(promise: nil) }
    }

    private func drop() {
        shard?.countDropped()
        context?.close(promise: nil)
    }

    private func write(_ frame: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(frame), promise: nil) }

    // MARK: From the page

    func channelReadComplete(context: ChannelHandlerContext) {
        // After a late upgrade the handlers of HTTP behind this one read no more.
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        heard = .now()
        guard closesBy == nil else {
            if frame.opcode == .connectionClose { context.close(promise: nil) }
            return
        }
        guard frame.maskKey != nil, frame.fin else { return close(frame.maskKey == nil ? 1002 : 1003) }
        guard isModest() else {
            shard?.countDropped()
            return close(1008)
        }
        switch frame.opcode {
        case .text: hear(frame.unmaskedData)
        case .ping: write(LiveFrame.pong(frame.unmaskedData))
        case .pong: break
        case .connectionClose:
            close(1000)
            context.flush()
            context.close(promise: nil)
        default: close(1003)
        }
    }

    private func isModest() -> Bool {
        if countedFrom + .seconds(10) < heard { (countedFrom, counted) = (heard, 0) }
        counted += 1
        return counted <= limits.messages
    }

    private struct Message: Decodable {
        var topics: [String]?
        var seq: Int64?
        var typing: String?
    }

    private func hear(_ text: ByteBuffer) {
        guard let message = try? JSONDecoder().decode(Message.self, from: Data(text.readableBytesView)) else {
            return close(1007)
        }
        hasSpoken = true
        if let topics = message.topics { subscribe(topics, seq: message.seq) }
        if let topic = message.typing { typing(topic) }
    }

    private func typing(_ topic: String) {
        guard !isAsking, topics.contains(where: { $0.topic == topic }), typedAt + limits.typing <= heard else { return }
        typedAt = heard
        door.hub.typing(organisation: viewer.organisation, topic: topic, person: viewer.person)
    }

    /// Replaces what the page watches. The topics are noted before the question is put, so that no hint falls between its answer
    /// and the watching. The answer of an older question is not used.
    private func subscribe(_ wanted: [String], seq: Int64?) {
        guard let context, let shard else { return }
        guard wanted.count <= limits.topics else { return close(1008) }
        let wanted = wanted.filter(TopicKey.isWellFormed)
        questions += 1
        isAsking = true
        shard.watch(self, wanted)
        let question = questions
        let (viewer, door) = (viewer, door)
        context.eventLoop.makeFutureWithTask { try await door.configuration.mayWatch(viewer, wanted) }
            .assumeIsolated()
            .whenComplete { result in
                guard self.closesBy == nil, self.questions == question, let shard = self.shard else { return }
                self.isAsking = false
                guard case .success(let answer) = result else { return self.close(1013) }
                shard.watch(self, wanted.filter(answer.allowed.contains))
                if answer.seq > seq ?? -1 { self.isBehind = true }
                self.catchUp()
            }
    }
}
