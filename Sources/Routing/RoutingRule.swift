package import Kernel

/// How requests of one line find their specialist, as an administrator said it.
package struct RoutingSettings: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        /// Whoever is free takes one from the queue.
        case hand
        /// Each in turn.
        case circle
        /// Whoever has least to do.
        case load
    }

    /// Who comes before all others.
    package enum First: String, Sendable, CaseIterable {
        case nobody
        /// Who helped the client the last time.
        case last
        /// Who is responsible for the client or the client's unit; otherwise who helped the last time.
        case responsible
    }

    package var mode = Mode.hand
    package var first = First.nobody
    /// Requests that one specialist works on at once, at most; 0 is no limit.
    package var most = 0
    /// Within how much time an offer is to be accepted; 0: requests are given without asking.
    package var accept = Minutes(3)
    /// After how much of the line's time the reserve is asked too; nil: never.
    package var reserve: Minutes? = Minutes(10)
    package var overflow: (line: LineID, after: Minutes)?
    /// After how much of the line's time the managers of the line are told; nil: never.
    package var escalate: Minutes?
    /// The client is told when nobody is on the line.
    package var tells = true

    package init() {}

    /// Whether nothing happens without a hand.
    package var isIdle: Bool { mode == .hand && overflow == nil && escalate == nil }

    package static func == (left: RoutingSettings, right: RoutingSettings) -> Bool {
        left.mode == right.mode && left.first == right.first && left.most == right.most && left.accept == right.accept
            && left.reserve == right.reserve && left.overflow?.line == right.overflow?.line
            && left.overflow?.after == right.overflow?.after && left.escalate == right.escalate
            && left.tells == right.tells
    }
}

/// Who gets a waiting request, and what else is due: a function of values.
package enum RoutingRule {
    /// So many offers lie before one person at once, at most.
    package static let offersAtOnce = 3
    /// Who has let an offer pass is asked again after this, when nobody else is there.
    package static let again = Minutes(10)

    package enum Why: String, Sendable { case turn, load, last, responsible }
    package enum Reason: String, Sendable { case waiting, nobody, declined }

    package struct Candidate: Sendable, Equatable {
        package let person: PersonID
        package let isMain: Bool
        /// On the line and not busy.
        package var isOn: Bool
        /// Requests to work on, and those that are offered just now.
        package var work: Int
        package var offers: Int
        /// When the person last got a request of this line; nil: never.
        package var last: Instant?

        package init(
            _ person: PersonID, isMain: Bool, isOn: Bool, work: Int = 0, offers: Int = 0, last: Instant? = nil
        ) {
            (self.person, self.isMain, self.isOn, self.work) = (person, isMain, isOn, work)
            (self.offers, self.last) = (offers, last)
        }
    }

    /// One request that waits.
    package struct Case: Sendable {
        /// Moments by the line's working time; nil: not at all, or done already.
        package var reserveAt: Instant?, overflowAt: Instant?, escalateAt: Instant?
        package var declined: Set<PersonID> = []
        /// Who let an offer of it pass, and when.
        package var expired: [PersonID: Instant] = [:]
        /// Who comes first for this client, the best first.
        package var first: [(person: PersonID, why: Why)] = []

        package init() {}
    }

    package enum Step: Sendable, Equatable {
        case wait
        case overflow
        case give(PersonID, Why)
    }

    package struct Decision: Sendable, Equatable {
        package var step = Step.wait
        package var escalate: Reason?
        package var isNobodyThere = false
        /// When time alone may change the answer; nil: only an event can.
        package var next: Instant?
    }

    package static func decide(
        _ waiting: Case, _ settings: RoutingSettings, _ candidates: [Candidate], now: Instant
    ) -> Decision {
        var decision = Decision()
        let on = candidates.filter(\.isOn)
        decision.isNobodyThere = on.isEmpty
        if let at = waiting.overflowAt, now >= at {
            decision.step = .overflow
            return decision
        }
        var later = [waiting.overflowAt, waiting.escalateAt].compactMap(\.self)
        if settings.mode != .hand {
            let (step, times, allDeclined) = choose(waiting, settings, on, now: now)
            decision.step = step
            later += times
            if allDeclined, waiting.escalateAt != nil { decision.escalate = .declined }
        }
        if decision.escalate == nil, let at = waiting.escalateAt, now >= at {
            decision.escalate = on.isEmpty ? .nobody : .waiting
        }
        decision.next = later.filter { $0 > now }.min()
        return decision
    }

    private static func choose(
        _ waiting: Case, _ settings: RoutingSettings, _ on: [Candidate], now: Instant
    ) -> (Step, [Instant], allDeclined: Bool) {
        var later: [Instant] = []
        // With nobody of the main at hand there is nothing to wait for.
        var asksReserve = settings.reserve != nil && !on.contains(where: \.isMain)
        if !asksReserve, let at = waiting.reserveAt {
            if now >= at { asksReserve = true } else { later.append(at) }
        }
        let asked = on.filter { $0.isMain || asksReserve }
        let able = asked.filter { candidate in
            (settings.most == 0 || candidate.work + candidate.offers < settings.most)
                && candidate.offers < offersAtOnce && !waiting.declined.contains(candidate.person)
        }
        var pool = able.filter { waiting.expired[$0.person] == nil }
        if pool.isEmpty {
            let ripe = able.map { ($0, (waiting.expired[$0.person] ?? now) + again) }
            pool = ripe.filter { $0.1 <= now }.map(\.0)
            later += ripe.map(\.1).filter { $0 > now }
        }
        let allDeclined = !asked.isEmpty && asked.allSatisfy { waiting.declined.contains($0.person) }
        if let first = waiting.first.first(where: { first in pool.contains { $0.person == first.person } }) {
            return (.give(first.person, first.why), later, false)
        }
        guard let best = pool.min(by: { comes($0, before: $1, settings.mode) }) else {
            return (.wait, later, allDeclined)
        }
        return (.give(best.person, settings.mode == .load ? .load : .turn), later, false)
    }

    /// The main before the reserve; then whose turn it is, or who has less to do and after that whose turn it is.
    private static func comes(_ left: Candidate, before right: Candidate, _ mode: RoutingSettings.Mode) -> Bool {
        if left.isMain != right.isMain { return left.isMain }
        let (leftWork, rightWork) = (left.work + left.offers, right.work + right.offers)
        if mode == .load, leftWork != rightWork { return leftWork < rightWork }
        let (leftLast, rightLast) = (left.last?.milliseconds ?? 0, right.last?.milliseconds ?? 0)
        return leftLast == rightLast ? left.person < right.person : leftLast < rightLast
    }
}
