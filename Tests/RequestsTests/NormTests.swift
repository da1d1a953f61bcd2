import EventLog
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import Lines
@testable import Requests

@Suite struct DueRuleTests {
    static let calendar = WorkCalendar(Sample.week, .moscow)

    @Test(arguments: [
        // registered, due, warned
        ("23 10:00", "23 14:00", "23 13:00"), ("23 10:00", "23 10:08", "23 10:03"),
        ("23 10:00", "23 10:04", "23 10:00"),
        ("23 16:00", "24 11:00", "24 10:00"), ("23 17:00", "24 09:00", "23 17:45"),
        ("23 09:00", "27 18:00", "27 10:00"),
    ])
    func theWarningComesWhenAQuarterIsLeft(_ from: String, _ due: String, _ warned: String) {
        #expect(
            DueRule.warning(from: Sample.at(from), due: Sample.at(due), calendar: Self.calendar) == Sample.at(warned))
    }

    @Test(
        arguments: [
            // told, now, what is told now, when next (warned at 13:00, due at 14:00)
            (DueRule.Told.nothing, "23 12:59", DueRule.Told?.none, "23 13:00"),
            (.nothing, "23 13:00", .soon, "23 13:00"),
            (.soon, "23 13:30", nil, "23 14:00"), (.soon, "23 14:00", .missed, "23 14:00"),
            (.nothing, "24 10:00", .missed, "23 13:00"),
            (.missed, "24 10:00", nil, nil),
        ] as [(DueRule.Told, String, DueRule.Told?, String?)])
    func eachIsToldOnce(_ told: DueRule.Told, _ now: String, _ step: DueRule.Told?, _ next: String?) {
        let warn = Sample.at("23 13:00"), due = Sample.at("23 14:00")
        #expect(DueRule.step(warn: warn, due: due, told: told, now: Sample.at(now)) == step)
        #expect(DueRule.next(warn: warn, due: due, told: told) == next.map(Sample.at))
    }

    @Test(arguments: [
        (Request.State.new, false, ["answer", "solution"]), (.working, false, ["answer", "solution"]),
        (.working, true, ["solution"]), (.waiting, false, []), (.solved, true, []), (.cancelled, false, []),
    ])
    func onlyWhatIsOwedRuns(_ state: Request.State, _ isAnswered: Bool, _ clocks: [String]) {
        var request = Sample.request(state, deadline: Sample.at("23 14:00"))
        request.answerDue = Sample.at("23 11:00")
        if isAnswered { request.firstAnswer = Sample.at("23 10:30") }
        #expect(DueClock.running(request).map(\.what.rawValue) == clocks)
    }

    @Test(
        arguments: [
            ("23 10:05", nil, DeadlineKind?.some(.calm(share: 91))),
            ("23 10:50", nil, .soon(left: Minutes(10), share: 16)),
            ("23 11:30", nil, .late(by: Minutes(30))), ("23 11:30", "23 10:30", .met), ("23 11:30", "23 11:01", nil),
        ] as [(String, String?, DeadlineKind?)])
    func theAnswersClockIsCalmThenSoonThenLate(_ now: String, _ answered: String?, _ kind: DeadlineKind?) {
        var request = Sample.request(.working)
        request.answerDue = Sample.at("23 11:00")
        request.firstAnswer = answered.map(Sample.at)
        #expect(DeadlineKind(answerOf: request, now: Sample.at(now)) == kind)
    }
}

@Suite struct NormTests {
    static func norm(
        _ answer: Int?, _ solution: Int?, topic: TopicID? = nil, unit: UnitID? = nil, _ priority: Priority? = nil
    ) -> Norm {
        Norm(
            id: .new(), topic: topic, priority: priority, unit: unit, answer: answer.map { Minutes($0) },
            solution: solution.map { Minutes($0) })
    }

