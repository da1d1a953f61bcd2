import EventLog
import Kernel
package import Live
import Storage
import Web

/// What a node does for its calls while it lives, and for those of nodes that do not.
extension Calls {
    package static let beatPause = Duration.seconds(10)

    /// To be called after each pause.
    package func beat() async throws {
        try await sayAlive()
        try await endLost()
        try await watchForgotten()
        // What a node was not told of is noticed here.
        try await recheck(switchboard.seats())
    }

    /// A call is known to live as long as its node says so.
    private func sayAlive() async throws {
        let node = node, now = site.now()
        let organisations: [OrganisationID] = try await database.read { tx in
            try tx.all("SELECT DISTINCT organisation_id FROM call WHERE node_id = \(node) AND ended_at IS NULL") {
                row in
                try row[0]
            }
        }
        for organisation in organisations {
            try await database.write(in: organisation) { tx in
                try tx.run(
                    """
                    UPDATE call SET seen_at = \(now)
                    WHERE node_id = \(node) AND organisation_id = \(organisation) AND ended_at IS NULL
                    """)
            }
        }
    }

    /// Ends the calls of nodes that say no more that they live, as of when they last did: nobody talked while a node was down.
    /// A node that comes back sooner goes on with its calls: their pages come again, and who does not is out by a timer.
    package func endLost() async throws {
        let dead = Instant(milliseconds: site.now().milliseconds - Node.deadAfter)
        @Sendable func lost(_ tx: any ReadTransaction, _ which: SQL = "") throws -> [(Call, seen: Instant)] {
            try tx.all(
                """
                SELECT \(Call.columns), COALESCE(call.seen_at, call.answered_at, call.started_at) FROM call
                WHERE ended_at IS NULL AND seen_at <= \(dead) \(which)
                """
            ) { row in try (Call(row), row[10]) }
        }
        for found in try await database.read({ tx in try lost(tx).map(\.0) }) {
            try await write(in: found.organisation) { tx, now in
                // It may have come to another node, or its node to itself.
                guard let (call, seen) = try lost(tx, "AND id = \(found.id)").first else { return ((), nil) }
                let members = try Self.members(of: call.id, tx)
                let until = ([seen, call.started] + [call.answered].compactMap(\.self) + members.compactMap(\.joined))
                    .max()
                let change = try CallChange(call, members, by: nil, at: now, until: until, tx)
                try change.end(.lost)
                return ((), change)
            }
        }
    }

    /// Who is in a call here without a wire and without a timer: it could not be set when the wire was closed.
    private func watchForgotten() async throws {
        let node = node, kind = Self.lostTimer
        let forgotten: [(PersonID, CallID, OrganisationID)] = try await database.read { tx in
            try tx.all(
                """
                SELECT call_member.person_id, call.id, call.organisation_id
                FROM call JOIN call_member ON call_member.call_id = call.id AND call_member.state = 'in'
                WHERE call.node_id = \(node) AND call.ended_at IS NULL AND NOT EXISTS (SELECT 1 FROM timer
                    WHERE timer.kind = \(kind) AND timer.key = call.id || '/' || call_member.person_id)
                """
            ) { row in try (row[0], row[1], row[2]) }
        }
        for (person, call, organisation) in forgotten where !switchboard.isSeated(person, call) {
            try await watch(person, in: call, of: organisation)
        }
    }

    // MARK: who may still hear

    /// Sessions have ended, rights have changed, an act at another node has changed a call.
    package func take(_ signal: LiveSignal) {
        let seats =
            switch signal {
            case .ended(let sessions): switchboard.seats { sessions.contains($0.session) }
            case .reconnect(let people): switchboard.seats { people.contains($0.person) }
            case .hint(let hint): switchboard.seats { hint.topics.contains("person/\($0.person)") }
            default: [Seat]()
            }
        guard !seats.isEmpty else { return }
        Task {
            do { try await recheck(seats) } catch {
                // Nobody knows: the pages come again, and are asked.
                for seat in seats { switchboard.expel(seat, 1013) }
            }
        }
    }

    /// Closes the wires of those who are signed in no more in the session that a wire was opened in, and of those who are not in the call
    /// any more.
    func recheck(_ seats: [Seat]) async throws {
        guard !seats.isEmpty else { return }
        let calls = Array(Set(seats.map(\.call)))
        let (gone, inside, over) = try await database.read { [signedIn] tx in
            let inside: [(CallID, PersonID)] = try tx.all(
                "SELECT call_id, person_id FROM call_member WHERE state = 'in' AND call_id IN (\(calls))"
            ) { row in try (row[0], row[1]) }
            let over = try tx.all(
                "SELECT \(Call.columns) FROM call WHERE state = 'ended' AND id IN (\(calls))", Call.init)
            let viewers = try signedIn(Array(Set(seats.map(\.session))), tx)
            return (
                seats.filter { viewers[$0.session]?.person != $0.person },
                Dictionary(grouping: inside, by: \.0).mapValues { Set($0.map(\.1)) }, over
            )
        }
        for call in over {
            switchboard.end(call.id, call.why ?? .lost)
            relay.end(call.id, nil)
        }
        let ended = Set(over.map(\.id))
        for seat in seats where !ended.contains(seat.call) && inside[seat.call]?.contains(seat.person) != true {
            switchboard.leave(seat.person, seat.call)
            relay.end(seat.call, seat.person)
        }
        for seat in gone {
            switchboard.expel(seat, 1008)
            relay.end(seat.call, seat.person)
        }
    }
}
