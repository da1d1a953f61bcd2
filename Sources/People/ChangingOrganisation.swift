import EventLog
package import Kernel
import Storage

extension People {
    /// `seen` is the moment of the last change that the editor saw.
    package func changeOrganisation(
        to details: OrganisationDetails, logo: LogoChange = .keep, seen: Instant? = nil, by viewer: Viewer
    ) async throws {
        let details = try details.checked()
        if case .set(let picture) = logo { _ = try Logo.type(of: picture) }
        try await act(by: viewer) { hand in
            guard let organisation = try Organisation.find(hand.organisation, hand.tx) else {
                throw PeopleError.notFound
            }
            if let seen, seen != organisation.changedAt { throw PeopleError.changedMeanwhile }
            try hand.change(organisation, to: details)
            try hand.change(logo, of: organisation)
        }
    }
}

package enum LogoChange: Sendable, Equatable { case keep, remove, set([UInt8]) }

extension Hand {
    func change(_ organisation: Organisation, to details: OrganisationDetails) throws {
        guard details != organisation.details else { return }
        try tx.run(
            """
            UPDATE organisation SET name = \(details.name), full_name = \(details.fullName), inn = \(details.inn),
                kpp = \(details.kpp), ogrn = \(details.ogrn), legal_address = \(details.legalAddress),
                postal_address = \(details.postalAddress), phones = \(details.phones), email = \(details.email),
                site = \(details.site), accent = \(details.accent), zone = \(details.zone.name),
                language = \(details.language), name_policy = \(details.namePolicy),
                directory_open = \(details.directoryOpen), changed_at = \(at)
            WHERE id = \(organisation.id)
            """)
        try noteOrganisation(.organisationChanged)
    }

    func change(_ logo: LogoChange, of organisation: Organisation) throws {
        switch logo {
        case .keep: return
        case .remove:
            guard organisation.logo != nil else { return }
            try tx.run("DELETE FROM organisation_logo WHERE organisation_id = \(organisation.id)")
            try tx.run("UPDATE organisation SET logo = NULL, changed_at = \(at) WHERE id = \(organisation.id)")
        case .set(let picture):
            try tx.run(
                """
                INSERT INTO organisation_logo (organisation_id, type, bytes)
                VALUES (\(organisation.id), \(try Logo.type(of: picture)), \(picture.sqlBlob))
                ON CONFLICT (organisation_id) DO UPDATE SET type = excluded.type, bytes = excluded.bytes
                """)
            try tx.run(
                "UPDATE organisation SET logo = \(String(at.milliseconds)), changed_at = \(at) WHERE id = \(organisation.id)"
            )
        }
        try noteOrganisation(.logoChanged)
    }
}

/// A small picture known by its first bytes, not by its name. No SVG: it may carry scripts.
enum Logo {
    static let largest = 256 * 1024

    static func type(of bytes: [UInt8]) throws(PeopleError) -> String {
        guard bytes.count <= largest else { throw .logoTooLarge }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if bytes.count > 12, bytes.starts(with: Array("RIFF".utf8)), Array(bytes[8..<12]) == Array("WEBP".utf8) {
            return "image/webp"
        }
        throw .logoNotAPicture
    }

    static func read(
        of organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> (type: String, bytes: [UInt8])? {
        try tx.one("SELECT type, bytes FROM organisation_logo WHERE organisation_id = \(organisation)") { row in
            try (row[0], row[1])
        }
    }
}
