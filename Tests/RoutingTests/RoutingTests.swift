import Duty
import EventLog
import HTTPTypes
import Kernel
import Lines
import Requests
import Storage
import TestOffice
import Testing

@testable import OknoApp
@testable import Routing

extension Office {
    /// Does what is due now: readers of the log take everything, timers are done, as servers do within a second.
    func settle() async throws {
        for node in nodes {
            for reader in node.readers { try await LogReading.advance(reader, on: node.database) }
            let due = try await node.database.read { [now = clock.now] tx in try Timers.due(at: now, atMost: 1000, tx) }
            for timer in due { try await node.timerHandlers[timer.kind]?(timer) }
            for reader in node.readers { try await LogReading.advance(reader, on: node.database) }
        }
    }

    func pass(_ minutes: Int) async throws {
        clock.pass(Minutes(minutes))
        // Whoever is on the line is at work: what routing does is looked at here, not going away.
        try await database.write(in: north) { [now = clock.now] tx in _ = try tx.run("UPDATE activity SET at = \(now)")
        }
        try await settle()
    }

    func stand(_ who: Who, _ state: DutyState = .on) async throws {
        let viewer = try await viewer(who)
        try await database.write(in: .installation) { [now = clock.now] tx in
            try tx.run(
                """
                INSERT INTO presence (person_id, node_id, since_at) VALUES (\(viewer.person), 'test', \(now))
                ON CONFLICT (person_id, node_id) DO NOTHING
                """)
        }
        clock.pass(milliseconds: 1)
        try await installation.duty.stand(state, by: viewer)
        try await settle()
    }

    func rule(on line: LineID? = nil, _ change: (inout RoutingSettings) -> Void) async throws {
        var settings = RoutingSettings()
        settings.mode = .circle
        change(&settings)
        try await installation.routing.keep(
            settings, idle: Minutes(0), of: line ?? self.line, by: try await viewer(.dina))
        try await settle()
    }

    @discardableResult
    func ask(_ text: String, as who: Who = .anna, line: LineID? = nil) async throws -> Int64 {
        clock.pass(milliseconds: 10)
        let number = try await requests.register(
            Registration(id: .new(at: clock.now), line: line ?? self.line, text: text), by: try await viewer(who))
        try await settle()
        return number
    }

    /// Whom this request is offered to now.
    func offered(_ number: Int64) async throws -> Who? {
        let north = north
        let person: PersonID? = try await database.read { tx in
            try tx.value(
                """
                SELECT offer.person_id FROM offer JOIN party ON party.request_id = offer.request_id
                WHERE party.number = \(number) AND party.organisation_id = \(north) AND offer.ended_at IS NULL
                """)
        }
        return person.flatMap { id in people.first { $0.value == id }?.key }
    }

    func assignee(_ number: Int64) async throws -> Who? {
        let north = north
        let person: PersonID? = try await database.read { tx in
            try tx.value("SELECT assignee_id FROM request WHERE number = \(number) AND organisation_id = \(north)")
        }
        return person.flatMap { id in people.first { $0.value == id }?.key }
    }

    func offer(_ number: Int64) async throws -> OfferID {
        let north = north
        return try await database.read { tx in
            try tx.value(
                """
                SELECT offer.id FROM offer JOIN party ON party.request_id = offer.request_id
                WHERE party.number = \(number) AND party.organisation_id = \(north) ORDER BY offer.at DESC LIMIT 1
                """)
        }!
    }

    func kinds(_ number: Int64) async throws -> [String] {
        let north = north
        return try await database.read { tx in
            let id: RequestID = try tx.value(
                "SELECT request_id FROM party WHERE number = \(number) AND organisation_id = \(north)")!
            return try EventLog.of(id, tx).map { String($0.kind.rawValue.dropFirst("request.".count)) }
        }
    }

    /// The office's own first request is out of the way.
    func clear() async throws {
        try await requests.cancel(number, reason: nil, by: try await viewer(.anna))
        try await settle()
    }

