import EventLog
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing
import Web

@testable import Requests

@Suite struct ReminderRuleTests {
    @Test(arguments: [
        // On Monday 23 November 2026 at 10:00, a Sunday, a Monday after midnight
        (ReminderRule.Preset.hour, "23 10:00", "23 11:00"), (.tomorrow, "23 10:00", "24 9:00"),
        (.monday, "23 10:00", "30 9:00"), (.monday, "29 23:59", "30 9:00"), (.tomorrow, "28 0:30", "29 9:00"),
        (.monday, "23 0:00", "30 9:00"), (.hour, "23 23:30", "24 0:30"),
    ])
    func presets(_ preset: ReminderRule.Preset, _ now: String, _ expected: String) {
        #expect(ReminderRule.moment(preset, from: Sample.at(now), in: .moscow) == Sample.at(expected))
    }

    @Test(arguments: [
        // to the client, state, the client spoke last, after it was set, outcome
        (false, Request.State.working, true, true, ReminderRule.Outcome.ring), (false, .closed, false, false, .drop),
        (true, .waiting, false, false, .ring), (true, .waiting, true, true, .drop),
        (true, .waiting, true, false, .ring),
        (true, .solved, false, false, .ring), (true, .cancelled, false, false, .drop),
    ])
    func nobodyIsRemindedOfWhatIsOver(
        toClient: Bool, state: Request.State, clientSpoke: Bool, after: Bool, expected: ReminderRule.Outcome
    ) {
        var request = Sample.request(state)
        let set = Sample.monday + .hours(5)
        request.lastReplyBy = clientSpoke ? request.client : .new()
        request.lastReply = after ? set + .hours(1) : set - .hours(1)
        #expect(ReminderRule.outcome(toClient: toClient, request, set: set) == expected)
    }
}

@Suite struct TaskTests {
    private func step(_ desk: Desk, _ number: Int64, _ text: String = "Проверить сеть") async throws -> CheckItemID {
        let id = CheckItemID.new(at: desk.clock.now)
        try await desk.requests.addCheckItems(text, first: id, to: number, by: desk.viewer(.boris))
        return id
    }

    @Test(arguments: Engine.available)
    func aTaskIsGivenToAColleagueWhoThenSeesTheRequestAndDoesIt(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Переезд отдела")
            try await desk.requests.take(number, by: desk.viewer(.boris))
            let item = try await step(desk, number)
            #expect(try await !desk.sees(number, .zoya))
            let path = "/requests/\(number)/checklist/\(item)/task"
            let set = try await desk.ask(
                .post, path, [("person", desk.id(.zoya).text), ("at", "2026-11-24T12:00")], as: .boris, htmx: true)
            #expect(set.status == 204)
            #expect(try await desk.sees(number, .zoya))
            #expect(try await desk.events(number).suffix(3) == ["task-due", "task-given", "observer-added"])
            let page = try await desk.ask(.get, "/tasks", as: .zoya)
            #expect(page.text.contains("Проверить сеть") && page.text.contains("Переезд отдела"))
            #expect(try await !desk.ask(.get, "/tasks", as: .vera).text.contains("Проверить сеть"))
            // Whoever has to do it does it, and nothing else.
            let zoya = try await desk.viewer(.zoya)
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.check(item, .removed, in: number, by: zoya)
            }
            await #expect(throws: RequestError.hasTask) { try await desk.requests.unwatch(number, by: zoya) }
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.setTask(item, to: nil, due: nil, in: number, by: zoya)
            }
            try await desk.requests.check(item, .done, in: number, by: zoya)
            #expect(try await desk.request(number).progress == 100)
            #expect(try await !desk.ask(.get, "/tasks", as: .zoya).text.contains("Проверить сеть"))
            try await desk.requests.unwatch(number, by: zoya)
            let history = try await desk.ask(.get, "/requests/\(number)/history", as: .boris)
            #expect(history.text.contains("Задача «Проверить сеть»: делает Ильина"))
            #expect(history.text.contains("Срок задачи «Проверить сеть»: завтра в\u{A0}12:00"))
            #expect(try await !desk.ask(.get, "/requests/\(number)/history", as: .anna).text.contains("Проверить сеть"))
        }
    }

    @Test(arguments: Engine.available)
    func tasksAreGivenOnlyToSpecialistsOfTheOrganisation(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Переезд отдела")
            let item = try await step(desk, number), boris = try await desk.viewer(.boris)
            for who in [Desk.Who.anna, .egor, .oleg, .gleb] {
                let person = desk.id(who)
                await #expect(throws: RequestError.noSuchPerson, "\(who)") {
                    try await desk.requests.setTask(item, to: person, due: nil, in: number, by: boris)
                }
            }
            let past = desk.clock.now - Minutes(1)
            await #expect(throws: RequestError.momentPast) {
                try await desk.requests.setTask(item, to: nil, due: past, in: number, by: boris)
            }
            let other = try await desk.register("Другая заявка")
            await #expect(throws: RequestError.notFound) {
                try await desk.requests.setTask(item, to: boris.person, due: nil, in: other, by: boris)
            }
            for who in [Desk.Who.zoya, .olga, .egor] {
                let viewer = try await desk.viewer(who)
                await #expect(throws: RequestError.notFound, "\(who)") {
                    try await desk.requests.setTask(item, to: nil, due: nil, in: number, by: viewer)
                }
                await #expect(throws: RequestError.notFound, "\(who)") {
                    try await desk.requests.check(item, .done, in: number, by: viewer)
                }
            }
            let anna = try await desk.viewer(.anna), lev = try await desk.viewer(.lev)
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.check(item, .done, in: number, by: anna)
            }
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.check(item, .done, in: number, by: lev)
            }
        }
    }

    @Test(arguments: Engine.available)
    func aTaskThatIsLateIsSeen(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Переезд отдела")
            try await desk.requests.take(number, by: desk.viewer(.boris))
            let item = try await step(desk, number)
            try await desk.requests.setTask(
                item, to: desk.id(.boris), due: desk.clock.now + .hours(1), in: number, by: desk.viewer(.boris))
            #expect(try await !desk.ask(.get, "/tasks", as: .boris).text.contains("просрочено"))
            desk.clock.pass(.hours(2))
            let page = try await desk.ask(.get, "/tasks", as: .boris)
            #expect(page.text.contains("Просрочены · 1") && page.text.contains("просрочено на 1\u{A0}ч"))
            #expect(try await desk.ask(.get, "/tasks/badge", as: .boris, htmx: true).text.contains(">1<"))
            #expect(
                try await desk.ask(.get, "/requests/\(number)/context", as: .boris, htmx: true).text.contains(
                    "просрочено на 1\u{A0}ч"))
            #expect(try await desk.ask(.get, "/tasks", as: .anna).status == 404)
            #expect(try await desk.ask(.get, "/tasks/badge", as: .anna, htmx: true).status == 404)
        }
    }
}

