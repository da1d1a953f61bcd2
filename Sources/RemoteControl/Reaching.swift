package import AgentProtocol
import EventLog
package import Kernel
import Lines
import Requests
import Storage
import Web

extension ControlRule {
    /// Whether a session that is there leaves room for one at a computer that is known.
    static func givesWay(_ state: ControlSession.State, isOfMachine: Bool) -> Bool {
        state == .offered || (isOfMachine && [.ready, .refused, .timedOut].contains(state))
    }
}

extension RemoteControl {
    /// «Подключиться» to a computer of the client that is known: no code, and the question on its screen as always; or, where the rule of
    /// the organisation and that of the computer say so, no question.
    package func reach(
        _ machine: MachineID, for what: Rights, unattended: Bool, on number: Int64, by viewer: Viewer
    ) async throws {
        let now = site.now()
        let all = try await database.write(in: viewer.organisation) { tx -> [ControlChange.Told] in
            let request = try Requests.called(number, for: viewer, tx)
            guard ControlRule.mayWork(request.standing) else { throw ControlError.notAllowed }
            guard request.isOpen else { throw ControlError.requestEnded }
            guard try Lines.isOpen(.control, on: request.line, to: request.client, tx) else {
                throw ControlError.closed
            }
            guard let machine = try Self.machine(machine, in: viewer.organisation, tx),
                machine.person == request.client
            else { throw ControlError.notFound }
            guard machine.isOnLine(at: now) else { throw ControlError.notReady }
            let asked = ControlRule.question(what, agreed: [])
            guard !what.isEmpty, Rights.offered.isSuperset(of: what) else { throw ControlError.nothingAsked }
            if unattended {
                guard machine.mayAdmit, try UnattendedPolicy.admits(viewer, on: request.line, tx) else {
                    throw ControlError.notUnattended
                }
            }
            let before = try tx.all(
                """
                SELECT \(ControlSession.columns) FROM control_session
                WHERE ended_at IS NULL AND (request_id = \(request.id) OR machine_id = \(machine.id))
                """, ControlSession.init)
            let told = try before.map { session in
                guard ControlRule.givesWay(session.state, isOfMachine: session.machine != nil) else {
                    throw session.request == request.id ? ControlError.asking : ControlError.busy
                }
                let change = ControlChange(session, by: viewer.person, at: now, tx)
                try change.end(.replaced)
                return change.told
            }
            return told + [try Self.begin(at: machine, on: request, asked, unattended, by: viewer, at: now, tx)]
        }
        all.forEach(tell)
    }

    private static func begin(
        at machine: Machine, on request: CalledRequest, _ asked: Rights, _ unattended: Bool, by viewer: Viewer,
        at now: Instant, _ tx: any WriteTransaction
    ) throws -> ControlChange.Told {
        let id = ControlID.new(at: now)
        // A number of its own on the wire: a late word about the session before says nothing of this one.
        try tx.run("UPDATE machine SET sessions = sessions + 1 WHERE id = \(machine.id)")
        try tx.run(
            """
            INSERT INTO control_session (id, organisation_id, request_id, client_id, state, question, agreed, code_until,
                computer, login, system, abilities, made_at, seen_at, machine_id, number)
            VALUES (\(id), \(machine.organisation), \(request.id), \(request.client), \(ControlSession.State.ready), 0, 0,
                \(now), \(machine.computer), \(machine.login), \(machine.system), \(Int64(machine.abilities.rawValue)), \(now),
                \(now), \(machine.id), (SELECT sessions FROM machine WHERE id = \(machine.id)))
            """)
        guard let session = try session(id, tx) else { throw ControlError.notFound }
        let change = ControlChange(session, by: viewer.person, at: now, tx)
        try change.ask(asked, for: viewer.person, unattended: unattended)
        try change.store()
        try change.setTimer()
        try change.tell(
            unattended ? .controlEntered : .controlAsked, ["fields": asked.codes.joined(separator: ",")])
        change.wake(machine.id)
        return change.told
    }

    // MARK: - For the wire of a computer

    enum Standing: Sendable, Equatable {
        /// Removed, or of somebody who may not come in any more.
        case gone
        case idle
        case session(ControlID, number: UInt32)
    }

    func standing(of machine: KnownMachine) async throws -> Standing {
        try await database.read { tx in
            guard let found = try Self.machine(machine.id, in: machine.organisation, tx),
                try self.somebody(found.person, tx) != nil
            else { return .gone }
            return try Self.present(at: machine.id, tx).map { .session($0.id, number: $0.number) } ?? .idle
        }
    }

    /// A computer has one session at a time.
    static func present(at machine: MachineID, _ tx: any ReadTransaction) throws -> ControlSession? {
        try tx.one(
            """
            SELECT \(ControlSession.columns) FROM control_session WHERE machine_id = \(machine) AND ended_at IS NULL
            ORDER BY number DESC LIMIT 1
            """, ControlSession.init)
    }

    /// The wire of its computer takes up a session; whoever looked by the wire before looks no more.
    /// - Returns: false: it has ended meanwhile.
    func attach(_ id: ControlID, of organisation: OrganisationID) async throws -> Bool {
        let now = site.now()
        let told = try await database.write(in: organisation) { tx -> ControlChange.Told? in
            guard let session = try Self.session(id, tx), session.state != .ended else { return nil }
            let change = ControlChange(session, by: nil, at: now, tx)
            for person in try Self.viewers(of: id, tx) { try change.pause(person, at: session.seen) }
            try tx.run("UPDATE control_session SET seen_at = \(now) WHERE id = \(id)")
            try change.setTimer()
            return change.told
        }
        guard let told else { return false }
        if told.sequence > 0 { bell.ring(told.organisation, told.sequence, topics: told.topics.sorted()) }
        return true
    }

    /// A session that ended at the computer while it had no wire.
    func end(_ number: UInt32, at machine: KnownMachine, why: ControlSession.End) async throws {
        let session = try await database.read { tx in try Self.present(at: machine.id, tx) }
        guard let session, session.number == number || number == 0 else { return }
        try await end(session.id, of: machine.organisation, why: why)
    }

    /// The person is gone: the secret dies, whoever comes by it later.
    func lapse(_ machine: KnownMachine) async throws {
        let now = site.now()
        try await database.write(in: machine.organisation) { tx in
            if let found = try Self.machine(machine.id, in: machine.organisation, tx) {
                try Self.remove(found, by: nil, at: now, tx)
            }
        }
    }

    /// Whether what was admitted without a question still is.
    static func staysUnattended(_ session: ControlSession, _ tx: any ReadTransaction) throws -> Bool {
        try !session.isUnattended || UnattendedPolicy.of(session.organisation, tx).isAllowed
    }
}

extension ControlChange {
    func wake(_ machine: MachineID) { addTopic("machine/\(machine)") }
}
