package import Kernel
import NIOCore
package import Storage
package import Turn
package import Web

/// The room of the check of the connection: what works from where a person sits, and on which step of the ladder their calls stand.
package struct ConnectionRoom: Sendable {
    /// What the port presents to browsers; a front server's certificate is not known here.
    package struct Certificate: Sendable {
        package let issuer: String, until: Instant

        package init(issuer: String, until: Instant) { (self.issuer, self.until) = (issuer, until) }
    }

    /// Who asks for a relay, and under which address the page came to them.
    package struct Seat: Sendable {
        package let person: PersonID
        package let address: PageAddress
    }

    package typealias Ice = @Sendable (Seat) -> [IceServer]
    package typealias SignedIn = @Sendable (SessionID, any ReadTransaction) throws -> Viewer?

    let database: Database
    let site: Site
    let certificate: @Sendable () -> Certificate?
    let ice: Ice
    let signedIn: SignedIn

    /// - Parameters:
    ///   - certificate: what the server presents; nil when it has none of its own.
    ///   - signedIn: who sits in a session that is still good.
    ///   - ice: the relays offered to a seat; an empty list when there are none.
    package init(
        database: Database, site: Site, certificate: @escaping @Sendable () -> Certificate?,
        signedIn: @escaping SignedIn, ice: @escaping Ice = { _ in [] }
    ) {
        (self.database, self.site, self.certificate, self.ice) = (database, site, certificate, ice)
        self.signedIn = signedIn
    }
}

package typealias CheckID = ID<Check>

/// One walk over all steps, as the page told it: codes and numbers only.
package struct Check: Sendable, Equatable {
    package let id: CheckID
    package var results: [Step: Outcome]
    package var figures: [Figure: Int]
}

package enum ConnectionError: String, RoomError, CaseIterable {
    case tooOften, passOver

    package var status: Int { self == .tooOften ? 429 : 401 }
    package var key: String { "connection.error.\(rawValue.lowercased())" }
}
