import Duty
import EventLog
import Kernel
import Lines
import Requests
import Storage

/// One look at waiting requests inside a transaction of the organisation's lane: what the rule says is done at once.
final class Steering {
    static let timer = "routing.look"
    /// Of one line, at one look; what is further behind is looked at when something changes.
    static let most = 200

    let organisation: OrganisationID, now: Instant, tx: any WriteTransaction
    private let settings: [LineID: RoutingSettings]
    private var desks: [LineID: Desk] = [:]
    private(set) var lastNumber: Int64 = 0
    private(set) var topics: Set<String> = []

    /// A line with those who work on it, as they are in this transaction.
    private struct Desk {
        let line: Line
        var candidates: [RoutingRule.Candidate]
        let keepsDuty: Bool
    }

    init(in organisation: OrganisationID, at now: Instant, _ tx: any WriteTransaction) throws {
        (self.organisation, self.now, self.tx) = (organisation, now, tx)
        settings = try Routing.settings(in: organisation, tx)
    }

    func note(_ told: Requests.Told) {
        lastNumber = max(lastNumber, told.number)
        topics.formUnion(told.topics)
    }

    func ring(_ person: PersonID) { topics.insert("person/\(person)") }

    /// Lines where something is done without a hand.
    var steered: [LineID] { settings.filter { $0.value.mode != .hand }.keys.sorted() }

    // MARK: looking

    func look(atLine line: LineID) throws {
        let waiting = try Requests.free(on: line, in: organisation, atMost: Self.most, tx)
        guard !waiting.isEmpty else { return }
        let offered = Set(
            try tx.all(
                "SELECT request_id FROM offer WHERE request_id IN (\(waiting.map(\.id))) AND ended_at IS NULL"
            ) { row in try row[0] as RequestID })
        for request in waiting where !offered.contains(request.id) {
            // Nobody is left who could take more: the others are looked at when somebody can.
            guard try isAnybodyAble(on: line) else { return }
            try look(at: request)
        }
    }

    func look(atRequest id: RequestID) throws {
        guard let request = try Requests.free(id, tx) else { return try forget(id) }
        if let offer = try Routing.offers(where: "offer.request_id = \(id)", tx).first {
            guard offer.line != request.line || now >= offer.until else { return try lookAfter(offer, request) }
            try end(offer, offer.line == request.line ? .expired : .withdrawn)
        }
        try look(at: request)
    }

    private func isAnybodyAble(on line: LineID) throws -> Bool {
        let settings = settings[line] ?? RoutingSettings()
        guard settings.mode != .hand, let desk = try desk(line) else { return false }
        return desk.candidates.contains {
            $0.isOn && (settings.most == 0 || $0.work + $0.offers < settings.most)
                && $0.offers < RoutingRule.offersAtOnce
        }
    }

    private func look(at request: Requests.Free) throws {
        let settings = settings[request.line] ?? RoutingSettings()
        guard let desk = try desk(request.line), !desk.line.isArchived else { return }
        guard !settings.isIdle || mayTellNobody(request, settings, desk) else { return }
        let known = try known(request)
        let waiting = try self.waiting(request, known, settings, desk)
        let decision = RoutingRule.decide(waiting, settings, desk.candidates, now: now)
        if known.told == nil, mayTellNobody(request, settings, desk) { try tellNobody(request, desk) }
        if let why = decision.escalate { try escalate(request, why, since: known.since) }
        switch decision.step {
        case .wait: try wake(request.id, at: decision.next)
        case .overflow:
            guard let target = settings.overflow?.line else { return }
            note(try Requests.moveOn(request.id, to: target, why: "overflow", at: now, in: tx))
            // Its clock begins anew there.
            try look(atRequest: request.id)
        case .give(let person, let why): try give(request, to: person, why, settings, next: waiting.escalateAt)
        }
    }

    /// While an offer lies before somebody, only its end and the managers' patience are waited for.
    private func lookAfter(_ offer: Offer, _ request: Requests.Free) throws {
        guard let desk = try desk(request.line) else { return }
        let known = try known(request)
        let waiting = try self.waiting(request, known, settings[request.line] ?? RoutingSettings(), desk)
        if let at = waiting.escalateAt, now >= at { try escalate(request, .waiting, since: known.since) }
        try wake(request.id, at: [offer.until, waiting.escalateAt].compactMap(\.self).filter { $0 > now }.min())
    }

    // MARK: what is known

    private struct Known { let since: Instant, escalated: Instant?, told: Instant? }