    /// The clock of the office stands at 10:01 on a Monday when a request is registered here.
    @Test(arguments: Engine.available)
    func aRequestIsDueByTheClosestNorm(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            try await desk.lines.setNorm(Self.norm(30, 480), on: desk.computers, by: dina)
            try await desk.lines.setNorm(Self.norm(15, nil, unit: desk.branch), on: desk.computers, by: dina)
            try await desk.lines.setNorm(Self.norm(nil, 60, topic: desk.mail), on: desk.computers, by: dina)
            try await desk.lines.setNorm(Self.norm(5, 20, .urgent), on: desk.computers, by: dina)
            let number = try await desk.register("Не печатает"), start = desk.clock.now
            var request = try await desk.request(number)
            #expect(request.answerDue == start + Minutes(15), "Anna is of a department of the branch")
            try await desk.requests.setTopic(number, to: desk.mail, by: boris)
            request = try await desk.request(number)
            #expect(request.deadline == start + .hours(1) && request.answerDue == start + Minutes(15))
            try await desk.requests.setPriority(number, to: .urgent, by: boris)
            request = try await desk.request(number)
            #expect(request.answerDue == start + Minutes(15), "a unit is closer than a priority")
            #expect(request.deadline == start + .hours(1), "a topic is closer than a priority")
            try await desk.requests.setTopic(number, to: nil, by: boris)
            #expect(try await desk.request(number).deadline == start + Minutes(20))
            try await desk.requests.changeLine(number, to: desk.personnel, by: boris)
            request = try await desk.request(number)
            #expect(request.answerDue == nil && request.deadline == start + Minutes(15), "a quarter of an hour planned")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func aChangeOfNormOrCalendarMovesNoDeadlineUntilItIsAsked(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            let number = try await desk.register("Не печатает"), byHand = try await desk.register("Не включается")
            let done = try await desk.register("Не грузится")
            try await desk.requests.setDeadline(
                byHand, to: desk.clock.now + .days(2), reason: "Ждём поставку", by: boris)
            try await desk.requests.solve(done, answer: nil, by: boris)
            let before = try await desk.request(number).deadline, hand = try await desk.request(byHand).deadline
            try await desk.lines.setNorm(Self.norm(30, 60), on: desk.computers, by: dina)
            try await desk.lines.setDay(OwnDay(Zone.moscow.local(desk.clock.now).date), on: desk.computers, by: dina)
            #expect(try await desk.request(number).deadline == before)
            #expect(try await desk.request(number).answerDue == nil)

            for who in [Desk.Who.anna, .boris, .gleb, .olga] {
                #expect(try await desk.ask(.post, "/lines/\(desk.computers)/recount", as: who).status == 404)
            }
            #expect(try await desk.ask(.post, "/lines/\(desk.computers)/recount", as: .dina).status == 303)
            let tomorrow = Zone.moscow.local(desk.clock.now).date.adding(days: 1)
            let request = try await desk.request(number)
            #expect(request.deadline == Zone.moscow.instant(tomorrow, minute: 600), "the day is closed now")
            #expect(request.answerDue == Zone.moscow.instant(tomorrow, minute: 570))
            #expect(try await desk.request(byHand).deadline == hand, "what a person has set stays")
            #expect(try await desk.events(done).last == "solved", "what is done stays")
            let told = try await desk.log(number).suffix(2)
            #expect(
                told.map(\.kind) == [.deadlineChanged, .answerDueChanged]
                    && told.allSatisfy { $0.data["why"] == "recount" && $0.actor == dina.person })
            #expect(try await desk.history(number, .boris).contains("Срок пересчитан"))
            #expect(try await desk.history(byHand, .boris).contains("Ждём поставку"))
            #expect(try await desk.requests.recount(desk.computers, by: dina) == 0, "the second time nothing changes")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func bothClocksStandWhileSomebodyElseIsWaitedFor(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris),
                anna = try await desk.viewer(.anna)
            try await desk.lines.setNorm(Self.norm(60, 120), on: desk.computers, by: dina)
            let number = try await desk.register("Не печатает"), start = desk.clock.now
            desk.clock.pass(Minutes(20))
            let waited = try await desk.ask(.post, "/requests/\(number)/waiting", [("for", "company")], as: .boris)
            #expect(waited.status == 303)
            #expect(try await desk.log(number).last?.data["why"] == "company")
            #expect(try await desk.request(number).answerLeft == Minutes(40))
            #expect(try await desk.request(number).pausedLeft == Minutes(100))
            desk.clock.pass(Minutes(30))
            // The client's word does not do another company's work.
            try await desk.write("Как дела?", in: number, as: .anna)
            #expect(try await desk.request(number).state == .waiting)
            #expect(try await desk.ask(.get, "/requests/\(number)", as: .anna).text.contains("Ждём другую организацию"))
            try await desk.requests.warn(at: start + .days(3))
            #expect(try await desk.events(number).last == "replied", "nothing runs")
            try await desk.requests.proceed(number, by: boris)
            let request = try await desk.request(number)
            #expect(request.answerDue == start + Minutes(91) && request.deadline == start + Minutes(151))
            #expect(try await desk.events(number).suffix(3) == ["proceeded", "deadline-changed", "answer-due-changed"])
            try await desk.requests.wait(number, by: boris)
            try await desk.write("Вот номер", in: number, as: .anna)
            #expect(try await desk.request(number).state == .working, "the client was waited for")
            #expect(anna.person == request.client)
            #expect(
                try await desk.ask(.post, "/requests/\(number)/waiting", [("for", "moon")], as: .boris).status == 422)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func deadlinesAreWarnedOfAndMissedOnce(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            try await desk.lines.setNorm(Self.norm(20, 120), on: desk.computers, by: dina)
            let number = try await desk.register("Не печатает"), start = desk.clock.now
            func warn(_ minutes: Int) async throws -> [String] {
                let before = try await desk.events(number).count
                // Two nodes that look at the same moment tell it once.
                let (one, other) = desk.bothNodes
                async let first = one.warn(at: start + Minutes(minutes))
                async let second = other.warn(at: start + Minutes(minutes))
                _ = try await (first, second)
                return try await desk.log(number).dropFirst(before).map {
                    "\($0.kind.rawValue) \($0.data["kind"] ?? "")"
                }
            }
            #expect(try await warn(14) == [])
            #expect(try await warn(15) == ["request.due-soon answer"])
            #expect(try await warn(16) == [])
            _ = desk.rung.take()
            #expect(try await warn(20) == ["request.missed answer"])
            #expect(desk.rung.take().contains("line/\(desk.computers)"), "open pages are told")
            #expect(try await desk.request(number).answerMissed == start + Minutes(20))
            #expect(try await warn(90) == ["request.due-soon solution"])
            // Moved on by hand: it is warned of anew, and what was missed stays missed.
            desk.clock.pass(Minutes(95))
            try await desk.requests.setDeadline(number, to: start + Minutes(200), reason: "Ждём кабель", by: boris)
            #expect(try await warn(120) == [])
            #expect(try await warn(150) == ["request.due-soon solution"])
            #expect(try await warn(300) == ["request.missed solution"])
            #expect(try await warn(5000) == [])
            let request = try await desk.request(number)
            #expect(request.missed == start + Minutes(200) && request.watchAt == nil)
            let history = try await desk.history(number, .boris)
            #expect(history.contains("Срок решения нарушен") && history.contains("Скоро срок ответа"))
            #expect(try await !desk.history(number, .anna).contains("нарушен"), "the desk's own business")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func whoWasAnsweredInTimeIsNotWarnedOf(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            try await desk.lines.setNorm(Self.norm(20, 120), on: desk.computers, by: dina)
            let number = try await desk.register("Не печатает"), start = desk.clock.now
            let queue = try await desk.ask(.get, "/requests?view=free", as: .boris)
            #expect(queue.text.contains("queue-row__answer"))
            try await desk.write("Смотрю", in: number, as: .boris)
            try await desk.requests.warn(at: start + Minutes(60))
            #expect(try await desk.events(number).filter { $0 == "missed" || $0 == "due-soon" }.isEmpty)
            try await desk.requests.solve(number, answer: nil, by: boris)
            try await desk.requests.warn(at: start + .days(3))
            #expect(try await desk.events(number).last == "solved")
            #expect(try await desk.request(number).missed == nil)
        }
    }

    @Test(arguments: Engine.available)
    func theAnswersDeadlineIsSetByHandByThoseWhoMay(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает"), start = desk.clock.now
            let path = "/requests/\(number)/answer-due"
            let fields = [("at", "2026-11-23T15:00"), ("text", "Договорились по телефону")]
            for (who, status) in [(Desk.Who.anna, 403), (.egor, 404), (.zoya, 404), (.olga, 404), (.lev, 403)] {
                #expect(try await desk.ask(.post, path, fields, as: who).status == status, "\(who)")
            }
            #expect(try await desk.ask(.post, path, [("at", "2020-01-01T10:00")], as: .boris).status == 422)
            #expect(try await desk.ask(.post, path, fields, as: .boris).status == 303)
            let request = try await desk.request(number)
            #expect(request.answerByHand && request.answerDue == Sample.at("23 15:00") && request.answerDue! > start)
            let history = try await desk.history(number, .boris)
            #expect(history.contains("Договорились по телефону") && history.contains("Срок ответа: сегодня"))
            #expect(try await desk.ask(.post, path, [("_method", "DELETE")], as: .boris).status == 303)
            #expect(try await desk.request(number).answerDue == nil)
            try await desk.audit()
        }
    }
}
