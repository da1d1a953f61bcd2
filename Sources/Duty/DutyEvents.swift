package import EventLog

extension EventKind {
    /// Subject: the person. line, from, to: on|busy|break|away, why: hand|idle|sign-out|start
    package static let dutyChanged = EventKind("duty.changed")
    /// Subject: the line, or the organisation. from?, to?: minutes
    package static let dutyRuleChanged = EventKind("duty.rule-changed")
}