    /// What was done about this request since it came to lie on this line.
    private func known(_ request: Requests.Free) throws -> Known {
        let found = try tx.one(
            "SELECT line_id, since_at, escalated_at, told_at FROM routing_case WHERE request_id = \(request.id)"
        ) { row in try (row[0] as LineID, Known(since: row[1], escalated: row[2], told: row[3])) }
        if let (line, known) = found, line == request.line, known.since == request.since { return known }
        try tx.run(
            """
            INSERT INTO routing_case (request_id, line_id, since_at) VALUES (\(request.id), \(request.line), \(request.since))
            ON CONFLICT (request_id) DO UPDATE SET line_id = excluded.line_id, since_at = excluded.since_at,
                escalated_at = NULL, told_at = NULL
            """)
        return Known(since: request.since, escalated: nil, told: nil)
    }

    private func waiting(
        _ request: Requests.Free, _ known: Known, _ settings: RoutingSettings, _ desk: Desk
    ) throws -> RoutingRule.Case {
        var waiting = RoutingRule.Case()
        func due(_ minutes: Minutes?) -> Instant? {
            minutes.map { desk.line.calendar.deadline(from: request.since, after: $0) }
        }
        waiting.reserveAt = due(settings.reserve)
        waiting.escalateAt = known.escalated == nil ? due(settings.escalate) : nil
        if let overflow = settings.overflow, try !Requests.linesVisited(by: request.id, tx).contains(overflow.line),
            try Lines.find(overflow.line, in: organisation, tx)?.isArchived == false
        {
            waiting.overflowAt = due(overflow.after)
        }
        guard settings.mode != .hand else { return waiting }
        try tx.query(
            """
            SELECT person_id, outcome, ended_at FROM offer WHERE request_id = \(request.id) AND line_id = \(request.line)
                AND at >= \(request.since) AND outcome IN ('declined', 'expired') ORDER BY at
            """
        ) { row in
            let person: PersonID = try row[0]
            if try row[1] == "declined" {
                waiting.declined.insert(person)
            } else {
                waiting.expired[person] = try row[2]
            }
        }
        waiting.first = try first(request, settings.first)
        return waiting
    }

    private func first(
        _ request: Requests.Free, _ first: RoutingSettings.First
    ) throws -> [(person: PersonID, why: RoutingRule.Why)] {
        var people: [(person: PersonID, why: RoutingRule.Why)] = []
        if first == .responsible {
            people += try Routing.responsible(
                for: request.client, of: request.clientUnit, on: request.line, tx
            ).map { ($0, .responsible) }
        }
        if first != .nobody,
            let last = try Requests.lastHelper(of: request.client, on: request.line, besides: request.id, tx)
        {
            people.append((last, .last))
        }
        return people
    }

    private func desk(_ id: LineID) throws -> Desk? {
        if let known = desks[id] { return known }
        guard let line = try Lines.find(id, in: organisation, tx) else { return nil }
        let staff = try Lines.staff(of: id, tx), people = staff.map(\.0)
        let duty = try Duty.now(of: [id], tx)[id] ?? []
        let on = Set(duty.filter { $0.state == .on }.map(\.person))
        let work = try Requests.load(of: people, tx)
        let offers = Dictionary(
            grouping: people.isEmpty ? [] : try Routing.offers(where: "offer.person_id IN (\(people))", tx),
            by: \.person)
        let turns = Dictionary(
            try tx.all("SELECT person_id, at FROM routing_turn WHERE line_id = \(id)") { row in
                try (row[0] as PersonID, row[1] as Instant)
            }, uniquingKeysWith: { $1 })
        let desk = Desk(
            line: line,
            candidates: staff.map { person, level in
                RoutingRule.Candidate(
                    person, isMain: level == .main, isOn: on.contains(person), work: work[person] ?? 0,
                    offers: offers[person]?.count ?? 0, last: turns[person])
            }, keepsDuty: !duty.isEmpty)
        desks[id] = desk
        return desk
    }

    // MARK: doing

