import EventLog

/// The subject of each is the saved report, or the mailing.
extension EventKind {
    /// kind: which report; state: private | shared
    static let reportSaved = EventKind("report.saved")
    /// state: private | shared
    static let reportChanged = EventKind("report.changed")
    static let reportRemoved = EventKind("report.removed")
    /// kind: day | week | month; to: the person
    static let mailingSet = EventKind("report.mailing-set")
    /// to: the person; why: hand | removed | rights
    static let mailingEnded = EventKind("report.mailing-ended")
    /// to: the person
    static let reportSent = EventKind("report.sent")
}
