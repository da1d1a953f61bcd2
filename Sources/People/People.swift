package import EventLog
package import Kernel
package import Secrets
package import Storage

/// The room of people: organisations, their trees of units, persons with dated roles and membership, and how they sign in.
///
/// A person is one record for life. Role, unit, block and leave are rows with a beginning and an end, so whatever happened to a
/// person stays as it was when one of them changes; nothing of a person is ever deleted. Only administrators change people; a
/// person corrects their own data. Other rooms read through `Names`, `Units`, `Directory` and `Accounts`.
package struct People: Sendable {
    package let database: Database
    package let vault: Vault
    package let bell: Bell
    package let now: @Sendable () -> Instant
    /// What a password costs to hash; tests take the cheap one.
    package let cost: Passwords.Cost

    package init(
        database: Database, vault: Vault, bell: Bell = .silent, cost: Passwords.Cost = .full,
        now: @escaping @Sendable () -> Instant = { .now() }
    ) {
        self.database = database
        self.vault = vault
        self.bell = bell
        self.cost = cost
        self.now = now
    }

    /// One act of an administrator in the organisation's lane; open pages are told after the commit.
    func act<Value: Sendable>(
        by viewer: Viewer, _ body: @escaping @Sendable (Hand) throws -> Value
    ) async throws -> Value {
        try await act(in: viewer.organisation, by: viewer.person) { hand in
            try Permission.requireAdministrator(viewer, hand.tx)
            return try body(hand)
        }
    }

    /// One act that its body permits by itself.
    func act<Value: Sendable>(
        in organisation: OrganisationID, by person: PersonID?, _ body: @escaping @Sendable (Hand) throws -> Value
    ) async throws -> Value {
        let now = now()
        let (value, number, subjects) = try await database.write(in: organisation) { tx in
            let hand = Hand(organisation: organisation, person: person, at: now, tx: tx)
            return (try body(hand), hand.lastEvent, hand.subjects)
        }
        if let number {
            bell.ring(organisation, number, topics: subjects.map { "person/\($0)" } + ["people/\(organisation)"])
        }
        return value
    }
}

/// By whose hand, when and in which transaction an act changes things. The steps of acts are its extensions, so that several of
/// them can be done in one transaction.
package final class Hand {
    package let organisation: OrganisationID
    package let person: PersonID?
    package let at: Instant
    package let tx: any WriteTransaction
    private(set) var lastEvent: Int64?
    private(set) var subjects: Set<PersonID> = []

    package init(organisation: OrganisationID, person: PersonID?, at: Instant, tx: any WriteTransaction) {
        self.organisation = organisation
        self.person = person
        self.at = at
        self.tx = tx
    }

    func note(_ kind: EventKind, about person: PersonID, _ data: EventData = [:]) throws {
        subjects.insert(person)
        lastEvent = try EventLog.append(kind, by: self.person, at: at, subject: person.text, data: data, in: tx)
    }

    func note(_ kind: EventKind, about unit: UnitID, _ data: EventData = [:]) throws {
        lastEvent = try EventLog.append(kind, by: person, at: at, subject: unit.text, data: data, in: tx)
    }

    func noteOrganisation(_ kind: EventKind) throws {
        lastEvent = try EventLog.append(kind, by: person, at: at, subject: organisation.text, in: tx)
    }
}

/// Who may change people: administrators, as they are when the act is done. The system acts for one at set-up.
enum Permission {
    static func requireAdministrator(_ viewer: Viewer, _ tx: any ReadTransaction) throws {
        guard viewer.isAdministrator else { throw PeopleError.notAllowed }
        if viewer.kind == .system { return }
        let holds = try tx.exists(
            """
            SELECT 1 FROM role_assignment WHERE person_id = \(viewer.person) AND organisation_id = \(viewer.organisation)
            AND role = 'administrator' AND until_at IS NULL
            AND NOT EXISTS (SELECT 1 FROM absence WHERE person_id = \(viewer.person) AND until_at IS NULL)
            """)
        guard holds else { throw PeopleError.notAllowed }
    }
}
