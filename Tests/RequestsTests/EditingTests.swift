import EventLog
import Foundation
import HTTPTypes
import Kernel
import OknoApp
import People
import Storage
import TestOffice
import Testing

@testable import Requests

@Suite struct EditingTests {
    /// Every field, with the sentence that the history keeps of it: who, when, from, to.
    @Test(arguments: Engine.available)
    func eachChangeIsASentence(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let boris = try await desk.viewer(.boris)
            try await desk.office.installation.accounts.prefer(
                theme: nil, language: .english, by: try await desk.viewer(.vera))
            let number = try await desk.register("Не печатает")  // 10:01, due at 14:01

            func change(
                _ kinds: [String], ru: String, en: String, forClient: Bool = true,
                _ act: (Requests) async throws -> Void,
                _ at: SourceLocation = #_sourceLocation
            ) async throws {
                desk.clock.pass(Minutes(1))
                let before = try await desk.events(number).count
                try await act(desk.requests)
                #expect(try await desk.events(number).dropFirst(before) == ArraySlice(kinds), sourceLocation: at)
                let minute = Zone.moscow.local(desk.clock.now).minute,
                    clock = "\(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
                for (who, sentence, by) in [
                    (Who.boris, ru, "Громов Борис Олегович, сегодня в \(clock)"),
                    (.vera, en, "Громов Борис Олегович, today at \(clock)"),
                ] {
                    let page = try await desk.history(number, who).replacing("\u{A0}", with: " ")
                    #expect(
                        page.contains("\(sentence)</span><small>\(by)"),
                        "\(page.components(separatedBy: "timeline").last!.prefix(400))", sourceLocation: at)
                }
                let clients = try await desk.history(number, .anna).replacing("\u{A0}", with: " ")
                #expect(clients.contains(ru) == forClient, "client and «\(ru)»", sourceLocation: at)
                try await desk.audit(at)
            }

