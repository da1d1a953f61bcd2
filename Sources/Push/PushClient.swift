package import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Hands messages to push services: one POST over TLS, no redirects, only to addresses of the open internet.
package struct PushClient: Sendable {
    /// Whether an address may be connected to: the one that was asked about is the one that is used.
    private let mayReach: @Sendable (SocketAddress) -> Bool
    private let roots: String?
    private let patience: TimeAmount

    /// - Parameters:
    ///   - roots: PEM file of an authority trusted beside those of the system.
    ///   - mayReach: tests reach their own endpoint.
    package init(
        roots: String? = nil, patience: TimeAmount = .seconds(15),
        mayReach: @escaping @Sendable (SocketAddress) -> Bool = { PublicAddress.holds($0) }
    ) {
        (self.roots, self.patience, self.mayReach) = (roots, patience, mayReach)
    }

    package enum Outcome: Sendable, Equatable {
        case taken
        /// The browser has gone: the subscription is no more.
        case gone
        /// Not now.
        case later(String)
        /// Not this message.
        case refused(String)
        /// An address of an inner network.
        case forbidden
    }

    package func post(_ body: [UInt8], to endpoint: PushEndpoint, authorization: String, lives seconds: Int) async
        -> Outcome
    {
        do {
            let host = endpoint.host, port = endpoint.port
            let address = try await NIOThreadPool.singleton.runIfActive {
                try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
            guard mayReach(address) else { return .forbidden }
            var head = HTTPRequestHead(version: .http1_1, method: .POST, uri: endpoint.path)
            head.headers = [
                "Host": host + (port == 443 ? "" : ":\(port)"), "TTL": String(seconds), "Urgency": "normal",
                "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream",
                "Content-Length": String(body.count), "Authorization": authorization, "Connection": "close",
            ]
            return Self.outcome(try await exchange(head, body, address, host))
        } catch {
            return .later("\(error)")
        }
    }

    static func outcome(_ status: Int) -> Outcome {
        switch status {
        case 200..<300: .taken
        case 404, 410: .gone
        case 408, 429, 500...: .later(String(status))
        default: .refused(String(status))
        }
    }

    private func exchange(
        _ head: HTTPRequestHead, _ body: [UInt8], _ address: SocketAddress, _ host: String
    ) async throws -> Int {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let roots { configuration.additionalTrustRoots = [.file(roots)] }
        let tls = try NIOSSLContext(configuration: configuration), patience = patience
        let status = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connectTimeout(patience)
            .connect(to: address) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(NIOSSLClientHandler(context: tls, serverHostname: host))
                    let promise = channel.eventLoop.makePromise(of: Int.self)
                    try pipeline.addHTTPClientHandlers()
                    try pipeline.addHandler(OneExchange(head, body, patience, promise))
                    return promise.futureResult
                }
            }
        return try await status.get()
    }
}

/// Says one request and listens for the status of its answer.
private final class OneExchange: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    enum Fault: Error { case cut, slow }

    private let head: HTTPRequestHead, body: [UInt8], patience: TimeAmount
    private var promise: EventLoopPromise<Int>?

    init(_ head: HTTPRequestHead, _ body: [UInt8], _ patience: TimeAmount, _ promise: EventLoopPromise<Int>) {
        (self.head, self.body, self.patience, self.promise) = (head, body, patience, promise)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: patience) {
            let (handler, context) = bound.value
            handler.finish(.failure(Fault.slow), context)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { finish(.success(Int(head.status.code)), context) }
    }

    func channelInactive(context: ChannelHandlerContext) { finish(.failure(Fault.cut), context) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { finish(.failure(error), context) }

    /// A connection that never came to be has no other end.
    func handlerRemoved(context: ChannelHandlerContext) {
        promise?.fail(Fault.cut)
        promise = nil
    }

    private func finish(_ result: Result<Int, any Error>, _ context: ChannelHandlerContext) {
        guard let promise else { return }
        self.promise = nil
        promise.completeWith(result)
        context.close(promise: nil)
    }
}
