package import Kernel
import Storage

/// One human, one record for life.
package struct Person: Sendable, Equatable {
    package let id: PersonID
    package let organisation: OrganisationID
    package var name: PersonName
    package var position: String, phone: String, room: String
    package var email: String, login: String
    package var language: Language?
    package var zone: String?
    package var theme: String
    package var hasPassword: Bool
    package var passwordAt: Instant?
    package var madeAt: Instant, changedAt: Instant
    /// nil before the first sign-in.
    package var seenAt: Instant?

    /// What to sign in with.
    package var signInName: String { email.isEmpty ? login : email }

    static let columns: SQL = """
        person.id, person.organisation_id, person.family, person.given, person.patronymic, person.position, person.phone,
        person.room, person.email, person.login, person.language, person.zone, person.theme, person.password_hash,
        person.password_at, person.made_at, person.changed_at, person.seen_at
        """

    init(_ row: Row) throws {
        id = try row[0]
        organisation = try row[1]
        name = try PersonName(family: row[2], given: row[3], patronymic: row[4])
        position = try row[5]
        phone = try row[6]
        room = try row[7]
        email = try row[8]
        login = try row[9]
        language = try row[10]
        zone = try row[11]
        theme = try row[12]
        let hash: String? = try row[13]
        hasPassword = hash != nil
        passwordAt = try row[14]
        madeAt = try row[15]
        changedAt = try row[16]
        let seen: Instant = try row[17]
        seenAt = seen.milliseconds == 0 ? nil : seen
    }

    static func find(_ id: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction) throws -> Person? {
        try tx.one("SELECT \(columns) FROM person WHERE id = \(id) AND organisation_id = \(organisation)", Person.init)
    }

    static func known(_ id: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction) throws -> Person {
        guard let person = try find(id, in: organisation, tx) else { throw PeopleError.notFound }
        return person
    }
}

/// What is written down about a person who is new here, or corrected about one who is not.
package struct PersonDetails: Sendable, Equatable {
    package var family: String, given: String, patronymic: String
    package var position: String, phone: String, room: String
    package var email: String, login: String

    package init(
        family: String, given: String, patronymic: String = "", position: String = "", phone: String = "",
        room: String = "",
        email: String = "", login: String = ""
    ) {
        self.family = family
        self.given = given
        self.patronymic = patronymic
        self.position = position
        self.phone = phone
        self.room = room
        self.email = email
        self.login = login
    }

    package init(_ person: Person) {
        self.init(
            family: person.name.family, given: person.name.given, patronymic: person.name.patronymic,
            position: person.position, phone: person.phone, room: person.room, email: person.email, login: person.login)
    }

    /// The same in one line a field, or the first fault.
    func checked() throws(PeopleError) -> PersonDetails {
        var clean = self
        clean.family = try Self.line(family, "family", 80)
        clean.given = try Self.line(given, "given", 80)
        clean.patronymic = try Self.line(patronymic, "patronymic", 80)
        clean.position = try Self.line(position, "position", 160)
        clean.phone = try Self.line(phone, "phone", 40)
        clean.room = try Self.line(room, "room", 80)
        clean.email = try Self.line(email, "email", 160)
        clean.login = try Self.line(login, "login", 60)
        if clean.family.isEmpty { throw .missing(field: "family") }
        if clean.given.isEmpty { throw .missing(field: "given") }
        if !clean.email.isEmpty, clean.email.wholeMatch(of: /[^\s@]+@[^\s@]+\.[^\s@]+|[^\s@]+@localhost/) == nil {
            throw .wrong(field: "email")
        }
        if clean.login.contains(where: { $0.isWhitespace || $0 == "@" }) { throw .wrong(field: "login") }
        if !clean.phone.isEmpty, !Self.looksLikePhone(clean.phone) { throw .wrong(field: "phone") }
        return clean
    }

    /// Digits and the signs between them, with room for «доб. 2214» and a short inner number.
    static func looksLikePhone(_ text: String) -> Bool {
        text.filter(\.isNumber).count >= 2
            && text.allSatisfy { $0.isNumber || $0.isLetter || " +-()./,;*#".contains($0) }
    }

    private static func line(_ text: String, _ field: String, _ limit: Int) throws(PeopleError) -> String {
        let line = Text.line(text)
        guard line.count <= limit else { throw .tooLong(field: field, limit: limit) }
        return line
    }

    var nameSort: String { Text.sortKey([family, given, patronymic].joined(separator: " ")) }

    /// What a search by a part looks through: name, position, sign-in names, digits of the phone.
    var nameSearch: String {
        Text.folded(
            [family, given, patronymic, position, login, email, phone.filter(\.isNumber)].filter { !$0.isEmpty }.joined(
                separator: " "))
    }
}
