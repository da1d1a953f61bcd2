package import Kernel
package import Storage

/// A company on this installation.
package struct Organisation: Sendable, Equatable {
    package let id: OrganisationID
    package var details: OrganisationDetails
    /// Changes with every new logo; nil without one.
    package var logo: String?
    package var changedAt: Instant

    static let columns: SQL = """
        id, name, full_name, inn, kpp, ogrn, legal_address, postal_address, phones, email, site, accent, zone, language,
        name_policy, directory_open, logo, changed_at
        """

    init(_ row: Row) throws {
        id = try row[0]
        details = try OrganisationDetails(
            name: row[1], fullName: row[2], inn: row[3], kpp: row[4], ogrn: row[5], legalAddress: row[6],
            postalAddress: row[7], phones: row[8], email: row[9], site: row[10], accent: row[11],
            zone: Zone(row[12]) ?? .moscow, language: row[13], namePolicy: row[14], directoryOpen: row[15])
        logo = try row[16]
        changedAt = try row[17]
    }

    package static func find(_ id: OrganisationID, _ tx: any ReadTransaction) throws -> Organisation? {
        try tx.one("SELECT \(columns) FROM organisation WHERE id = \(id)", Organisation.init)
    }

    /// The only organisation of the installation, whose name strangers may see; nil when there are several.
    package static func only(_ tx: any ReadTransaction) throws -> Organisation? {
        let few = try tx.all("SELECT \(columns) FROM organisation ORDER BY id LIMIT 2", Organisation.init)
        return few.count == 1 ? few[0] : nil
    }
}

package struct OrganisationDetails: Sendable, Equatable {
    package var name: String, fullName: String
    package var inn: String, kpp: String, ogrn: String
    package var legalAddress: String, postalAddress: String, phones: String, email: String, site: String
    /// «#1a5fb4»; nil for Okno's own.
    package var accent: String?
    package var zone: Zone
    package var language: Language
    package var namePolicy: NamePolicy
    /// Whether clients may see phones and rooms of others.
    package var directoryOpen: Bool

    package init(
        name: String, fullName: String = "", inn: String = "", kpp: String = "", ogrn: String = "",
        legalAddress: String = "",
        postalAddress: String = "", phones: String = "", email: String = "", site: String = "", accent: String? = nil,
        zone: Zone = .moscow, language: Language = .russian, namePolicy: NamePolicy = .full, directoryOpen: Bool = false
    ) {
        self.name = name
        self.fullName = fullName
        self.inn = inn
        self.kpp = kpp
        self.ogrn = ogrn
        self.legalAddress = legalAddress
        self.postalAddress = postalAddress
        self.phones = phones
        self.email = email
        self.site = site
        self.accent = accent
        self.zone = zone
        self.language = language
        self.namePolicy = namePolicy
        self.directoryOpen = directoryOpen
    }

    /// The same in clean lines, or the first fault: numbers of the tax office by their check digits, an accent that can be read.
    func checked() throws(PeopleError) -> OrganisationDetails {
        var clean = self
        clean.name = try Self.line(name, "name", 160)
        clean.fullName = try Self.line(fullName, "full_name", 300)
        clean.inn = inn.filter { !$0.isWhitespace }
        clean.kpp = kpp.filter { !$0.isWhitespace }
        clean.ogrn = ogrn.filter { !$0.isWhitespace }
        clean.legalAddress = try Self.line(legalAddress, "legal_address", 300)
        clean.postalAddress = try Self.line(postalAddress, "postal_address", 300)
        clean.phones = try Self.line(phones, "phones", 160)
        clean.email = try Self.line(email, "email", 160)
        clean.site = try Self.line(site, "site", 200)
        if clean.name.isEmpty { throw .missing(field: "name") }
        if !clean.inn.isEmpty, !TaxNumbers.isINN(clean.inn) {
            throw .wrongTaxNumber(field: "inn", isLength: !TaxNumbers.innLengths.contains(clean.inn.count))
        }
        if !clean.kpp.isEmpty, !TaxNumbers.isKPP(clean.kpp) {
            throw .wrongTaxNumber(field: "kpp", isLength: !TaxNumbers.kppLengths.contains(clean.kpp.count))
        }
        if !clean.ogrn.isEmpty, !TaxNumbers.isOGRN(clean.ogrn) {
            throw .wrongTaxNumber(field: "ogrn", isLength: !TaxNumbers.ogrnLengths.contains(clean.ogrn.count))
        }
        if !clean.site.isEmpty, clean.site.wholeMatch(of: /(https?:\/\/)?[^\s\/:]+\.[^\s]+/.ignoresCase()) == nil {
            throw .wrong(field: "site")
        }
        if let accent {
            guard let colour = Colour(hex: accent) else { throw .wrong(field: "accent") }
            if colour != .okno { try colour.requireReadable() }
            // Our own blue has hand-made tints; there is nothing to replace.
            clean.accent = colour == .okno ? nil : colour.hex
        }
        return clean
    }

    private static func line(_ text: String, _ field: String, _ limit: Int) throws(PeopleError) -> String {
        let line = Text.line(text)
        guard line.count <= limit else { throw .tooLong(field: field, limit: limit) }
        return line
    }
}
