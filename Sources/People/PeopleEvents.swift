package import EventLog

/// What this room writes into the log. The subject is the person, the unit or the organisation.
extension EventKind {
    package static let organisationCreated = EventKind("organisation.created")
    package static let organisationChanged = EventKind("organisation.changed")
    package static let logoChanged = EventKind("organisation.logo-changed")

    /// unit
    package static let personAdded = EventKind("person.added")
    package static let personChanged = EventKind("person.changed")
    /// role, and line or unit for a manager with limits
    package static let roleGiven = EventKind("person.role-given")
    package static let roleTaken = EventKind("person.role-taken")
    /// from, to: units; either may be missing
    package static let unitChanged = EventKind("person.unit-changed")
    package static let personBlocked = EventKind("person.blocked")
    package static let personUnblocked = EventKind("person.unblocked")
    package static let personLeft = EventKind("person.left")
    package static let personReturned = EventKind("person.returned")
    /// until: milliseconds
    package static let personInvited = EventKind("person.invited")
    package static let invitationAccepted = EventKind("person.invitation-accepted")
    package static let passwordChanged = EventKind("person.password-changed")
    /// count
    package static let sessionsEnded = EventKind("person.sessions-ended")
    /// session: the key
    package static let keyMade = EventKind("person.key-made")
    package static let keyEnded = EventKind("person.key-ended")

    /// parent
    package static let unitAdded = EventKind("unit.added")
    package static let unitRenamed = EventKind("unit.renamed")
    /// from, to: parents; either may be missing
    package static let unitMoved = EventKind("unit.moved")
    package static let unitArchived = EventKind("unit.archived")
    package static let unitRestored = EventKind("unit.restored")
}
