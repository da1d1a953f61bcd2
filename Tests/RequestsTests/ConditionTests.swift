import EventLog
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import Lines
@testable import Requests

@Suite struct ConditionRuleTests {
    @Test(arguments: [
        // closers, a specialist of the line, the assignee, a manager
        (Conditions.Closers.staff, true, true, true), (.assignee, false, true, true), (.managers, false, false, true),
    ])
    func whoCloses(_ closers: Conditions.Closers, _ specialist: Bool, _ assignee: Bool, _ manager: Bool) {
        var one = Standing(), other = Standing(), leader = Standing()
        one.level = .main
        other.isAssignee = true
        leader.isManager = true
        #expect(ConditionRule.mayClose(closers, one) == specialist)
        #expect(ConditionRule.mayClose(closers, other) == assignee)
        #expect(ConditionRule.mayClose(closers, leader) == manager)
    }

    @Test func filesAreLimitedByTheirNumberAndSize() {
        var conditions = Conditions()
        #expect(throws: Never.self) { try ConditionRule.check(files: [5 << 30, 1], conditions) }
        (conditions.mostFiles, conditions.largestFile) = (2, 1)
        #expect(throws: Never.self) { try ConditionRule.check(files: [1 << 20, 1], conditions) }
        #expect(throws: RequestError.fileTooLarge) { try ConditionRule.check(files: [1 << 20 + 1], conditions) }
        #expect(throws: RequestError.tooManyFiles) { try ConditionRule.check(files: [1, 1, 1], conditions) }
    }

    @Test(
        arguments: [
            (OwnField.Kind.text, " PC-  12 ", String?.some("PC- 12")), (.text, "", ""),
            (.number, "12 000,5", "12000.5"),
            (.number, "двенадцать", nil), (.date, "09.01.2027", "2027-01-09"), (.date, "30.02.2027", nil),
            (.choice, "Да", "Да"), (.choice, "может быть", nil),
        ] as [(OwnField.Kind, String, String?)])
    func aValueIsOfItsKind(_ kind: OwnField.Kind, _ text: String, _ value: String?) {
        let field = OwnField(id: .new(), topic: nil, name: "Поле", kind: kind, choices: ["Да", "Нет"])
        #expect(field.value(of: text) == value)
    }

    @Test(arguments: [(1, "24 18:00"), (3, "26 18:00"), (5, "30 18:00")])
    func workingDaysPassOverTheWeekend(_ days: Int, _ until: String) {
        let calendar = WorkCalendar(Sample.week, .moscow)
        #expect(calendar.end(ofWorkingDay: days, after: Sample.at("23 10:00")) == Sample.at(until))
    }
}

