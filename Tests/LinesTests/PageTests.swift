import HTTPTypes
import Kernel
import Storage
import Testing

@testable import Lines

@Suite struct PageTests {
    static let settings: [(String, String)] = [
        ("name", "1С и учёт"), ("staff_name", "Учёт"), ("about", "Отчёты"), ("icon", "calculator"),
        ("audience", "everyone"),
        ("mon_open", "yes"), ("mon_from", "09:00"), ("mon_to", "18:00"), ("zone", "Europe/Moscow"),
        ("planned", "1 ч 30 мин"),
        ("way", "chat"), ("way", "phone"),
    ]

    @Test(arguments: Backend.available)
    func anAdministratorSetsUpALine(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let empty = try await desk.ask(.get, "/lines")
            #expect(empty.status == 200 && empty.text.contains("Линий пока нет"))
            let new = try await desk.ask(.get, "/lines/new")
            #expect(new.status == 200 && new.text.contains("Europe/Moscow"))

            let made = try await desk.ask(.post, "/lines", Self.settings)
            #expect(made.status == 303 && made.location.hasSuffix("/staff"))
            let line = try #require(
                try await desk.database.read { tx in try Lines.all(in: desk.chief.organisation, tx).first })
            #expect(line.planned == Minutes(90) && line.ways == [.chat, .phone] && line.hours.weekly == .hours(9))

