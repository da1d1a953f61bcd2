package import EventLog

/// The events of this room. Data: ids, codes and numbers by the names given here.
extension EventKind {
    /// line, topic?, client, unit?, origin, priority, deadline?
    package static let registered = EventKind("request.registered")
    /// subject: the message; side client|staff
    package static let replied = EventKind("request.replied")
    package static let noted = EventKind("request.noted")
    /// from?, to, why?: offer
    package static let taken = EventKind("request.taken")
    package static let givenBack = EventKind("request.given-back")
    /// from?, to (persons), why?: turn, load, last, responsible when Okno did it
    package static let transferred = EventKind("request.transferred")
    /// from, to (lines), why?: overflow when Okno did it
    package static let lineChanged = EventKind("request.line-changed")
    static let topicChanged = EventKind("request.topic-changed")
    static let priorityChanged = EventKind("request.priority-changed")
    /// from?, to? in milliseconds; why: hand|norm|pause|line|topic|recount; subject?: the reason
    package static let deadlineChanged = EventKind("request.deadline-changed")
    /// The same of the first answer's
    package static let answerDueChanged = EventKind("request.answer-due-changed")
    /// kind: answer|solution; deadline in milliseconds
    package static let dueSoon = EventKind("request.due-soon")
    package static let missed = EventKind("request.missed")
    /// from?, to in minutes; subject?: the reason
    static let planChanged = EventKind("request.plan-changed")
    /// from, to in percent
    static let progressChanged = EventKind("request.progress-changed")
    /// minutes, total, why?: attention; subject: the entry
    static let timeAdded = EventKind("request.time-added")
    /// why?: company; otherwise the client is waited for
    package static let waiting = EventKind("request.waiting")
    package static let proceeded = EventKind("request.proceeded")
    package static let solved = EventKind("request.solved")
    /// rating
    package static let confirmed = EventKind("request.confirmed")
    package static let refused = EventKind("request.refused")
    package static let reopened = EventKind("request.reopened")
    /// subject?: the reason
    package static let cancelled = EventKind("request.cancelled")
    /// until in milliseconds: it will close by itself then
    package static let closingSoon = EventKind("request.closing-soon")
    /// why?: silent when Okno did it after a client's silence
    package static let closedUnanswered = EventKind("request.closed-unanswered")
    /// Okno's own words to the client. subject: the words; why: open, closed
    package static let greeted = EventKind("request.greeted")
    /// subject: the value; state: on or off
    static let fieldChanged = EventKind("request.field-changed")
    /// from?, to? (own states)
    static let ownState = EventKind("request.own-state")
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
    package static let mentioned = EventKind("request.mentioned")
    /// subject: the item; state: added, done, undone, removed, restored, reworded
    static let checkItem = EventKind("request.check-item")
    /// A step becomes somebody's, or nobody's. subject: the item; from?, to? (persons)
    package static let taskGiven = EventKind("request.task-given")
    /// subject: the item; from?, to? in milliseconds
    package static let taskDue = EventKind("request.task-due")
    /// subject: the person
    static let observerAdded = EventKind("request.observer-added")
    static let observerRemoved = EventKind("request.observer-removed")
    /// Offered to a specialist who may accept. to, why: turn, load, last, responsible
    package static let offered = EventKind("request.offered")
    /// from: the specialist; why: declined, expired
    package static let offerDeclined = EventKind("request.offer-declined")
    /// Nobody has taken it for long: the managers of the line should know. line, minutes, why: waiting, nobody, declined
    package static let escalated = EventKind("request.escalated")
    /// Nobody is on the line; the client is told when somebody will be. opens?, until? (of the line), deadline? in milliseconds
    package static let unattended = EventKind("request.unattended")
    /// subject: the line; kind: what the columns are; state?: the column; from?, to?: how many
    static let boardLimitChanged = EventKind("board.limit-changed")
}
