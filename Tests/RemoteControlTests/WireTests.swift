import AgentProtocol
import Bench
import EventLog
import HTTPTypes
import Kernel
import NIOCore
import OknoApp
import Storage
import Synchronization
import TestOffice
import Testing

@testable import RemoteControl

/// Agents on real wires, and what goes wrong on the way; on both databases.
@Suite struct WireTests {
    private func run(_ statement: SQL, at office: Office) async throws {
        try await office.database.write(in: office.north) { tx in _ = try tx.run(statement) }
    }

    @Test(arguments: Engine.available)
    func aDatabaseThatFailsIsNoRefusal(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let code = try await office.installation.remote.offer(on: office.number, by: office.viewer(.anna)).code
                try await run("ALTER TABLE control_session RENAME TO control_gone", at: office)
                let agent = try await PlainAgent.open(port, .code(code))
                try await until("the end of the wire") { agent.code != nil }
                #expect(agent.code == 1013 && agent.heard.isEmpty)
                try await run("ALTER TABLE control_gone RENAME TO control_session", at: office)
                let again = try await PlainAgent.open(port, .code(code))
                #expect(try await !again.welcome().isEmpty)
                again.close()
                let other = try await PlainAgent.open(port, .code("AAAAAAAA"))
                try await until("the refusal") { other.code == 1008 }
                #expect(other.heard == [.end(session: 0, .unknown, words: "")])
            }
        }
    }

    @Test(arguments: Engine.available)
    func aWireThatBreaksBeforeTheWelcomeCostsNothing(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let room = office.installation.remote
            let code = try await room.offer(on: office.number, by: office.viewer(.anna)).code
            let hello = Hello(system: "x", computer: "PC", login: "a", proof: .code(code), abilities: [.view])
            // Its welcome was never read.
            #expect(try await room.greet(hello) != nil)
            try await office.serving { port in
                let agent = try await PlainAgent.open(port, .code(code))
                let secret = try await agent.welcome()
                agent.say(.ping(1))
                try await until("the end of the code") {
                    try await office.database.read { tx in
                        try !tx.exists("SELECT 1 FROM control_session WHERE code IS NOT NULL")
                    }
                }
                #expect(try await room.greet(hello) == nil)
                let again = try await PlainAgent.open(port, .secret(secret))
                #expect(try await again.welcome().isEmpty)
                try await until("the end of the wire before") { agent.code == 1001 }
                again.close()
            }
        }
    }

    @Test(arguments: Engine.available)
    func anAnswerIsToItsOwnQuestion(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let room = office.installation.remote, boris = try await office.viewer(.boris)
                let code = try await room.offer(on: office.number, by: office.viewer(.anna)).code
                let agent = try await PlainAgent.open(port, .code(code))
                _ = try await agent.welcome()
                let id = try await office.session().id
                try await room.ask(.view, in: id, by: boris)
                #expect(try await agent.question(1).asked == .view)
                office.clock.pass(milliseconds: ControlRule.patience)
                try await office.ringControl()
                #expect(try await office.session().state == .timedOut)
                try await room.ask([.view, .control], in: id, by: boris)
                #expect(try await agent.question(2).asked == [.view, .control])
                agent.say(.answer(session: 1, to: 1, .granted([.view, .control])))
                agent.say(.answer(session: 1, to: 2, .refused))
                try await until("the refusal") { try await office.session().state == .refused }
                #expect(try await office.session().agreed == [])
                agent.close()
            }
        }
    }

    @Test(arguments: Engine.available)
    func comingAgainLeavesAQuestionNoMoreTime(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let room = office.installation.remote
            let code = try await room.offer(on: office.number, by: office.viewer(.anna)).code
            var hello = Hello(system: "x", computer: "PC", login: "a", proof: .code(code), abilities: [.view])
            let known = try #require(try await room.greet(hello))
            hello.proof = .secret(known.secret)
            try await room.ask(.view, in: known.session, by: office.viewer(.boris))
            office.clock.pass(milliseconds: ControlRule.patience - 1000)
            #expect(try await room.greet(hello) != nil)
            let again = try await room.sight(of: known.session, watchedBy: [], after: 0).asked
            #expect(again?.seconds == 1)
            try await office.ringControl()
            #expect(try await office.session().state == .waiting)
            office.clock.pass(milliseconds: 1000)
            try await office.ringControl()
            #expect(try await office.session().state == .timedOut)
        }
    }

    @Test(arguments: Engine.available)
    func aCodeThatNobodyUsesEnds(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await office.installation.remote.offer(on: office.number, by: office.viewer(.anna))
            office.clock.pass(milliseconds: ControlRule.codeLife - 1000)
            try await office.ringControl()
            #expect(try await office.session().state == .offered)
            office.clock.pass(milliseconds: 1000)
            try await office.ringControl()
            #expect(try await office.session().state == .ended)
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/history", status: 200,
                shows: ["код никто не использовал"])
        }
    }

    @Test(arguments: Engine.available)
    func anEndIsWrittenWhenItCanBeAndSaidThen(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let code = try await office.installation.remote.offer(on: office.number, by: office.viewer(.anna)).code
                let agent = try await PlainAgent.open(port, .code(code))
                _ = try await agent.welcome()
                try await run("ALTER TABLE timer RENAME TO timer_gone", at: office)
                agent.say(.end(session: 1, .person, words: ""))
                try await Task.sleep(for: .milliseconds(500))
                #expect(agent.code == nil)
                try await run("ALTER TABLE timer_gone RENAME TO timer", at: office)
                try await until("the end of the wire") { agent.code == 1000 }
                #expect(agent.heard.last == .end(session: 0, .person, words: ""))
                let why: ControlSession.End? = try await office.database.read { tx in
                    try tx.value("SELECT why FROM control_session")
                }
                #expect(why == .person)
            }
        }
    }

    @Test func nobodyWaitsAtAWireThatIsGone() async throws {
        try await Office.with(.sqlite) { office in
            try await office.serving { port in
                let (id, agent) = try await office.computer(port), room = office.installation.remote
                // As it is when a wire closes while a page comes.
                let late = AgentWire(room)
                _ = room.desk.put(late, for: id)
                let channel = try await office.watch(id, port) { _ in }
                try await until("the end of the stream") { !channel.isActive }
                agent.close()
            }
        }
    }

    @Test(arguments: Engine.available)
    func onlyTheTimeThatSomebodyLookedCounts(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.serving { port in
                let (id, agent) = try await office.computer(port)
                @Sendable func isOpen() async throws -> Bool {
                    try await office.database.read { tx in
                        try tx.exists("SELECT 1 FROM control_viewer WHERE opened_at IS NOT NULL")
                    }
                }
                let one = try await office.watch(id, port) { _ in }
                let other = try await office.watch(id, port) { _ in }
                try await until("the picture") { try await isOpen() }
                office.clock.pass(milliseconds: 60_000)
                try await one.close()
                try await Task.sleep(for: .milliseconds(300))
                #expect(try await isOpen())
                try await other.close()
                try await until("the end of the span") { try await !isOpen() }
                let fact = { @Sendable in
                    try await office.database.read { tx in try tx.value("SELECT SUM(minutes) FROM time_spent") as Int? }
                }
                #expect(try await fact() == 1)
                office.clock.pass(Minutes(60))
                let again = try await office.watch(id, port) { _ in }
                try await until("the picture") { try await isOpen() }
                office.clock.pass(Minutes(2))
                try await office.installation.remote.end(id, by: office.viewer(.boris))
                #expect(try await fact() == 3)
                again.close(promise: nil)
                agent.close()
            }
        }
    }
}

extension Office {
    /// What is due of this room.
    func ringControl() async throws {
        let now = clock.now
        let due = try await database.read { tx in try Timers.due(at: now, atMost: 100, tx) }
        for timer in due where timer.kind == RemoteControl.timer { try await installation.remote.watch(timer) }
    }
}
