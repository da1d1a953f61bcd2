import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// The request did not ask for a WebSocket in the way RFC 6455 wants.
struct HandshakeError: Error {}

/// The two questions before a WebSocket is opened.
enum Handshake {
    /// The header of the answer 101; fails with `HandshakeError`.
    static func answer(_ head: HTTPRequestHead, on channel: any Channel) -> EventLoopFuture<HTTPHeaders> {
        let upgrader = NIOWebSocketServerUpgrader(
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in channel.eventLoop.makeSucceededVoidFuture() })
        return upgrader.buildUpgradeResponse(channel: channel, upgradeRequest: head, initialResponseHeaders: [:])
            .flatMapErrorThrowing { _ in throw HandshakeError() }
    }

    /// - Parameter wire: whose path was asked for, if it is a wire's.
    static func guest(
        _ head: HTTPRequestHead, _ wire: WireDoor?, _ client: ClientAddress, door: Door, on loop: any EventLoop
    ) -> EventLoopFuture<Guest?> {
        guard let request = try? HTTPRequest(head, secure: client.isSecure, splitCookie: false) else {
            return loop.makeFailedFuture(HandshakeError())
        }
        // The port has put the client's own address there.
        let address = head.headers.first(name: "X-Forwarded-For").flatMap { IPAddress($0) }
        return loop.makeFutureWithTask {
            guard let wire else { return try await door.configuration.authenticate(request).map { .page($0) } }
            return try await wire.admit(request, address).map { .wire(wire, $0) }
        }
    }
}
