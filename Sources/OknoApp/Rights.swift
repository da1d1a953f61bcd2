import EventLog
import Kernel
import Lines
import Live
import People
import Storage

/// A reader of the log: when what a person may see has changed, their open pages connect again and are asked anew.
struct Rights: LogReader {
    let name = "rights"
    let hub: LiveHub

    private static let ofSubject: Set<EventKind> = [
        .roleGiven, .roleTaken, .personBlocked, .personLeft, .unitChanged, .sessionsEnded,
    ]
    private static let ofNamed: Set<EventKind> = [.competenceGiven, .competenceTaken]

    func take(_ events: [Event], in tx: any WriteTransaction) throws {
        let people = events.compactMap { event -> PersonID? in
            if Self.ofSubject.contains(event.kind) { return event.subject.map { PersonID($0) } }
            if Self.ofNamed.contains(event.kind) { return event.data["person"].map { PersonID($0) } }
            return nil
        }
        if !people.isEmpty { hub.reconnect(Array(Set(people))) }
    }
}
