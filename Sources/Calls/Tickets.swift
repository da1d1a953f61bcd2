import EventLog
package import Kernel
import Secrets
import Storage
package import Web

/// A ticket opens the wire of one call once, within a minute, for one person in one session. Only its fingerprint is kept.
extension Calls {
    static let purpose = "call-wire"

    func ticket(_ id: CallID, session: SessionID, by viewer: Viewer) async throws -> String {
        let token = Random.token(), now = site.now()
        let fingerprint = site.vault.fingerprint(token, purpose: Self.purpose)
        try await database.write(in: viewer.organisation) { tx in
            try tx.run("DELETE FROM call_ticket WHERE until_at <= \(now)")
            try tx.run(
                """
                INSERT INTO call_ticket (fingerprint, call_id, person_id, session_id, until_at)
                VALUES (\(fingerprint), \(id), \(viewer.person), \(session), \(now.milliseconds + CallRule.ticket))
                """)
        }
        return token
    }

    /// Takes a ticket.
    /// - Returns: the listener of the wire; nil: not admitted.
    package func admit(
        _ token: String, session: SessionID, from address: PageAddress, by viewer: Viewer
    ) async throws -> Seat? {
        let fingerprint = site.vault.fingerprint(token, purpose: Self.purpose), now = site.now()
        let seat = try await database.write(in: viewer.organisation) { [node] tx -> (CallID, CallMember)? in
            let id: CallID? = try tx.value(
                """
                SELECT call_id FROM call_ticket WHERE fingerprint = \(fingerprint) AND session_id = \(session)
                    AND person_id = \(viewer.person) AND until_at > \(now)
                """)
            guard let id, try tx.run("DELETE FROM call_ticket WHERE fingerprint = \(fingerprint)") == 1 else {
                return nil
            }
            guard let call = try Self.any(id, tx), call.organisation == viewer.organisation, call.state != .ended,
                let me = try Self.members(of: id, tx).first(where: { $0.person == viewer.person }),
                me.state == .inside
            else { return nil }
            // The call lives where its wires are, which need not be the node that it was started at.
            try tx.run("UPDATE call SET node_id = \(node), seen_at = \(now) WHERE id = \(id)")
            return (id, me)
        }
        guard let (call, me) = seat else { return nil }
        return Seat(
            call: call, person: me.person, place: UInt8(clamping: me.place), organisation: viewer.organisation,
            session: session, ice: relay.servers(me.person, call, address), calls: self)
    }

    /// A wire is open, so its member is waited for no more. Who has left the call since the ticket was taken, or has signed out, keeps
    /// no wire of it.
    func confirm(_ seat: Seat) async throws {
        let switchboard = switchboard
        try await recheck([seat])
        let isInside = try await database.write(in: seat.organisation) { tx in
            guard
                try tx.exists(
                    """
                    SELECT 1 FROM call_member WHERE call_id = \(seat.call) AND person_id = \(seat.person) AND state = 'in'
                    """)
            else { return false }
            if switchboard.isSeated(seat.person, seat.call) {
                try Timers.cancel(Self.lostTimer, key: "\(seat.call)/\(seat.person)", in: tx)
                try tx.run(
                    """
                    UPDATE call_member SET away_at = NULL
                    WHERE call_id = \(seat.call) AND person_id = \(seat.person) AND away_at IS NOT NULL
                    """)
            }
            return true
        }
        if !isInside {
            switchboard.leave(seat.person, seat.call)
            relay.end(seat.call, seat.person)
        } else if !switchboard.isSeated(seat.person, seat.call) {
            // It was closed in the meantime, and its timer may have been taken away just now.
            try await watch(seat.person, in: seat.call, of: seat.organisation)
        }
    }
}
