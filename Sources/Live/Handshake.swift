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

    static func viewer(
        _ head: HTTPRequestHead, isSecure: Bool, door: Door, on loop: any EventLoop
    ) -> EventLoopFuture<LiveViewer?> {
        guard let request = try? HTTPRequest(head, secure: isSecure, splitCookie: false) else {
            return loop.makeFailedFuture(HandshakeError())
        }
        return loop.makeFutureWithTask { try await door.configuration.authenticate(request) }
    }
}
