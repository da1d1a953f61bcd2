import EventLog
package import Kernel
import Storage

/// Why a person cannot sign in: for a while, or because they do not work here any more. Dated facts, never deletion.
enum AbsenceKind: String, SQLBindable, SQLReadable, Sendable { case blocked, left }

enum Absences {
    static func has(_ kind: AbsenceKind, _ person: PersonID, _ tx: any ReadTransaction) throws -> Bool {
        try tx.exists("SELECT 1 FROM absence WHERE person_id = \(person) AND kind = \(kind) AND until_at IS NULL")
    }
}

extension People {
    /// Closes the way in at once: open sessions and the open invitation end. Unit and roles stay.
    package func block(_ person: PersonID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx).id
            guard try !Absences.has(.left, person, hand.tx) else { throw PeopleError.alreadyLeft }
            guard try !Absences.has(.blocked, person, hand.tx) else { throw PeopleError.alreadyBlocked }
            try hand.requireDispensable(person)
            try hand.open(.blocked, of: person)
            try hand.closeDoors(to: person)
            try hand.refresh(person)
            try hand.note(.personBlocked, about: person)
        }
    }

    package func unblock(_ person: PersonID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx).id
            guard try Absences.has(.blocked, person, hand.tx) else { throw PeopleError.notBlocked }
            try hand.close(.blocked, of: person)
            try hand.refresh(person)
            try hand.note(.personUnblocked, about: person)
        }
    }

    /// A person does not work here any more: the way in is closed, membership and roles end. All that they did stays.
    package func leave(_ person: PersonID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx).id
            guard try !Absences.has(.left, person, hand.tx) else { throw PeopleError.alreadyLeft }
            try hand.requireDispensable(person)
            for role in Set(try Roles.of(person, hand.tx).map(\.role)) {
                try hand.close(role, of: person)
                try hand.note(.roleTaken, about: person, ["role": role.rawValue])
            }
            let unit = try Units.of(person, hand.tx)
            try hand.closeMembership(of: person)
            if try Absences.has(.blocked, person, hand.tx) { try hand.close(.blocked, of: person) }
            try hand.open(.left, of: person)
            try hand.closeDoors(to: person)
            try hand.refresh(person)
            try hand.note(.personLeft, about: person, ["unit": unit?.text])
        }
    }

    /// A person works here again, in the unit they left from when it is still in use. Roles are given anew.
    package func `return`(_ person: PersonID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx).id
            guard try Absences.has(.left, person, hand.tx) else { throw PeopleError.notLeft }
            let unit: UnitID? = try hand.tx.value(
                """
                SELECT membership.unit_id FROM membership JOIN unit ON unit.id = membership.unit_id
                WHERE membership.person_id = \(person) AND unit.archived_at IS NULL AND membership.until_at =
                    (SELECT from_at FROM absence WHERE person_id = \(person) AND kind = 'left' AND until_at IS NULL)
                ORDER BY membership.id DESC LIMIT 1
                """)
            try hand.close(.left, of: person)
            if let unit { try hand.openMembership(of: person, in: unit) }
            try hand.refresh(person)
            try hand.note(.personReturned, about: person, ["unit": unit?.text])
        }
    }
}

extension Hand {
    func requireDispensable(_ person: PersonID) throws {
        if try Roles.of(person, tx).contains(where: { $0.role == .administrator }) {
            try requireAnotherAdministrator(than: person)
        }
    }

    func open(_ kind: AbsenceKind, of person: PersonID) throws {
        try tx.run(
            """
            INSERT INTO absence (id, organisation_id, person_id, kind, from_at, by_id)
            VALUES (\(ID<Absences>.new(at: at)), \(organisation), \(person), \(kind), \(at), \(self.person))
            """)
    }

    func close(_ kind: AbsenceKind, of person: PersonID) throws {
        try tx.run(
            "UPDATE absence SET until_at = \(at) WHERE person_id = \(person) AND kind = \(kind) AND until_at IS NULL")
    }

    /// Ends sessions and the open invitation.
    func closeDoors(to person: PersonID) throws {
        try tx.run("UPDATE session SET ended_at = \(at) WHERE person_id = \(person) AND ended_at IS NULL")
        try tx.run(
            "UPDATE invitation SET ended_at = \(at) WHERE person_id = \(person) AND used_at IS NULL AND ended_at IS NULL"
        )
    }
}
