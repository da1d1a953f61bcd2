import EventLog
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import Requests

@Suite struct AssigningTests {
    /// Both saw the free request and press at once, each on a node of their own.
    @Test(arguments: Engine.available)
    func ofTwoWhoTakeAtOnceOneWins(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            for _ in 0..<5 {
                let number = try await desk.register("Не печатает")
                let boris = try await desk.viewer(.boris), vera = try await desk.viewer(.vera)
                let (first, second) = desk.bothNodes
                let version = try await desk.request(number).version
                async let one = refusal { try await first.take(number, by: boris, version: version) }
                async let two = refusal { try await second.take(number, by: vera, version: version) }
                let results = try await [one, two]
                #expect(results.compactMap(\.self) == [.changedMeanwhile])
                let request = try await desk.request(number)
                #expect(request.assignee == (results[0] == nil ? boris.person : vera.person))
                #expect(try await desk.events(number) == ["registered", "taken"])
            }
            try await desk.audit()
        }
    }

    /// Without what was seen, the second take is a taking over, and the history says from whom.
    @Test(arguments: Engine.available)
    func aColleagueTakesOver(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let boris = try await desk.viewer(.boris), vera = try await desk.viewer(.vera)
            try await desk.requests.take(number, by: boris)
            await #expect(throws: RequestError.wrongState) { try await desk.requests.take(number, by: boris) }
            desk.clock.pass(Minutes(5))
            try await desk.requests.take(number, by: vera)
            let request = try await desk.request(number)
            #expect(request.assignee == vera.person && request.taken == request.registered, "first taken stays")
            #expect(try await desk.log(number).last?.data["from"] == boris.person.text)
            await #expect(throws: RequestError.wrongState) { try await desk.requests.giveBack(number, by: boris) }
            #expect(try await desk.history(number, .boris).contains("Взята в работу, раньше — Громов Борис Олегович"))
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func whatIsGivenBackIsFreeAgain(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let boris = try await desk.viewer(.boris), gleb = try await desk.viewer(.gleb)
            await #expect(throws: RequestError.wrongState) { try await desk.requests.giveBack(number, by: boris) }
            try await desk.requests.take(number, by: boris)
            try await desk.requests.setProgress(number, to: 30, by: boris)
            try await desk.requests.wait(number, by: boris)
            desk.clock.pass(.hours(2))
            try await desk.requests.giveBack(number, by: boris)
            var request = try await desk.request(number)
            #expect(
                request.state == .new && request.assignee == nil && request.progress == 30 && request.pausedLeft == nil)
            #expect(request.deadline == request.registered + .hours(6), "the pause is not lost")
            try await desk.requests.take(number, by: boris)
            try await desk.requests.giveBack(number, by: gleb)
            request = try await desk.request(number)
            #expect(request.assignee == nil, "who leads gives back for others")
            #expect(try await desk.events(number).suffix(2) == ["taken", "given-back"])
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func passedOnToAColleagueItStaysOneThread(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let boris = try await desk.viewer(.boris)
            try await desk.requests.take(number, by: boris)
            try await desk.requests.transfer(
                number, to: desk.id(.vera), line: nil, note: "Картридж у тебя", by: boris)
            let request = try await desk.request(number)
            #expect(request.assignee == desk.id(.vera) && request.state == .working && request.line == desk.computers)
            #expect(try await desk.events(number) == ["registered", "taken", "transferred", "noted"])
            #expect(try await desk.messages(number) == ["Не печатает", "Картридж у тебя"])
            #expect(try await desk.history(number, .anna).contains("Передана: Вилкова Вера Петровна"))
            #expect(try await desk.ask(.get, "/requests/\(number)/messages").text.contains("Картридж") == false)
            #expect(try await desk.found("вилкова", .boris) == [number], "found by the new name too")
            for somebody in [Who.lev, .zoya, .anna, .oleg] {
                await #expect(throws: RequestError.noSuchPerson) {
                    try await desk.requests.transfer(number, to: desk.id(somebody), line: nil, note: "Нет", by: boris)
                }
            }
            await #expect(throws: RequestError.lineFirst) {
                try await desk.requests.transfer(number, to: nil, line: nil, note: nil, by: boris)
            }
            #expect(try await desk.messages(number).count == 2, "a refused transfer leaves no note")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func passedOnToAnotherLineItChangesHandsAndNorm(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Справка о зарплате", topic: desk.printers)
            let boris = try await desk.viewer(.boris), zoya = try await desk.viewer(.zoya)
            try await desk.requests.take(number, by: boris)
            desk.clock.pass(Minutes(20))
            _ = desk.rung.take()
            try await desk.requests.transfer(number, to: nil, line: desk.personnel, note: "Это к вам", by: boris)
            let request = try await desk.request(number)
            #expect(
                request.line == desk.personnel && request.topic == nil && request.assignee == nil
                    && request.state == .new)
            #expect(request.plan == .hours(1))
            #expect(
                request.deadline == request.registered + Minutes(30),
                "counted from the registration; priority stays high")
            #expect(
                try await desk.events(number) == ["registered", "taken", "line-changed", "deadline-changed", "noted"])
            let rung = desk.rung.take()
            #expect(
                rung.isSuperset(of: ["line/\(desk.computers)", "line/\(desk.personnel)", "person/\(boris.person)"]))
            #expect(try await desk.sees(number, .boris) == false)
            #expect(try await desk.sees(number, .zoya))
            try await desk.write("Готово завтра", in: number, as: .zoya)
            #expect(try await desk.request(number).assignee == zoya.person)
            #expect(
                try await desk.history(number, .anna).contains("Переведена на линию «Кадры» с линии «Компьютеры»"))
            for line in [desk.foreignLine, .new()] {
                await #expect(throws: RequestError.noSuchLine) {
                    try await desk.requests.transfer(number, to: nil, line: line, note: nil, by: zoya)
                }
                await #expect(throws: RequestError.noSuchLine) {
                    try await desk.requests.changeLine(number, to: line, by: zoya)
                }
            }
            try await desk.requests.changeLine(number, to: desk.computers, by: zoya)
            try await desk.audit()
        }
    }

    /// What waits for the client has stood still; the other line's norm must not take that back.
    @Test(arguments: Engine.available)
    func aPauseSurvivesANewNorm(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let boris = try await desk.viewer(.boris)
            func paused() async throws -> Int64 {
                let number = try await desk.register("Не печатает")
                try await desk.requests.take(number, by: boris)
                try await desk.requests.wait(number, by: boris)
                desk.clock.pass(.hours(2))
                return number
            }
            let raised = try await paused()
            try await desk.requests.proceed(raised, by: boris)
            try await desk.requests.setPriority(raised, to: .high, by: boris)
            var request = try await desk.request(raised)
            #expect(request.deadline == request.registered + .hours(2) + .hours(2), "two hours of norm, two of waiting")

            let topical = try await paused()
            try await desk.requests.setTopic(topical, to: desk.printers, by: boris)
            #expect(try await desk.request(topical).state == .waiting)
            desk.clock.pass(.hours(1))
            try await desk.requests.proceed(topical, by: boris)
            request = try await desk.request(topical)
            #expect(request.deadline == request.registered + .hours(2) + .hours(3))

            let moved = try await desk.register("Справка")
            try await desk.requests.take(moved, by: boris)
            try await desk.requests.wait(moved, by: boris)
            desk.clock.pass(.days(2))
            try await desk.requests.transfer(moved, to: nil, line: desk.personnel, note: nil, by: boris)
            request = try await desk.request(moved)
            #expect(request.state == .new && request.deadline == request.registered + .hours(1) + .days(2))
            try await desk.audit()
        }
    }

    /// Two people look at one version and change the same field.
    @Test(arguments: Engine.available)
    func theSecondWhoChangesWhatTheFirstChangedIsTold(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            let boris = try await desk.viewer(.boris), vera = try await desk.viewer(.vera)
            let seen = try await desk.request(number).version
            try await desk.requests.setPriority(number, to: .urgent, by: boris, version: seen)
            await #expect(throws: RequestError.changedMeanwhile) {
                try await desk.requests.setPriority(number, to: .low, by: vera, version: seen)
            }
            let answer = try await desk.ask(
                .post, "/requests/\(number)/priority", [("priority", "low"), ("version", String(seen))], as: .vera,
                htmx: true)
            #expect(answer.status == 409 && answer.text.contains("заявку изменил другой человек"))
            #expect(try await desk.request(number).priority == .urgent)
            // Words, time and observers are nobody's version.
            let now = try await desk.request(number).version
            try await desk.write("Добавлю", in: number, as: .anna)
            try await desk.requests.addTime(number, Minutes(5), reason: nil, by: vera)
            try await desk.requests.watch(number, by: try await desk.viewer(.gleb))
            try await desk.requests.setPriority(number, to: .low, by: vera, version: now)
            #expect(try await desk.request(number).priority == .low)
            try await desk.audit()
        }
    }
}

/// What an act was refused for; nil when it was done.
func refusal(_ act: () async throws -> Void) async throws -> RequestError? {
    do {
        try await act()
        return nil
    } catch let fault as RequestError { return fault }
}

extension Desk {
    /// The words of the history page, newest first.
    func history(_ number: Int64, _ who: Who) async throws -> String {
        try await ask(.get, "/requests/\(number)/history", as: who).text
    }
}
