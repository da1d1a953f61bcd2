import EventLog
package import Kernel
import Storage

extension Accounts {
    package struct Session: Sendable {
        package let id: SessionID
        package let device: String, address: String
        package let madeAt: Instant, seenAt: Instant
    }

    /// Sessions of a person that are still good, the last used first.
    static func sessions(of person: PersonID, at now: Instant, _ tx: any ReadTransaction) throws -> [Session] {
        try tx.all(
            """
            SELECT id, device, address, made_at, seen_at FROM session WHERE person_id = \(person) AND ended_at IS NULL
            AND seen_at > \(now - Accounts.sessionLife) ORDER BY seen_at DESC, id LIMIT 100
            """
        ) { row in try Session(id: row[0], device: row[1], address: row[2], madeAt: row[3], seenAt: row[4]) }
    }

    /// Ends one session: the person's own, or anybody's of the organisation by an administrator.
    package func endSession(_ session: SessionID, of person: PersonID, by viewer: Viewer) async throws {
        try await people.act(in: viewer.organisation, by: viewer.person) { hand in
            if viewer.person != person { try Permission.requireAdministrator(viewer, hand.tx) }
            let ended = try hand.endSessions(of: person, "AND id = \(session)")
            guard ended > 0 || viewer.kind == .session(session) else { throw PeopleError.notFound }
        }
    }

    /// Ends all sessions of a person; of one's own, all but the present.
    package func endSessions(of person: PersonID, by viewer: Viewer) async throws {
        try await people.act(in: viewer.organisation, by: viewer.person) { hand in
            if viewer.person != person { try Permission.requireAdministrator(viewer, hand.tx) }
            _ = try Person.known(person, in: hand.organisation, hand.tx)
            try hand.endSessions(of: person, Accounts.butPresent(viewer))
        }
    }

    /// «AND id <> …» for the session that the viewer sits in.
    static func butPresent(_ viewer: Viewer) -> SQL {
        if case .session(let present) = viewer.kind { "AND id <> \(present)" } else { "" }
    }
}

extension Hand {
    @discardableResult
    func endSessions(of person: PersonID, _ which: SQL = "") throws -> Int {
        let ended = try tx.run(
            """
            UPDATE session SET ended_at = \(at) WHERE person_id = \(person) AND organisation_id = \(organisation)
            AND ended_at IS NULL \(which)
            """)
        if ended > 0 { try note(.sessionsEnded, about: person, ["count": String(ended)]) }
        return ended
    }
}
