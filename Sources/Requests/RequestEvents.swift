import EventLog

/// The events of this room. Data: ids, codes and numbers by the names given here.
extension EventKind {
    /// line, topic?, client, unit?, origin, priority, deadline?
    static let registered = EventKind("request.registered")
    /// subject: the message; side client|staff
    static let replied = EventKind("request.replied")
    static let noted = EventKind("request.noted")
    /// from?, to
    static let taken = EventKind("request.taken")
    static let givenBack = EventKind("request.given-back")
    /// from?, to (persons)
    static let transferred = EventKind("request.transferred")
    /// from, to (lines)
    static let lineChanged = EventKind("request.line-changed")
    static let topicChanged = EventKind("request.topic-changed")
    static let priorityChanged = EventKind("request.priority-changed")
    /// from?, to? in milliseconds; why: hand|norm|pause|line|topic
    static let deadlineChanged = EventKind("request.deadline-changed")
    /// from?, to in minutes
    static let planChanged = EventKind("request.plan-changed")
    /// from, to in percent
    static let progressChanged = EventKind("request.progress-changed")
    /// minutes, total, why?: attention; subject: the entry
    static let timeAdded = EventKind("request.time-added")
    static let waiting = EventKind("request.waiting")
    static let proceeded = EventKind("request.proceeded")
    static let solved = EventKind("request.solved")
    /// rating
    static let confirmed = EventKind("request.confirmed")
    static let refused = EventKind("request.refused")
    static let reopened = EventKind("request.reopened")
    /// subject?: the reason
    static let cancelled = EventKind("request.cancelled")
    static let closedUnanswered = EventKind("request.closed-unanswered")
    /// subject: the message; side: note, staff or client
    static let edited = EventKind("request.edited")
    static let removed = EventKind("request.removed")
    static let restored = EventKind("request.restored")
    /// subject: the message; kind: the reaction; state: on or off
    static let reacted = EventKind("request.reacted")
    /// subject: the other request; kind: related, merged or split; side: from or to
    static let linked = EventKind("request.linked")
    static let unlinked = EventKind("request.unlinked")
    /// subject: the person
    static let mentioned = EventKind("request.mentioned")
    /// subject: the item; state: added, done, undone, removed, restored, reworded
    static let checkItem = EventKind("request.check-item")
    /// subject: the person
    static let observerAdded = EventKind("request.observer-added")
    static let observerRemoved = EventKind("request.observer-removed")
}
