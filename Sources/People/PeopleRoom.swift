package import EventLog
package import Kernel
package import Storage
package import Web

/// The pages of this room.
package struct PeopleRoom: Sendable {
    /// Lines of an organisation by name, for limiting a manager; the room of lines comes after this one and hands them in.
    package typealias LineNames = @Sendable (OrganisationID, any ReadTransaction) throws -> [(id: LineID, name: String)]

    /// What the room of requests tells about a person's work.
    package struct Figures: Sendable {
        package var total: String, open: String, rated: String, fact: String, href: String
        package init(total: String, open: String, rated: String, fact: String = "", href: String) {
            self.total = total
            self.open = open
            self.rated = rated
            self.fact = fact
            self.href = href
        }

        var model: Model { ["total": total, "open": open, "rated": rated, "fact": fact, "href": href] }
    }

    /// As client, and as specialist for somebody who is one or was.
    package typealias Work =
        @Sendable (PersonID, Viewer, Catalogue, any ReadTransaction) throws -> (client: Figures, specialist: Figures?)

    let people: People
    let accounts: Accounts
    let site: Site
    let lines: LineNames
    let work: Work?

    var database: Database { people.database }

    package init(
        database: Database, site: Site, bell: Bell, accounts: Accounts, lines: @escaping LineNames = { _, _ in [] },
        work: Work? = nil
    ) {
        people = People(database: database, vault: site.vault, bell: bell, now: site.now)
        self.accounts = accounts
        self.site = site
        self.lines = lines
        self.work = work
    }
}
