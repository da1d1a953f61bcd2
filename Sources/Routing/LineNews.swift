import Duty
import EventLog
import Kernel
import Lines

extension Event {
    /// The line whose waiting requests this event may move on: somebody has come, or its rules have changed.
    var lineToLookAt: LineID? {
        switch kind {
        case .dutyChanged: data["to"] == DutyState.on.rawValue ? data["line"].map { LineID($0) } : nil
        case .competenceGiven, .competenceTaken, .routingChanged, .lineRestored: subject.map { LineID($0) }
        default: nil
        }
    }
}