    private func give(
        _ request: Requests.Free, to person: PersonID, _ why: RoutingRule.Why, _ settings: RoutingSettings,
        next: Instant?
    ) throws {
        let asks = settings.accept.count > 0, until = now + settings.accept
        let outcome: Offer.Outcome? = asks ? nil : .given, turn = turn(on: request.line)
        try tx.run(
            """
            INSERT INTO offer (id, organisation_id, request_id, line_id, person_id, why, at, until_at, ended_at, outcome)
            VALUES (\(OfferID.new(at: now)), \(organisation), \(request.id), \(request.line), \(person), \(why.rawValue),
                \(now), \(until), \(asks ? nil : now), \(outcome))
            """)
        try tx.run(
            """
            INSERT INTO routing_turn (line_id, person_id, at, count) VALUES (\(request.line), \(person), \(turn), 1)
            ON CONFLICT (line_id, person_id) DO UPDATE SET at = excluded.at, count = routing_turn.count + 1
            """)
        for id in desks.keys {
            guard let index = desks[id]?.candidates.firstIndex(where: { $0.person == person }) else { continue }
            if asks { desks[id]?.candidates[index].offers += 1 } else { desks[id]?.candidates[index].work += 1 }
            if id == request.line { desks[id]?.candidates[index].last = turn }
        }
        if asks {
            note(
                try Requests.tell(
                    .offered, of: request.id, ["to": person.text, "why": why.rawValue], at: now, in: tx))
            ring(person)
            try wake(request.id, at: min(until, next.map { max($0, now + Minutes(1)) } ?? until))
        } else {
            note(try Requests.give(request.id, to: person, why: why.rawValue, at: now, in: tx))
            try forget(request.id)
        }
    }

    /// Several may be given at one moment: a turn is later than any before it on the line, so that their order is kept.
    private func turn(on line: LineID) -> Instant {
        let last = desks[line]?.candidates.compactMap(\.last).max()
        return max(now, last.map { Instant(milliseconds: $0.milliseconds + 1) } ?? now)
    }

    private func escalate(_ request: Requests.Free, _ why: RoutingRule.Reason, since: Instant) throws {
        let minutes = max(0, Int(now.since(since) / 60_000))
        note(
            try Requests.tell(
                .escalated, of: request.id,
                ["line": request.line.text, "minutes": String(minutes), "why": why.rawValue], at: now, in: tx))
        try tx.run("UPDATE routing_case SET escalated_at = \(now) WHERE request_id = \(request.id)")
    }

    /// Where nobody keeps duty, a closed line is all that is known. Who has called has heard it already.
    private func mayTellNobody(_ request: Requests.Free, _ settings: RoutingSettings, _ desk: Desk) -> Bool {
        settings.tells && request.author == request.client && !desk.candidates.contains(where: \.isOn)
            && (desk.keepsDuty || !desk.line.isOpen(at: now))
    }

    private func tellNobody(_ request: Requests.Free, _ desk: Desk) throws {
        let line = desk.line, isOpen = line.isOpen(at: now)
        note(
            try Requests.tellUnattended(
                request.id, opens: isOpen ? nil : line.calendar.nextOpening(after: now),
                until: line.calendar.closing(after: now),
                deadline: line.calendar.deadline(from: now, after: .hours(8)), at: now, in: tx))
        try tx.run("UPDATE routing_case SET told_at = \(now) WHERE request_id = \(request.id)")
    }

    // MARK: offers

    /// Ends an offer; what follows is another look.
    func end(_ offer: Offer, _ outcome: Offer.Outcome) throws {
        try tx.run("UPDATE offer SET ended_at = \(now), outcome = \(outcome) WHERE id = \(offer.id)")
        for id in desks.keys {
            if let index = desks[id]?.candidates.firstIndex(where: { $0.person == offer.person }) {
                desks[id]?.candidates[index].offers -= 1
            }
        }
        ring(offer.person)
        guard outcome == .declined || outcome == .expired else { return }
        note(
            try Requests.tell(
                .offerDeclined, of: offer.request, ["from": offer.person.text, "why": outcome.rawValue], at: now, in: tx
            ))
    }

    /// Offers to somebody who has gone from a line pass on to others.
    func withdraw(from person: PersonID, on line: LineID) throws {
        for offer in try Routing.offers(where: "offer.person_id = \(person) AND offer.line_id = \(line)", tx) {
            try end(offer, .withdrawn)
            try look(atRequest: offer.request)
        }
    }

    /// Somebody has it, or it has ended: nothing waits any more.
    func forget(_ request: RequestID) throws {
        guard try tx.exists("SELECT 1 FROM routing_case WHERE request_id = \(request)") else { return }
        for offer in try Routing.offers(where: "offer.request_id = \(request)", tx) { try end(offer, .withdrawn) }
        try tx.run("DELETE FROM routing_case WHERE request_id = \(request)")
        try Timers.cancel(Self.timer, key: request.text, in: tx)
    }

    private func wake(_ request: RequestID, at moment: Instant?) throws {
        if let moment {
            try Timers.set(Self.timer, key: request.text, due: moment, in: tx)
        } else {
            try Timers.cancel(Self.timer, key: request.text, in: tx)
        }
    }
}
