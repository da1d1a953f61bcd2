import Duty
import Kernel
import Requests

/// Who may do what in a call, whom it rings for and how it ends: functions of values.
enum CallRule {
    static let mostMembers = 4
    /// Milliseconds.
    static let ringing: Int64 = 45_000, ticket: Int64 = 60_000, silence: Int64 = 20_000
    /// Within which a page that was closed comes back: it is read again, or another one is opened.
    static let turning: Int64 = 10_000
    /// Who has not answered a caller is not called again as «another one» for so long.
    static let refusal = Minutes(10)

    /// - Returns: what hinders; nil: nothing.
    static func hindersStart(
        _ viewer: Standing, isRequestOpen: Bool, isWayOpen: Bool, isElsewhere: Bool, isGoing: Bool
    ) -> CallError? {
        guard viewer.isClient || viewer.works || viewer.leads else { return .notAllowed }
        guard isRequestOpen else { return .requestEnded }
        guard isWayOpen else { return .closed }
        if isElsewhere { return .elsewhere }
        return isGoing ? .going : nil
    }

    enum Target: Equatable {
        case people([PersonID])
        case inVain(Call.End)
    }

    /// Where an assignee is to be found.
    enum Whereabouts: Equatable {
        case here
        /// On a break, with a page open.
        case resting
        /// On a break, and no page is open.
        case out
        case away

        /// Who stands on no line now is here while a page is open.
        init(_ state: DutyState?, hasPage: Bool) {
            self =
                switch state {
                case .on, .busy: .here
                case .rest: hasPage ? .resting : .out
                case .away, nil: hasPage ? .here : .away
                }
        }

        var hasEar: Bool { self == .here || self == .resting }
    }

    /// Whom a client's call rings for: the assignee who is here, otherwise everybody on the line who is in no call. A break is nobody's
    /// duty to answer, so beside an assignee who has one it rings for the others.
    static func target(
        assignee: (person: PersonID, whereabouts: Whereabouts)?, onLine: [PersonID], talking: Set<PersonID>
    ) -> Target {
        let own = assignee.flatMap { $0.whereabouts.hasEar && !talking.contains($0.person) ? $0.person : nil }
        if let own, assignee?.whereabouts == .here { return .people([own]) }
        let free = ([own].compactMap(\.self) + onLine).filter { !talking.contains($0) }
        if !free.isEmpty { return .people(free) }
        return .inVain(onLine.isEmpty && assignee?.whereabouts.hasEar != true ? .nobody : .busy)
    }

    static func hindersAnswer(
        _ member: CallMember.State, call: Call.State, inside: Int, isElsewhere: Bool
    ) -> CallError? {
        if call == .ended { return .ended }
        switch member {
        case .ringing: break
        case .stopped: return .answered
        default: return .ended
        }
        if inside >= mostMembers { return .full }
        return isElsewhere ? .elsewhere : nil
    }

    /// How a call is over; nil: it goes on.
    /// - Parameter last: why the last one left.
    static func end(_ members: [CallMember], isAnswered: Bool, last: Call.End?) -> Call.End? {
        let inside = members.count { $0.state == .inside }, rings = members.contains { $0.state == .ringing }
        if isAnswered { return inside == 0 || inside == 1 && !rings ? last ?? .hungUp : nil }
        if inside == 0 { return last == nil || last == .hungUp ? .cancelled : last }
        if rings { return nil }
        if members.contains(where: { $0.state == .declined }) { return .declined }
        return members.contains { $0.state == .busy } ? .busy : .missed
    }

    /// The way that a call is said to have gone: the worst that one of its members went.
    static func way(_ members: [CallMember]) -> Call.Way? {
        Call.Way.allCases.last { way in members.contains { $0.way == way } }
    }

    /// A minute that began counts.
    static func minutes(_ milliseconds: Int64) -> Int { Int((max(0, milliseconds) + 59_999) / 60_000) }
}
