import Kernel
import NIOCore
import Synchronization

/// One connection: takes frames off the bytes, lets the dialogue decide, and hands packets to the mailboxes of others.
final class TurnHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// The end of this connection that others see.
    final class Box: Mailbox {
        let loop: any EventLoop
        let handler: NIOLoopBoundBox<TurnHandler?>

        init(_ loop: any EventLoop) {
            self.loop = loop
            handler = .makeEmptyBox(valueType: TurnHandler.self, eventLoop: loop)
        }

        func take(_ packets: [ByteBuffer], from sender: TransportAddress) {
            if loop.inEventLoop {
                handler.value?.tell(packets, from: sender)
            } else {
                loop.execute { self.handler.value?.tell(packets, from: sender) }
            }
        }

        func end() { loop.execute { self.handler.value?.close() } }
    }

    private let table: TurnTable
    private let now: @Sendable () -> Instant
    private let box: Box
    private var dialogue: Dialogue
    private var allowance: Allowance
    private var context: ChannelHandlerContext?
    private var held = ByteBuffer()
    /// What this read has brought, by whom it is for.
    private var outgoing: [(to: Relayed, packets: [ByteBuffer], bytes: Int)] = []
    private var unreadAnswers = 0
    private var hasAnswers = false
    /// Since when there is no allocation.
    private var idleSince: NIODeadline
    private var alarm: Scheduled<Void>?

    init(
        _ table: TurnTable, _ secret: TurnSecret, client: TransportAddress?, on loop: any EventLoop,
        now: @escaping @Sendable () -> Instant
    ) {
        (self.table, self.now) = (table, now)
        box = Box(loop)
        dialogue = Dialogue(table, secret, client: client, box, at: loop.now)
        allowance = Allowance(rate: table.bytesOfSession, at: loop.now.uptimeNanoseconds)
        idleSince = loop.now
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        box.handler.value = self
        table.counters.sessions.add(1, ordering: .relaxed)
        watch()
    }

    func handlerRemoved(context: ChannelHandlerContext) { leave() }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        guard context != nil else { return }
        context = nil
        alarm?.cancel()
        alarm = nil
        box.handler.value = nil
        dialogue.release()
        (outgoing, held) = ([], ByteBuffer())
        table.counters.sessions.subtract(1, ordering: .relaxed)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent, ChannelEvent.inputClosed: close()
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { unreadAnswers = 0 }
        context.fireChannelWritabilityChanged()
    }

    func close() { context?.close(promise: nil) }

    // MARK: Coming in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard self.context != nil else { return }
        var bytes = unwrapInboundIn(data)
        if held.readableBytes > 0 {
            held.writeBuffer(&bytes)
            swap(&held, &bytes)
        }
        held = ByteBuffer()
        let ticks = context.eventLoop.now
        do {
            while let frame = try Frame.next(in: &bytes, most: table.limits.frameBytes) {
                try hear(frame, at: ticks, context)
            }
        } catch {
            return close()
        }
        if bytes.readableBytes > 0 { held = bytes }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if hasAnswers {
            hasAnswers = false
            context.flush()
        }
        let batches = outgoing
        outgoing.removeAll(keepingCapacity: true)
        let ticks = context.eventLoop.now
        for batch in batches {
            guard let sender = dialogue.allocation?.relayed.address, batch.to.isOpen,
                table.allows(batch.bytes, at: ticks)
            else {
                table.counters.drop(batch.packets.count)
                continue
            }
            batch.to.mailbox.take(batch.packets, from: sender)
        }
        context.fireChannelReadComplete()
    }

    private func hear(_ frame: Frame, at ticks: NIODeadline, _ context: ChannelHandlerContext) throws {
        switch frame {
        case .packet(let number, let packet):
            pass(packet, to: dialogue.allocation?.peer(of: number, at: ticks), at: ticks)
        case .message(let bytes):
            let message = try STUNMessage(parsing: bytes)
            switch message.kind {
            case .request: answer(message, at: ticks, context)
            case .indication where message.method == .send:
                let found = dialogue.packet(of: message, at: ticks)
                pass(found?.1 ?? ByteBuffer(), to: found?.to, at: ticks)
            // A Binding indication keeps a connection alive; answers are to no question of ours.
            case .indication, .success, .failure: break
            }
        }
    }

    private func pass(_ packet: ByteBuffer, to peer: Relayed?, at ticks: NIODeadline) {
        guard let peer, allowance.take(packet.readableBytes, at: ticks.uptimeNanoseconds) else {
            return table.counters.drop()
        }
        if let last = outgoing.indices.last, outgoing[last].to === peer {
            outgoing[last].packets.append(packet)
            outgoing[last].bytes += packet.readableBytes
        } else {
            outgoing.append((peer, [packet], packet.readableBytes))
        }
    }

    private func answer(_ request: STUNMessage, at ticks: NIODeadline, _ context: ChannelHandlerContext) {
        let hadAllocation = dialogue.allocation != nil
        let bytes = dialogue.answer(request, at: .init(ticks: ticks, clock: now()))
        if hadAllocation, dialogue.allocation == nil { idleSince = ticks }
        watch()
        if !context.channel.isWritable { unreadAnswers += 1 }
        guard unreadAnswers <= table.limits.unreadAnswers, dialogue.refusals <= table.limits.refusals else {
            return close()
        }
        context.write(wrapOutboundOut(bytes), promise: nil)
        hasAnswers = true
    }

    // MARK: Going out

    /// Packets that somebody of the call has sent to our relayed address.
    private func tell(_ packets: [ByteBuffer], from sender: TransportAddress) {
        guard let context, let shape = dialogue.allocation?.shape(of: sender, at: context.eventLoop.now) else {
            return table.counters.drop(packets.count)
        }
        var bytes = ByteBuffer(), told = 0, size = 0
        bytes.reserveCapacity(min(table.limits.outboxBytes, packets.reduce(0) { $0 + $1.readableBytes + 64 }))
        for packet in packets {
            // What does not fit is not kept: it would only come late.
            guard context.channel.isWritable else { break }
            shape.write(packet, to: &bytes)
            told += 1
            size += packet.readableBytes
            if bytes.readableBytes >= table.limits.outboxBytes / 2 {
                context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
                bytes = ByteBuffer()
            }
        }
        if bytes.readableBytes > 0 { context.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }
        table.counters.relayed(told, bytes: size)
        if told < packets.count { table.counters.drop(packets.count - told) }
    }

    // MARK: Time

    private var deadline: NIODeadline { dialogue.allocation?.until ?? idleSince + table.limits.idle }

    /// One timer for each connection. A moment that moves on is looked at when the timer rings.
    private func watch() {
        guard let loop = context?.eventLoop, alarm == nil || deadline < armed else { return }
        alarm?.cancel()
        armed = deadline
        alarm = loop.assumeIsolated().scheduleTask(deadline: armed) { [weak self] in self?.ring() }
    }

    private var armed = NIODeadline.distantFuture

    private func ring() {
        alarm = nil
        guard let now = context?.eventLoop.now else { return }
        guard deadline <= now else { return watch() }
        if dialogue.allocation == nil { return close() }
        dialogue.release()
        idleSince = now
        watch()
    }
}
