import AgentProtocol
import EventLog
import HTTPTypes
import Kernel
import OknoApp
import Storage
import TestOffice
import Testing

@testable import RemoteControl

extension PlainAgent {
    static func resident(_ port: Int, _ proof: Hello.Proof, _ more: Abilities = []) async throws -> PlainAgent {
        try await open(
            port, proof, abilities: [.view, .control, .clipboard, .resident, more].reduce([]) { $0.union($1) })
    }

    /// The question of a session that has this number on the wire.
    func asked(_ session: UInt32) async throws -> Question {
        var found: Question?
        try await until("a question of session \(session)") {
            for case .ask(session, let question) in heard { found = question }
            return found != nil
        }
        return try #require(found)
    }

    func isRefused() async throws {
        try await until("the refusal") { code == 1008 }
        #expect(heard.contains(.end(session: 0, .unknown, words: "")))
    }
}

extension Office {
    func machine(_ kind: Machine.Kind? = nil) async throws -> Machine {
        let kinds = kind.map { [$0.rawValue] } ?? Machine.Kind.allCases.map(\.rawValue)
        let found = try await database.read { tx in
            try tx.one(
                "SELECT \(Machine.columns) FROM machine WHERE introduced_at IS NOT NULL AND kind IN (\(kinds)) ORDER BY made_at DESC, id DESC LIMIT 1",
                Machine.init)
        }
        return try #require(found)
    }

    func reach(
        as who: Who, _ machine: MachineID, unattended: Bool = false, status: Int = 303, events: [EventKind]? = nil
    ) async throws {
        try await check(
            as: who, .post, "/requests/\(number)/machines/\(machine)/sessions",
            form: [("what", "view"), ("what", "control")] + (unattended ? [("unattended", "yes")] : []), status: status,
            events: events)
    }

    /// At the node of the wires, which is told at once.
    func reachHere(_ machine: MachineID, unattended: Bool = false) async throws {
        // So that the newest session is the newest.
        clock.pass(milliseconds: 1)
        try await installation.remote.reach(
            machine, for: [.view, .control], unattended: unattended, on: number, by: viewer(.boris))
    }

    func rule(_ allowed: Bool, _ lines: [LineID] = []) async throws {
        try await check(
            as: .dina, .post, "/machines/policy",
            form: (allowed ? [("allowed", "yes")] : []) + lines.map { ("line", $0.text) }, status: 303)
    }

    /// A computer that Anna has introduced; with a session that she has agreed to at it.
    func known(
        _ port: Int, agrees: Bool = false
    ) async throws -> (agent: PlainAgent, secret: String, machine: MachineID) {
        let code = try await installation.remote.introduction(by: viewer(.anna)).code
        let agent = try await PlainAgent.resident(port, .code(code))
        let secret = try await agent.welcome()
        agent.say(.ping(1))
        let machine = try await machine().id
        if agrees {
            try await reachHere(machine)
            agent.say(.answer(session: 1, to: try await agent.asked(1).number, .granted(.view)))
            try await until("the consent") { try await session().state == .agreed }
        }
        return (agent, secret, machine)
    }

    /// A computer of Anna's that has the agent for all who use it.
    func wide(_ port: Int, _ abilities: Abilities = .unattended) async throws -> (agent: PlainAgent, machine: MachineID)
    {
        let token = try await installation.remote.enrolment(of: id(.anna), by: viewer(.dina)).token
        let agent = try await PlainAgent.resident(port, .code(token), abilities)
        _ = try await agent.welcome()
        agent.say(.ping(1))
        return (agent, try await machine().id)
    }
}

