package import EventLog

extension EventKind {
    /// A letter could not be delivered and is not tried any more. Subject: the letter; why: refused, late or content; to: the person
    package static let letterLost = EventKind("mail.lost")
}
