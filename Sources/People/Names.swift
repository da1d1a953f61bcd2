package import Kernel
package import Storage
package import Web

/// A person as a page may show them.
package struct ShownPerson: Sendable, Equatable {
    package let id: PersonID
    /// Through the organisation's policy.
    package let name: String
    package let monogram: String
    package let hue: Int
    package let position: String
    /// Empty for clients while the organisation's directory is closed.
    package let phone: String, room: String
    /// «Усинский филиал › ОМТС»: the last two levels of the unit now.
    package let unit: String
    package let unitName: String
}

/// The one door by which names of people reach a page.
package enum Names {
    /// People by id, in one statement. Ids of another organisation are left out.
    package static func shown(
        _ ids: some Collection<PersonID>, to viewer: Viewer, _ text: Catalogue, _ tx: any ReadTransaction
    ) throws -> [PersonID: ShownPerson] {
        guard !ids.isEmpty else { return [:] }
        var found: [PersonID: ShownPerson] = [:]
        let wanted = Array(Set(ids)).sorted()
        // COALESCE: with more than a few ids SQLite would rather walk through everybody of the organisation.
        try tx.query(
            "\(selection) WHERE COALESCE(person.organisation_id, '') = \(viewer.organisation) AND person.id IN (\(wanted))"
        ) { row in
            let person = try shown(row, to: viewer, text)
            found[person.id] = person
        }
        return found
    }

    /// Which policy holds between two people. Administrators keep the records, so they see them; one's own name is no secret;
    /// «by role» hides staff from clients, and staff among themselves and towards clients need at least initials.
    static func policy(_ policy: NamePolicy, for viewer: Viewer, of person: PersonID) -> NamePolicy {
        if viewer.isAdministrator || viewer.person == person { return .full }
        return policy == .role && viewer.isStaff ? .initials : policy
    }

    static let selection: SQL = """
        SELECT person.id, person.family, person.given, person.patronymic, person.position, person.phone, person.room,
            unit.name, above.name, organisation.directory_open,
            person.roles
        FROM person JOIN organisation ON organisation.id = person.organisation_id
        LEFT JOIN unit ON unit.id = person.unit_id LEFT JOIN unit AS above ON above.id = unit.parent_id
        """

    static func shown(_ row: Row, to viewer: Viewer, _ text: Catalogue) throws -> ShownPerson {
        let id: PersonID = try row[0]
        let name = try PersonName(family: row[1], given: row[2], patronymic: row[3])
        let policy = policy(viewer.names, for: viewer, of: id)
        let isSpecialist = Role.set(bits: try row[10]).contains(.specialist)
        let role = text(isSpecialist ? "people.somebody.specialist" : "people.somebody")
        let unit: String = try row[7] ?? "", above: String? = try row[8]
        let isDirectoryOpen: Bool = try row[9]
        let mayRing = viewer.isStaff || viewer.person == id || isDirectoryOpen
        return ShownPerson(
            id: id, name: name.shown(policy, role: role),
            monogram: policy == .role ? String(role.prefix(1)).uppercased() : name.monogram, hue: Site.hue(of: id),
            position: policy == .role ? "" : try row[4], phone: mayRing ? try row[5] : "",
            room: mayRing ? try row[6] : "",
            unit: [above, unit].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " › "), unitName: unit)
    }
}
