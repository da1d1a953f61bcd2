import Duty
import EventLog
import Plans
import Reports
import Requests
import Routing

/// Who follows the log, and who does what a timer says.
extension Installation {
    var readers: [any LogReader] {
        [FirstAnswers(), RequestFacts(), Rights(hub: hub), DutyEnding(), RequestRouter(routing)]
    }

    /// Without the sweeping, which the server sets up.
    var timerHandlers: [String: TimerHandler] {
        [
            DutyRoom.timer: { [duty] in try await duty.check($0) },
            Plans.timer: { [plans] in try await plans.register($0) },
            Requests.reminderTimer: { [requests] in try await requests.ring($0) },
            Routing.timer: { [routing] in try await routing.look($0) },
            Reports.timer: { [reports] in try await reports.send($0) },
        ]
    }
}