@Suite struct ConditionTests {
    @Test(arguments: Engine.available)
    func theLineSpeaksWhenARequestComes(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina)
            var conditions = Conditions()
            conditions.greeting = "Здравствуйте! <b>Ответим</b> скоро."
            conditions.closedText = "Мы откроемся утром."
            try await desk.lines.setConditions(conditions, on: desk.computers, by: dina)
            let number = try await desk.register("Не печатает")
            #expect(try await desk.events(number) == ["registered", "greeted"])
            let page = try await desk.ask(.get, "/requests/\(number)")
            #expect(page.text.contains("Здравствуйте! &lt;b&gt;Ответим"))
            #expect(!page.text.contains("Мы откроемся утром"))
            // Who calls has heard it already.
            let called = try await desk.register("Звонок", as: .boris, for: .anna)
            #expect(try await desk.events(called) == ["registered"])
            desk.clock.pass(.hours(10))
            let late = try await desk.register("Не включается")
            #expect(try await desk.ask(.get, "/requests/\(late)").text.contains("Мы откроемся утром"))
            #expect(try await desk.log(late).last?.actor == nil)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func aLineClosedForWritingIsOfferedToNobodyElse(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), anna = try await desk.viewer(.anna)
            var conditions = Conditions()
            conditions.ways = [.write: .units([desk.branch]), .control: .nobody]
            try await desk.lines.setConditions(conditions, on: desk.computers, by: dina)
            // Anna is of a department of the branch, Egor is not.
            _ = try await desk.register("Не печатает")
            await #expect(throws: RequestError.noSuchLine) { _ = try await desk.register("Не печатает", as: .egor) }
            let home = try await desk.ask(.get, "/", as: .egor)
            #expect(!home.text.contains("Компьютеры"))
            let ways = try await desk.database.read { tx in
                try Conditions.Contact.allCases.map {
                    try Lines.isOpen($0, on: desk.computers, to: anna.person, tx)
                }
            }
            #expect(ways == [true, true, true, false])
            let egor = desk.id(.egor)
            let his = try await desk.database.read { tx in try Lines.isOpen(.write, on: desk.computers, to: egor, tx) }
            #expect(!his)
            conditions.ways = [.write: .nobody]
            try await desk.lines.setConditions(conditions, on: desk.computers, by: dina)
            await #expect(throws: RequestError.noSuchLine) { _ = try await desk.register("Не печатает") }
            _ = try await desk.register("Позвонили", as: .boris, for: .anna)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func aSilentClientsRequestClosesByItself(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            var conditions = Conditions()
            conditions.closeAfter = 2
            conditions.needsRating = false
            try await desk.lines.setConditions(conditions, on: desk.computers, by: dina)
            let silent = try await desk.register("Не печатает"), spoken = try await desk.register("Не включается")
            for number in [silent, spoken] { try await desk.requests.solve(number, answer: nil, by: boris) }
            #expect(try await desk.request(silent).closesAt == Sample.at("25 18:00"))
            #expect(try await desk.ask(.get, "/requests/\(silent)").text.contains("закроется сама"))
            for moment in ["24 17:59", "24 18:00", "24 18:01", "25 17:59"] {
                try await desk.requests.warn(at: Sample.at(moment))
                let reminders = try await desk.log(silent).filter { $0.kind == .closingSoon }
                #expect(reminders.count == (moment == "24 17:59" ? 0 : 1))
            }
            #expect(try await desk.history(silent, .anna).contains("без ответа заявка закроется сама"))
            #expect(try await desk.request(silent).state == .solved)
            // Who writes is not silent.
            desk.clock.pass(.days(1))
            try await desk.write("Проверю завтра", in: spoken, as: .anna)
            try await desk.requests.warn(at: Sample.at("25 18:00"))
            try await desk.requests.warn(at: Sample.at("25 18:00"))
            let closed = try await desk.request(silent)
            #expect(closed.state == .closed)
            #expect(closed.closedUnanswered)
            let told = try await desk.log(silent).last
            #expect(told?.actor == nil)
            #expect(told?.data["why"] == "silent")
            #expect(try await desk.history(silent, .anna).contains("Закрыта сама: клиент не ответил"))
            #expect(try await desk.request(spoken).closesAt == Sample.at("26 18:00"))
            // Without a rating, where none is asked for.
            #expect(try await desk.ask(.post, "/requests/\(spoken)/rating", [("comment", "Спасибо")]).status == 303)
            #expect(try await desk.request(spoken).state == .closed)
            #expect(try await desk.history(spoken, .anna).contains("Подтверждена без оценки"))
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func onlyThoseWhoMayCloseWithoutAnAnswer(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            var conditions = Conditions()
            conditions.closers = .managers
            try await desk.lines.setConditions(conditions, on: desk.computers, by: dina)
            let number = try await desk.register("Не печатает")
            try await desk.requests.solve(number, answer: nil, by: boris)
            #expect(try await desk.ask(.post, "/requests/\(number)/closure", as: .boris).status == 403)
            let page = try await desk.ask(.get, "/requests/\(number)?view=all", as: .boris)
            #expect(!page.text.contains("Закрыть без ответа"))
            // A rating is asked for here.
            #expect(try await desk.ask(.post, "/requests/\(number)/rating", []).status == 422)
            #expect(try await desk.ask(.post, "/requests/\(number)/closure", as: .gera).status == 303)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func fieldsOfATopicAreAskedAndKept(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            try await desk.lines.addField(
                "Номер рабочего места", .text, isRequired: true, on: desk.computers, by: dina)
            try await desk.lines.addField(
                "Модель", .choice, choices: ["HP", "Xerox"], asksClient: false, topic: desk.printers,
                on: desk.computers,
                by: dina)
            let fields = try await desk.database.read { tx in try Lines.fields(of: desk.computers, tx) }
            let number = try await desk.register("Не печатает"), path = "/requests/\(number)"
            let page = try await desk.ask(.get, path)
            #expect(page.text.contains("Уточните, пожалуйста"))
            #expect(page.text.contains("Номер рабочего места"))
            #expect(!page.text.contains("Xerox"), "another topic's, and not the client's")
            await #expect(throws: RequestError.fieldsMissing) {
                try await desk.requests.solve(number, answer: nil, by: boris)
            }
            #expect(try await desk.ask(.post, "\(path)/fields/\(fields[0].id)", [("value", "ПК-0417")]).status == 303)
            #expect(try await desk.found("ПК-0417", .boris) == [number])
            #expect(try await desk.ask(.get, path).text.contains("ПК-0417"))
            #expect(try await !desk.ask(.get, path).text.contains("Уточните, пожалуйста"))
            #expect(try await desk.history(number, .boris).contains("Номер рабочего места: ПК-0417"))
            // Not of this topic yet, not the client's, not another's.
            let model = "\(path)/fields/\(fields[1].id)"
            #expect(try await desk.ask(.post, model, [("value", "HP")], as: .boris).status == 404)
            try await desk.requests.setTopic(number, to: desk.printers, by: boris)
            #expect(try await desk.ask(.post, model, [("value", "HP")], as: .anna).status == 404)
            for who in [Desk.Who.egor, .olga, .zoya] {
                #expect(try await desk.ask(.post, model, [("value", "HP")], as: who).status == 404)
            }
            #expect(try await desk.ask(.post, model, [("value", "Canon")], as: .boris).status == 422)
            #expect(try await desk.ask(.post, model, [("value", "HP")], as: .boris).status == 303)
            #expect(try await desk.ask(.get, "\(path)?view=all", as: .boris).text.contains("Xerox"))
            #expect(try await desk.ask(.post, model, [("value", "")], as: .boris).status == 303)
            #expect(try await desk.history(number, .boris).contains("Модель: очищено"))
            try await desk.requests.solve(number, answer: nil, by: boris)
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func aStateOfTheLinesOwnGoesWithTheState(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina), boris = try await desk.viewer(.boris)
            try await desk.lines.addState("Ждём запчасть", of: "working", on: desk.computers, by: dina)
            try await desk.lines.addState(
                "На складе", of: "working", topic: desk.printers, on: desk.computers, by: dina)
            let states = try await desk.database.read { tx in try Lines.ownStates(in: dina.organisation, tx) }
            let part = try #require(states.first { $0.name == "Ждём запчасть" }).id
            let store = try #require(states.first { $0.name == "На складе" }).id
            let number = try await desk.register("Не печатает"), path = "/requests/\(number)/own-state"
            #expect(try await desk.ask(.post, path, [("state", part.text)], as: .boris).status == 404, "it is new")
            try await desk.requests.take(number, by: boris)
            #expect(try await desk.ask(.post, path, [("state", part.text)], as: .anna).status == 403)
            #expect(
                try await desk.ask(.post, path, [("state", store.text)], as: .boris).status == 404, "another topic's")
            #expect(try await desk.ask(.post, path, [("state", part.text)], as: .boris).status == 303)
            #expect(try await desk.request(number).ownState == part)
            #expect(try await desk.history(number, .boris).contains("Состояние: Ждём запчасть"))
            let queue = try await desk.ask(.get, "/requests", [("view", "mine"), ("own", part.text)], as: .boris)
            #expect(queue.text.contains("/requests/\(number)?"))
            let other = try await desk.ask(.get, "/requests", [("view", "mine"), ("own", store.text)], as: .boris)
            #expect(!other.text.contains("/requests/\(number)?"))
            try await desk.requests.wait(number, by: boris)
            #expect(try await desk.request(number).ownState == nil, "it was a part of another state")
            try await desk.audit()
        }
    }

    @Test(arguments: Engine.available)
    func theClientChoosesWhereTheLineAllowsIt(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let dina = try await desk.viewer(.dina)
            let number = try await desk.register("Не печатает"), path = "/requests/\(number)/specialist"
            #expect(try await desk.ask(.post, path, [("person", desk.id(.vera).text)]).status == 403)
            var conditions = Conditions()
            conditions.mayChoose = true
            try await desk.lines.setConditions(conditions, on: desk.computers, by: dina)
            #expect(try await desk.ask(.get, "/requests/\(number)").text.contains("Кто поможет"))
            #expect(try await desk.ask(.post, path, [("person", desk.id(.zoya).text)]).status == 422, "of another line")
            #expect(try await desk.ask(.post, path, [("person", desk.id(.vera).text)], as: .egor).status == 404)
            #expect(try await desk.ask(.post, path, [("person", desk.id(.vera).text)]).status == 303)
            let request = try await desk.request(number)
            #expect(request.assignee == desk.id(.vera))
            #expect(request.state == .working)
            #expect(try await desk.ask(.post, path, [("person", desk.id(.boris).text)]).status == 409, "it is taken")
            try await desk.audit()
        }
    }
}
