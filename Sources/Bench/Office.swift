import EventLog
import Kernel
import OknoApp
import Secrets
import Storage
import Web

/// A session of a person, as their browser shows it.
struct Pass: Sendable {
    let cookie: String
    let csrf: String
}

/// The organisation that is measured, as the database holds it.
struct Office: Sendable {
    struct Specialist: Sendable {
        let person: PersonID
        let lines: Set<LineID>
    }

    /// A request that a client and a specialist talk in.
    struct Talk: Sendable {
        let id: RequestID
        let number: Int64
        let line: LineID
        let client: PersonID, assignee: PersonID
        let newest: Int64
    }

    let organisation: OrganisationID
    let lines: [LineID]
    let specialists: [Specialist]
    /// Observers of the first line.
    let observers: [PersonID]
    let administrator: PersonID
    let clients: [PersonID]
    /// A client with exactly five requests.
    let rare: PersonID
    /// Open requests that somebody works on.
    let talks: [Talk]
    /// Numbers of past requests with their clients, picked evenly.
    let past: [(number: Int64, client: PersonID, line: LineID)]
    let files: String
    private var passes: [PersonID: Pass] = [:]

    func pass(_ person: PersonID) -> Pass { passes[person]! }

    /// A specialist who works on this line.
    func specialist(of line: LineID) -> PersonID {
        (specialists.first { $0.lines.contains(line) } ?? specialists[0]).person
    }

    /// Opens the installation, fills it when it is empty, and gives everybody a session.
    static func open(
        _ settings: Settings, requests: Int, people: Int, say: @escaping @Sendable (String) -> Void
    ) async throws -> Office {
        let installation = try await Installation(settings, logger: LogLines.quiet)
        let isEmpty = try await installation.database.read { tx in try !tx.exists("SELECT 1 FROM organisation") }
        if isEmpty {
            say("seeding \(requests) requests")
            try await Seeding(installation).run(requests: requests, people: people, say: say)
        }
        var office = try await installation.database.read { tx in try Office(installation.site.assets.root, tx) }
        let everybody =
            office.clients + office.specialists.map(\.person) + office.observers + [office.administrator, office.rare]
        office.passes = try await sessions(of: Array(Set(everybody)), in: office.organisation, installation)
        await installation.close()
        return office
    }

    private init(_ assets: String, _ tx: any ReadTransaction) throws {
        files = assets
        let organisation: OrganisationID = try tx.value("SELECT id FROM organisation ORDER BY made_at LIMIT 1")!
        self.organisation = organisation
        lines = try tx.all("SELECT id FROM line WHERE organisation_id = \(organisation) ORDER BY sort") { row in
            try row[0]
        }
        let knows = try tx.all(
            """
            SELECT person_id, line_id FROM competence
            WHERE organisation_id = \(organisation) AND until_at IS NULL AND level <> 'observer' ORDER BY person_id
            """
        ) { row in try (row[0] as PersonID, row[1] as LineID) }
        observers = try tx.all(
            """
            SELECT person_id FROM competence
            WHERE organisation_id = \(organisation) AND until_at IS NULL AND level = 'observer' ORDER BY person_id
            """
        ) { row in try row[0] }
        specialists = Dictionary(grouping: knows, by: \.0).map { Specialist(person: $0, lines: Set($1.map(\.1))) }
            .sorted { $0.lines.count == $1.lines.count ? $0.person < $1.person : $0.lines.count < $1.lines.count }
        administrator = try tx.value(
            "SELECT person_id FROM role_assignment WHERE organisation_id = \(organisation) AND role = 'administrator'")!
        rare =
            try tx.value("SELECT client_id FROM request GROUP BY client_id HAVING COUNT(*) = 5 LIMIT 1")
            ?? administrator
        let rare = rare
        clients = try tx.all(
            """
            SELECT id FROM person WHERE organisation_id = \(organisation)
            AND id NOT IN (SELECT person_id FROM role_assignment) ORDER BY id
            """
        ) { row -> PersonID in try row[0] }.filter { $0 != rare }
        talks = try tx.all(
            """
            SELECT id, number, line_id, client_id, assignee_id, last_number FROM request
            WHERE organisation_id = \(organisation) AND is_open = 1 AND state = 'working' AND assignee_id IS NOT NULL
            ORDER BY registered_at DESC LIMIT 1000
            """
        ) { row in
            try Talk(id: row[0], number: row[1], line: row[2], client: row[3], assignee: row[4], newest: row[5])
        }
        past = try tx.all(
            """
            SELECT number, client_id, line_id FROM request
            WHERE organisation_id = \(organisation) AND number % 97 = 5 ORDER BY number LIMIT 2000
            """
        ) { row in try (row[0], row[1], row[2]) }
        guard !talks.isEmpty, !past.isEmpty else { throw BenchFault("Too few requests to measure anything.") }
    }

    /// Opens a session for each of them in one act, without the sign-in page.
    static func sessions(
        of people: [PersonID], in organisation: OrganisationID, _ installation: Installation
    ) async throws -> [PersonID: Pass] {
        let now = installation.site.now(), vault = installation.vault, site = installation.site
        return try await installation.database.write(in: organisation) { tx in
            var passes: [PersonID: Pass] = [:]
            for person in people {
                let token = Random.token(), session = SessionID.new(at: now)
                try tx.run(
                    """
                    INSERT INTO session (id, organisation_id, person_id, fingerprint, made_at, seen_at, device, address)
                    VALUES (\(session), \(organisation), \(person), \(vault.fingerprint(token, purpose: "session")), \(now),
                        \(now), 'bench', '127.0.0.1')
                    """)
                passes[person] = Pass(cookie: "\(Guarding.cookie)=\(token)", csrf: site.csrf(for: session.text))
            }
            return passes
        }
    }
}
