// Live: the one port and the sockets of the pages.
//
// `LiveChannel` stands behind Hummingbird's listener. It looks at the first bytes of a connection and sends it on its way: TLS,
// TURN, HTTP, the WebSocket `/live` of the pages, or a wire of a room. `LiveHub` knows the open sockets and tells them what has changed, never what it says.
// This target knows nothing of help desks: who may watch what is answered by closures given from above.

package import HTTPTypes
import Hummingbird
package import HummingbirdCore
package import Kernel
package import NIOCore

/// What the port needs to know. Everything a connection shares with the others is here.
package struct LiveConfiguration: Sendable {
    /// The sockets of this process.
    package var hub: LiveHub
    /// Who asks for a socket, by the head of the request (its cookie); nil is answered with 401, a throw with 503.
    package var authenticate: @Sendable (HTTPRequest) async throws -> LiveViewer?
    /// Which of the topics the viewer may watch, and the number of the last event that concerns them (or simply of the organisation's
    /// last event): a page with a lower number reloads. A throw closes the socket with 1013 (try again later).
    package var mayWatch: @Sendable (LiveViewer, [String]) async throws -> (allowed: [String], seq: Int64)
    /// Told when a person's first socket of this process opens, and a while after the last one has closed.
    package var presence: @Sendable (LiveViewer, Bool) -> Void
    /// Origins that may open a socket besides the one in `Host`: `https://help.example.ru`, without a path.
    package var publicOrigins: [String]
    /// nil: connections that start TLS are closed.
    package var certificates: Certificates?
    /// Proxies whose PROXY header, `X-Forwarded-For` and `X-Forwarded-Proto` are believed. From others a PROXY header is refused.
    package var trustedProxies: [AddressRange]
    /// Sockets of rooms, by their paths.
    package var wires: [String: WireDoor] = [:]
    /// nil: connections that start with STUN are closed.
    package var turn: (any TurnSeam)?
    package var limits: LiveLimits

    package init(
        hub: LiveHub,
        authenticate: @escaping @Sendable (HTTPRequest) async throws -> LiveViewer?,
        mayWatch: @escaping @Sendable (LiveViewer, [String]) async throws -> (allowed: [String], seq: Int64),
        presence: @escaping @Sendable (LiveViewer, Bool) -> Void = { _, _ in },
        publicOrigins: [String] = [], certificates: Certificates? = nil, trustedProxies: [AddressRange] = [],
        turn: (any TurnSeam)? = nil, limits: LiveLimits = LiveLimits()
    ) {
        self.hub = hub
        self.authenticate = authenticate
        self.mayWatch = mayWatch
        self.presence = presence
        hub.onPresence(presence, after: limits.absence)
        self.publicOrigins = publicOrigins
        self.certificates = certificates
        self.trustedProxies = trustedProxies
        self.turn = turn
        self.limits = limits
    }
}

/// Where TURN joins the port. Called on the channel's event loop; adds its handlers to the end of the pipeline at once. The bytes
/// seen so far follow as the first read. A throw closes the connection.
package protocol TurnSeam: Sendable {
    /// - Parameter client: the address of the client, behind a trusted proxy too; nil when it is not an IP address.
    func accept(_ channel: any Channel, client: IPAddress?) throws
}

extension HTTPServerBuilder {
    /// The server for `Application(router:server:)`: everything of Okno on one port.
    ///
    /// A handler finds the address of the client, behind a trusted proxy too, as `source.channel.remoteAddress` of its
    /// `RequestContext`, and in two headers that this port writes itself, whatever the client sent: `X-Forwarded-For` holds that
    /// one address and `X-Forwarded-Proto` is `http` or `https`.
    ///
    /// Raises the limit of open files of this process to what the system allows.
    package static func live(_ configuration: LiveConfiguration) -> HTTPServerBuilder {
        HTTPServerBuilder { responder in LiveChannel(responder: responder, configuration: configuration) }
    }
}

/// Who sits at the other end of a socket.
package struct LiveViewer: Sendable, Hashable {
    package let organisation: OrganisationID
    package let person: PersonID
    package let session: SessionID

    package init(organisation: OrganisationID, person: PersonID, session: SessionID) {
        self.organisation = organisation
        self.person = person
        self.session = session
    }
}
