import EventLog
package import Kernel
import Storage

/// One change for many people: seen before it happens, and then done by the same rule.
package enum MassChange: Sendable, Equatable {
    case move(to: UnitID)
    case give(Role)
    case take(Role)

    package enum Reason: String, Sendable { case there, has, hasnot, left, last }

    /// What is known of a person before the change.
    struct Present: Sendable, Equatable {
        let person: PersonID
        let unit: UnitID?
        let roles: Set<Role>
        let hasLeft: Bool
    }

    package struct Plan: Sendable, Equatable {
        package var changes: [PersonID] = []
        package var skipped: [PersonID: Reason] = [:]
    }

    /// Who changes and who does not, and why. `administrators` are those who could administer now: one of them must remain.
    func plan(for people: [Present], administrators: Set<PersonID>) -> Plan {
        var plan = Plan(), remaining = administrators
        for one in people {
            if let reason = reason(against: one, remaining) {
                plan.skipped[one.person] = reason
            } else {
                plan.changes.append(one.person)
                if self == .take(.administrator) { remaining.remove(one.person) }
            }
        }
        return plan
    }

    private func reason(against one: Present, _ administrators: Set<PersonID>) -> Reason? {
        if one.hasLeft { return .left }
        switch self {
        case .move(let unit): return one.unit == unit ? .there : nil
        case .give(let role): return one.roles.contains(role) ? .has : nil
        case .take(let role):
            guard one.roles.contains(role) else { return .hasnot }
            return role == .administrator && administrators.subtracting([one.person]).isEmpty ? .last : nil
        }
    }
}

extension People {
    /// So many people change in one transaction, so that a change of thousands does not hold up the others.
    static let massBatch = 200

    package func plan(_ change: MassChange, for people: [PersonID], by viewer: Viewer) async throws -> MassChange.Plan {
        try await database.read { tx in
            try Permission.requireAdministrator(viewer, tx)
            if case .move(let unit) = change { _ = try OpenUnit.require(unit, in: viewer.organisation, tx) }
            return try change.plan(
                for: Self.present(people, in: viewer.organisation, tx),
                administrators: Self.administrators(of: viewer.organisation, tx))
        }
    }

    /// Does the change for everybody whom it changes.
    /// - Returns: how many that were.
    package func apply(_ change: MassChange, to people: [PersonID], by viewer: Viewer) async throws -> Int {
        var done = 0
        for start in stride(from: 0, to: people.count, by: Self.massBatch) {
            let batch = Array(people[start..<min(start + Self.massBatch, people.count)])
            done += try await act(by: viewer) { hand in
                let plan = try change.plan(
                    for: Self.present(batch, in: hand.organisation, hand.tx),
                    administrators: Self.administrators(of: hand.organisation, hand.tx))
                for person in plan.changes {
                    switch change {
                    case .move(let unit): try hand.move(person, to: unit)
                    case .give(let role): try hand.give(role, to: person)
                    case .take(let role): try hand.take(role, from: person)
                    }
                }
                return plan.changes.count
            }
        }
        return done
    }

    /// In the order of their names; ids that are not of this organisation are left out.
    private static func present(
        _ people: [PersonID], in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [MassChange.Present] {
        var all: [MassChange.Present] = []
        for start in stride(from: 0, to: people.count, by: 1000) {
            let ids = Array(people[start..<min(start + 1000, people.count)])
            all += try tx.all(
                """
                SELECT id, unit_id, roles, state FROM person
                WHERE organisation_id = \(organisation) AND id IN (\(ids)) ORDER BY name_sort, id
                """
            ) { row in
                let state: String = try row[3]
                return MassChange.Present(
                    person: try row[0], unit: try row[1], roles: Role.set(bits: try row[2]), hasLeft: state == "left")
            }
        }
        return all
    }

    private static func administrators(
        of organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Set<PersonID> {
        Set(
            try tx.all(
                """
                SELECT person_id FROM role_assignment WHERE organisation_id = \(organisation) AND role = 'administrator'
                AND until_at IS NULL AND NOT EXISTS (SELECT 1 FROM absence
                    WHERE absence.person_id = role_assignment.person_id AND absence.until_at IS NULL)
                """
            ) { row -> PersonID in try row[0] })
    }
}
