package import EventLog
package import Kernel
import Secrets
package import Storage
package import Web

/// How people come in: sessions, sign-in, invitations, passwords.
package struct Accounts: Sendable {
    package typealias Competences =
        @Sendable ([PersonID], any ReadTransaction) throws -> [PersonID: [LineID: CompetenceLevel]]

    /// A session lives so long after it was last used.
    package static let sessionLife = Minutes.days(180)
    /// Being seen is written at most so often.
    static let seenEvery = Minutes(5)

    let people: People
    let site: Site
    private let competences: Competences

    package init(
        database: Database, site: Site, bell: Bell = .silent, competences: @escaping Competences = { _, _ in [:] }
    ) {
        self.init(
            people: People(database: database, vault: site.vault, bell: bell, now: site.now), site: site,
            competences: competences)
    }

    package init(people: People, site: Site, competences: @escaping Competences = { _, _ in [:] }) {
        self.people = people
        self.site = site
        self.competences = competences
    }

    var database: Database { people.database }

    /// The person behind a session cookie; nil when the session ended, was not used for 180 days, or its person may not come in.
    package func recognise(_ token: String, _ context: WebContext) async throws -> SignedIn? {
        try await recognise(token, from: context.clientAddress)
    }

    /// - Parameter address: where the person is now; nil when it is not known here.
    package func recognise(_ token: String, from address: String?) async throws -> SignedIn? {
        if token.hasPrefix(AccessKey.prefix) { return try await recogniseKey(token) }
        guard token.utf8.count == 64 else { return nil }
        let fingerprint = fingerprint(token), now = site.now(), site = site
        guard
            let (found, lines) = try await database.read({ tx in
                try known("session.fingerprint = \(fingerprint)", at: now, tx).first
            })
        else { return nil }
        var signedIn = found.signedIn(lines, csrf: site.csrf(for: found.session.text))
        if now.since(found.seenAt) >= Int64(Self.seenEvery.count) * 60_000 {
            try? await see(found, from: address, at: now)
            signedIn.isRenewed = true
        }
        return signedIn
    }

    /// Who sits in a session that is still good, with the rights of this moment.
    package func viewer(of session: SessionID, _ tx: any ReadTransaction) throws -> Viewer? {
        try viewers(ofSessions: [session], tx)[session]
    }

    /// Those of these sessions that are still good, in two statements.
    package func viewers(
        ofSessions sessions: [SessionID], _ tx: any ReadTransaction
    ) throws -> [SessionID: Viewer] {
        guard !sessions.isEmpty else { return [:] }
        let all = try known("session.id IN (\(sessions))", at: site.now(), tx)
        return Dictionary(all.map { ($0.session, $0.viewer(.session($0.session), $1)) }, uniquingKeysWith: { $1 })
    }

    /// A person with the rights of this moment, for what is done for them while they are not here; nil for who may not come in.
    package func viewer(ofPerson person: PersonID, _ tx: any ReadTransaction) throws -> Viewer? {
        try viewers(ofPeople: [person], tx)[person]
    }

    /// Those of these people who may come in, in two statements.
    package func viewers(ofPeople people: [PersonID], _ tx: any ReadTransaction) throws -> [PersonID: Viewer] {
        guard !people.isEmpty else { return [:] }
        let present: SQL = """
            (SELECT id, id AS person_id, 0 AS seen_at, CAST(NULL AS BIGINT) AS ended_at FROM person WHERE id IN (\(people)))
            AS session
            """
        let all = try withLines(Found.all(from: present, "1 = 1", tx), tx)
        return Dictionary(all.map { ($0.person, $0.viewer(.system, $1)) }, uniquingKeysWith: { $1 })
    }

    private func known(
        _ sessions: SQL, at now: Instant, _ tx: any ReadTransaction
    ) throws -> [(Found, [LineID: CompetenceLevel])] {
        try withLines(
            Found.all(from: "session", "\(sessions) AND session.seen_at > \(now - Self.sessionLife)", tx), tx)
    }

    private func withLines(
        _ all: [Found], _ tx: any ReadTransaction
    ) throws -> [(Found, [LineID: CompetenceLevel])] {
        let specialists = all.filter { $0.roles.contains(.specialist) }.map(\.person)
        let lines = specialists.isEmpty ? [:] : try competences(specialists, tx)
        return all.map { ($0, lines[$0.person] ?? [:]) }
    }

    /// The person for whom a program acts: with the rights of this moment, within what the key opens.
    private func recogniseKey(_ token: String) async throws -> SignedIn? {
        let fingerprint = people.vault.fingerprint(token, purpose: AccessKey.purpose), now = site.now()
        let known = try await database.read { tx -> (Found, [LineID: CompetenceLevel], AccessKey)? in
            guard let key = try AccessKey.open(fingerprint, at: now, tx),
                let (found, lines) = try withLines(
                    Found.all(from: "access_key AS session", "session.id = \(key.id)", tx), tx
                ).first
            else { return nil }
            return (found, lines, key)
        }
        guard let (found, lines, key) = known else { return nil }
        if now.since(found.seenAt) >= Int64(Self.seenEvery.count) * 60_000 {
            _ = try? await database.write(in: found.organisation) { tx in
                try tx.run("UPDATE access_key SET seen_at = \(now) WHERE id = \(key.id)")
            }
        }
        return found.signedIn(lines, key: key)
    }

    /// A page may be read while nothing can be written, so nobody waits for the success of this.
    private func see(_ found: Found, from address: String?, at now: Instant) async throws {
        try await database.write(in: found.organisation) { tx in
            try tx.run(
                "UPDATE session SET seen_at = \(now), address = COALESCE(\(address), address) WHERE id = \(found.session) AND ended_at IS NULL"
            )
            try tx.run("UPDATE person SET seen_at = \(now) WHERE id = \(found.person)")
        }
    }

    func fingerprint(_ token: String) -> String { people.vault.fingerprint(token, purpose: "session") }
}

