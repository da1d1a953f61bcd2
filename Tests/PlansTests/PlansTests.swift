import EventLog
import HTTPTypes
import Kernel
import Lines
import OknoApp
import People
import Requests
import Storage
import TestOffice
import Testing
import Web

@testable import Plans

/// The office on Monday 23 November 2026, 10:00 in Moscow. Boris is on the office's line; Gleb manages, Dina administers.
@Suite struct PlansTests {
    private func details(
        _ office: Office, _ subject: String = "Сверка часов", every: String = "day", time: String = "09:00"
    )
        -> [(String, String)]
    {
        [
            ("id", RecurringID.new().text), ("line", office.line.text), ("client", office.id(.anna).text),
            ("subject", subject), ("text", "Подробности"), ("every", every), ("weekday", "3"), ("day", "31"),
            ("time", time),
        ]
    }

    private func plan(_ office: Office, _ subject: String = "Сверка часов") async throws -> RecurringID {
        try await office.database.read { tx in
            try #require(try tx.value("SELECT id FROM recurring WHERE subject = \(subject)"))
        }
    }

    /// What the timers of the server would do now, on every node at once.
    private func work(_ office: Office) async throws {
        let now = office.clock.now
        let due = try await office.database.read { tx in try Timers.due(at: now, atMost: 100, tx) }
            .filter { $0.kind == Plans.timer }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for timer in due {
                for node in office.nodes { group.addTask { try await node.plans.register(timer) } }
            }
            try await group.waitForAll()
        }
    }

    private func numbers(_ office: Office, _ subject: String = "Сверка часов") async throws -> [Int64] {
        try await office.database.read { tx in
            try tx.all("SELECT number FROM request WHERE subject = \(subject) ORDER BY number") { try $0[0] }
        }
    }

    @Test(arguments: Engine.available)
    func aRequestIsRegisteredWhenItsTimeHasComeOnceAndAgain(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .boris, .post, "/recurring", form: details(office), status: 303, events: [.planMade])
            try await office.check(
                as: .boris, .get, "/recurring", status: 200,
                shows: ["Сверка часов", "каждый день в\u{A0}9:00", "Следующая — завтра в\u{A0}9:00"])
            try await work(office)
            #expect(try await numbers(office).isEmpty)
            office.clock.pass(.hours(23))
            try await work(office)
            let first = try await numbers(office)
            #expect(first.count == 1, "on two nodes, and once")
            try await office.check(
                as: .anna, .get, "/requests/\(first[0])", status: 200, shows: ["Сверка часов", "Подробности"])
            // Three days without a server: once, and the next time is ahead.
            office.clock.pass(.days(3))
            try await work(office)
            try await work(office)
            #expect(try await numbers(office).count == 2)
            try await office.check(
                as: .boris, .get, "/recurring", status: 200, shows: ["Следующая — завтра в\u{A0}9:00"])
        }
    }

    @Test(arguments: Engine.available)
    func aCrashBetweenTheRequestAndTheNextTimeRegistersNothingTwice(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .boris, .post, "/recurring", form: details(office), status: 303)
            office.clock.pass(.hours(24))
            let id = try await plan(office), now = office.clock.now
            let timer = try #require(
                try await office.database.read { tx in try Timers.due(at: now, atMost: 10, tx) }.first {
                    $0.key == id.text
                })
            // The request is there, the timer is not finished: as if the program had ended in between.
            let boris = try await office.viewer(.boris)
            let found = try await office.database.read { tx in try Recurring.waiting(id, tx) }
            _ = try await office.requests.register(#require(found).1.registration, by: boris)
            #expect(try await numbers(office).count == 1)
            try await office.installation.plans.register(timer)
            try await office.installation.plans.register(timer)
            #expect(try await numbers(office).count == 1)
        }
    }

    @Test(arguments: Engine.available, [false, true])
    func whatIsChangedOrResumedJustAfterItsRequestLosesNoTime(on engine: Engine, isPaused: Bool) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .boris, .post, "/recurring", form: details(office), status: 303)
            office.clock.pass(.hours(24))
            let id = try await plan(office), boris = try await office.viewer(.boris)
            // The request is there and its template does not know it yet.
            let found = try await office.database.read { tx in try Recurring.waiting(id, tx) }
            _ = try await office.requests.register(#require(found).1.registration, by: boris)
            if isPaused {
                try await office.check(as: .boris, .post, "/recurring/\(id)/pause", status: 303)
                try await office.check(as: .boris, .delete, "/recurring/\(id)/pause", status: 303)
            } else {
                try await office.check(
                    as: .boris, .post, "/recurring/\(id)", form: details(office, time: "09:30"), status: 303)
            }
            try await work(office)
            #expect(try await numbers(office).count == 1)
            office.clock.pass(.hours(24))
            try await work(office)
            #expect(try await numbers(office).count == 2)
        }
    }

    @Test(arguments: Engine.available)
    func nothingIsRegisteredForAClientWhoHasLeft(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .boris, .post, "/recurring", form: details(office), status: 303)
            let id = try await plan(office)
            try await office.installation.people.leave(office.id(.anna), by: office.viewer(.dina))
            office.clock.pass(.hours(24))
            try await work(office)
            #expect(try await numbers(office).isEmpty)
            let paused = try await office.events(after: 0, in: office.north).last
            #expect(paused?.kind == .planPaused && paused?.data["why"] == "client" && paused?.actor == nil)
            try await office.check(
                as: .boris, .get, "/recurring", status: 200, shows: ["клиента больше нет в организации"])
            try await office.check(
                as: .boris, .post, "/recurring/\(id)", form: details(office, time: "08:30"), status: 422,
                shows: ["Выберите, чья"], events: [])
        }
    }

    @Test(arguments: Engine.available)
    func pausedResumedChangedAndEnded(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .boris, .post, "/recurring", form: details(office), status: 303)
            let id = try await plan(office)
            try await office.check(
                as: .boris, .post, "/recurring/\(id)/pause", status: 303, events: [.planPaused])
            office.clock.pass(.days(2))
            try await work(office)
            #expect(try await numbers(office).isEmpty)
            try await office.check(
                as: .boris, .delete, "/recurring/\(id)/pause", status: 303, events: [.planResumed])
            try await work(office)
            #expect(try await numbers(office).isEmpty, "what was missed in a pause is not made up for")
            try await office.check(
                as: .boris, .post, "/recurring/\(id)", form: details(office, every: "month", time: "08:30"),
                status: 303,
                events: [.planChanged])
            try await office.check(
                as: .boris, .get, "/recurring", status: 200,
                shows: ["31-го числа каждого месяца в\u{A0}8:30", "30\u{A0}ноября в\u{A0}8:30"])
            try await office.check(as: .boris, .delete, "/recurring/\(id)", status: 303, events: [.planEnded])
            office.clock.pass(.days(40))
            try await work(office)
            #expect(try await numbers(office).isEmpty)
            try await office.check(as: .boris, .get, "/recurring/\(id)", status: 404)
            try await office.check(as: .boris, .get, "/recurring", status: 200, hides: ["Сверка часов"])
        }
    }

    @Test(arguments: Engine.available)
    func theLastDayEndsIt(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(
                as: .boris, .post, "/recurring", form: details(office) + [("until", "2026-11-24")], status: 303)
            office.clock.pass(.hours(24))
            try await work(office)
            #expect(try await numbers(office).count == 1)
            let ended = try await office.events(after: 0, in: office.north).last
            #expect(ended?.kind == .planEnded && ended?.data["why"] == "until" && ended?.actor == nil)
        }
    }

    @Test(arguments: Engine.available)
    func whoseAuthorOrLineIsGonePausesAndSaysWhy(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .boris, .post, "/recurring", form: details(office, "Первая"), status: 303)
            try await office.check(as: .gleb, .post, "/recurring", form: details(office, "Вторая"), status: 303)
            let dina = try await office.viewer(.dina)
            try await office.installation.people.block(office.id(.boris), by: dina)
            office.clock.pass(.hours(24))
            try await work(office)
            #expect(try await numbers(office, "Первая").isEmpty)
            #expect(try await numbers(office, "Вторая").count == 1)
            try await office.check(as: .dina, .get, "/recurring", status: 200, shows: ["у автора больше нет прав"])
            try await office.installation.lines.archive(office.line, by: dina)
            office.clock.pass(.hours(24))
            try await work(office)
            #expect(try await numbers(office, "Вторая").count == 1)
            try await office.check(
                as: .gleb, .get, "/recurring", status: 200, shows: ["линия больше не принимает заявки"])
        }
    }

    @Test(arguments: Engine.available)
    func templatesAreTheirAuthorsAndTheManagers(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.check(as: .boris, .post, "/recurring", form: details(office), status: 303)
            let id = try await plan(office)
            try await office.check(as: .gleb, .get, "/recurring", status: 200, shows: ["Сверка часов"])
            try await office.check(as: .dina, .get, "/recurring/\(id)", status: 200, shows: ["Сверка часов"])
            try await office.check(as: .vera, .get, "/recurring", status: 200, hides: ["Сверка часов"])
            for who in [Who.vera, .olga, .anna, .oleg] {
                try await office.check(as: who, .get, "/recurring/\(id)", status: 404)
                try await office.check(
                    as: who, .post, "/recurring/\(id)", form: details(office), status: 404, events: [])
                try await office.check(as: who, .post, "/recurring/\(id)/pause", status: 404, events: [])
                try await office.check(as: who, .delete, "/recurring/\(id)", status: 404, events: [])
            }
            for who in [Who.anna, .oleg] {
                try await office.check(as: who, .get, "/recurring", status: 404)
                try await office.check(as: who, .post, "/recurring", form: details(office), status: 404, events: [])
            }
        }
    }

    @Test(arguments: Engine.available)
    func badInputSaysWhatIsWrong(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            func refused(_ change: [(String, String)], status: Int = 422, shows: [String] = []) async throws {
                var form = details(office).filter { field in !change.contains { $0.0 == field.0 } }
                form += change
                try await office.check(
                    as: .boris, .post, "/recurring", form: form, status: status, shows: shows, events: [])
            }
            try await refused([("line", office.southLine.text)], shows: ["Эта линия не принимает"])
            try await refused([("client", office.id(.oleg).text)], shows: ["Выберите, чья"])
            try await refused([("topic", TopicID.new().text)], shows: ["Такой темы"])
            try await refused([("until", "2026-11-01")], shows: ["последний день прошёл"])
            try await refused([("until", "2026-02-30")])
            try await refused([("time", "25:00")])
            try await refused([("every", "hour")])
            try await refused([("every", "month"), ("day", "32")])
            try await refused([("subject", "  ")])
            try await refused([("client", "")], shows: ["Выберите, чья"])
        }
    }

    // MARK: the calendar

    @Test(arguments: Engine.available)
    func theCalendarShowsWhatIsOnesOwnAndEachOpensItsRequest(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let boris = try await office.viewer(.boris), now = office.clock.now, number = office.number
            try await office.requests.take(number, by: boris)
            let tomorrow = now + .hours(25)
            try await office.requests.setDeadline(number, to: tomorrow, by: boris)
            try await office.requests.setPlan(number, to: .hours(2), by: boris)
            let item = CheckItemID.new(at: now)
            try await office.requests.addCheckItems("Заменить картридж", first: item, to: number, by: boris)
            try await office.requests.setTask(item, to: boris.person, due: tomorrow, in: number, by: boris)
            try await office.requests.remind(
                .new(at: now), of: number, at: tomorrow, toClient: false, text: "Позвонить Анне", by: boris)
            try await office.check(as: .boris, .post, "/recurring", form: details(office), status: 303)
            for view in ["month", "week", "day&day=2026-11-24"] {
                try await office.check(
                    as: .boris, .get, "/calendar?view=\(view)", status: 200,
                    shows: [
                        "Заменить картридж", "Позвонить Анне", "Сверка часов", "план 2\u{A0}ч", "11:00",
                        "/requests/\(number)?view=all",
                    ])
            }
            try await office.check(
                as: .boris, .get, "/calendar?view=day&day=2026-11-25", status: 200, shows: ["Сверка часов"],
                hides: ["Заменить картридж", "Позвонить Анне"])
            // The manager sees the specialist's deadlines and tasks, never what he asked to be reminded of.
            for whose in ["person:\(office.id(.boris))", "line:\(office.line)"] {
                try await office.check(
                    as: .gleb, .get, "/calendar?whose=\(whose)", status: 200,
                    shows: ["Заменить картридж", "Сверка часов"],
                    hides: ["Позвонить Анне"])
            }
            try await office.check(as: .gleb, .get, "/calendar", status: 200, hides: ["Заменить картридж"])
        }
    }

    @Test(arguments: Engine.available)
    func nobodyLooksIntoAnothersCalendar(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            for who in [Who.anna, .oleg] { try await office.check(as: who, .get, "/calendar", status: 404) }
            let boris = "person:\(office.id(.boris))"
            for who in [Who.vera, .olga] {
                try await office.check(as: who, .get, "/calendar?whose=\(boris)", status: 404)
            }
            try await office.check(as: .olga, .get, "/calendar?whose=line:\(office.line)", status: 404)
            try await office.check(as: .boris, .get, "/calendar?whose=line:\(office.southLine)", status: 404)
            try await office.check(as: .boris, .get, "/calendar?whose=everybody", status: 422)
            try await office.check(as: .boris, .get, "/calendar?day=2026-02-30", status: 422)
            try await office.check(as: .boris, .get, "/calendar?view=year", status: 422)
            try await office.check(as: .boris, .get, "/calendar?day=2199-12-31", status: 200)
        }
    }
}
