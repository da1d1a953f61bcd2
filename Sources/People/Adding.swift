import EventLog
package import Kernel
import Secrets
import Storage

extension People {
    /// Adds a person. Nobody can sign in as them before an invitation is accepted or `password` was given.
    package func addPerson(
        _ details: PersonDetails, unit: UnitID? = nil, language: Language? = nil, passwordHash: String? = nil,
        by viewer: Viewer
    ) async throws -> PersonID {
        try await act(by: viewer) { hand in
            try hand.add(details, unit: unit, language: language, passwordHash: passwordHash)
        }
    }

    /// Corrects what is written about a person. `seen` is the moment of the last change that the editor saw: when somebody else
    /// was faster, nothing is overwritten.
    package func changePerson(
        _ id: PersonID, to details: PersonDetails, seen: Instant? = nil, by viewer: Viewer
    ) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(id, in: hand.organisation, hand.tx)
            if let seen, seen != person.changedAt { throw PeopleError.changedMeanwhile }
            try hand.change(person, to: details)
        }
    }
}

extension Hand {
    package func add(
        _ details: PersonDetails, unit: UnitID? = nil, language: Language? = nil, passwordHash: String? = nil
    ) throws -> PersonID {
        let details = try details.checked()
        let id = PersonID.new(at: at)
        if let unit { _ = try OpenUnit.require(unit, in: organisation, tx) }
        let passwordAt = passwordHash.map { _ in at }
        try tx.run(
            """
            INSERT INTO person (id, organisation_id, family, given, patronymic, position, phone, room, email, login, language,
                name_sort, name_search, password_hash, password_at, made_at, changed_at)
            VALUES (\(id), \(organisation), \(details.family), \(details.given), \(details.patronymic), \(details.position),
                \(details.phone), \(details.room), \(details.email), \(details.login), \(language),
                \(details.nameSort), \(details.nameSearch), \(passwordHash), \(passwordAt), \(at), \(at))
            """)
        try claimSignInNames(of: details, for: id)
        try note(.personAdded, about: id, ["unit": unit?.text])
        if let unit { try openMembership(of: id, in: unit) }
        try refresh(id)
        return id
    }

    func change(_ person: Person, to details: PersonDetails) throws {
        let details = try details.checked()
        guard details != PersonDetails(person) else { return }
        // A change within the same millisecond is a change too.
        let changed = max(at, Instant(milliseconds: person.changedAt.milliseconds + 1))
        try tx.run(
            """
            UPDATE person SET family = \(details.family), given = \(details.given), patronymic = \(details.patronymic),
                position = \(details.position), phone = \(details.phone), room = \(details.room), email = \(details.email),
                login = \(details.login), name_sort = \(details.nameSort), name_search = \(details.nameSearch),
                changed_at = \(changed)
            WHERE id = \(person.id)
            """)
        if details.email != person.email || details.login != person.login {
            try tx.run("DELETE FROM sign_in_name WHERE person_id = \(person.id)")
            try claimSignInNames(of: details, for: person.id)
        }
        try note(.personChanged, about: person.id)
    }

    /// E-mail and login are unique on the whole installation: whoever signs in names no organisation.
    private func claimSignInNames(of details: PersonDetails, for id: PersonID) throws {
        var claimed: Set<String> = []
        for (field, name) in [("email", details.email), ("login", details.login)] where !name.isEmpty {
            guard claimed.insert(Text.folded(name)).inserted else { continue }
            let isNew = try tx.run(
                """
                INSERT INTO sign_in_name (name, person_id, organisation_id)
                VALUES (\(Text.folded(name)), \(id), \(organisation)) ON CONFLICT (name) DO NOTHING
                """)
            guard isNew == 1 else { throw PeopleError.nameTaken(field: field) }
        }
    }
}