    func makeMain(_ who: Who) async throws {
        try await installation.lines.giveCompetence(on: line, to: id(who), .main, by: try await viewer(.dina))
        try await settle()
    }
}

@Suite struct RoutingTests {
    private static func with(_ engine: Engine, _ body: @Sendable (Office) async throws -> Void) async throws {
        try await Office.with(engine) { office in
            try await office.clear()
            try await body(office)
        }
    }

    @Test(arguments: Engine.available)
    func aRequestIsOfferedAndAccepted(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.rule { _ in }
            try await office.stand(.boris)
            let number = try await office.ask("Не печатает")
            #expect(try await office.offered(number) == .boris)
            try await office.check(
                as: .boris, .get, "/offers", status: 200,
                shows: ["Вам предложена заявка", "Не печатает", "ваша очередь"])
            try await office.check(as: .vera, .get, "/offers", status: 200, hides: ["Не печатает"])
            try await office.check(as: .anna, .get, "/offers", status: 404)
            try await office.check(
                as: .boris, .post, "/offers/\(try await office.offer(number))", status: 303, events: [.taken])
            #expect(try await office.assignee(number) == .boris)
            try await office.settle()
            try await office.check(as: .boris, .get, "/offers", status: 200, hides: ["Не печатает"])
            try await office.check(
                as: .boris, .get, "/requests/\(number)/history", status: 200,
                shows: ["Предложена по очереди: Громов", "Окно"])
            // How the work is divided is not the client's business.
            try await office.check(as: .anna, .get, "/requests/\(number)/history", status: 200, hides: ["Предложена"])
            #expect(try await office.kinds(number) == ["registered", "offered", "taken"])
        }
    }

    @Test(arguments: Engine.available)
    func nobodyAnswersAnOfferOfSomebodyElse(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.rule { _ in }
            try await office.stand(.boris)
            let offer = try await office.offer(try await office.ask("Не печатает"))
            for who in [Who.vera, .anna, .gleb, .dina, .olga, .oleg] {
                try await office.check(as: who, .post, "/offers/\(offer)", status: 404, events: [])
                try await office.check(as: who, .delete, "/offers/\(offer)", status: 404, events: [])
            }
            for who in [Who.boris, .gleb, .anna, .olga] {
                try await office.check(as: who, .get, "/lines/\(office.line)/routing", status: 404)
                try await office.check(
                    as: who, .put, "/lines/\(office.line)/routing", form: [("mode", "hand")], status: 404, events: [])
                try await office.check(
                    as: who, .post, "/lines/\(office.line)/responsible",
                    form: [("person", office.id(.boris).text), ("unit", office.branch.text)], status: 404, events: [])
            }
        }
    }

    @Test(arguments: Engine.available)
    func whatIsDeclinedOrLetPassGoesToTheNext(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.makeMain(.vera)
            try await office.rule { $0.accept = Minutes(3) }
            try await office.stand(.boris)
            try await office.stand(.vera)
            let number = try await office.ask("Не печатает")
            let first = try #require(try await office.offered(number)), second: Who = first == .boris ? .vera : .boris
            let offer = try await office.offer(number)
            try await office.check(
                as: first, .delete, "/offers/\(offer)", status: 303, events: [.offerDeclined, .offered])
            #expect(try await office.offered(number) == second)
            try await office.check(as: first, .post, "/offers/\(offer)", status: 409, events: [])
            try await office.pass(3)
            // Nobody else is there: who declined is left alone, who let it pass is asked again after a while.
            #expect(try await office.offered(number) == nil)
            try await office.pass(10)
            #expect(try await office.offered(number) == second)
            #expect(
                try await office.kinds(number) == [
                    "registered", "offered", "offer-declined", "offered", "offer-declined", "offered",
                ])
        }
    }

    @Test(arguments: Engine.available)
    func whatSomebodyTakesByHandIsOfferedToNobody(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.rule { _ in }
            try await office.stand(.boris)
            let number = try await office.ask("Не печатает"), offer = try await office.offer(number)
            try await office.requests.take(number, by: try await office.viewer(.vera))
            // Before the router has heard of it, too.
            try await office.check(as: .boris, .post, "/offers/\(offer)", status: 409, events: [])
            try await office.settle()
            try await office.check(as: .boris, .get, "/offers", status: 200, hides: ["Не печатает"])
            #expect(try await office.assignee(number) == .vera)
        }
    }

    @Test(arguments: Engine.available)
    func whoLeavesTheLineKeepsNoOffer(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.makeMain(.vera)
            try await office.rule { _ in }
            try await office.stand(.boris)
            let number = try await office.ask("Не печатает")
            #expect(try await office.offered(number) == .boris)
            try await office.stand(.vera)
            try await office.stand(.boris, .busy)
            #expect(try await office.offered(number) == .vera)
            // Who comes gets what waits.
            try await office.stand(.vera, .away)
            #expect(try await office.offered(number) == nil)
            try await office.stand(.boris)
            #expect(try await office.offered(number) == .boris)
        }
    }

    @Test(arguments: Engine.available)
    func theReserveComesAfterItsTimeAndTheLimitHolds(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.rule {
                $0.accept = Minutes(0)
                $0.most = 1
                $0.reserve = Minutes(10)
            }
            try await office.stand(.boris)
            try await office.stand(.vera)
            let first = try await office.ask("Первая"), second = try await office.ask("Вторая")
            #expect(try await office.assignee(first) == .boris)
            #expect(try await office.assignee(second) == nil)
            try await office.pass(9)
            #expect(try await office.assignee(second) == nil)
            try await office.pass(1)
            #expect(try await office.assignee(second) == .vera)
            let third = try await office.ask("Третья")
            try await office.pass(30)
            #expect(try await office.assignee(third) == nil)
            // Freed hands take the next one at once.
            try await office.requests.solve(first, answer: "Готово", by: try await office.viewer(.boris))
            try await office.settle()
            #expect(try await office.assignee(third) == .boris)
            #expect(try await office.kinds(third) == ["registered", "transferred"])
        }
    }

    @Test(arguments: Engine.available)
    func theClientsOwnSpecialistComesFirst(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.makeMain(.vera)
            try await office.rule {
                $0.accept = Minutes(0)
                $0.first = .responsible
            }
            try await office.stand(.boris)
            try await office.stand(.vera)
            // Without anybody named the last helper: Vera helps, and helps again.
            let taken = try await office.ask("Первая")
            let helper = try #require(try await office.assignee(taken))
            #expect(try await office.assignee(try await office.ask("Вторая")) == helper)
            let other: Who = helper == .boris ? .vera : .boris
            try await office.check(
                as: .dina, .post, "/lines/\(office.line)/responsible",
                form: [("person", office.id(other).text), ("unit", office.branch.text)], status: 303,
                events: [.responsibleNamed])
            #expect(try await office.assignee(try await office.ask("Третья")) == other)
            try await office.check(
                as: .dina, .get, "/lines/\(office.line)/routing", status: 200,
                shows: ["Усинский филиал", "responsible/"])
        }
    }

    @Test(arguments: Engine.available)
    func whatNobodyTakesMovesOnAndTheManagerHears(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            let dina = try await office.viewer(.dina)
            let other = try await office.installation.lines.createLine(LineDetails(clientName: "Общая"), by: dina)
            try await office.rule {
                $0.mode = .hand
                $0.escalate = Minutes(15)
                $0.overflow = (other, Minutes(40))
            }
            // Back is not tried: what came from there does not return.
            try await office.rule(on: other) {
                $0.mode = .hand
                $0.overflow = (office.line, Minutes(5))
            }
            let number = try await office.ask("Не печатает")
            try await office.pass(14)
            #expect(try await office.kinds(number) == ["registered"])
            try await office.pass(1)
            #expect(try await office.kinds(number) == ["registered", "escalated"])
            try await office.pass(25)
            #expect(try await office.kinds(number) == ["registered", "escalated", "line-changed"])
            try await office.pass(60)
            #expect(try await office.kinds(number) == ["registered", "escalated", "line-changed"])
        }
    }

    @Test(arguments: Engine.available)
    func whenNobodyIsThereTheClientHearsWhenAndGetsADeadline(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            // The line keeps duty: Boris was here and has gone.
            try await office.stand(.boris)
            let served = try await office.ask("Пока кто-то есть")
            #expect(try await office.kinds(served) == ["registered"])
            try await office.stand(.boris, .away)
            let number = try await office.ask("Не печатает")
            #expect(try await office.kinds(number) == ["registered", "unattended"])
            try await office.check(
                as: .anna, .get, "/requests/\(number)", status: 200,
                shows: ["сейчас все отошли: ответим сегодня", "20:00", "Срок"])
            // It is told once.
            try await office.stand(.boris)
            try await office.stand(.boris, .away)
            #expect(try await office.kinds(number) == ["registered", "unattended"])
            // In the evening the line itself is closed.
            office.clock.pass(.hours(11))
            let late = try await office.ask("Вечером")
            try await office.check(
                as: .anna, .get, "/requests/\(late)", status: 200, shows: ["она откроется завтра", "8:00"])
        }
    }

    @Test(arguments: Engine.available)
    func theSettingsSayWhatIsInForce(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            let path = "/lines/\(office.line)/routing"
            try await office.check(as: .dina, .get, path, status: 200, shows: ["Заявки берут из очереди сами"])
            try await office.check(
                as: .dina, .put, path,
                form: [
                    ("mode", "load"), ("first", "last"), ("most", "4"), ("accept", "5"), ("reserve", ""),
                    ("escalate", "30"), ("idle", "20"), ("tells", "yes"),
                ], status: 303, events: [.dutyRuleChanged, .routingChanged])
            try await office.check(
                as: .dina, .get, path, status: 200,
                shows: [
                    "у кого меньше работы", "не больше 4 заявок", "Принять надо за 5\u{A0}мин",
                    "Запасных не спрашиваем",
                    "Через 30\u{A0}мин без исполнителя узнает руководитель", "Через 20\u{A0}мин без действий",
                ])
            for wrong in [("most", "many"), ("overflow_line", office.line.text), ("accept", "9999")] {
                try await office.check(
                    as: .dina, .put, path, form: [("mode", "load"), ("overflow", "5"), wrong], status: 422, events: [])
            }
            try await office.check(
                as: .dina, .put, path,
                form: [("mode", "load"), ("overflow_line", office.southLine.text), ("overflow", "5")],
                status: 422, events: [])
        }
    }

    /// One offer, and everybody at once: one has the request, the others hear that it is gone.
    @Test(arguments: Engine.available)
    func oneOfManyGetsIt(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.rule { _ in }
            try await office.stand(.boris)
            let boris = try await office.viewer(.boris), vera = try await office.viewer(.vera)
            for round in 0..<5 {
                let number = try await office.ask("Гонка \(round)"), offer = try await office.offer(number)
                let nodes = office.nodes
                let wins = await withTaskGroup(of: Bool.self) { group in
                    for node in nodes {
                        group.addTask { (try? await node.routing.accept(offer, by: boris)) != nil }
                        group.addTask { (try? await node.routing.accept(offer, by: boris)) != nil }
                        group.addTask { (try? await node.requests.take(number, by: vera, version: 1)) != nil }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(wins == 1)
                #expect(try await office.kinds(number).filter { $0 == "taken" }.count == 1)
                try await office.settle()
                try await office.requests.cancel(number, reason: nil, by: vera)
                try await office.settle()
            }
        }
    }
}
