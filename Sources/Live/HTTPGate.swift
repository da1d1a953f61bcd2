import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPCompression
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Stands before Hummingbird on every HTTP connection: bounds its time, tells it the client's address, lets accepted requests finish
/// at shutdown, and turns a request for a socket into a WebSocket, whether it is the first of the connection or a later one (a proxy
/// with upstream keep-alive sends it on a used connection).
final class HTTPGate: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        /// Before the first ordinary request; Hummingbird has not been told of the connection.
        case fresh
        case serving
        /// The last answer is being read; nothing more is understood.
        case closing
        /// Bytes pass by; this handler is about to leave.
        case upgraded
    }

    /// A request for a socket on its way.
    private enum Upgrade {
        case none
        /// Its end or an earlier answer is outstanding.
        case waiting(HTTPRequestHead, isComplete: Bool)
        /// Who comes is being asked for.
        case asking
        /// Hummingbird is finishing with the connection.
        case draining(HTTPHeaders, Guest)
    }

    private let client: ClientAddress
    private let door: Door
    private let outcome: EventLoopPromise<LiveConnection.Outcome>
    private let encoder: HTTPResponseEncoder
    /// Bytes of a head have come and not yet its end.
    private var isBeginning = false
    private let decoder: ByteToMessageHandler<HTTPRequestDecoder>
    /// What stands between this handler and Hummingbird.
    private var tail: [any RemovableChannelHandler] = []
    private var side: ClientChannel?
    private var state = State.fresh
    private var upgrade = Upgrade.none
    private var isReading = false
    private var unanswered = 0
    /// The connection ends with the answer that is due.
    private var isLast = false
    /// The client speaks HTTP/1.0 and knows no chunks.
    private var isOld = false
    private var alarm: Alarm?
    private var limits: LiveLimits { door.limits }

    init(
        client: ClientAddress, door: Door, outcome: EventLoopPromise<LiveConnection.Outcome>,
        encoder: HTTPResponseEncoder, decoder: ByteToMessageHandler<HTTPRequestDecoder>
    ) {
        (self.client, self.door, self.outcome) = (client, door, outcome)
        (self.encoder, self.decoder) = (encoder, decoder)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        alarm = Alarm(context.eventLoop) { channel.close(promise: nil) }
        alarm?.set(limits.head)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.stop()
        alarm = nil
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .upgraded = state { return context.fireChannelRead(data) }
        if case .closing = state { return }
        switch unwrapInboundIn(data) {
        case .head(let head): read(head, context)
        case .body:
            if case .waiting = upgrade { return }
            // What comes after the answer has been given is thrown away, but not for ever.
            if unanswered > 0 { alarm?.set(limits.body) }
            context.fireChannelRead(data)
        case .end:
            isReading = false
            if case .waiting(let head, _) = upgrade {
                upgrade = .waiting(head, isComplete: true)
                return beginUpgrade(context)
            }
            rearm(context)
            context.fireChannelRead(data)
        }
    }

    /// The first bytes of a request on a connection that waited for one: its head is bounded like the first.
    func requestBegins() {
        guard case .serving = state, case .none = upgrade, !isReading, !isBeginning, unanswered == 0 else { return }
        isBeginning = true
        alarm?.set(limits.head)
    }

    private func read(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        (isReading, isBeginning) = (true, false)
        if head.method == .GET, Guest.isAsked(for: head.uri, at: door) {
            upgrade = .waiting(head, isComplete: false)
            return rearm(context)
        }
        var head = head
        client.write(to: &head.headers, door: door)
        // An answer to HEAD has the header of a body and no body, which the compressor would invent.
        if head.method == .HEAD { head.headers.remove(name: "Accept-Encoding") }
        if !head.isKeepAlive || head.headers.contains(name: "Upgrade") {
            // Another protocol is not spoken here, and the decoder stops after such a request.
            head.headers.remove(name: "Upgrade")
            head.headers.replaceOrAdd(name: "Connection", value: "close")
            isLast = true
            isOld = head.version == .http1_0
        }
        if case .fresh = state {
            do { try openHTTP(context) } catch { return context.close(promise: nil) }
        }
        if unanswered == 0, head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(
                wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .continue))), promise: nil)
        }
        unanswered += 1
        rearm(context)
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    private func openHTTP(_ context: ChannelHandlerContext) throws {
        let codec = HTTP1ToHTTPServerCodec(secure: client.isSecure)
        let compressor = Self.compressor()
        try context.pipeline.syncOperations.addHandlers([compressor, codec])
        let side = ClientChannel(context.channel)
        let requests = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
            wrappingChannelSynchronously: side, configuration: .init(isOutboundHalfClosureEnabled: true))
        (tail, self.side) = ([compressor, codec], side)
        state = .serving
        outcome.succeed(.http(requests))
    }

    /// Pages, styles and scripts shrink to a fifth; pictures, fonts and downloads are left as they are.
    private static func compressor() -> HTTPResponseCompressor {
        HTTPResponseCompressor(initialByteBufferCapacity: 4096) { head, isWanted in
            let type = head.headers.first(name: "Content-Type") ?? ""
            let isText = type.hasPrefix("text/") || type.hasPrefix("application/json") || type.hasPrefix("image/svg")
            guard isText, head.status != .partialContent, !head.headers.contains(name: "Content-Encoding") else {
                return .doNotCompress
            }
            head.headers.add(name: "Vary", value: "Accept-Encoding")
            // The head of a file goes out before its body: the compressor would leave the length of what it is about to shrink.
            if isWanted { head.headers.remove(name: "Content-Length") }
            return .compressIfPossible
        }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .upgraded = state { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head):
            if isLast, unanswered == 1 { head.headers.replaceOrAdd(name: "Connection", value: "close") }
            if isOld { head.version = .http1_0 }
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body: context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            unanswered -= 1
            rearm(context)
            guard unanswered == 0 else { return }
            if case .waiting = upgrade { beginUpgrade(context) } else if isLast { finish(context) }
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if mode == .output, case .draining(let headers, let guest) = upgrade {
            promise?.succeed()
            return becomeSocket(context, headers: headers, guest: guest)
        }
        if mode == .output { alarm?.set(.seconds(2)) }
        context.close(mode: mode, promise: promise)
    }

    /// Sends what is written and gives the client a moment to read it: closing at once would destroy it under way.
    private func finish(_ context: ChannelHandlerContext) {
        state = .closing
        context.flush()
        context.close(mode: .output, promise: nil)
        alarm?.set(.seconds(2))
    }

    /// An answer of this handler's own, the last of its connection.
    private func refuse(_ status: HTTPResponseStatus, _ words: String, _ context: ChannelHandlerContext) {
        upgrade = .none
        var headers: HTTPHeaders = ["Content-Type": "text/plain; charset=utf-8", "Connection": "close"]
        headers.add(name: "Content-Length", value: String(words.utf8.count))
        if status == .upgradeRequired { headers.add(name: "Upgrade", value: "websocket") }
        context.write(
            wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: words)))), promise: nil)
        context.write(wrapOutboundOut(.end(nil)), promise: nil)
        finish(context)
    }

    // MARK: The connection's ends

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (state, error) {
        case (.closing, _): break
        case (.fresh, let error as HTTPParserError), (.serving, let error as HTTPParserError):
            guard unanswered == 0 else { return context.fireErrorCaught(error) }
            if case .headerOverflow = error {
                refuse(.requestHeaderFieldsTooLarge, "The header of the request is too large.\n", context)
            } else {
                refuse(.badRequest, "This is not HTTP.\n", context)
            }
        case (.fresh, _): context.close(promise: nil)
        default: context.fireErrorCaught(error)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch (event, state) {
        case (is ChannelShouldQuiesceEvent, .upgraded): context.fireUserInboundEventTriggered(event)
        case (is ChannelShouldQuiesceEvent, _):
            guard unanswered > 0 else { return context.close(promise: nil) }
            isLast = true
            let channel = context.channel
            context.eventLoop.scheduleTask(in: limits.shutdown) { channel.close(promise: nil) }
        case (ChannelEvent.inputClosed, .fresh): context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        rearm(context)
        context.fireChannelWritabilityChanged()
    }

    private func rearm(_ context: ChannelHandlerContext) {
        if case .closing = state { return }
        if !context.channel.isWritable {
            alarm?.set(limits.unreadAnswer)
        } else if isReading {
            alarm?.set(limits.body)
        } else if unanswered > 0 {
            alarm?.clear()
        } else if case .none = upgrade {
            if !isBeginning { alarm?.set(limits.keepAlive) }
        } else {
            alarm?.set(limits.head)
        }
    }

    // MARK: Upgrading

    private func beginUpgrade(_ context: ChannelHandlerContext) {
        guard unanswered == 0, case .waiting(let head, isComplete: true) = upgrade else { return }
        let asksWebSocket =
            head.headers[canonicalForm: "Upgrade"].contains { $0.lowercased() == "websocket" }
            && head.headers[canonicalForm: "Connection"].contains { $0.lowercased() == "upgrade" }
        guard asksWebSocket, !isLast else { return refuse(.upgradeRequired, "A WebSocket is served here.\n", context) }
        let wire = door.configuration.wires[Guest.path(head.uri)]
        guard
            wire?.isForPages == false
                || door.allows(origin: head.headers.first(name: "Origin"), host: head.headers.first(name: "Host"))
        else {
            return refuse(.forbidden, "A page of another site may not open a socket here.\n", context)
        }
        upgrade = .asking
        alarm?.set(limits.head)
        var told = head
        client.write(to: &told.headers, door: door)
        let accepted = Handshake.answer(told, on: context.channel)
        let guest = Handshake.guest(told, wire, client, door: door, on: context.eventLoop)
        guest.and(accepted).assumeIsolated().whenComplete { self.answer($0, context) }
    }

    private func answer(_ result: Result<(Guest?, HTTPHeaders), any Error>, _ context: ChannelHandlerContext) {
        guard context.channel.isActive, case .asking = upgrade else { return }
        switch result {
        case .success((let guest?, _)) where guest.isOneTooMany(door):
            refuse(.tooManyRequests, "Too many windows are open.\n", context)
        case .success((let guest?, let headers)):
            if case .fresh = state { return becomeSocket(context, headers: headers, guest: guest) }
            // Hummingbird holds the connection: the end of its requests makes it close its side, which `close` above notices.
            upgrade = .draining(headers, guest)
            context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        case .success((nil, _)): refuse(.unauthorized, "Sign in first.\n", context)
        case .failure(is HandshakeError): refuse(.badRequest, "This is not a WebSocket handshake.\n", context)
        case .failure: refuse(.serviceUnavailable, "Try again later.\n", context)
        }
    }

    private func becomeSocket(_ context: ChannelHandlerContext, headers: HTTPHeaders, guest: Guest) {
        upgrade = .none
        let head = HTTPResponseHead(version: .http1_1, status: .switchingProtocols, headers: headers)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
        state = .upgraded
        do {
            let pipeline = context.pipeline.syncOperations
            pipeline.removeHandler(encoder, promise: nil)
            for handler in tail { pipeline.removeHandler(handler, promise: nil) }
            tail = []
            let isUsed = side != nil
            try pipeline.addHandlers(
                guest.handlers(door) + (isUsed ? [Valve()] : []), position: .after(self))
            outcome.succeed(.done)
            side?.release()
            side = nil
            pipeline.removeHandler(decoder).assumeIsolated().whenComplete { _ in
                pipeline.removeHandler(context: context, promise: nil)
            }
        } catch {
            context.close(promise: nil)
        }
    }
}

/// Stands before the decoder, which is silent until a head is whole, and tells the gate of the first bytes.
final class RequestBegins: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private weak var gate: HTTPGate?

    init(gate: HTTPGate) { self.gate = gate }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        gate?.requestBegins()
        context.fireChannelRead(data)
    }
}