            let list = try await desk.ask(.get, "/lines")
            #expect(
                list.text.contains("1С и учёт") && list.text.contains("Работает до 18:00")
                    && list.text.contains("нет специалистов"))
            let page = try await desk.ask(.get, "/lines/\(line.id)")
            #expect(
                page.status == 200 && page.text.contains("1\u{A0}ч 30\u{A0}мин") || page.text.contains("1 ч 30 мин"))
            let english = try await desk.ask(.get, "/lines", language: "en")
            #expect(english.status == 200 && !english.text.contains("Работает до") && !english.text.contains("[lines."))

            let topic = try await desk.ask(
                .post, "/lines/\(line.id)/topics",
                [("name", "Отчёты"), ("planned", "45"), ("priority", "high"), ("parent", "")])
            #expect(topic.status == 303)
            let topics = try await desk.ask(.get, "/lines/\(line.id)/topics")
            #expect(topics.status == 200 && topics.text.contains("Отчёты") && topics.text.contains("45"))

            let added = try await desk.ask(
                .post, "/lines/\(line.id)/staff", [("person", desk.boris.text), ("name", "Громов"), ("level", "main")])
            #expect(added.status == 303)
            desk.clock.pass(.days(1))
            _ = try await desk.ask(
                .post, "/lines/\(line.id)/staff", [("person", desk.boris.text), ("level", "reserve")])
            let staff = try await desk.ask(.get, "/lines/\(line.id)/staff")
            #expect(
                staff.status == 200 && staff.text.contains("Громов Борис") && staff.text.contains("<s>Основной</s>"))

            let span = try await desk.database.read { tx in
                try Lines.competenceSpans(on: line.id, tx).first { $0.until == nil }
            }
            let taken = try await desk.ask(.post, "/lines/\(line.id)/staff/\(span!.id)", [("_method", "DELETE")])
            #expect(taken.status == 303)
            #expect(try await desk.ask(.get, "/lines/\(line.id)/staff").text.contains("Прежние специалисты"))

            #expect(try await desk.ask(.post, "/lines/\(line.id)/archive").status == 303)
            #expect(try await desk.ask(.get, "/lines").text.contains("в архиве с"))
            let archived = try await desk.ask(.get, "/lines/\(line.id)")
            #expect(archived.text.contains("вся история на месте"))
            #expect(try await desk.ask(.post, "/lines/\(line.id)/archive", [("_method", "DELETE")]).status == 303)
            #expect(try await desk.database.read { tx in try Lines.offered(to: desk.viewer(desk.anna), tx).count } == 1)
        }
    }

    @Test(arguments: Backend.available)
    func aRefusedFormComesBackWithItsWordsAndItsFaults(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let wrong: [(String, String)] = [
                ("name", ""), ("about", "Осталось <b>как было</b>"), ("planned", "скоро"), ("audience", "chosen"),
                ("zone", "Europe/Moscow"),
                ("icon", "laptop"), ("mon_open", "yes"), ("mon_from", "18:00"), ("mon_to", "09:00"),
            ]
            let answer = try await desk.ask(.post, "/lines", wrong)
            #expect(answer.status == 422)
            #expect(
                answer.text.contains("Осталось &lt;b&gt;как было&lt;/b&gt;") && !answer.text.contains("<b>как было"))
            for words in [
                "Напишите время так", "Отметьте хотя бы одно подразделение", "Конец должен быть позже начала",
            ] {
                #expect(answer.text.contains(words))
            }
            #expect(answer.text.contains("value=\"18:00\""))
        }
    }

    @Test(arguments: Backend.available)
    func twoAdministratorsDoNotOverwriteEachOther(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let id = try await desk.room.createLine(LineDetails(clientName: "1С"), by: desk.chief)
            let version = try await desk.database.read { tx in
                try Lines.version(of: Lines.known(id, in: desk.chief.organisation, tx), tx)
            }
            let mine = Self.settings + [("_method", "PUT"), ("version", String(version))]
            try await desk.room.changeLine(id, to: LineDetails(clientName: "Учёт", icon: "calculator"), by: desk.chief)
            let refused = try await desk.ask(.post, "/lines/\(id)", mine)
            #expect(
                refused.status == 409 && refused.text.contains("изменил кто-то ещё")
                    && refused.text.contains("1С и учёт"))
            let match = try #require(refused.text.firstMatch(of: /name="version" value="(\d+)"/))
            let again = Self.settings + [("_method", "PUT"), ("version", String(match.1))]
            #expect(try await desk.ask(.post, "/lines/\(id)", again).status == 303)
            let line = try await desk.database.read { tx in try Lines.known(id, in: desk.chief.organisation, tx) }
            #expect(line.clientName == "1С и учёт")
        }
    }

    @Test(arguments: Backend.available)
    func rowsOfTopicsAreEditedInPlace(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let line = try await desk.room.createLine(LineDetails(clientName: "1С"), by: desk.chief)
            let mail = try await desk.room.addTopic(
                TopicDetails(name: "Почта", priority: .high), on: line, by: desk.chief)
            let lost = try await desk.room.addTopic(
                TopicDetails(name: "Пропала"), under: mail, on: line, by: desk.chief)
            let put: [(String, String)] = [
                ("_method", "PUT"), ("name", "Письма"), ("planned", "30 мин"), ("priority", "high"),
            ]
            let answer = try await desk.ask(.post, "/topics/\(lost)", put, htmx: true)
            #expect(answer.status == 200 && answer.text.contains("id=\"topics\"") && answer.text.contains("Письма"))
            let topic = try #require(try await desk.database.read { tx in try Lines.topic(lost, on: line, tx) })
            #expect(topic.ownPlanned == Minutes(30) && topic.ownPriority == nil && topic.priority == .high)

            let wrong = try await desk.ask(
                .post, "/topics/\(lost)", [("_method", "PUT"), ("name", "Письма"), ("planned", "часто")], htmx: true)
            #expect(wrong.text.contains("Напишите время так") && wrong.text.contains("часто"))
            #expect(try await desk.ask(.post, "/topics/\(mail)", [("_method", "DELETE")]).status == 303)
            #expect(
                try await desk.ask(.post, "/topics/\(lost)", [("_method", "PUT"), ("archived", "no")]).status == 303)
            let alive = try await desk.database.read { tx in
                try Lines.topics(of: line, tx).allSatisfy { !$0.isArchived }
            }
            #expect(alive)
            _ = try await desk.ask(.post, "/topics/\(lost)", [("_method", "PUT"), ("parent", "")])
            #expect(try await desk.database.read { tx in try Lines.topic(lost, on: line, tx)?.parent } == nil)
        }
    }

    /// Every route with ids of another organisation, with unknown ones, and asked by somebody who is not an administrator.
    @Test(arguments: Backend.available)
    func toOthersThesePagesDoNotExist(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let own = try await desk.room.createLine(LineDetails(clientName: "1С"), by: desk.chief)
            let topic = try await desk.room.addTopic(TopicDetails(name: "Тема"), on: own, by: desk.chief)
            try await desk.room.giveCompetence(on: own, to: desk.boris, .main, by: desk.chief)
            let span = try await desk.database.read { tx in try Lines.competenceSpans(on: own, tx)[0].id.text }
            func routes(_ line: String, _ topic: String) -> [(HTTPRequest.Method, String)] {
                [
                    (.get, "/lines/\(line)"), (.put, "/lines/\(line)"), (.post, "/lines/\(line)/archive"),
                    (.delete, "/lines/\(line)/archive"), (.get, "/lines/\(line)/topics"),
                    (.post, "/lines/\(line)/topics"),
                    (.put, "/topics/\(topic)"), (.delete, "/topics/\(topic)"), (.get, "/lines/\(line)/staff"),
                    (.post, "/lines/\(line)/staff"), (.delete, "/lines/\(line)/staff/\(span)"),
                ]
            }
            let unknown = ID<Desk>.new().text
            let fields = Self.settings + [("person", desk.boris.text), ("level", "main"), ("name", "Тема")]
            let foreign = routes(desk.foreignLine.text, desk.foreignTopic.text)
            for (method, path) in foreign + routes(unknown, unknown) + routes("1%20OR%201=1", "..%2f..")
                + routes("8", "8")
            {
                #expect(try await desk.ask(method, path, fields).status == 404, "\(method) \(path)")
            }
            for who in ["anna", "manager", "foreigner"] {
                for (method, path) in routes(own.text, topic.text) {
                    #expect(try await desk.ask(method, path, fields, as: who).status == 404, "\(who) \(method) \(path)")
                }
            }
            for who in ["anna", "manager"] {
                #expect(try await desk.ask(.get, "/lines", as: who).status == 404)
                #expect(try await desk.ask(.post, "/lines", fields, as: who).status == 404)
            }
            #expect(try await desk.ask(.get, "/lines", as: nil).location.hasPrefix("/sign-in"))
            #expect(try await desk.ask(.post, "/lines", fields, csrf: "stolen").status == 403)
            #expect(try await desk.ask(.post, "/lines", fields, csrf: nil).status == 403)
            #expect(try await desk.events(about: own).count == 3)
        }
    }

    @Test(arguments: Backend.available)
    func whatIsTypedStaysText(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let script = "<script>alert(1)</script>"
            let line = try await desk.room.createLine(
                LineDetails(clientName: script, staffName: "\"><img src=x>", description: script), by: desk.chief)
            try await desk.room.addTopic(TopicDetails(name: script), on: line, by: desk.chief)
            for path in ["/lines", "/lines/\(line)", "/lines/\(line)/topics", "/lines/\(line)/staff"] {
                let answer = try await desk.ask(.get, path)
                #expect(
                    answer.status == 200 && !answer.text.contains(script) && !answer.text.contains("<img"), "\(path)")
            }
        }
    }
}
