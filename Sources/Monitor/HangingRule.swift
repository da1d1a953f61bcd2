import Kernel
import Reports
import Requests

/// Why a request hangs on the board: a function of values. Its times are those of the reports (`Hanging`), so that what hangs in a
/// report hangs here too; the board sees more, because it knows who is there and who spoke last.
enum HangingRule {
    /// The worst first.
    enum Reason: String, Sendable, CaseIterable {
        /// The line works and nobody is on it; nobody has taken it; the client wrote and hears nothing; its deadline has passed; nothing
        /// moves; the client, or somebody else, is waited for.
        case nobody, untaken, unanswered, late, silent, client, company
    }

    /// The line's working minutes that a client waits for an answer to what they wrote meanwhile.
    static let answer = 120

    struct Verdict: Sendable, Equatable {
        let reason: Reason
        /// Since when it is so.
        let since: Instant
    }

    /// - Parameters:
    ///   - isAttended: somebody is on the line, or it is closed and nobody needs to be.
    ///   - answerable: whoever spoke after this moment is not late to be answered yet.
    static func decide(
        _ request: OpenRequest, at now: Instant, isAttended: Bool, answerable: Instant
    ) -> Verdict? {
        switch request.state {
        case .waiting:
            guard request.moved < now - Hanging.longWait else { return nil }
            return Verdict(reason: request.waitsForOthers ? .company : .client, since: request.moved)
        case .new, .working:
            if request.assignee == nil {
                if !isAttended { return Verdict(reason: .nobody, since: request.registered) }
                if request.registered < now - Hanging.untaken {
                    return Verdict(reason: .untaken, since: request.registered)
                }
            }
            if let deadline = request.deadline, deadline < now { return Verdict(reason: .late, since: deadline) }
            if request.clientSpoke, request.replied <= answerable {
                return Verdict(reason: .unanswered, since: request.replied)
            }
            if request.moved < now - Hanging.silence { return Verdict(reason: .silent, since: request.moved) }
            return nil
        case .solved, .closed, .cancelled: return nil
        }
    }
}

/// A request that hangs.
struct HungRequest: Sendable, Equatable {
    let request: OpenRequest
    let verdict: HangingRule.Verdict
    let isLate: Bool

    /// What is late comes first, then by the reason, then what has hung longest.
    static func isWorse(_ one: HungRequest, _ other: HungRequest) -> Bool { one.order < other.order }

    private var order: (Int, Int, Int64, String) {
        (
            isLate ? 0 : 1, HangingRule.Reason.allCases.firstIndex(of: verdict.reason) ?? 0,
            verdict.since.milliseconds, request.id.text
        )
    }
}