            try await change(["taken"], ru: "Взята в работу", en: "Taken") { try await $0.take(number, by: boris) }
            try await change(
                ["topic-changed", "deadline-changed"], ru: "Срок перенесён: сегодня в 14:01 → сегодня в 12:01",
                en: "Deadline moved: today at 14:01 → today at 12:01"
            ) { try await $0.setTopic(number, to: desk.printers, by: boris) }
            #expect(try await desk.history(number, .boris).contains("Тема: «Принтеры»"))
            #expect(try await desk.request(number).plan == .hours(2))
            try await change(
                ["topic-changed", "deadline-changed"], ru: "Тема: «Принтеры» → «Почта»",
                en: "Topic: “Принтеры” → “Почта”"
            ) { try await $0.setTopic(number, to: desk.mail, by: boris) }
            try await change(
                ["priority-changed", "deadline-changed"], ru: "Приоритет: Обычный → Срочный",
                en: "Priority: Normal → Urgent"
            ) { try await $0.setPriority(number, to: .urgent, by: boris) }
            try await change(
                ["deadline-changed"], ru: "Срок перенесён: сегодня в 11:01 → завтра в 12:00",
                en: "Deadline moved: today at 11:01 → tomorrow at 12:00"
            ) { try await $0.setDeadline(number, to: Sample.at("24 12:00"), by: boris) }
            #expect(try await desk.request(number).deadlineByHand)
            try await change(["priority-changed"], ru: "Приоритет: Срочный → Низкий", en: "Priority: Urgent → Low") {
                try await $0.setPriority(number, to: .low, by: boris)
            }
            #expect(try await desk.request(number).deadline == Sample.at("24 12:00"), "set by hand it stays")
            try await change(
                ["deadline-changed"], ru: "Срок перенесён: завтра в 12:00 → завтра в 9:01",
                en: "Deadline moved: tomorrow at 12:00 → tomorrow at 9:01"
            ) { try await $0.setDeadline(number, to: nil, by: boris) }
            try await change(
                ["plan-changed"], ru: "План: 2 ч → 1 ч 30 мин", en: "Plan: 2 h → 1 h 30 min", forClient: false
            ) { try await $0.setPlan(number, to: Minutes(90), by: boris) }
            try await change(["progress-changed"], ru: "Выполнение: 0 % → 40 %", en: "Progress: 0% → 40%") {
                try await $0.setProgress(number, to: 40, by: boris)
            }
            try await change(
                ["time-added"], ru: "Добавлено время: 25 мин, всего 25 мин: «Разобрал»",
                en: "Time added: 25 min, 25 min in all: “Разобрал”", forClient: false
            ) { try await $0.addTime(number, Minutes(25), reason: "Разобрал", by: boris) }
            try await change(
                ["time-added"], ru: "Убавлено время: 5 мин, всего 20 мин",
                en: "Time corrected by −5 min, 20 min in all", forClient: false
            ) { try await $0.addTime(number, Minutes(-5), reason: nil, by: boris) }
            try await change(
                ["observer-added"], ru: "Наблюдает: Сомов Егор", en: "Watched by Сомов Егор", forClient: false
            ) { try await $0.watch(number, desk.id(.egor), by: boris) }
            try await change(
                ["observer-removed"], ru: "Больше не наблюдает: Сомов Егор", en: "No longer watched by Сомов Егор",
                forClient: false
            ) { try await $0.unwatch(number, desk.id(.egor), by: boris) }
            try await change(["waiting"], ru: "Ждём ответа клиента", en: "Waiting for the client&#39;s answer") {
                try await $0.wait(number, by: boris)
            }
            try await change(["proceeded", "deadline-changed"], ru: "Работа продолжена", en: "Work goes on") {
                try await $0.proceed(number, by: boris)
            }
            try await change(["cancelled"], ru: "Отменена: «Починилось само»", en: "Cancelled: “Починилось само”") {
                try await $0.cancel(number, reason: "Починилось само", by: boris)
            }
            try await change(["reopened"], ru: "Возвращена в работу", en: "Reopened") {
                try await $0.reopen(number, text: nil, by: boris)
            }
        }
    }

    /// The same value again is no change: no event, no new version.
    @Test(arguments: Engine.available)
    func whatIsTheSameIsNoChange(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает", topic: desk.printers)
            let boris = try await desk.viewer(.boris), before = try await desk.request(number)
            desk.clock.pass(Minutes(1))
            let room = desk.requests
            try await room.setTopic(number, to: desk.printers, by: boris)
            try await room.setPriority(number, to: .high, by: boris)
            try await room.setDeadline(number, to: nil, by: boris)
            try await room.setPlan(number, to: .hours(2), by: boris)
            try await room.setProgress(number, to: 0, by: boris)
            try await room.changeLine(number, to: desk.computers, by: boris)
            try await room.unwatch(number, by: boris)
            try await room.addTime(number, Minutes(0), reason: nil, by: boris)
            #expect(try await desk.request(number) == before)
            #expect(try await desk.events(number) == ["registered"])
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func labourTimeNeverFallsBelowNothing(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let boris = try await desk.viewer(.boris), vera = try await desk.viewer(.vera)
            try await desk.requests.addTime(number, Minutes(-30), reason: nil, by: boris)
            #expect(try await desk.request(number).fact == Minutes(0))
            #expect(try await desk.events(number) == ["registered"])
            try await desk.requests.addTime(number, Minutes(10), reason: nil, by: boris)
            try await desk.requests.addTime(number, Minutes(-30), reason: nil, by: vera)
            #expect(try await desk.request(number).fact == Minutes(0))
            #expect(try await desk.log(number).last?.data["minutes"] == "-10")
            try await desk.requests.solve(number, answer: nil, by: boris)
            try await desk.requests.addTime(number, Minutes(5), reason: nil, by: boris)
            #expect(try await desk.request(number).fact == Minutes(5), "time is added after the work too")
            let anna = try await desk.viewer(.anna)
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.addTime(number, Minutes(5), reason: nil, by: anna)
            }
            for minutes in ["1441", "-1441", "много", ""] {
                let answer = try await desk.ask(.post, "/requests/\(number)/time", [("minutes", minutes)], as: .boris)
                #expect(answer.status == 422, "\(minutes)")
            }
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func whatCannotBeSetIsRefused(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let boris = try await desk.viewer(.boris), now = desk.clock.now
            await #expect(throws: RequestError.deadlinePast) {
                try await desk.requests.setDeadline(number, to: now, by: boris)
            }
            for topic in [desk.foreignTopic, .new()] {
                await #expect(throws: RequestError.noSuchTopic) {
                    try await desk.requests.setTopic(number, to: topic, by: boris)
                }
            }
            for person in [desk.id(.oleg), .new()] {
                await #expect(throws: RequestError.noSuchPerson) {
                    try await desk.requests.watch(number, person, by: boris)
                }
            }
            for (path, field, value) in [
                ("progress", "percent", "101"), ("progress", "percent", "-1"), ("plan", "minutes", "60001"),
                ("priority", "priority", "very"), ("deadline", "at", "завтра"), ("deadline", "at", "2026-13-40T10:00"),
                ("topic", "topic", "не-номер"), ("line", "line", "1"), ("rating", "rating", "6"),
                ("reading", "upto", "-1"),
            ] {
                let answer = try await desk.ask(
                    .post, "/requests/\(number)/\(path)", [(field, value)], as: .boris, htmx: true)
                #expect(answer.status == 422, "\(path) \(value)")
            }
            #expect(try await desk.events(number) == ["registered"])
            let page = try await desk.ask(
                .post, "/requests/\(number)/deadline", [("at", "2026-11-24T16:00")], as: .boris)
            #expect(page.status == 303 && page.header("Location") == "/requests/\(number)")
            #expect(
                try await desk.request(number).deadline == Sample.at("24 16:00"), "by the clock of the person's zone")
        }
    }

    @Test(arguments: Engine.available)
    func watchingIsSeeingAndBeingTold(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let gleb = try await desk.viewer(.gleb), roman = try await desk.viewer(.roman),
                boris = try await desk.viewer(.boris)
            await #expect(throws: RequestError.notFound) { try await desk.requests.watch(number, by: roman) }
            try await desk.requests.watch(number, by: gleb)
            try await desk.requests.watch(number, by: gleb)
            try await desk.requests.watch(number, roman.person, by: boris)
            #expect(
                try await desk.events(number) == ["registered", "observer-added", "observer-added"], "twice is once")
            #expect(try await desk.sees(number, .roman))
            _ = desk.rung.take()
            try await desk.write("Ещё", in: number, as: .anna)
            #expect(desk.rung.take().isSuperset(of: ["person/\(gleb.person)", "person/\(roman.person)"]))
            let watched = try await desk.ask(.get, "/requests", [("view", "watched")], as: .gleb)
            #expect(watched.status == 200 && watched.text.contains("/requests/\(number)?"))
            try await desk.requests.unwatch(number, by: roman)
            #expect(try await desk.sees(number, .roman) == false)
            await #expect(throws: RequestError.notFound) { try await desk.requests.unwatch(number, by: roman) }
            try await desk.requests.watch(number, roman.person, by: boris)
            #expect(try await desk.sees(number, .roman), "and again")
            let lev = try await desk.viewer(.lev)
            await #expect(throws: RequestError.notAllowed) {
                try await desk.requests.watch(number, gleb.person, by: lev)
            }
            try await desk.audit()
        }
    }
}