/// A computer that is known by a person's name: introduced once, asked again without a code; on both databases.
@Suite struct MachineTests {
    @Test(arguments: Engine.available)
    func aComputerIsIntroducedOnceAndAskedAgainWithoutACode(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let bar = "/requests/\(office.number)/control"
                let page = try await office.check(
                    as: .anna, .post, "/profile/computers", status: 200, shows: ["--autostart", "Одноразовый код"],
                    events: [.machineInvited])
                #expect(page.body.contains("/agent/okno-agent"))
                let code = try await office.installation.remote.introduction(by: office.viewer(.anna)).code
                let first = try await PlainAgent.resident(port, .code(code))
                let secret = try await first.welcome()
                first.say(.ping(1))
                try await until("the end of the code") {
                    try await office.database.read { tx in
                        try !tx.exists("SELECT 1 FROM machine WHERE code IS NOT NULL")
                    }
                }
                // The code was good once, and the one before it never again.
                try await PlainAgent.resident(port, .code(code)).isRefused()
                first.close()
                try await until("the computer is gone") { try await !office.machine().isOnLine(at: office.clock.now) }
                try await office.check(as: .boris, .get, bar, status: 200, hides: ["на связи"])
                let machine = try await office.machine()
                try await office.reach(as: .boris, machine.id, status: 503, events: [])

                let agent = try await PlainAgent.resident(port, .secret(secret))
                #expect(try await agent.welcome().isEmpty)
                try await until("the computer is there") { try await office.machine().isOnLine(at: office.clock.now) }
                try await office.check(
                    as: .boris, .get, bar, status: 200, shows: ["Компьютер PC-7 на связи", "Подключиться"],
                    hides: ["Подключиться без вопроса"])
                try await office.check(as: .anna, .get, bar, status: 200, hides: ["на связи"])
                for (who, status) in [(Who.anna, 403), (.oleg, 404), (.olga, 404)] {
                    try await office.reach(as: who, machine.id, status: status, events: [])
                }
                try await office.reach(as: .boris, machine.id, events: [.controlAsked])
                let asked = try await agent.asked(1)
                #expect(
                    asked.asked == [.view, .control] && !asked.isUnattended && asked.request == UInt64(office.number))
                // A computer that answers by itself what a person was to be asked opens nothing.
                agent.say(.answer(session: 1, to: 1, .admitted([.view, .control])))
                try await until("the refusal") { try await office.session().state == .refused }
                #expect(try await office.session().agreed == [])
                try await office.reachHere(machine.id)
                let second = try await agent.asked(2)
                // A late word about the session before says nothing of this one.
                agent.say(.answer(session: 1, to: second.number, .granted([.view, .control])))
                agent.say(.answer(session: 2, to: second.number, .granted([.view])))
                try await until("the consent") { try await office.session().state == .agreed }
                #expect(try await office.session().agreed == .view)
                try await office.reach(as: .boris, machine.id, status: 409, events: [])

                // It comes again after a break: the session goes on under its number, and ends for the computer alone.
                agent.close()
                let again = try await PlainAgent.resident(port, .secret(secret))
                _ = try await again.welcome()
                try await until("the session again") {
                    again.heard.contains { if case .viewers(2, let names) = $0 { names.count == 1 } else { false } }
                }
                again.say(.end(session: 2, .person, words: ""))
                try await until("the end") { try await office.session().state == .ended }
                try await until("the word of the end") { again.heard.contains(.end(session: 2, .person, words: "")) }
                #expect(again.code == nil)
                try await until("the next one") {
                    try await office.get(as: .boris, bar).body.contains("Компьютер PC-7 на связи")
                }
                try await office.reachHere(machine.id)
                _ = try await again.asked(3)
                again.close()
            }
        }
    }

    @Test(arguments: Engine.available)
    func anEndThatWasSaidWithoutAWireHoldsBeforeTheSessionIsTakenUp(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let (agent, secret, _) = try await office.known(port, agrees: true)
                agent.close()
                let again = try await PlainAgent.resident(port, .secret(secret))
                _ = try await again.welcome()
                again.say(.end(session: 1, .person, words: ""))
                try await until("the end") { try await office.session().state == .ended }
                try await until("the word of the end") {
                    again.heard.contains { if case .end(1, _, _) = $0 { true } else { false } }
                }
                again.close()
            }
        }
    }

    @Test(arguments: Engine.available)
    func aResidentThatComesByTheCodeOfARequestIsKnownToo(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let code = try await office.installation.remote.offer(on: office.number, by: office.viewer(.anna)).code
                let agent = try await PlainAgent.resident(port, .code(code))
                let secret = try await agent.welcome()
                agent.say(.ping(1))
                try await until("the computer") { try await office.session().state == .ready }
                let machine = try await office.machine()
                #expect(machine.person == office.id(.anna) && machine.kind == .own)
                try await office.reachHere(machine.id)
                _ = try await agent.asked(2)
                let other = try await PlainAgent.open(port, .code(code))
                try await other.isRefused()
                agent.close()
                #expect(try await PlainAgent.resident(port, .secret(secret)).welcome().isEmpty)
            }
        }
    }

    @Test(arguments: Engine.available)
    func aComputerThatIsRemovedIsUnknownAtOnce(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let (agent, secret, machine) = try await office.known(port, agrees: true)
                for path in ["/profile/computers/\(machine)", "/machines/\(machine)"] {
                    for who in [Who.boris, .oleg, .olga] {
                        try await office.check(as: who, .delete, path, status: 404, events: [])
                    }
                }
                try await office.check(as: .anna, .get, "/profile/computers", status: 200, shows: ["PC-7", "на связи"])
                try await office.check(as: .anna, .delete, "/profile/computers/\(machine)", status: 303)
                try await agent.isRefused()
                try await until("the end of the session") { try await office.session().state == .ended }
                try await PlainAgent.resident(port, .secret(secret)).isRefused()
                try await office.check(as: .anna, .get, "/profile/computers", status: 200, hides: ["PC-7"])
                try await office.reach(as: .boris, machine, status: 404, events: [])
            }
        }
    }

    @Test(arguments: Engine.available)
    func aComputerIsNoLongerKnownThanItsPerson(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let (agent, secret, machine) = try await office.known(port)
                office.clock.pass(milliseconds: 1)
                try await office.check(as: .dina, .post, "/people/\(office.id(.anna))/block", status: 303)
                try await office.check(as: .dina, .delete, "/people/\(office.id(.anna))/block", status: 303)
                // Also of somebody who was let in again: the computer is introduced again.
                try await PlainAgent.resident(port, .secret(secret)).isRefused()
                try await office.reach(as: .boris, machine, status: 404, events: [])
                agent.close()
            }
        }
    }
}

