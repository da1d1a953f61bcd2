import EventLog
package import Kernel
import Secrets
import Storage

extension People {
    package struct Founded: Sendable {
        package let organisation: OrganisationID
        package let administrator: PersonID
        /// Opens the administrator's first sign-in when no password was given.
        package let invitation: String?
    }

    /// Makes an organisation with its first administrator. With a password the administrator can sign in at once, otherwise by the
    /// invitation in the answer.
    package func createOrganisation(
        _ details: OrganisationDetails, administrator: PersonDetails, password: String? = nil
    ) async throws -> Founded {
        let details = try details.checked()
        let hash: String? =
            if let password {
                await Passwords.hash(try PasswordRule.checked(password, for: administrator), cost: cost)
            } else { nil }
        let token = password == nil ? Random.token() : nil
        let fingerprint = token.map { vault.fingerprint($0, purpose: Invitation.purpose) }
        let organisation = OrganisationID.new(at: now())
        return try await act(in: organisation, by: nil) { hand in
            try hand.found(details)
            let person = try hand.add(administrator, passwordHash: hash)
            try hand.give(.administrator, to: person)
            if let fingerprint { _ = try hand.invite(person, fingerprint: fingerprint) }
            return Founded(organisation: organisation, administrator: person, invitation: token)
        }
    }
}

extension Hand {
    func found(_ details: OrganisationDetails) throws {
        try tx.run(
            """
            INSERT INTO organisation (id, name, full_name, inn, kpp, ogrn, legal_address, postal_address, phones, email, site,
                accent, zone, language, name_policy, directory_open, made_at, changed_at)
            VALUES (\(organisation), \(details.name), \(details.fullName), \(details.inn), \(details.kpp), \(details.ogrn),
                \(details.legalAddress), \(details.postalAddress), \(details.phones), \(details.email), \(details.site),
                \(details.accent), \(details.zone.name), \(details.language), \(details.namePolicy), \(details.directoryOpen),
                \(at), \(at))
            """)
        try noteOrganisation(.organisationCreated)
    }
}
