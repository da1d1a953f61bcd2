package import EventLog
package import Kernel
package import Storage
package import Web

/// The online monitor: what waits, hangs and will be late on each line, who is there and what they have in hand, now or at any past
/// moment, and the feed of all events.
///
/// The room keeps nothing of requests: a board is read anew from open requests and dated facts each time, with the moment as a value
/// (`Moment`). Managers see their lines and units, specialists their lines and themselves, a wall shows a board by a revocable link.
package struct Monitor: Sendable {
    /// A person with the rights of this moment; nil for who may not come in any more.
    package typealias Somebody = @Sendable (PersonID, any ReadTransaction) throws -> Viewer?

    let database: Database
    let site: Site
    let bell: Bell
    let somebody: Somebody

    package init(database: Database, site: Site, bell: Bell, somebody: @escaping Somebody) {
        (self.database, self.site, self.bell, self.somebody) = (database, site, bell, somebody)
    }
}
