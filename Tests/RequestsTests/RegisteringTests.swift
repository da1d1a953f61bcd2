import EventLog
import Kernel
import Lines
import Storage
import TestOffice
import Testing

@testable import Requests

@Suite struct RegisteringTests {
    @Test(arguments: Engine.available)
    func aClientRegistersWithOneSentence(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает принтер\nкабинет 214", topic: desk.printers)
            let request = try await desk.request(number)
            #expect(
                number == desk.office.number + 1 && request.state == .new && request.assignee == nil
                    && request.origin == .chat)
            #expect(request.subject == "Не печатает принтер" && request.client == desk.id(.anna))
            #expect(request.clientUnit == desk.department, "the unit of that moment")
            #expect(request.priority == .high && request.plan == .hours(2), "by the topic")
            #expect(request.deadline == request.registered + Minutes(60), "two hours, halved by high priority")
            #expect(try await desk.messages(number) == ["Не печатает принтер\nкабинет 214"])
            #expect(try await desk.events(number) == ["registered"])
            let told = try #require(try await desk.log(number).first)
            #expect(told.actor == desk.id(.anna) && told.data["line"] == desk.computers.text)
            #expect(told.data["topic"] == desk.printers.text && told.data["unit"] == desk.department.text)
            #expect(
                desk.rung.take() == ["request/\(request.id)", "line/\(desk.computers)", "person/\(desk.id(.anna))"])
            try await desk.audit()

            let plain = try await desk.request(try await desk.register("Нет связи"))
            #expect(plain.topic == nil && plain.priority == .normal && plain.plan == .hours(4))
            #expect(plain.deadline == plain.registered + .hours(4))
        }
    }

    @Test(arguments: Engine.available)
    func aSpecialistRegistersACallWithItsMinutesAndTakesIt(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не открывается почта", as: .boris, topic: desk.mail, for: .egor) {
                $0.minutes = Minutes(7)
                $0.take = true
            }
            let request = try await desk.request(number)
            #expect(request.client == desk.id(.egor) && request.author == desk.id(.boris) && request.origin == .phone)
            #expect(
                request.state == .working && request.assignee == desk.id(.boris) && request.taken == request.registered)
            #expect(request.fact == Minutes(7) && request.clientUnit == nil)
            #expect(try await desk.events(number) == ["registered", "taken", "time-added"])
            #expect(try await desk.sees(number, .egor))
            try await desk.audit()

            let left = try await desk.register("Спросил в коридоре", as: .boris, for: .anna) { $0.origin = .oral }
            #expect(try await desk.request(left).state == .new)
            #expect(try await desk.request(left).origin == .oral)
            let elsewhere = try await desk.register("О справке", as: .boris, line: desk.personnel, for: .anna) {
                $0.take = true
            }
            #expect(try await desk.request(elsewhere).assignee == nil, "nobody takes what they do not work on")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func sentTwiceItIsRegisteredOnce(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let registration = Registration(id: .new(), line: desk.computers, text: "Не печатает")
            let (first, second) = desk.bothNodes
            let anna = try await desk.viewer(.anna)
            async let one = first.register(registration, by: anna)
            async let two = second.register(registration, by: anna)
            let numbers = try await [one, two, first.register(registration, by: anna)]
            let number = desk.office.number + 1
            #expect(numbers == [number, number, number])
            #expect(try await desk.events(number) == ["registered"])
            // Somebody else's id is nobody's.
            let egor = try await desk.viewer(.egor)
            await #expect(throws: RequestError.notFound) { try await first.register(registration, by: egor) }
            let olga = try await desk.viewer(.olga)
            let theirs = Registration(id: registration.id, line: desk.foreignLine, text: "Не печатает")
            await #expect(throws: RequestError.notFound) { try await second.register(theirs, by: olga) }
            #expect(try await desk.register("Следующая") == number + 1)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func whatIsNotOfferedIsRefused(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            func refused(_ fault: RequestError, _ who: Who, _ set: (inout Registration) -> Void) async throws {
                var changed = Registration(id: .new(), line: desk.computers, text: "Прошу")
                set(&changed)
                let registration = changed, viewer = try await desk.viewer(who)
                await #expect(throws: fault) { try await desk.requests.register(registration, by: viewer) }
            }
            try await refused(.noSuchLine, .anna) { $0.line = desk.foreignLine }
            try await refused(.noSuchLine, .anna) { $0.line = .new() }
            try await refused(.noSuchLine, .anna) { $0.line = desk.chosen }
            try await refused(.noSuchTopic, .anna) { $0.topic = desk.foreignTopic }
            try await refused(.noSuchTopic, .anna) {
                $0.line = desk.personnel
                $0.topic = desk.mail
            }
            try await refused(.notAllowed, .anna) { $0.client = desk.id(.egor) }
            try await refused(.noSuchPerson, .boris) { $0.client = desk.id(.oleg) }
            try await refused(.noSuchPerson, .boris) { $0.client = .new() }
            try await refused(.uploadUnknown, .anna) { $0.uploads = [.new()] }
            try await desk.lines.archive(desk.personnel, by: try await desk.viewer(.dina))
            try await refused(.noSuchLine, .anna) { $0.line = desk.personnel }
            let count: Int? = try await desk.database.read { tx in try tx.value("SELECT COUNT(*) FROM request") }
            #expect(count == 1, "nothing was left behind but the office's own")
            #expect(try await desk.register("Первая") == desk.office.number + 1, "and no number was lost")
            #expect(try await desk.register("По особой линии", as: .egor, line: desk.chosen) == desk.office.number + 2)
            try await desk.audit()
        }
    }

    @Test(arguments: [
        ("Не печатает", "Не печатает"), ("\n\n  Не   печатает \nсовсем", "Не печатает"), ("", ""),
        (String(repeating: "а", count: 200), String(repeating: "а", count: 119) + "…"),
    ])
    func theFirstLineIsTheSubject(_ text: String, _ subject: String) {
        #expect(Requests.subject(of: text) == subject)
    }
}
