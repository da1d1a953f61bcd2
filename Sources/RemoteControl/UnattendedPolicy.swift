import EventLog
package import Kernel
package import Storage

/// Whom an organisation lets in to a computer where nobody answers: nobody, until an administrator says otherwise. The computer has a say
/// of its own (`docs/agent.md`); this is the server's half.
package struct UnattendedPolicy: Sendable, Equatable {
    package var isAllowed = false
    /// The lines whose specialists may, on requests of these lines; administrators may on any request they see.
    package var lines: [LineID] = []

    package init() {}

    package static func of(_ organisation: OrganisationID, _ tx: any ReadTransaction) throws -> UnattendedPolicy {
        var policy = UnattendedPolicy()
        policy.isAllowed = try tx.exists(
            "SELECT 1 FROM unattended_policy WHERE organisation_id = \(organisation) AND allowed = 1")
        policy.lines = try tx.all(
            "SELECT line_id FROM unattended_line WHERE organisation_id = \(organisation) ORDER BY line_id"
        ) { row in try row[0] }
        return policy
    }

    /// Whether the rule lets this person in on a request of this line, as of now.
    static func admits(_ viewer: Viewer, on line: LineID, _ tx: any ReadTransaction) throws -> Bool {
        let everywhere: SQL = viewer.isAdministrator ? "1 = 1" : "1 = 0"
        return try tx.exists(
            """
            SELECT 1 FROM unattended_policy WHERE organisation_id = \(viewer.organisation) AND allowed = 1
                AND (\(everywhere) OR EXISTS (
                    SELECT 1 FROM unattended_line JOIN competence ON competence.line_id = unattended_line.line_id
                    WHERE unattended_line.organisation_id = \(viewer.organisation) AND unattended_line.line_id = \(line)
                        AND competence.person_id = \(viewer.person) AND competence.level IN ('main', 'reserve')
                        AND competence.until_at IS NULL))
            """)
    }

    func store(for viewer: Viewer, at now: Instant, in tx: any WriteTransaction) throws {
        let organisation = viewer.organisation
        try tx.run(
            """
            INSERT INTO unattended_policy (organisation_id, allowed, changed_at, by_id)
            VALUES (\(organisation), \(isAllowed ? 1 : 0), \(now), \(viewer.person))
            ON CONFLICT (organisation_id) DO UPDATE SET allowed = excluded.allowed, changed_at = excluded.changed_at,
                by_id = excluded.by_id
            """)
        try tx.run("DELETE FROM unattended_line WHERE organisation_id = \(organisation)")
        for line in lines {
            try tx.run("INSERT INTO unattended_line (organisation_id, line_id) VALUES (\(organisation), \(line))")
        }
    }
}
