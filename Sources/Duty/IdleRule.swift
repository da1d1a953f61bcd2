package import Kernel

/// When somebody who says nothing is away: a function of values.
package enum IdleRule {
    /// Minutes without a sign of activity, unless the organisation or the line says otherwise; 0 is never.
    package static let usual = Minutes(15)
    /// So long after the last page was closed somebody has left; a page that is read anew does not count.
    package static let gone = Minutes(5)
    /// Nothing is due sooner: what one node has not told in time is noticed by looking again.
    package static let look = Minutes(15)

    package struct Standing: Sendable, Equatable {
        package let line: LineID
        package let state: DutyState
        package let limit: Minutes
        package init(_ line: LineID, _ state: DutyState, limit: Minutes) {
            (self.line, self.state, self.limit) = (line, state, limit)
        }
    }

    package struct Decision: Sendable, Equatable {
        package var away: [LineID: DutyReason] = [:]
        /// When to look again; nil when nobody is left who could be away.
        package var next: Instant?
    }

    /// - Parameters:
    ///   - last: the last sign of activity, or the beginning of the state when there was none since.
    ///   - isHere: a page is open somewhere.
    package static func decide(
        _ standings: [Standing], last: Instant, isHere: Bool, now: Instant
    ) -> Decision {
        var decision = Decision()
        for standing in standings where standing.state != .away {
            if !isHere, now >= last + gone {
                decision.away[standing.line] = .signOut
                continue
            }
            var due = now + look
            if !isHere { due = min(due, last + gone) }
            // Who takes a break is not at the desk, and has said so.
            if standing.state != .rest, standing.limit.count > 0 {
                guard now < last + standing.limit else {
                    decision.away[standing.line] = .idle
                    continue
                }
                due = min(due, last + standing.limit)
            }
            decision.next = min(decision.next ?? due, due)
        }
        return decision
    }
}
