package import Kernel

/// Where a browser finds a relay, as its RTCPeerConnection is told.
package struct IceServer: Sendable, Codable, Equatable {
    package let urls: [String]
    package let username: String
    package let credential: String
}

/// The relays of an installation: its own on the port of its pages, or servers of others that share a secret with it.
package enum IceServers: Sendable {
    case own(TurnServer)
    case others(urls: [String], secret: TurnSecret)

    /// - Parameters:
    ///   - host: as the browser asked for the page; an IPv6 address stands in brackets.
    ///   - isSecure: the page came by HTTPS, and so does the relay.
    ///   - until: the end of the credentials.
    package func servers(
        for person: String, call: String, host: String, port: Int, isSecure: Bool, until: Instant
    ) -> [IceServer] {
        switch self {
        case .own(let turn):
            let (user, password) = turn.credentials(for: person, call: call, until: until)
            let url = "\(isSecure ? "turns" : "turn"):\(host):\(port)?transport=tcp"
            return [IceServer(urls: [url], username: user, credential: password)]
        case .others(let urls, let secret):
            let (user, password) = secret.credentials(for: person, call: call, until: until)
            return [IceServer(urls: urls, username: user, credential: password)]
        }
    }

    /// Whether this is the address of a relay: `turn:host`, `turns:host:5349?transport=tcp`.
    package static func isRelay(_ url: String) -> Bool {
        url.wholeMatch(of: /turns?:(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._\-]+)(:[0-9]{1,5})?(\?transport=(tcp|udp))?/) != nil
    }
}
