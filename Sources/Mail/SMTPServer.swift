/// A mail server that takes our letters, as the operator names it.
package struct SMTPServer: Sendable {
    package enum Security: String, Sendable, CaseIterable {
        /// TLS from the first byte (port 465).
        case tls
        /// TLS after a word in the open; a server that does not offer it is given nothing.
        case starttls
        /// In the open: only for a server on this machine or in the same closed network.
        case none
    }

    package var host: String, port: Int
    package var security: Security
    package var user: String?, password: String
    /// PEM file of an authority of one's own, trusted beside those of the system.
    package var roots: String?
    /// How this machine names itself.
    package var name: String
    /// Seconds to wait for a connection and for an answer; the end of a letter is waited for twice as long.
    package var patience = 60

    package init(
        host: String, port: Int, security: Security = .starttls, user: String? = nil, password: String = "",
        roots: String? = nil, name: String = "localhost"
    ) {
        (self.host, self.port, self.security, self.user) = (host, port, security, user)
        (self.password, self.roots, self.name) = (password, roots, name)
    }
}

/// Why no letter at all can be given to the server now. Nothing was refused for good: all may be tried again.
package enum SMTPFault: Error, Sendable, Equatable, CustomStringConvertible {
    /// No connection, or it was cut; of a letter that was under way nobody knows whether it has come.
    case unreachable(String)
    /// The server's certificate is not trusted, or TLS is not offered.
    case insecure(String)
    /// The name or the password does not hold.
    case signIn(String)
    /// The server wants nothing from us: its greeting, our name or the sender is refused.
    case unwilling(String)

    package var description: String {
        switch self {
        case .unreachable(let why), .insecure(let why), .signIn(let why), .unwilling(let why): why
        }
    }

    /// A word for the page of the administrator.
    package var code: String {
        switch self {
        case .unreachable: "unreachable"
        case .insecure: "insecure"
        case .signIn: "sign-in"
        case .unwilling: "unwilling"
        }
    }
}

/// What became of one letter.
package enum SMTPVerdict: Sendable, Equatable {
    case accepted
    /// Not now.
    case later(String)
    /// There is no such address, and will not be.
    case addressRefused(String)
    /// Not this letter; the address may be well.
    case letterRefused(String)
}
