import NIOCore
import NIOHTTP1

/// Looks at the first bytes of a connection, adds the handlers that understand them, passes the bytes on and leaves.
final class FirstBytes: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    enum Layer { case wire, secured }

    private enum Decision { case wait, refuse, secure, turn, http }

    private let layer: Layer
    private var client: IPAddress?
    private let peer: IPAddress?
    private let door: Door
    private let outcome: EventLoopPromise<LiveConnection.Outcome>
    private var held = ByteBuffer()
    private var maybeProxy: Bool
    private var refused = false
    private var alarm: Alarm?

    /// - Parameters:
    ///   - client: whom the connection speaks for.
    ///   - peer: who is at the other end of the cable.
    init(
        _ layer: Layer, client: IPAddress?, peer: IPAddress?, door: Door,
        outcome: EventLoopPromise<LiveConnection.Outcome>
    ) {
        (self.layer, self.client, self.peer, self.door, self.outcome) = (layer, client, peer, door, outcome)
        maybeProxy = layer == .wire
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let channel = context.channel
        alarm = Alarm(context.eventLoop) { channel.close(promise: nil) }
        alarm?.set(door.limits.firstBytes)
    }

    func handlerRemoved(context: ChannelHandlerContext) { alarm?.stop() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !refused else { return }
        var bytes = unwrapInboundIn(data)
        held.writeBuffer(&bytes)
        do {
            switch decide() {
            case .wait: break
            case .refuse: refuse(context)
            case .secure: try secure(context)
            case .turn:
                try door.configuration.turn?.accept(context.channel, client: client)
                outcome.succeed(.done)
                leave(context)
            case .http:
                try serveHTTP(context)
                leave(context)
            }
        } catch {
            refuse(context)
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent, ChannelEvent.inputClosed: refuse(context)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// A failed TLS handshake, or a connection that broke.
    func errorCaught(context: ChannelHandlerContext, error: any Error) { refuse(context) }

    private func decide() -> Decision {
        if maybeProxy {
            switch ProxyHeader.read(held.readableBytesView) {
            case .incomplete: return .wait
            case .broken: return .refuse
            case .absent: maybeProxy = false
            case .present(let named, let length):
                guard door.trusts(peer) else { return .refuse }
                client = named ?? client
                held.moveReaderIndex(forwardBy: length)
                maybeProxy = false
            }
        }
        guard let first = held.getInteger(at: held.readerIndex, as: UInt8.self) else { return .wait }
        switch first {
        case 0x16: return layer == .wire && door.configuration.certificates != nil ? .secure : .refuse
        case 0x00...0x03:
            guard let cookie = held.getInteger(at: held.readerIndex + 4, as: UInt32.self) else { return .wait }
            return cookie == 0x2112_A442 && door.configuration.turn != nil ? .turn : .refuse
        default: return .http
        }
    }

    private func secure(_ context: ChannelHandlerContext) throws {
        guard let certificates = door.configuration.certificates else { return refuse(context) }
        let next = FirstBytes(.secured, client: client, peer: peer, door: door, outcome: outcome)
        try context.pipeline.syncOperations.addHandlers(certificates.handler(), next)
        leave(context)
    }

    private func serveHTTP(_ context: ChannelHandlerContext) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = door.limits.headBytes
        limits.maxHeaderListSize = door.limits.headBytes
        limits.maxHeaderFieldCount = door.limits.headFields
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits))
        let client = ClientAddress(
            client: client, isProxied: door.trusts(client) || door.trusts(peer), isSecure: layer == .secured)
        let gate = HTTPGate(client: client, door: door, outcome: outcome, encoder: encoder, decoder: decoder)
        try context.pipeline.syncOperations.addHandlers(encoder, RequestBegins(gate: gate), decoder, gate)
    }

    private func leave(_ context: ChannelHandlerContext) {
        let bytes = held
        held = ByteBuffer()
        context.fireChannelRead(wrapInboundOut(bytes))
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    private func refuse(_ context: ChannelHandlerContext) {
        refused = true
        held = ByteBuffer()
        context.close(promise: nil)
    }
}
