import Calls
import Duty
import EventLog
import Notices
import Plans
import RemoteControl
import Reports
import Requests
import Routing

/// Who follows the log, and who does what a timer says.
extension Installation {
    var readers: [any LogReader] {
        [FirstAnswers(), RequestFacts(), Rights(hub: hub), DutyEnding(), RequestRouter(routing), Noticing(notices)]
    }

    /// Without the sweeping, which the server sets up.
    var timerHandlers: [String: TimerHandler] {
        [
            Calls.ringingTimer: { [calls] in try await calls.miss($0) },
            Calls.lostTimer: { [calls] in try await calls.lose($0) },
            Calls.recordingTimer: { [calls] in try await calls.mind($0) },
            DutyRoom.timer: { [duty] in try await duty.check($0) },
            Plans.timer: { [plans] in try await plans.register($0) },
            Requests.reminderTimer: { [requests] in try await requests.ring($0) },
            Routing.timer: { [routing] in try await routing.look($0) },
            Requests.dueTimer: { [requests] in try await requests.warn($0) },
            Notices.timer: { [notices] in try await notices.write($0) },
            RemoteControl.timer: { [remote] in try await remote.watch($0) },
            Reports.timer: { [reports] in try await reports.send($0) },
        ]
    }
}
