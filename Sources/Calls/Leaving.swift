package import EventLog
package import Kernel
import Storage
import Web

extension Calls {
    package static let lostTimer = "call-lost"
    /// What a person says when leaving.
    package static let reasons: Set<Call.End> = [.hungUp, .noDevices, .noConnection]

    package func leave(_ id: CallID, _ why: Call.End, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard let me = change.member(viewer.person), me.state == .inside else { return }
            try change.leave(me, why)
            try change.settle(why)
        }
    }

    /// How the media of a member went.
    package func note(_ way: Call.Way, of id: CallID, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard let me = change.member(viewer.person), me.state == .inside else { throw CallError.ended }
            try change.went(me, way)
        }
    }

    /// The wire of a member has been closed for long.
    package func lose(_ timer: DueTimer) async throws {
        let switchboard = switchboard
        try await onTime(timer) { change, member in
            guard member.state == .inside, !switchboard.isSeated(member.person, change.call.id) else { return }
            try change.leave(member, .lost)
            try change.settle(.lost)
        }
    }

    /// A wire was closed: its page has a while to open another one.
    /// - Parameter isAway: the page itself was closed, or goes to another one, which comes back soon.
    func watch(
        _ person: PersonID, in call: CallID, of organisation: OrganisationID, isAway: Bool = false
    ) async throws {
        let now = site.now(), switchboard = switchboard
        try await database.write(in: organisation) { tx in
            guard !switchboard.isSeated(person, call),
                try tx.exists(
                    "SELECT 1 FROM call_member WHERE call_id = \(call) AND person_id = \(person) AND state = 'in'")
            else { return }
            if isAway {
                try tx.run("UPDATE call_member SET away_at = \(now) WHERE call_id = \(call) AND person_id = \(person)")
            }
            let patience = isAway ? CallRule.turning : CallRule.silence
            try Timers.set(
                Self.lostTimer, key: "\(call)/\(person)", due: Instant(milliseconds: now.milliseconds + patience),
                in: tx)
        }
    }

    /// Whoever has closed the page of a call and begins another one has hung up.
    /// - Returns: what has changed in the call before; nil: there is none, or its page is open.
    static func departed(
        _ person: PersonID, at now: Instant, _ tx: any WriteTransaction
    ) throws -> CallChange? {
        let before = try tx.one(
            """
            SELECT \(Call.columns) FROM call JOIN call_member ON call_member.call_id = call.id
            WHERE call_member.person_id = \(person) AND call_member.state = 'in' AND call_member.away_at IS NOT NULL
                AND call.ended_at IS NULL
            """, Call.init)
        guard let before else { return nil }
        let change = try CallChange(before, members(of: before.id, tx), by: person, at: now, tx)
        guard let me = change.member(person) else { return nil }
        try change.leave(me, .hungUp)
        try change.settle(.hungUp)
        return change
    }
}
