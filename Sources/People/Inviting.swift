import EventLog
package import Kernel
import Secrets
import Storage
import Web

/// A one-time link to the first sign-in, or to a new password. The database keeps its fingerprint only.
package struct Invitation: Sendable, Equatable {
    static let purpose = "invitation"
    package static let life = Minutes.days(14)

    package let id: String
    package let person: PersonID
    package let organisation: OrganisationID
    package let until: Instant
    package let usedAt: Instant?, endedAt: Instant?

    package enum State: Equatable, Sendable { case open, expired, used }

    package func state(at now: Instant) -> State {
        if usedAt != nil || endedAt != nil { return .used }
        return until > now ? .open : .expired
    }

    static func find(_ fingerprint: String, _ tx: any ReadTransaction) throws -> Invitation? {
        try tx.one(
            """
            SELECT id, person_id, organisation_id, until_at, used_at, ended_at FROM invitation
            WHERE fingerprint = \(fingerprint)
            """
        ) { row in
            try Invitation(
                id: row[0], person: row[1], organisation: row[2], until: row[3], usedAt: row[4], endedAt: row[5])
        }
    }
}

extension People {
    /// Makes a new link for a person; the one before it ends.
    /// - Returns: the secret part of the link, which is nowhere kept.
    package func invite(_ person: PersonID, by viewer: Viewer) async throws -> String {
        let token = Random.token()
        let fingerprint = vault.fingerprint(token, purpose: Invitation.purpose)
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx)
            guard !person.signInName.isEmpty else { throw PeopleError.missing(field: "email") }
            _ = try hand.invite(person.id, fingerprint: fingerprint)
        }
        return token
    }

    /// Ends the open link of a person.
    package func endInvitation(of person: PersonID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx)
            try hand.tx.run(
                """
                UPDATE invitation SET ended_at = \(hand.at)
                WHERE person_id = \(person.id) AND used_at IS NULL AND ended_at IS NULL
                """)
            try hand.refresh(person.id)
        }
    }
}

extension Hand {
    /// - Returns: until when the link is good.
    func invite(_ person: PersonID, fingerprint: String) throws -> Instant {
        guard try !tx.exists("SELECT 1 FROM absence WHERE person_id = \(person) AND until_at IS NULL") else {
            throw PeopleError.notHere
        }
        let until = at + Invitation.life
        try tx.run(
            "UPDATE invitation SET ended_at = \(at) WHERE person_id = \(person) AND used_at IS NULL AND ended_at IS NULL"
        )
        try tx.run(
            """
            INSERT INTO invitation (id, organisation_id, person_id, fingerprint, made_at, until_at, by_id)
            VALUES (\(ID<Invitation>.new(at: at)), \(organisation), \(person), \(fingerprint), \(at), \(until), \(self.person))
            """)
        try refresh(person)
        try note(.personInvited, about: person, ["until": String(until.milliseconds)])
        return until
    }
}

extension Accounts {
    /// What a person may correct about themselves.
    package struct OwnDetails: Sendable, Equatable {
        package var family: String, given: String, patronymic: String, phone: String, room: String
        package init(family: String, given: String, patronymic: String, phone: String, room: String) {
            self.family = family
            self.given = given
            self.patronymic = patronymic
            self.phone = phone
            self.room = room
        }

        func put(into person: Person) -> PersonDetails {
            var details = PersonDetails(person)
            details.family = family
            details.given = given
            details.patronymic = patronymic
            details.phone = phone
            details.room = room
            return details
        }
    }

    func invitation(_ token: String) async throws -> (Invitation, Person)? {
        let fingerprint = people.vault.fingerprint(token, purpose: Invitation.purpose)
        return try await database.read { tx in
            guard let invitation = try Invitation.find(fingerprint, tx),
                let person = try Person.find(invitation.person, in: invitation.organisation, tx)
            else { return nil }
            return (invitation, person)
        }
    }

    /// The person behind a link corrects their own data, sets a password and is signed in. The link ends, and so do sessions
    /// opened with an older password.
    /// - Returns: the value of the session cookie.
    package func acceptInvitation(
        _ link: String, details: OwnDetails, password: String, from place: Place
    ) async throws -> String {
        guard let (invitation, person) = try await invitation(link) else { throw PeopleError.invitationUsed }
        try Self.require(invitation, at: site.now())
        _ = try details.put(into: person).checked()
        let hash = await Passwords.hash(
            try PasswordRule.checked(password, for: PersonDetails(person)), cost: people.cost)
        let token = Random.token(), fingerprint = fingerprint(token)
        try await people.act(in: invitation.organisation, by: person.id) { hand in
            // The link may have been used or ended while the password was hashed.
            let used = try hand.tx.run(
                """
                UPDATE invitation SET used_at = \(hand.at)
                WHERE id = \(invitation.id) AND used_at IS NULL AND ended_at IS NULL AND until_at > \(hand.at)
                """)
            guard used == 1 else { throw PeopleError.invitationUsed }
            let person = try Person.known(person.id, in: hand.organisation, hand.tx)
            try hand.change(person, to: details.put(into: person))
            try hand.setPassword(of: person.id, hash)
            try hand.endSessions(of: person.id)
            try hand.openSession(of: person.id, fingerprint: fingerprint, from: place)
            try hand.refresh(person.id)
            try hand.note(.invitationAccepted, about: person.id)
        }
        return token
    }

    private static func require(_ invitation: Invitation, at now: Instant) throws(PeopleError) {
        switch invitation.state(at: now) {
        case .open: return
        case .expired: throw .invitationExpired
        case .used: throw .invitationUsed
        }
    }
}

extension Hand {
    func setPassword(of person: PersonID, _ hash: String) throws {
        try tx.run("UPDATE person SET password_hash = \(hash), password_at = \(at) WHERE id = \(person)")
    }
}
