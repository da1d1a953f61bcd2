import EventLog
package import Kernel
import Secrets
import Storage
import Web

/// What a person does with their own account.
extension Accounts {
    package struct Preferences: Sendable, Equatable {
        package var language: Language?
        package var zone: Zone?
        package var theme: String
        package init(language: Language?, zone: Zone?, theme: String) {
            self.language = language
            self.zone = zone
            self.theme = theme
        }
    }

    package func changeProfile(_ details: OwnDetails, _ preferences: Preferences, by viewer: Viewer) async throws {
        guard ["auto", "light", "dark"].contains(preferences.theme) else { throw PeopleError.wrong(field: "theme") }
        try await people.act(in: viewer.organisation, by: viewer.person) { hand in
            let person = try Person.known(viewer.person, in: hand.organisation, hand.tx)
            try hand.change(person, to: details.put(into: person))
            try hand.tx.run(
                """
                UPDATE person SET language = \(preferences.language), zone = \(preferences.zone?.name),
                    theme = \(preferences.theme) WHERE id = \(viewer.person)
                """)
        }
    }

    /// One preference at a time; nil stays as it is.
    package func prefer(theme: String?, language: Language?, by viewer: Viewer) async throws {
        try await people.act(in: viewer.organisation, by: viewer.person) { hand in
            try hand.tx.run(
                """
                UPDATE person SET theme = COALESCE(\(theme), theme), language = COALESCE(\(language), language)
                WHERE id = \(viewer.person)
                """)
            return
        }
    }

    /// Changes the password after asking for the present one; other sessions end unless told otherwise. Guessing the present
    /// password from a session left open is limited like sign-in.
    package func changePassword(
        from current: String, to password: String, endOthers: Bool = true, by viewer: Viewer
    ) async throws {
        let key = people.vault.fingerprint(viewer.person.text, purpose: "guess"), now = site.now()
        let (person, hash) = try await database.write(in: .installation) { tx in
            let count = try GuessLimit.read(key, at: now, tx)
            guard let next = GuessLimit.attempt(count, .account, at: now) else {
                throw PeopleError.tooManyGuesses(minutes: Int((count.until.since(now) + 59_999) / 60_000))
            }
            try GuessLimit.write(next, key, in: tx)
            let hash: String? = try tx.value("SELECT password_hash FROM person WHERE id = \(viewer.person)")
            return (try Person.known(viewer.person, in: viewer.organisation, tx), hash)
        }
        guard await Passwords.verify(current, against: hash) else { throw PeopleError.wrongPassword }
        let newHash = await Passwords.hash(
            try PasswordRule.checked(password, for: PersonDetails(person)), cost: people.cost)
        try await people.act(in: viewer.organisation, by: viewer.person) { hand in
            try hand.setPassword(of: person.id, newHash)
            if endOthers { try hand.endSessions(of: person.id, Accounts.butPresent(viewer)) }
            try hand.note(.passwordChanged, about: person.id)
        }
        _ = try await database.write(in: .installation) { tx in
            try tx.run("DELETE FROM sign_in_guard WHERE key = \(key)")
        }
    }
}
