package import EventLog

/// The subject of each is the line, so that its history is one query.
extension EventKind {
    /// —
    package static let lineMade = EventKind("line.made")
    /// fields: which, joined by commas
    package static let lineChanged = EventKind("line.changed")
    /// from, to: all | chosen; units, people: how many
    package static let lineAudienceChanged = EventKind("line.audience-changed")
    /// minutes: open minutes of a week
    package static let lineHoursChanged = EventKind("line.hours-changed")
    package static let lineArchived = EventKind("line.archived")
    package static let lineRestored = EventKind("line.restored")
    /// topic, parent
    package static let topicAdded = EventKind("topic.added")
    /// topic, fields
    package static let topicChanged = EventKind("topic.changed")
    /// topic, from, to: parents, absent at the top
    package static let topicMoved = EventKind("topic.moved")
    /// topic
    package static let topicArchived = EventKind("topic.archived")
    package static let topicRestored = EventKind("topic.restored")
    /// person, level, from: the level before, absent for a new one
    package static let competenceGiven = EventKind("competence.given")
    /// person, level
    package static let competenceTaken = EventKind("competence.taken")
    /// day, kind; no subject: the organisation's production calendar
    package static let calendarDaySet = EventKind("calendar.day-set")
    /// day
    package static let calendarDayRemoved = EventKind("calendar.day-removed")
    /// total: how many days were taken in, from and to: the first and the last
    package static let calendarImported = EventKind("calendar.imported")
    /// state: on | off
    package static let calendarFollowed = EventKind("line.calendar-followed")
    /// topic?, priority?, unit?, answer?, minutes? (to the solution)
    package static let normSet = EventKind("line.norm-set")
    package static let normEnded = EventKind("line.norm-ended")
    /// fields: which, joined by commas
    package static let conditionsChanged = EventKind("line.conditions-changed")
    /// topic?, kind
    package static let fieldAdded = EventKind("line.field-added")
    package static let fieldArchived = EventKind("line.field-archived")
    /// topic?, state
    package static let stateAdded = EventKind("line.state-added")
    package static let stateArchived = EventKind("line.state-archived")
}
