import HTTPTypes
package import HummingbirdCore
package import Logging
package import NIOCore
import NIOHTTPTypes
import Synchronization

/// One accepted connection: it begins as bytes and becomes HTTP, a WebSocket or TURN.
package struct LiveChannel: HTTPChannelHandler {
    package let responder: HTTPChannelHandler.Responder
    private let door: Door

    package init(responder: @escaping HTTPChannelHandler.Responder, configuration: LiveConfiguration) {
        door = Door(configuration)
        if configuration.trustedProxies.isEmpty {
            self.responder = responder
        } else {
            self.responder = { request, writer, channel in
                try await responder(request, writer, ClientChannel.of(channel, request))
            }
        }
    }

    package func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<LiveConnection> {
        channel.eventLoop.makeCompletedFuture {
            let outcome = channel.eventLoop.makePromise(of: LiveConnection.Outcome.self)
            let door = door
            let isWelcome = door.enter()
            channel.closeFuture.whenComplete { _ in
                door.leave()
                outcome.succeed(.done)
            }
            guard isWelcome else {
                channel.close(promise: nil)
                return LiveConnection(channel: channel, outcome: outcome.futureResult)
            }
            let client = IPAddress(channel.remoteAddress)
            try channel.pipeline.syncOperations.addHandler(
                FirstBytes(.wire, client: client, peer: client, door: door, outcome: outcome))
            return LiveConnection(channel: channel, outcome: outcome.futureResult)
        }
    }

    /// Lives as long as the requests of the connection. A WebSocket needs no task: its handler stays in the pipeline.
    package func handle(value: LiveConnection, logger: Logger) async {
        guard case .http(let requests) = try? await value.outcome.get() else { return }
        await handleHTTP(asyncChannel: requests, logger: logger)
    }
}

package struct LiveConnection: ServerChildChannelValue {
    enum Outcome: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        /// A WebSocket, TURN, or closed.
        case done
    }

    package let channel: any Channel
    let outcome: EventLoopFuture<Outcome>
}

/// The configuration, shared by all connections of the port by reference.
final class Door: Sendable {
    let configuration: LiveConfiguration
    var limits: LiveLimits { configuration.limits }
    var hub: LiveHub { configuration.hub }

    private let connections = Atomic(0)
    private let most: Int

    init(_ configuration: LiveConfiguration) {
        self.configuration = configuration
        let files = OpenFiles.raiseLimit()
        most = min(configuration.limits.connections, max(files - 256, files / 2))
    }

    /// Counts a connection in; false when there are too many.
    func enter() -> Bool { connections.add(1, ordering: .relaxed).newValue <= most }
    func leave() { connections.subtract(1, ordering: .relaxed) }

    func trusts(_ address: IPAddress?) -> Bool {
        guard let address else { return false }
        return configuration.trustedProxies.contains { $0.contains(address) }
    }

    /// A page of ours may open a socket: its origin names the host it was asked for, or one that is configured. Browsers always
    /// send `Origin` with a WebSocket, so a request without it is refused too.
    func allows(origin: String?, host: String?) -> Bool {
        guard let origin = origin?.lowercased() else { return false }
        if configuration.publicOrigins.contains(where: { $0.lowercased() == origin }) { return true }
        for (scheme, port) in [("http://", ":80"), ("https://", ":443")] where origin.hasPrefix(scheme) {
            let named = origin.dropFirst(scheme.count)
            guard let host = host?.lowercased() else { return false }
            return named == host || named + port == host
        }
        return false
    }
}