/// What one statement tells about sessions: a row for each role of their people.
private struct Found: Sendable {
    var session: SessionID, person: PersonID, organisation: OrganisationID
    var seenAt: Instant
    var name: PersonName
    var language: Language, zone: Zone, theme: String
    var organisationName: String, policy: NamePolicy, accent: String?
    var roles: Set<Role> = [.client]
    var manages = Viewer.Scope()

    /// - Parameter table: `session`, or what is like one under this name.
    static func all(from table: SQL, _ which: SQL, _ tx: any ReadTransaction) throws -> [Found] {
        var found: [SessionID: Found] = [:]
        try tx.query(
            """
            SELECT session.id, person.id, organisation.id, session.seen_at, person.family, person.given, person.patronymic,
                COALESCE(person.language, organisation.language), COALESCE(person.zone, organisation.zone), person.theme,
                organisation.name, organisation.name_policy, organisation.accent,
                role_assignment.role, role_assignment.line_id, role_assignment.unit_id
            FROM \(table) JOIN person ON person.id = session.person_id
            JOIN organisation ON organisation.id = person.organisation_id
            LEFT JOIN role_assignment ON role_assignment.person_id = person.id AND role_assignment.until_at IS NULL
            WHERE \(which) AND session.ended_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM absence WHERE absence.person_id = person.id AND absence.until_at IS NULL)
            """
        ) { row in
            let session: SessionID = try row[0]
            var one =
                try found[session]
                ?? Found(
                    session: session, person: row[1], organisation: row[2], seenAt: row[3],
                    name: PersonName(family: row[4], given: row[5], patronymic: row[6]), language: row[7],
                    zone: Zone(row[8]) ?? .moscow, theme: row[9], organisationName: row[10], policy: row[11],
                    accent: row[12])
            if let role: Role = try row[13] {
                one.roles.insert(role)
                if role == .manager { one.add(limit: try row[14], try row[15]) }
            }
            found[session] = one
        }
        return Array(found.values)
    }

    /// A manager's role without limits is for everything, whatever other rows say.
    private mutating func add(limit line: LineID?, _ unit: UnitID?) {
        if let line { manages.lines.append(line) }
        if let unit { manages.units.append(unit) }
        if line == nil, unit == nil { manages.everything = true }
    }

    func signedIn(_ lines: [LineID: CompetenceLevel], csrf: String) -> SignedIn {
        SignedIn(
            viewer: viewer(.session(session), lines), name: name, organisationName: organisationName, theme: theme,
            csrf: csrf, session: session, accentVersion: accent.map { String($0.dropFirst()) })
    }

    func signedIn(_ lines: [LineID: CompetenceLevel], key: AccessKey) -> SignedIn {
        let kind = Viewer.Kind.token(scopes: Set(key.scopes.map(\.rawValue)))
        var signedIn = SignedIn(
            viewer: viewer(kind, lines), name: name, organisationName: organisationName, theme: theme, csrf: "",
            session: session, accentVersion: nil)
        signedIn.reach = key.reach
        return signedIn
    }

    func viewer(_ kind: Viewer.Kind, _ lines: [LineID: CompetenceLevel]) -> Viewer {
        Viewer(
            kind: kind, organisation: organisation, person: person, roles: roles, lines: lines, manages: manages,
            language: language, zone: zone, names: policy)
    }
}
