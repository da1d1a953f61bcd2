import EventLog
package import Kernel
import Secrets
import Storage
import Web

extension Accounts {
    /// Where somebody sits: the browser and the address, as the list of sessions shows them.
    package struct Place: Sendable {
        package let device: String, address: String
        package init(device: String, address: String) {
            self.device = String(Text.line(device).prefix(300))
            self.address = String(address.prefix(60))
        }
    }

    private struct Candidate: Sendable {
        let person: PersonID, organisation: OrganisationID
        let hash: String?
        let isKnownHere: Bool
    }

    /// Opens a session for whoever knows the password.
    /// - Returns: the value of the session cookie.
    package func signIn(_ name: String, password: String, from place: Place) async throws -> String {
        let name = Text.folded(Text.line(name)), now = site.now()
        let candidate = try await candidate(name, address: place.address)
        let account = people.vault.fingerprint("\(name) \(place.address)", purpose: "guess")
        let address = people.vault.fingerprint(place.address, purpose: "guess")
        try await countAttempt(
            account: account, address: address, isKnownHere: candidate?.isKnownHere ?? false, at: now)
        guard await Passwords.verify(password, against: candidate?.hash), let candidate else {
            throw PeopleError.signInWrong
        }
        let token = try await openSession(candidate.person, in: candidate.organisation, from: place)
        try await database.write(in: .installation) { tx in
            try GuessLimit.forgive(account: account, address: address, in: tx)
        }
        return token
    }

    private func candidate(_ name: String, address: String) async throws -> Candidate? {
        try await database.read { tx in
            try tx.one(
                """
                SELECT person.id, person.organisation_id, person.password_hash, EXISTS (SELECT 1 FROM session
                    WHERE session.person_id = person.id AND session.address = \(address))
                FROM sign_in_name JOIN person ON person.id = sign_in_name.person_id WHERE sign_in_name.name = \(name)
                """
            ) { row in try Candidate(person: row[0], organisation: row[1], hash: row[2], isKnownHere: row[3]) }
        }
    }

    private func countAttempt(account: String, address: String, isKnownHere: Bool, at now: Instant) async throws {
        let pause: Instant? = try await database.write(in: .installation) { tx in
            let ofAccount = try GuessLimit.read(account, at: now, tx)
            let ofAddress = try GuessLimit.read(address, at: now, tx)
            guard let nextOfAccount = GuessLimit.attempt(ofAccount, .account, at: now) else { return ofAccount.until }
            let nextOfAddress = GuessLimit.attempt(ofAddress, .address, at: now)
            if nextOfAddress == nil, !isKnownHere { return ofAddress.until }
            try GuessLimit.write(nextOfAccount, account, in: tx)
            if let nextOfAddress { try GuessLimit.write(nextOfAddress, address, in: tx) }
            try GuessLimit.sweep(at: now, in: tx)
            return nil
        }
        if let pause { throw PeopleError.tooManyGuesses(minutes: Int((pause.since(now) + 59_999) / 60_000)) }
    }

    /// Opens a session for a person who has proved who they are.
    func openSession(_ person: PersonID, in organisation: OrganisationID, from place: Place) async throws -> String {
        let token = Random.token(), fingerprint = fingerprint(token)
        _ = try await people.act(in: organisation, by: person) { hand in
            try hand.openSession(of: person, fingerprint: fingerprint, from: place)
        }
        return token
    }

    package func signOut(_ viewer: Viewer) async throws {
        guard case .session(let session) = viewer.kind else { return }
        try await endSession(session, of: viewer.person, by: viewer)
    }
}

extension Hand {
    @discardableResult
    func openSession(of person: PersonID, fingerprint: String, from place: Accounts.Place) throws -> SessionID {
        guard try !tx.exists("SELECT 1 FROM absence WHERE person_id = \(person) AND until_at IS NULL") else {
            throw PeopleError.signInClosed
        }
        let id = SessionID.new(at: at)
        try tx.run(
            """
            INSERT INTO session (id, organisation_id, person_id, fingerprint, made_at, seen_at, device, address)
            VALUES (\(id), \(organisation), \(person), \(fingerprint), \(at), \(at), \(place.device), \(place.address))
            """)
        try tx.run("UPDATE person SET seen_at = \(at) WHERE id = \(person)")
        return id
    }
}
