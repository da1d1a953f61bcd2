import EventLog
package import Kernel
import Storage

extension People {
    /// Puts a person into another unit from now on, or into none.
    package func changeUnit(of person: PersonID, to unit: UnitID?, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let person = try Person.known(person, in: hand.organisation, hand.tx)
            try hand.move(person.id, to: unit)
        }
    }
}

extension Hand {
    func move(_ person: PersonID, to unit: UnitID?) throws {
        guard try !Absences.has(.left, person, tx) else { throw PeopleError.notHere }
        let present = try Units.of(person, tx)
        guard present != unit else { return }
        if let unit { _ = try OpenUnit.require(unit, in: organisation, tx) }
        try closeMembership(of: person)
        if let unit { try openMembership(of: person, in: unit) }
        try refresh(person)
        try note(.unitChanged, about: person, ["from": present?.text, "to": unit?.text])
    }

    func openMembership(of person: PersonID, in unit: UnitID) throws {
        try tx.run(
            """
            INSERT INTO membership (id, organisation_id, person_id, unit_id, from_at, by_id)
            VALUES (\(ID<Units>.new(at: at)), \(organisation), \(person), \(unit), \(at), \(self.person))
            """)
    }

    func closeMembership(of person: PersonID) throws {
        try tx.run("UPDATE membership SET until_at = \(at) WHERE person_id = \(person) AND until_at IS NULL")
    }
}
