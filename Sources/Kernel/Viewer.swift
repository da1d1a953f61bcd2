/// What a person may do in the organisation. Everybody is also a client.
package enum Role: String, Sendable, CaseIterable {
    case client, specialist, manager, administrator
}

/// How well a specialist knows a line.
package enum CompetenceLevel: String, Sendable, CaseIterable {
    case main, reserve, observer
}

/// Whose eyes a read is made for, and whose hand an act is done by. Every read and every act takes one.
package struct Viewer: Sendable {
    /// How the viewer came in.
    package enum Kind: Sendable, Equatable {
        /// A signed-in person.
        case session(SessionID)
        /// A program with a token; it may do only what its scopes name.
        case token(scopes: Set<String>)
        /// The holder of a revocable link to one thing.
        case link(purpose: String)
        /// Okno itself: timers and readers of the log.
        case system
    }

    /// What a manager answers for.
    package struct Scope: Sendable, Equatable {
        package var everything: Bool
        package var lines: [LineID]
        package var units: [UnitID]
        package init(everything: Bool = false, lines: [LineID] = [], units: [UnitID] = []) {
            (self.everything, self.lines, self.units) = (everything, lines, units)
        }
        package var isEmpty: Bool { !everything && lines.isEmpty && units.isEmpty }
    }

    package let kind: Kind
    package let organisation: OrganisationID
    package let person: PersonID
    package let roles: Set<Role>
    /// The lines this person has a competence on now.
    package let lines: [LineID: CompetenceLevel]
    package let manages: Scope
    package let language: Language
    package let zone: Zone
    package let names: NamePolicy

    package init(
        kind: Kind, organisation: OrganisationID, person: PersonID, roles: Set<Role>,
        lines: [LineID: CompetenceLevel] = [:], manages: Scope = Scope(), language: Language = .russian,
        zone: Zone = .moscow, names: NamePolicy = .full
    ) {
        self.kind = kind
        self.organisation = organisation
        self.person = person
        self.roles = roles
        self.lines = lines
        self.manages = manages
        self.language = language
        self.zone = zone
        self.names = names
    }

    package var isAdministrator: Bool { roles.contains(.administrator) }
    package var isManager: Bool { roles.contains(.manager) }
    package var isSpecialist: Bool { roles.contains(.specialist) && !lines.isEmpty }
    /// Whether there is a line that this person may be on: an observer only looks.
    package var mayBeOnDuty: Bool { roles.contains(.specialist) && lines.values.contains { $0 != .observer } }
    /// Somebody who works on requests of others.
    package var isStaff: Bool { isSpecialist || isManager || isAdministrator }
}

package enum Language: String, Sendable, CaseIterable {
    case russian = "ru"
    case english = "en"
}

/// How an organisation lets names be shown.
package enum NamePolicy: String, Sendable, CaseIterable {
    case full, initials, role
}
