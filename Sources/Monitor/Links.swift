import EventLog
package import Kernel
import Secrets
import Storage
import Web

package enum MonitorLinkTag {}
package typealias MonitorLinkID = ID<MonitorLinkTag>

/// An address by which a screen on a wall shows the board without anybody signing in: with the sight of the manager who made it, as it is
/// at each moment, until a day or until it is ended. The database keeps its fingerprint only.
package struct MonitorLink: Sendable, Equatable {
    static let purpose = "monitor link"
    static let lives = [1, 7, 30, 90, 365]
    /// Links that one organisation has open at once.
    static let limit = 100

    package let id: MonitorLinkID
    package let organisation: OrganisationID
    /// Who made it.
    package let person: PersonID
    package let name: String
    package let made: Instant, until: Instant

    private static let columns: SQL =
        "SELECT id, organisation_id, person_id, name, made_at, until_at FROM monitor_link"

    private init(_ row: Row) throws {
        (id, organisation, person) = try (row[0], row[1], row[2])
        (name, made, until) = try (row[3], row[4], row[5])
    }

    static func open(_ fingerprint: String, at now: Instant, _ tx: any ReadTransaction) throws -> MonitorLink? {
        try tx.one(
            "\(columns) WHERE fingerprint = \(fingerprint) AND ended_at IS NULL AND until_at > \(now)",
            MonitorLink.init)
    }

    /// Open links: who leads everything sees all of the organisation, others their own.
    static func all(for viewer: Viewer, at now: Instant, _ tx: any ReadTransaction) throws -> [MonitorLink] {
        try tx.all(
            """
            \(columns) WHERE organisation_id = \(viewer.organisation) AND ended_at IS NULL AND until_at > \(now)
                AND \(mine(viewer)) ORDER BY made_at DESC, id DESC LIMIT \(limit)
            """, MonitorLink.init)
    }

    fileprivate static func mine(_ viewer: Viewer) -> SQL {
        viewer.isAdministrator || viewer.manages.everything ? "1 = 1" : "person_id = \(viewer.person)"
    }
}

extension Monitor {
    /// Whether somebody may hang a board on a wall.
    static func mayLink(_ viewer: Viewer) -> Bool { Sight.of(viewer)?.seesOthers == true }

    /// - Returns: the token of the link, which is shown once and kept nowhere.
    package func makeLink(_ name: String, days: Int, by viewer: Viewer) async throws -> String {
        guard Self.mayLink(viewer), case .session = viewer.kind else { throw MonitorError.notFound }
        guard !name.isEmpty else { throw MonitorError.nameFirst }
        guard MonitorLink.lives.contains(days) else { throw MonitorError.wrongDays }
        let token = Random.token(), now = site.now()
        let fingerprint = site.vault.fingerprint(token, purpose: MonitorLink.purpose)
        let number = try await database.write(in: viewer.organisation) { tx in
            guard try MonitorLink.all(for: viewer, at: now, tx).count < MonitorLink.limit else {
                throw MonitorError.tooMany
            }
            let id = MonitorLinkID.new(at: now), until = now + .days(days)
            try tx.run(
                """
                INSERT INTO monitor_link (id, organisation_id, person_id, name, fingerprint, made_at, until_at)
                VALUES (\(id), \(viewer.organisation), \(viewer.person), \(name), \(fingerprint), \(now), \(until))
                """)
            return try EventLog.append(
                .linkMade, by: viewer.person, at: now, subject: id.text, data: ["until": String(until.milliseconds)],
                in: tx)
        }
        bell.ring(viewer.organisation, number, topics: ["person/\(viewer.person)"])
        return token
    }

    /// Every screen that shows it goes dark at its next look.
    package func endLink(_ id: MonitorLinkID, by viewer: Viewer) async throws {
        guard Self.mayLink(viewer) else { throw MonitorError.notFound }
        let now = site.now()
        let number = try await database.write(in: viewer.organisation) { tx in
            let ended = try tx.run(
                """
                UPDATE monitor_link SET ended_at = \(now) WHERE id = \(id) AND organisation_id = \(viewer.organisation)
                    AND ended_at IS NULL AND \(MonitorLink.mine(viewer))
                """)
            guard ended > 0 else { throw MonitorError.notFound }
            return try EventLog.append(.linkEnded, by: viewer.person, at: now, subject: id.text, in: tx)
        }
        bell.ring(viewer.organisation, number, topics: ["person/\(viewer.person)"])
    }

    /// Whose board a link shows, and as whom names are shown there: nobody's name in full, and none at all where names are by role.
    func wall(_ token: String, _ tx: any ReadTransaction) throws -> (sight: Sight, viewer: Viewer)? {
        guard token.utf8.count == 64 else { return nil }
        let fingerprint = site.vault.fingerprint(token, purpose: MonitorLink.purpose)
        guard let link = try MonitorLink.open(fingerprint, at: site.now(), tx),
            let maker = try somebody(link.person, tx),
            maker.organisation == link.organisation, let sight = Sight.of(maker), sight.seesOthers
        else { return nil }
        let viewer = Viewer(
            kind: .link(purpose: "monitor"), organisation: link.organisation, person: PersonID(link.id.text), roles: [],
            language: maker.language, zone: maker.zone, names: maker.names == .full ? .initials : maker.names)
        return (sight, viewer)
    }
}
