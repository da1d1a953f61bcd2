import AgentProtocol
import EventLog
package import Kernel
import Secrets
import Storage
import Web

/// A computer whose agent has just said who it is.
struct KnownMachine: Sendable {
    let id: MachineID
    let organisation: OrganisationID
    let person: PersonID
    /// For the next time; empty: the one it has.
    let secret: String
    /// Names the wire it came by, so that an older one that closes later takes nothing away.
    let wire: String
}

extension RemoteControl {
    /// Good for a day: an administrator carries it to the computer.
    package static let tokenLife: Int64 = 86_400_000
    private static let codePurpose = "machine code", secretPurpose = "machine secret"

    /// A code for one use, by which the agent of the viewer's own computer is introduced.
    package func introduction(by viewer: Viewer) async throws -> (code: String, until: Instant) {
        try await invite(
            .own, of: viewer.person, by: viewer, code: ControlRule.code(Random.bytes(8)), ControlRule.codeLife)
    }

    /// An administrator's token for one use, by which a computer of somebody is enrolled that has the agent for all who use it.
    package func enrolment(of person: PersonID, by viewer: Viewer) async throws -> (token: String, until: Instant) {
        guard viewer.isAdministrator else { throw ControlError.notFound }
        let token = ControlRule.code(Random.bytes(24))
        let made = try await invite(.wide, of: person, by: viewer, code: token, Self.tokenLife)
        return (made.code, made.until)
    }

    private func invite(
        _ kind: Machine.Kind, of person: PersonID, by viewer: Viewer, code: String, _ life: Int64
    ) async throws -> (code: String, until: Instant) {
        let now = site.now(), until = Instant(milliseconds: now.milliseconds + life), id = MachineID.new(at: now)
        let print = vault.fingerprint(code, purpose: Self.codePurpose)
        try await database.write(in: viewer.organisation) { tx in
            guard let owner = try self.somebody(person, tx), owner.organisation == viewer.organisation else {
                throw ControlError.noSuchPerson
            }
            // A code that was not used is replaced, as on the page of a request.
            if kind == .own {
                try tx.run(
                    """
                    UPDATE machine SET code = NULL, removed_at = \(now), removed_by = \(viewer.person)
                    WHERE person_id = \(person) AND kind = \(kind) AND introduced_at IS NULL AND removed_at IS NULL
                    """)
            }
            try tx.run(
                """
                INSERT INTO machine (id, organisation_id, person_id, kind, by_id, code, code_until, computer, login,
                    name_search, system, abilities, made_at, seen_at, sessions)
                VALUES (\(id), \(viewer.organisation), \(person), \(kind), \(viewer.person), \(print), \(until), '', '', '', '',
                    0, \(now), \(now), 0)
                """)
            _ = try EventLog.append(
                .machineInvited, by: viewer.person, at: now, subject: id.text,
                data: ["person": person.text, "kind": kind.rawValue], in: tx)
        }
        return (code, until)
    }

    /// An agent that wants to be known again says who it is: by a code of its own, by that of a session, or by its secret.
    /// - Returns: nil: it is no computer that is known here.
    func recognise(_ hello: Hello) async throws -> KnownMachine? {
        guard hello.abilities.contains(.resident) else { return nil }
        switch hello.proof {
        case .secret(let secret):
            let print = vault.fingerprint(secret, purpose: Self.secretPurpose)
            return try await come("secret = \(print)", hello, secret: "", proof: "code = NULL")
        case .code(let typed):
            let code = ControlRule.tidied(typed), secret = Random.token(), now = site.now()
            let proof: SQL = "secret = \(vault.fingerprint(secret, purpose: Self.secretPurpose))"
            let condition: SQL = "code = \(vault.fingerprint(code, purpose: Self.codePurpose)) AND code_until > \(now)"
            if let known = try await come(condition, hello, secret: secret, proof: proof) { return known }
            guard let id = try await remember(code, hello) else { return nil }
            return try await come("id = \(id)", hello, secret: secret, proof: proof)
        }
    }

    private func come(_ condition: SQL, _ hello: Hello, secret: String, proof: SQL) async throws -> KnownMachine? {
        let now = site.now(), wire = Random.token()
        let known = try await database.read { tx in
            try tx.one(
                "SELECT \(Machine.columns) FROM machine WHERE removed_at IS NULL AND \(condition)", Machine.init)
        }
        // A token for the whole computer is not for the agent of somebody who uses it.
        guard let known, known.introduced != nil || known.kind == .own || hello.abilities.contains(.unattended) else {
            return nil
        }
        let computer = String(hello.computer.prefix(80)), login = String(hello.login.prefix(80))
        let isKnown = try await database.write(in: known.organisation) { tx in
            let isAlive = try tx.exists("SELECT 1 FROM machine WHERE id = \(known.id) AND \(Machine.isAlive)")
            guard isAlive, try self.somebody(known.person, tx) != nil else {
                try Self.remove(known, by: nil, at: now, tx)
                return false
            }
            // Looked for again inside the lane: of two agents with one code, one comes in.
            let taken = try tx.run(
                """
                UPDATE machine SET \(proof), computer = \(computer), login = \(login),
                    name_search = \(Text.folded("\(computer) \(login)")), system = \(String(hello.system.prefix(40))),
                    abilities = \(Int64(hello.abilities.rawValue)), seen_at = \(now), wire = \(wire),
                    introduced_at = COALESCE(introduced_at, \(now))
                WHERE id = \(known.id) AND removed_at IS NULL AND \(condition)
                """)
            guard taken == 1 else { return false }
            if known.introduced == nil {
                _ = try EventLog.append(
                    .machineIntroduced, by: known.kind == .own ? known.person : nil, at: now, subject: known.id.text,
                    data: ["person": known.person.text, "kind": known.kind.rawValue], in: tx)
            }
            return true
        }
        guard isKnown else { return nil }
        return KnownMachine(
            id: known.id, organisation: known.organisation, person: known.person, secret: secret, wire: wire)
    }

