import AgentProtocol
import Kernel
import Requests

/// Who may offer, ask and look, what an answer grants and when a session is over: functions of values.
enum ControlRule {
    /// Milliseconds.
    static let codeLife: Int64 = 600_000, tokenLife: Int64 = 60_000, silence: Int64 = 120_000
    /// Seconds that the person at the computer has to answer, and milliseconds after which nobody waits for the answer.
    static let answer: UInt16 = 60, patience: Int64 = 75_000

    /// - Returns: what hinders a code; nil: nothing.
    static func hindersOffer(_ viewer: Standing, isRequestOpen: Bool, isWayOpen: Bool) -> ControlError? {
        guard viewer.isClient else { return .notAllowed }
        guard isRequestOpen else { return .requestEnded }
        return isWayOpen ? nil : .closed
    }

    /// Those who may look at the same time.
    static let mostViewers = 4

    static func mayWork(_ viewer: Standing) -> Bool { viewer.works || viewer.leads }

    static func hindersQuestion(
        _ viewer: Standing, _ state: ControlSession.State, isAsking: Bool, asked: Rights, agreed: Rights
    ) -> ControlError? {
        guard mayWork(viewer) else { return .notAllowed }
        switch state {
        case .ended: return .ended
        case .offered: return .notReady
        case .waiting: return .asking
        case .ready, .agreed, .refused, .timedOut: break
        }
        if isAsking { return .asking }
        guard Rights.offered.isSuperset(of: asked) else { return .nothingAsked }
        return asked.subtracting(agreed).isEmpty ? .nothingAsked : nil
    }

    /// Nothing goes without seeing; what is asked for besides adds to what was agreed to.
    static func question(_ asked: Rights, agreed: Rights) -> Rights { asked.union(agreed).union(.view) }

    /// Never more than was asked for, and nothing without seeing.
    static func granted(_ answer: Rights, asked: Rights) -> Rights {
        let granted = answer.intersection(asked)
        return granted.contains(.view) ? granted : []
    }

    static func mayEnd(_ viewer: Standing, isViewer: Bool) -> Bool { viewer.isClient || viewer.leads || isViewer }

    /// Why a session must end whoever wishes it on; nil: it goes on.
    static func end(isRequestOpen: Bool, isWayOpen: Bool, silence: Int64) -> ControlSession.End? {
        guard isRequestOpen, isWayOpen else { return .closed }
        return silence > Self.silence ? .lost : nil
    }

    /// For an answer; a question that is put again after a break has what is left of its time.
    static func seconds(left session: ControlSession, at now: Instant) -> UInt16 {
        let gone = now.since(session.askedAt ?? now) / 1000
        return UInt16(max(1, Int64(answer) - max(0, gone)))
    }

    /// When a session is to be looked after next.
    static func due(_ session: ControlSession, at now: Instant) -> Instant {
        if session.state == .offered { return session.codeUntil }
        // However often the agent comes anew, a question is open so long and no longer.
        let from = session.asked == nil ? now : session.askedAt ?? now
        return Instant(milliseconds: from.milliseconds + patience)
    }

    /// A minute that began counts.
    static func minutes(_ milliseconds: Int64) -> Int { Int((max(0, milliseconds) + 59_999) / 60_000) }

    /// Without letters and digits that look alike.
    static let alphabet = Array("ABCDEFGHJKMNPQRSTUVWXYZ23456789")

    static func code(_ bytes: [UInt8]) -> String { String(bytes.map { alphabet[Int($0) % alphabet.count] }) }

    /// As a person types it: small letters, spaces, dashes.
    static func tidied(_ code: String) -> String { String(code.uppercased().filter(alphabet.contains)) }
}