@Suite struct ReminderTests {
    /// What the timers of the server would do now, on both nodes at once.
    private func work(_ desk: Desk) async throws {
        let now = desk.clock.now, (one, other) = desk.bothNodes
        let due = try await desk.database.read { tx in try Timers.due(at: now, atMost: 100, tx) }
            .filter { $0.kind == Requests.reminderTimer }
        for timer in due {
            async let first: Void = one.ring(timer)
            async let second: Void = other.ring(timer)
            _ = try await (first, second)
        }
    }

    @Test(arguments: Engine.available)
    func aReminderToOneselfRingsOnceAndStaysUntilItIsPutAway(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            try await desk.requests.take(number, by: desk.viewer(.boris))
            let id = ReminderID.new(at: desk.clock.now)
            let fields = [("id", id.text), ("to", "self"), ("text", "Позвонить поставщику"), ("preset", "hour")]
            for _ in 1...2 {
                #expect(
                    try await desk.ask(.post, "/requests/\(number)/reminders", fields, as: .boris, htmx: true).status
                        == 204)
            }
            #expect(try await desk.ask(.get, "/tasks", as: .boris).text.contains("Позвонить поставщику"))
            #expect(try await !desk.ask(.get, "/requests?view=mine", as: .boris).text.contains("Вы просили напомнить"))
            try await work(desk)
            desk.clock.pass(.hours(1))
            _ = desk.rung.take()
            try await work(desk)
            #expect(desk.rung.take().contains("person/\(desk.id(.boris))"))
            let due = try await desk.log(number).filter { $0.kind == .reminderDue }
            #expect(due.count == 1 && due[0].subject == id.text && due[0].data["to"] == desk.id(.boris).text)
            #expect(try await desk.ask(.get, "/requests?view=mine", as: .boris).text.contains("Вы просили напомнить"))
            let badge = try await desk.ask(.get, "/tasks/badge", as: .boris, htmx: true)
            #expect(badge.text.contains(id.text) && badge.text.contains("Позвонить поставщику"))
            #expect(
                try await desk.ask(.get, "/requests/\(number)/head", as: .boris, htmx: true).text.contains(
                    "Позвонить поставщику"))
            // Nobody else is told of it.
            for who in [Desk.Who.vera, .gera, .dina, .anna] {
                for path in ["/requests/\(number)", "/requests/\(number)/history", "/requests?view=all"] {
                    let answer = try await desk.ask(.get, path, as: who)
                    #expect(
                        !answer.text.contains("Позвонить поставщику") && !answer.text.contains("Вы просили"),
                        "\(who) \(path)")
                }
            }
            #expect(try await desk.ask(.delete, "/reminders/\(id)", as: .vera, htmx: true).status == 404)
            #expect(
                try await desk.ask(.post, "/reminders/\(id)", [("preset", "hour")], as: .vera, htmx: true).status == 404
            )
            // Once more in an hour, and then put away.
            #expect(
                try await desk.ask(.post, "/reminders/\(id)", [("preset", "hour")], as: .boris, htmx: true).status
                    == 204)
            #expect(try await !desk.ask(.get, "/tasks/badge", as: .boris, htmx: true).text.contains(id.text))
            desk.clock.pass(.hours(1))
            try await work(desk)
            #expect(try await desk.ask(.get, "/tasks/badge", as: .boris, htmx: true).text.contains(id.text))
            #expect(try await desk.ask(.delete, "/reminders/\(id)", as: .boris, htmx: true).status == 204)
            #expect(try await !desk.ask(.get, "/tasks", as: .boris).text.contains("Позвонить поставщику"))
            #expect(try await desk.ask(.delete, "/reminders/\(id)", as: .boris, htmx: true).status == 404)
        }
    }

    @Test(arguments: Engine.available)
    func theClientIsRemindedPolitelyAndNotAfterAnAnswer(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            try await desk.requests.take(number, by: desk.viewer(.boris))
            try await desk.write("Пришлите номер принтера.", in: number, as: .boris)
            func remind(_ hours: Int) async throws {
                try await desk.requests.remind(
                    .new(at: desk.clock.now), of: number, at: desk.clock.now + .hours(hours), toClient: true, text: nil,
                    by: desk.viewer(.boris))
            }
            try await remind(2)
            desk.clock.pass(.hours(2))
            try await work(desk)
            try await work(desk)
            let page = try await desk.ask(.get, "/requests/\(number)", as: .anna)
            #expect(page.text.contains("по этой заявке ждут вашего ответа"))
            #expect(try await desk.events(number).count { $0 == "client-reminded" } == 1)
            #expect(try await desk.request(number).lastReplyBy == desk.id(.boris))
            try await remind(2)
            try await desk.write("Номер 12.", in: number, as: .anna)
            desk.clock.pass(.hours(2))
            try await work(desk)
            #expect(try await desk.events(number).count { $0 == "client-reminded" } == 1)
            #expect(try await desk.log(number).last?.data["why"] == "answered")
            let history = try await desk.ask(.get, "/requests/\(number)/history", as: .boris)
            #expect(history.text.contains("Напоминание клиенту не понадобилось"))
            try await remind(2)
            try await desk.requests.cancel(number, reason: nil, by: desk.viewer(.anna))
            desk.clock.pass(.hours(2))
            try await work(desk)
            #expect(try await desk.log(number).last?.data["why"] == "ended")
        }
    }

    @Test(arguments: Engine.available)
    func whoMayRemindWhom(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            func remind(_ to: String, as who: Desk.Who, _ at: String = "2026-11-24T12:00") async throws -> Int {
                try await desk.ask(
                    .post, "/requests/\(number)/reminders", [("id", ReminderID.new().text), ("to", to), ("at", at)],
                    as: who,
                    htmx: true
                ).status
            }
            for who in [Desk.Who.zoya, .olga, .oleg, .egor] {
                #expect(try await remind("self", as: who) == 404, "\(who)")
                #expect(try await remind("client", as: who) == 404, "\(who)")
            }
            #expect(try await remind("self", as: .anna) == 403)
            #expect(try await remind("client", as: .anna) == 403, "a client does not remind oneself")
            #expect(try await remind("self", as: .lev) == 204)
            #expect(try await remind("client", as: .lev) == 403, "an observer only looks")
            #expect(try await remind("client", as: .gera) == 204)
            #expect(try await remind("self", as: .boris, "2026-11-23T09:00") == 422)
            #expect(try await remind("self", as: .boris, "2029-11-23T09:00") == 422)
            #expect(try await remind("self", as: .boris, "tomorrow") == 422)
            #expect(
                try await desk.ask(
                    .post, "/requests/\(number)/reminders", [("id", ReminderID.new().text)], as: .boris, htmx: true
                ).status == 422)
        }
    }
}