/// Without a question: only by the rule of the organisation, at a computer that was enrolled for it, and if that computer says so.
@Suite struct UnattendedTests {
    @Test(arguments: Engine.available)
    func allThreeAreNeeded(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let (agent, machine) = try await office.wide(port), bar = "/requests/\(office.number)/control"
                // No rule.
                try await office.check(
                    as: .boris, .get, bar, status: 200, shows: ["на связи"], hides: ["Подключиться без вопроса"])
                try await office.reach(as: .boris, machine, unattended: true, status: 403, events: [])
                // A rule that names no line: administrators alone.
                try await office.rule(true)
                try await office.reach(as: .boris, machine, unattended: true, status: 403, events: [])
                try await office.check(as: .dina, .get, bar, status: 200, shows: ["Подключиться без вопроса"])
                try await office.rule(true, [office.line])
                try await office.check(as: .boris, .get, bar, status: 200, shows: ["Подключиться без вопроса"])
                for (who, status) in [(Who.anna, 403), (.oleg, 404), (.olga, 404)] {
                    try await office.reach(as: who, machine, unattended: true, status: status, events: [])
                }
                // A person's own computer, whatever its agent says of itself.
                let code = try await office.installation.remote.introduction(by: office.viewer(.anna)).code
                let own = try await PlainAgent.resident(port, .code(code), .unattended)
                _ = try await own.welcome()
                own.say(.ping(1))
                let other = try await office.machine(.own)
                try await office.reach(as: .boris, other.id, unattended: true, status: 403, events: [])
                own.close()

                try await office.reach(as: .boris, machine, unattended: true, events: [.controlEntered])
                let asked = try await agent.asked(1)
                #expect(asked.isUnattended && asked.asked == [.view, .control] && !asked.specialist.isEmpty)
                agent.say(.answer(session: 1, to: asked.number, .admitted([.view, .control])))
                try await until("the admission") { try await office.session().state == .agreed }
                #expect(try await office.session().isUnattended)
                let session = try await office.session().id
                try await office.check(as: .boris, .post, "/control/\(session)/tokens", status: 200)
                try await office.check(
                    as: .anna, .get, "/requests/\(office.number)/history", status: 200,
                    shows: [
                        "Подключается без вопроса, по правилу организации: просмотр экрана, управление",
                        "Подключено без вопроса, по правилу организации",
                    ], hides: ["Разрешено:"])
                try await office.check(
                    as: .anna, .get, "/profile/computers", status: 200, shows: ["могут подключиться без вопроса"])
                // The rule ends, and what went on by it.
                try await office.rule(false)
                try await until("the end", seconds: 15) { try await office.session().state == .ended }
                agent.close()
            }
        }
    }

    @Test(arguments: Engine.available)
    func aComputerThatAdmitsNoMoreIsAskedLive(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let token = try await office.installation.remote.enrolment(
                    of: office.id(.anna), by: office.viewer(.dina)
                ).token
                // A token is not for the agent of somebody who uses the computer.
                try await PlainAgent.resident(port, .code(token)).isRefused()
                let first = try await PlainAgent.resident(port, .code(token), .unattended)
                let secret = try await first.welcome()
                first.say(.ping(1))
                try await office.rule(true, [office.line])
                // Its administrator has taken the word back.
                let agent = try await PlainAgent.resident(port, .secret(secret))
                _ = try await agent.welcome()
                let machine = try await office.machine().id
                try await office.reach(as: .boris, machine, unattended: true, status: 403, events: [])
                try await office.reachHere(machine)
                #expect(try await agent.asked(1).isUnattended == false)
                agent.close()
            }
        }
    }

    @Test(arguments: Engine.available)
    func aTokenIsForOneComputerAndOneDay(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let room = office.installation.remote, dina = try await office.viewer(.dina)
                await #expect(throws: ControlError.notFound) {
                    try await room.enrolment(of: office.id(.anna), by: office.viewer(.boris))
                }
                await #expect(throws: ControlError.noSuchPerson) {
                    try await room.enrolment(of: office.id(.oleg), by: dina)
                }
                let token = try await room.enrolment(of: office.id(.anna), by: dina).token
                let agent = try await PlainAgent.resident(port, .code(token), .unattended)
                _ = try await agent.welcome()
                agent.say(.ping(1))
                try await until("the end of the token") {
                    try await office.database.read { tx in
                        try !tx.exists("SELECT 1 FROM machine WHERE code IS NOT NULL")
                    }
                }
                try await PlainAgent.resident(port, .code(token), .unattended).isRefused()
                agent.close()
                let old = try await room.enrolment(of: office.id(.anna), by: dina).token
                office.clock.pass(milliseconds: RemoteControl.tokenLife)
                try await PlainAgent.resident(port, .code(old), .unattended).isRefused()
            }
        }
    }

    @Test(arguments: Engine.available)
    func thePageOfComputersIsTheAdministratorsAndOfOneOrganisation(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .dina, .get, "/machines", status: 200, shows: ["Компьютеров пока нет", "Доступ без присутствия"])
            for who in [Who.anna, .boris, .vera, .oleg] {
                try await office.check(as: who, .get, "/machines", status: 404)
                try await office.check(
                    as: who, .post, "/machines/policy", form: [("allowed", "yes")], status: 404, events: [])
                try await office.check(
                    as: who, .post, "/machines", form: [("person", office.id(.anna).text)], status: 404, events: [])
            }
            try await office.check(
                as: .dina, .post, "/machines", form: [("person", office.id(.oleg).text)], status: 422,
                shows: ["Выберите человека из списка"], events: [])
            try await office.check(
                as: .dina, .post, "/machines", form: [("person", office.id(.anna).text)], status: 200,
                shows: ["--install-machine", "Токен создан"], events: [.machineInvited])
            try await office.serving { port in
                let (agent, machine) = try await office.wide(port)
                try await office.check(
                    as: .dina, .get, "/machines", status: 200,
                    shows: ["PC-7", "для всех пользователей", "Токены, которыми ещё не воспользовались"])
                try await office.check(
                    as: .dina, .get, "/machines?q=pc-7", status: 200, shows: ["<span class=\"table__main\">PC-7"])
                try await office.check(
                    as: .dina, .get, "/machines?q=nosuch", status: 200, shows: ["Ничего не найдено"],
                    hides: ["<span class=\"table__main\">PC-7"])
                try await office.check(as: .olga, .get, "/machines", status: 200, hides: ["PC-7"])
                try await office.check(as: .olga, .delete, "/machines/\(machine)", status: 404, events: [])
                // The rule of one organisation says nothing of another, nor of a line that is not its own.
                try await office.check(
                    as: .olga, .post, "/machines/policy", form: [("allowed", "yes"), ("line", office.line.text)],
                    status: 303,
                    events: [.unattendedPolicyChanged])
                try await office.reach(as: .boris, machine, unattended: true, status: 403, events: [])
                try await office.check(
                    as: .dina, .delete, "/machines/\(machine)", status: 303, events: [.machineRemoved])
                try await agent.isRefused()
            }
        }
    }
}
