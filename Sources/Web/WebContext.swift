package import Hummingbird
package import Kernel
import Logging
import NIOCore

/// What is known of one request while it is answered.
package struct WebContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who asks; nil before sign-in.
    package var signedIn: SignedIn?
    package var language: Language = .russian
    /// The client's address, after PROXY protocol and trusted front servers.
    package var clientAddress: String
    package var requestID: String = ID<WebContext>.new().text
    /// A request by htmx wants a fragment; any other wants a whole page.
    package var wantsFragment = false

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        clientAddress = source.channel.remoteAddress?.ipAddress ?? ""
    }

    package var maxUploadSize: Int { Form.largestBody }

    /// The viewer, or the way to sign-in.
    package func viewer() throws(WebError) -> Viewer {
        guard let signedIn else { throw .signInFirst }
        return signedIn.viewer
    }

    /// A part of the address as an id of ours: a text of another shape is an unknown id.
    package func id<Of>(_ name: String) throws(WebError) -> ID<Of> {
        guard let text = coreContext.parameters.get(name), let id = ID<Of>(parsing: text) else { throw .notFound }
        return id
    }

    package func number(_ name: String) throws(WebError) -> Int64 {
        guard let text = coreContext.parameters.get(name), let number = Int64(text), number > 0 else { throw .notFound }
        return number
    }
}

/// The part of the site that an access key opens.
package struct Reach: Sendable, Equatable {
    /// Addresses, each with everything below it.
    package var addresses: [String]
    package var mayWrite: Bool

    package init(addresses: [String], mayWrite: Bool) {
        (self.addresses, self.mayWrite) = (addresses, mayWrite)
    }

    package func holds(path: String, isWrite: Bool) -> Bool {
        (mayWrite || !isWrite) && addresses.contains { path == $0 || path.hasPrefix($0 + "/") }
    }
}

/// A signed-in person and what every page shows of them.
package struct SignedIn: Sendable {
    package var viewer: Viewer
    package var name: PersonName
    package var organisationName: String
    package var theme: String
    /// Ties forms to this session.
    package var csrf: String
    package var session: SessionID
    /// Changes when the organisation's accent does; nil for Okno's own blue.
    package var accentVersion: String?
    /// What a program with an access key may ask for; nil for a person in a browser.
    package var reach: Reach?
    /// The session was prolonged just now, and so must be its cookie.
    package var isRenewed = false

    package init(
        viewer: Viewer, name: PersonName, organisationName: String, theme: String, csrf: String, session: SessionID,
        accentVersion: String?
    ) {
        self.viewer = viewer
        self.name = name
        self.organisationName = organisationName
        self.theme = theme
        self.csrf = csrf
        self.session = session
        self.accentVersion = accentVersion
    }
}
