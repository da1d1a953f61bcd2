import AgentProtocol
import EventLog
import Kernel
import Requests
import Secrets
import Storage
import Web

extension RemoteControl {
    /// An agent says who it is: by a code, or by the secret of an earlier welcome. A code is good until the agent is known to have its
    /// secret: a wire may break between the two.
    /// - Returns: its session and a secret for the next time, empty: the one it has; nil: it is unknown.
    func greet(_ hello: Hello) async throws -> (session: ControlID, organisation: OrganisationID, secret: String)? {
        let now = site.now(), condition: SQL, proof: SQL
        var secret = ""
        switch hello.proof {
        case .code(let code):
            secret = Random.token()
            let print = vault.fingerprint(ControlRule.tidied(code), purpose: "control code")
            condition = "code = \(print) AND code_until > \(now)"
            proof = "secret = \(vault.fingerprint(secret, purpose: "control secret"))"
        case .secret(let secret):
            condition = "secret = \(vault.fingerprint(secret, purpose: "control secret"))"
            proof = "code = NULL"
        }
        let known = try await database.read { tx in
            try tx.one(
                "SELECT \(ControlSession.columns) FROM control_session WHERE ended_at IS NULL AND \(condition)",
                ControlSession.init)
        }
        guard let known else { return nil }
        let told = try await database.write(in: known.organisation) { tx -> ControlChange.Told? in
            // Looked for again inside the lane: of two agents with one code, one comes in.
            let taken = try tx.run(
                """
                UPDATE control_session SET \(proof), computer = \(String(hello.computer.prefix(80))), login = \(String(hello.login.prefix(80))),
                    system = \(String(hello.system.prefix(40))), abilities = \(Int64(hello.abilities.rawValue)), seen_at = \(now)
                WHERE id = \(known.id) AND ended_at IS NULL AND \(condition)
                """)
            guard taken == 1, let session = try Self.session(known.id, tx) else { return nil }
            let change = ControlChange(session, by: session.client, at: now, tx)
            if session.state == .offered {
                change.session.state = .ready
                try change.store()
                try change.tell(.controlReady)
            }
            // Nobody looks through the wire that was before; if its node did not say so, it knew of it this long.
            for person in try Self.viewers(of: known.id, tx) { try change.pause(person, at: known.seen) }
            try change.setTimer()
            return change.told
        }
        guard let told else { return nil }
        if told.sequence > 0 { bell.ring(told.organisation, told.sequence, topics: told.topics.sorted()) }
        return (known.id, known.organisation, secret)
    }

    /// An agent that came by its code spoke again, so that it has its secret: the code is over.
    func arrived(_ id: ControlID, of organisation: OrganisationID) async throws {
        try await database.write(in: organisation) { tx in
            _ = try tx.run("UPDATE control_session SET code = NULL WHERE id = \(id)")
        }
    }
}
