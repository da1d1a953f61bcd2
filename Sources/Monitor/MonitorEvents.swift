import EventLog

/// The subject of each is the link.
extension EventKind {
    /// until: in milliseconds
    static let linkMade = EventKind("monitor.link-made")
    static let linkEnded = EventKind("monitor.link-ended")
}