    /// A resident agent that came by the code of a session: the session goes on, and its computer is known from now on.
    private func remember(_ code: String, _ hello: Hello) async throws -> MachineID? {
        let now = site.now(), print = vault.fingerprint(code, purpose: "control code")
        let condition: SQL = "ended_at IS NULL AND code = \(print) AND code_until > \(now)"
        let known = try await database.read { tx in
            try tx.one("SELECT \(ControlSession.columns) FROM control_session WHERE \(condition)", ControlSession.init)
        }
        guard let known else { return nil }
        let made = try await database.write(in: known.organisation) { tx -> (MachineID, ControlChange.Told)? in
            guard let session = try Self.session(known.id, tx),
                try tx.exists("SELECT 1 FROM control_session WHERE id = \(known.id) AND \(condition)")
            else { return nil }
            // Its wire broke before it had its secret.
            if let machine = session.machine { return (machine, ControlChange(session, by: nil, at: now, tx).told) }
            let id = MachineID.new(at: now)
            try tx.run(
                """
                INSERT INTO machine (id, organisation_id, person_id, kind, by_id, code_until, computer, login, name_search,
                    system, abilities, made_at, seen_at, sessions)
                VALUES (\(id), \(session.organisation), \(session.client), \(Machine.Kind.own), \(session.client), \(now), '',
                    '', '', '', 0, \(now), \(now), 1)
                """)
            try tx.run(
                """
                UPDATE control_session SET machine_id = \(id), computer = \(String(hello.computer.prefix(80))),
                    login = \(String(hello.login.prefix(80))), system = \(String(hello.system.prefix(40))),
                    abilities = \(Int64(hello.abilities.rawValue)), seen_at = \(now)
                WHERE id = \(session.id)
                """)
            let change = ControlChange(session, by: session.client, at: now, tx)
            if session.state == .offered {
                change.session.state = .ready
                try change.store()
                try change.tell(.controlReady)
            }
            try change.setTimer()
            return (id, change.told)
        }
        guard let (id, told) = made else { return nil }
        if told.sequence > 0 { bell.ring(told.organisation, told.sequence, topics: told.topics.sorted()) }
        return id
    }

    /// It spoke again after its welcome, so that it has its secret: whatever it came by is over.
    func arrived(_ machine: MachineID, of organisation: OrganisationID) async throws {
        try await database.write(in: organisation) { tx in
            try tx.run("UPDATE machine SET code = NULL WHERE id = \(machine)")
            try tx.run("UPDATE control_session SET code = NULL WHERE machine_id = \(machine) AND code IS NOT NULL")
        }
    }

    /// The wire is open at this node, or has closed.
    func saw(_ machine: KnownMachine, isOpen: Bool) async throws {
        let now = site.now()
        try await database.write(in: machine.organisation) { tx in
            _ = try tx.run(
                """
                UPDATE machine SET seen_at = \(now), wire = \(isOpen ? machine.wire : nil)
                WHERE id = \(machine.id) AND wire = \(machine.wire)
                """)
        }
    }

    // MARK: - Removing

    /// «Отключить»: by the person whose it is, or by an administrator. The secret dies at once.
    package func remove(_ id: MachineID, by viewer: Viewer) async throws {
        let now = site.now()
        let sequence = try await database.write(in: viewer.organisation) { tx -> Int64 in
            let owner: SQL = viewer.isAdministrator ? "1 = 1" : "person_id = \(viewer.person)"
            let machine = try tx.one(
                """
                SELECT \(Machine.columns) FROM machine WHERE id = \(id) AND organisation_id = \(viewer.organisation)
                    AND removed_at IS NULL AND \(owner)
                """, Machine.init)
            guard let machine else { throw ControlError.notFound }
            return try Self.remove(machine, by: viewer.person, at: now, tx)
        }
        bell.ring(viewer.organisation, sequence, topics: ["machine/\(id)"])
    }

    @discardableResult
    static func remove(
        _ machine: Machine, by person: PersonID?, at now: Instant, _ tx: any WriteTransaction
    ) throws -> Int64 {
        try tx.run(
            """
            UPDATE machine SET removed_at = \(now), removed_by = \(person), secret = NULL, code = NULL, wire = NULL
            WHERE id = \(machine.id)
            """)
        return try EventLog.append(
            .machineRemoved, by: person, at: now, subject: machine.id.text,
            data: ["person": machine.person.text, "kind": machine.kind.rawValue], in: tx)
    }
}
