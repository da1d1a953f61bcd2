import EventLog
package import Kernel
import Storage

/// What a manager's role is limited to: one line or one unit with all below it.
package enum RoleLimit: Hashable, Sendable {
    case line(LineID)
    case unit(UnitID)

    var line: LineID? { if case .line(let id) = self { id } else { nil } }
    var unit: UnitID? { if case .unit(let id) = self { id } else { nil } }
}

extension People {
    /// Gives a role from now on. Limits are for managers: more of them add up, and a role for everything replaces them.
    package func giveRole(
        _ role: Role, limits: Set<RoleLimit> = [], to person: PersonID, by viewer: Viewer
    ) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx)
            try hand.give(role, limits: limits, to: person.id)
        }
    }

    /// Ends one assignment of a role now, such as one of a manager's limits.
    package func takeAssignment(_ assignment: ID<Roles>, from person: PersonID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let found: Role? = try hand.tx.value(
                """
                SELECT role FROM role_assignment WHERE id = \(assignment) AND person_id = \(person)
                AND organisation_id = \(hand.organisation) AND until_at IS NULL
                """)
            guard let role = found else { throw PeopleError.notFound }
            if role == .administrator { try hand.requireAnotherAdministrator(than: person) }
            try hand.tx.run("UPDATE role_assignment SET until_at = \(hand.at) WHERE id = \(assignment)")
            try hand.refresh(person)
            try hand.note(.roleTaken, about: person, ["role": role.rawValue])
        }
    }

    /// Ends a role now. The last administrator keeps theirs.
    package func takeRole(_ role: Role, from person: PersonID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx)
            try hand.take(role, from: person.id)
        }
    }
}

package enum Roles {
    /// Roles of a person now, without «client», which everybody has.
    static func of(_ person: PersonID, _ tx: any ReadTransaction) throws -> [(role: Role, limit: RoleLimit?)] {
        try tx.all(
            "SELECT role, line_id, unit_id FROM role_assignment WHERE person_id = \(person) AND until_at IS NULL"
        ) { row in
            let line: LineID? = try row[1], unit: UnitID? = try row[2]
            return (try row[0], line.map(RoleLimit.line) ?? unit.map(RoleLimit.unit))
        }
    }

    /// Whether somebody else could still administer the organisation.
    static func anotherAdministrator(
        than person: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Bool {
        try tx.exists(
            """
            SELECT 1 FROM role_assignment WHERE organisation_id = \(organisation) AND role = 'administrator'
            AND until_at IS NULL AND person_id <> \(person) AND NOT EXISTS
            (SELECT 1 FROM absence WHERE absence.person_id = role_assignment.person_id AND absence.until_at IS NULL) LIMIT 1
            """)
    }
}

extension Hand {
    package func give(_ role: Role, limits: Set<RoleLimit> = [], to person: PersonID) throws {
        guard role != .client, limits.isEmpty || role == .manager else { throw PeopleError.noSuchRole }
        guard try !Absences.has(.left, person, tx) else { throw PeopleError.notHere }
        for unit in limits.compactMap(\.unit) { _ = try OpenUnit.require(unit, in: organisation, tx) }
        let present = try Roles.of(person, tx).filter { $0.role == role }
        let wanted: Set<RoleLimit?> = limits.isEmpty ? [nil] : Set(limits.map(Optional.some))
        // «Everything» and limits exclude each other: what is given now holds.
        if present.contains(where: { ($0.limit == nil) != limits.isEmpty }) { try close(role, of: person) }
        let kept = present.filter { ($0.limit == nil) == limits.isEmpty }.map(\.limit)
        for limit in wanted.subtracting(kept).sorted(by: {
            ($0?.line?.text ?? $0?.unit?.text ?? "") < ($1?.line?.text ?? $1?.unit?.text ?? "")
        }) {
            try tx.run(
                """
                INSERT INTO role_assignment (id, organisation_id, person_id, role, line_id, unit_id, from_at, by_id)
                VALUES (\(ID<Roles>.new(at: at)), \(organisation), \(person), \(role), \(limit?.line), \(limit?.unit), \(at),
                    \(self.person))
                """)
            try note(
                .roleGiven, about: person,
                ["role": role.rawValue, "line": limit?.line?.text, "unit": limit?.unit?.text])
        }
        try refresh(person)
    }

    func take(_ role: Role, from person: PersonID) throws {
        guard try Roles.of(person, tx).contains(where: { $0.role == role }) else { return }
        if role == .administrator { try requireAnotherAdministrator(than: person) }
        try close(role, of: person)
        try refresh(person)
        try note(.roleTaken, about: person, ["role": role.rawValue])
    }

    func close(_ role: Role, of person: PersonID) throws {
        try tx.run(
            """
            UPDATE role_assignment SET until_at = \(at)
            WHERE person_id = \(person) AND role = \(role) AND until_at IS NULL
            """)
    }

    func requireAnotherAdministrator(than person: PersonID) throws {
        guard try Roles.anotherAdministrator(than: person, in: organisation, tx) else {
            throw PeopleError.lastAdministrator
        }
    }
}
