package import EventLog
package import Kernel
import Lines
import People
package import Recordings
package import Requests
package import Secrets
package import Storage
package import Web

/// A client's computer, seen and controlled from the request. Rows hold what was offered, asked and agreed to; the wires that are open
/// are at the desk of their node, which reads the rows again each second, so that a word given at another node holds here too.
package struct RemoteControl: Sendable {
    package let database: Database
    package let site: Site
    package let bell: Bell
    let vault: Vault
    let recordings: Recordings
    let requests: Requests
    /// Somebody as of now: by the session of a browser, and by the person.
    let signedIn: @Sendable (SessionID, any ReadTransaction) throws -> Viewer?
    let somebody: @Sendable (PersonID, any ReadTransaction) throws -> Viewer?
    /// Where the agent's program lies, for those who download it.
    let agent: String
    package let desk = ControlDesk()

    package init(
        database: Database, site: Site, bell: Bell, vault: Vault, recordings: Recordings, requests: Requests,
        agent: String,
        signedIn: @escaping @Sendable (SessionID, any ReadTransaction) throws -> Viewer?,
        somebody: @escaping @Sendable (PersonID, any ReadTransaction) throws -> Viewer?
    ) {
        (self.database, self.site, self.bell, self.vault) = (database, site, bell, vault)
        (self.recordings, self.requests) = (recordings, requests)
        (self.agent, self.signedIn, self.somebody) = (agent, signedIn, somebody)
    }
}

/// A session and what the viewer is to its request.
struct SeenSession {
    let session: ControlSession
    let request: CalledRequest
    let subject: String
}

extension RemoteControl {
    static func find(_ id: ControlID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> SeenSession {
        let session = try tx.one(
            """
            SELECT \(ControlSession.columns) FROM control_session
            WHERE id = \(id) AND organisation_id = \(viewer.organisation)
            """, ControlSession.init)
        guard let session, let title = try Requests.titles(of: [session.request], for: viewer, tx)[session.request]
        else { throw ControlError.notFound }
        let request = try Requests.called(title.number, for: viewer, tx)
        guard request.standing.isClient || ControlRule.mayWork(request.standing) else { throw ControlError.notFound }
        return SeenSession(session: session, request: request, subject: title.subject)
    }

    /// The session of a request that has not ended.
    static func present(of request: RequestID, _ tx: any ReadTransaction) throws -> ControlSession? {
        try tx.one(
            "SELECT \(ControlSession.columns) FROM control_session WHERE request_id = \(request) AND ended_at IS NULL",
            ControlSession.init)
    }

    static func session(_ id: ControlID, _ tx: any ReadTransaction) throws -> ControlSession? {
        try tx.one("SELECT \(ControlSession.columns) FROM control_session WHERE id = \(id)", ControlSession.init)
    }

    static func viewers(of session: ControlID, _ tx: any ReadTransaction) throws -> [PersonID] {
        try tx.all(
            "SELECT person_id FROM control_viewer WHERE session_id = \(session) AND until_at IS NULL ORDER BY from_at"
        ) { row in try row[0] }
    }

    /// One act on a session: rows, events, and what pages and wires are told after the commit.
    func change(
        _ id: ControlID, in organisation: OrganisationID,
        _ act: @escaping @Sendable (any WriteTransaction, Instant) throws -> ControlChange?
    ) async throws {
        let now = site.now()
        let told = try await database.write(in: organisation) { tx in try act(tx, now)?.told }
        if let told { tell(told) }
    }

    func tell(_ told: ControlChange.Told) {
        if told.sequence > 0 { bell.ring(told.organisation, told.sequence, topics: told.topics.sorted()) }
        if let why = told.end { desk.end(told.session, why) } else { desk.look(told.session) }
    }
}
