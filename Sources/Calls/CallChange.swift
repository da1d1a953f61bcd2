import EventLog
import Kernel
import Requests
import Storage

/// One act on one call inside its transaction: rows, events, and what is told after the commit.
final class CallChange {
    /// What open pages and wires are told after the commit.
    struct Told: Sendable {
        let call: CallID
        var sequence: Int64 = 0
        var topics: Set<String> = []
        var left: [PersonID] = []
        var end: Call.End?
    }

    let tx: any WriteTransaction
    /// Whom the history names; nil: Okno itself.
    let actor: PersonID?
    let now: Instant
    /// What ends with this act ended then: before now when nobody was there to notice it.
    let until: Instant
    private(set) var call: Call
    private(set) var members: [CallMember]
    private(set) var told: Told
    /// Of other calls that this act has ended.
    private(set) var earlier: [Told] = []

    init(
        _ call: Call, _ members: [CallMember], by actor: PersonID?, at now: Instant, until: Instant? = nil,
        _ tx: any WriteTransaction
    ) throws {
        self.until = until ?? now
        (self.call, self.members, self.actor, self.now, self.tx) = (call, members, actor, now, tx)
        told = Told(call: call.id)
    }

    func member(_ person: PersonID) -> CallMember? { members.first { $0.person == person } }

    var inside: Int { members.count { $0.state == .inside } }

    func tell(_ kind: EventKind, subject: String? = nil, _ data: EventData = [:]) throws {
        told.sequence = try EventLog.append(
            kind, by: actor, at: now, request: call.request, subject: subject ?? call.id.text,
            data: call.isInternal ? data.with("side", "staff") : data, in: tx)
        told.topics.formUnion(["request/\(call.request)"] + members.map { "person/\($0.person)" })
    }

    // MARK: steps

    func ring(_ person: PersonID, isClient: Bool, ring: String, by: PersonID, insteadOf: PersonID? = nil) throws {
        try put(CallMember(person, .ringing, isClient: isClient, ring: ring, by: by, insteadOf: insteadOf))
        try Timers.set(Calls.ringingTimer, key: key(person), due: later(CallRule.ringing), in: tx)
        try tell(.callRang, ["to": person.text])
    }

    func enter(_ person: PersonID, isClient: Bool, ring: String, by: PersonID) throws {
        // Whoever comes has agreed to nothing yet; a question that is still open is put to them too.
        if try recording()?.state == .going { try stopRecording(.joined) }
        var member = CallMember(person, .inside, isClient: isClient, ring: ring, by: by)
        member.place = (members.map(\.place).max() ?? -1) + 1
        member.joined = now
        try put(member)
        // Somebody whose page never opens the wire is not in a call for ever.
        try Timers.set(Calls.lostTimer, key: key(person), due: later(CallRule.ticket + CallRule.silence), in: tx)
    }

    /// Nobody has answered for somebody.
    func miss(_ member: CallMember) throws {
        try still(member, .missed)
        try tell(.callMissed, ["to": member.person.text, "from": member.by.text])
    }

    /// Ends the ringing for somebody.
    func still(_ member: CallMember, _ state: CallMember.State) throws {
        var member = member
        member.state = state
        try put(member)
        try Timers.cancel(Calls.ringingTimer, key: key(member.person), in: tx)
    }

    func open() throws {
        call.state = .open
        call.answered = now
        try tx.run("UPDATE call SET state = 'open', answered_at = \(now) WHERE id = \(call.id)")
    }

    func leave(_ member: CallMember, _ why: Call.End) throws {
        try part(member)
        try tell(.callLeft, ["why": why.rawValue, "to": why == .lost ? member.person.text : nil])
        try leaveRecording(member.person)
    }

    func went(_ member: CallMember, _ way: Call.Way) throws {
        var member = member
        member.way = way
        try put(member)
    }

    /// The talk of a specialist becomes labour when it ends.
    private func part(_ member: CallMember) throws {
        var member = member
        member.state = .left
        try put(member)
        try tx.run(
            "UPDATE call_member SET left_at = \(until) WHERE call_id = \(call.id) AND person_id = \(member.person)")
        try Timers.cancel(Calls.lostTimer, key: key(member.person), in: tx)
        told.left.append(member.person)
        guard !member.isClient, let answered = call.answered, let joined = member.joined else { return }
        told.topics.formUnion(
            try Requests.addPresence(
                .call, of: member.person, from: max(answered, joined), until: until, to: call.request, in: tx))
    }

    /// To be called at the end of every act: whether the call is over.
    func settle(_ last: Call.End? = nil) throws {
        guard call.state != .ended, let why = CallRule.end(members, isAnswered: call.answered != nil, last: last) else {
            return
        }
        try end(why)
    }

    func end(_ why: Call.End) throws {
        try stopRecording(.callEnded)
        // Whom a call rang for that was given up before an answer has missed it.
        for member in members where member.state == .ringing {
            if call.answered == nil { try miss(member) } else { try still(member, .stopped) }
        }
        for member in members where member.state == .inside { try part(member) }
        call.state = .ended
        call.why = why
        try tx.run(
            "UPDATE call SET state = 'ended', ended_at = \(until), why = \(why) WHERE id = \(call.id)")
        let minutes = call.answered.map { CallRule.minutes(until.since($0)) }
        try tell(
            .callEnded,
            [
                "why": why.rawValue, "from": call.startedBy.text, "minutes": minutes.map { String($0) },
                "way": CallRule.way(members)?.rawValue,
            ])
        told.end = why
    }

    /// The actor goes out of a call whose page was closed and who begins another one now.
    func follow(_ other: CallChange) { earlier += other.earlier + [other.told] }

    private func put(_ member: CallMember) throws {
        members.removeAll { $0.person == member.person }
        members.append(member)
        try tx.run(
            """
            INSERT INTO call_member (call_id, person_id, state, is_client, ring_id, by_id, instead_of, place, joined_at, way)
            VALUES (\(call.id), \(member.person), \(member.state), \(member.isClient), \(member.ring), \(member.by),
                \(member.insteadOf), \(member.place), \(member.joined), \(member.way))
            ON CONFLICT (call_id, person_id) DO UPDATE SET state = excluded.state, ring_id = excluded.ring_id,
                by_id = excluded.by_id, instead_of = excluded.instead_of, place = excluded.place,
                joined_at = excluded.joined_at, way = excluded.way, away_at = NULL
            """)
    }

    func key(_ person: PersonID) -> String { "\(call.id)/\(person)" }

    private func later(_ milliseconds: Int64) -> Instant { Instant(milliseconds: now.milliseconds + milliseconds) }
}
