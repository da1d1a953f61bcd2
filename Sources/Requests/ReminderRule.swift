package import Kernel

/// When a reminder rings and whether it still has to: functions of values.
package enum ReminderRule {
    package enum Preset: String, Sendable, CaseIterable { case hour, tomorrow, monday }

    /// Mornings begin at nine.
    static let morning = 9 * 60
    /// As far ahead as a reminder may be.
    package static let furthest: Int64 = 400 * 86_400_000

    package static func moment(_ preset: Preset, from now: Instant, in zone: Zone) -> Instant {
        let today = zone.local(now).date
        switch preset {
        case .hour: return now + .hours(1)
        case .tomorrow: return zone.instant(today.adding(days: 1), minute: morning)
        case .monday: return zone.instant(today.adding(days: 8 - today.weekday), minute: morning)
        }
    }

    package enum Outcome: Equatable, Sendable { case ring, drop }

    /// Nobody is reminded of what has ended, nor a client who has answered since.
    static func outcome(toClient: Bool, _ request: Request, set: Instant) -> Outcome {
        guard request.state.isOpen else { return .drop }
        guard toClient else { return .ring }
        return request.lastReplyBy == request.client && request.lastReply > set ? .drop : .ring
    }
}
