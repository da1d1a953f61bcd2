import Foundation
import HTTPTypes
import Kernel
import TestOffice
import Testing
import Web

@testable import Requests

@Suite struct DeskToolsTests {
    // MARK: quick replies

    @Test(arguments: [
        ("Здравствуйте, {клиент}! Заявка {номер}.", "Здравствуйте, Анна! Заявка № 5."), ("{КЛИЕНТ}", "Анна"),
        ("{нет} {", "{нет} {"), ("}{номер}", "}№ 5"), ("", ""), ("{{номер}}", "{{номер}}"),
    ])
    func placesAreFilled(_ text: String, _ filled: String) {
        #expect(QuickReply.filled(text, ["клиент": "Анна", "номер": "№ 5"]) == filled)
    }

    @Test(arguments: Engine.available)
    func aQuickReplyIsOnesOwnOrOfALine(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает принтер")
            let own = QuickReplyID.new().text, shared = QuickReplyID.new().text
            func keep(_ id: String, _ title: String, line: String = "", as who: Desk.Who) async throws -> Answer {
                try await desk.ask(
                    .post, "/quick-replies",
                    [
                        ("id", id), ("title", title), ("text", "Здравствуйте, {клиент}! Это {специалист}."),
                        ("line", line),
                    ],
                    as: who)
            }
            #expect(try await keep(own, "Мой <b>ответ</b>", as: .boris).status == 303)
            #expect(try await keep(own, "Мой <b>ответ</b>", as: .boris).status == 303, "a repetition")
            #expect(try await keep(shared, "Ответ линии", line: desk.computers.text, as: .boris).status == 303)
            // Whom it is not for.
            #expect(
                try await keep(QuickReplyID.new().text, "Чужая линия", line: desk.personnel.text, as: .boris).status
                    == 422)
            #expect(
                try await keep(QuickReplyID.new().text, "Другая фирма", line: desk.foreignLine.text, as: .boris).status
                    == 422)
            #expect(
                try await keep(QuickReplyID.new().text, "Резерв", line: desk.computers.text, as: .vera).status == 422)
            #expect(try await keep(own, "Украдено", as: .vera).status == 404)
            #expect(try await keep(QuickReplyID.new().text, "Клиент", as: .anna).status == 403)
            #expect(try await desk.ask(.get, "/quick-replies", as: .anna).status == 404)
            let page = try await desk.ask(.get, "/quick-replies", as: .boris).text
            #expect(page.contains("Мой &lt;b&gt;ответ&lt;/b&gt;") && page.contains("Ответ линии"))
            let veras = try await desk.ask(.get, "/requests/\(number)/quick-replies", as: .vera, htmx: true)
            #expect(veras.status == 200 && veras.text.contains("Ответ линии") && !veras.text.contains("Мой"))
            #expect(veras.text.contains("Белова") && !veras.text.contains("{клиент}"))
            #expect(try await desk.ask(.get, "/requests/\(number)/quick-replies", as: .anna).status == 404)
            #expect(try await desk.ask(.get, "/requests/\(number)/quick-replies", as: .olga).status == 404)
            #expect(
                try await desk.ask(.post, "/quick-replies/\(shared)", [("_method", "DELETE")], as: .vera).status == 404)
            #expect(
                try await desk.ask(.post, "/quick-replies/\(shared)", [("_method", "DELETE")], as: .gera).status == 303)
            let after = try await desk.ask(.get, "/requests/\(number)/quick-replies", as: .vera, htmx: true)
            #expect(!after.text.contains("Ответ линии"))
            let wrong = try await desk.ask(
                .post, "/quick-replies", [("id", own), ("title", ""), ("text", "x")], as: .boris)
            #expect(wrong.status == 422)
        }
    }

    // MARK: the palette

    @Test(arguments: Engine.available)
    func thePaletteFindsOnlyWhatOneMaySee(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Сломался плоттер")
            func found(_ text: String, _ who: Desk.Who) async throws -> String {
                let answer = try await desk.ask(.get, "/palette", [("text", text)], as: who, htmx: true)
                #expect(answer.status == 200)
                return answer.text
            }
            #expect(try await found("плоттер", .boris).contains("/requests/\(number)?view=mine"))
            #expect(try await found("\(number)", .boris).contains("Сломался плоттер"))
            #expect(try await found("плоттер", .zoya).contains("плоттер") == false, "another line")
            #expect(try await found("плоттер", .olga).contains("Сломался") == false, "another organisation")
            #expect(try await found("белова", .boris).contains("Белова"))
            #expect(try await found("белова", .egor).contains("Белова") == false, "clients find no people")
            #expect(try await found("", .dina).contains("/organisation"))
            #expect(try await found("", .boris).contains("/organisation") == false)
            #expect(try await desk.ask(.get, "/palette", as: nil, htmx: true).status == 401)
        }
    }

    // MARK: several at once

    @Test(arguments: Engine.available)
    func severalRequestsAreChangedEachByItsOwnPermission(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let one = try await desk.register("Первая"), two = try await desk.register("Вторая")
            let other = try await desk.register("Кадры", as: .egor, line: desk.personnel)
            let closed = try await desk.register("Отменена")
            try await desk.requests.cancel(closed, reason: nil, by: desk.viewer(.anna))
            let foreign = try await desk.register("Чужая", as: .oleg, line: desk.foreignLine)
            func several(_ numbers: [Int64], _ fields: [(String, String)], as who: Desk.Who = .boris) async throws
                -> Answer
            {
                try await desk.ask(
                    .post, "/requests/several", fields + numbers.map { ("number", String($0)) }, as: who, htmx: true)
            }
            let taken = try await several([one, two, other, closed, 99_999], [("act", "take")])
            #expect(taken.status == 200 && (taken.json["failed"] as? [[String: Any]])?.count == 3)
            #expect((taken.json["words"] as? String) == "Изменено 2 из 5.")
            for number in [one, two] { #expect(try await desk.request(number).assignee == desk.id(.boris)) }
            #expect(try await desk.request(other).assignee == nil)
            let again = try await several([one, two], [("act", "priority"), ("priority", "high")])
            #expect((again.json["words"] as? String) == "Изменены 2 заявки")
            #expect(try await desk.request(two).priority == .high)
            #expect(try await several([one], [("act", "transfer"), ("person", desk.id(.vera).text)]).status == 200)
            #expect(try await desk.request(one).assignee == desk.id(.vera))
            #expect(try await several([one], [("act", "nothing")]).status == 422)
            #expect(try await several([], [("act", "take")]).status == 404)
            #expect(try await several([one], [("act", "take")], as: .anna).status == 404)
            #expect(try await several(Array(1...201), [("act", "take")]).status == 422)
            // A number of another organisation is a number of one's own or none.
            let theirs = try await several([foreign], [("act", "cancel")], as: .zoya)
            #expect((theirs.json["failed"] as? [Any])?.count == 1)
        }
    }

    // MARK: undo

    @Test(arguments: Engine.available)
    func anActIsTakenBackUnlessSomebodyChangedMore(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Первая")
            func offer(_ answer: Answer) throws -> (path: String, fields: [(String, String)])? {
                let header = answer.header("Okno-Undo")
                guard !header.isEmpty, let json = header.removingPercentEncoding else { return nil }
                let data = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
                let fields = try #require(data["fields"] as? [String: String])
                return (try #require(data["path"] as? String), fields.map { ($0.key, $0.value) })
            }
            let taken = try await desk.ask(.post, "/requests/\(number)/assignment", as: .boris, htmx: true)
            let undo = try #require(try offer(taken))
            #expect(try await desk.ask(.post, undo.path, undo.fields, as: .boris, htmx: true).status == 204)
            let restored = try await desk.request(number)
            #expect(restored.assignee == nil && restored.state == .new)

            let raised = try await desk.ask(
                .post, "/requests/\(number)/priority", [("priority", "urgent")], as: .boris, htmx: true)
            let lower = try #require(try offer(raised))
            try await desk.requests.setPriority(number, to: .low, by: desk.viewer(.vera))
            #expect(try await desk.ask(.post, lower.path, lower.fields, as: .boris, htmx: true).status == 409)
            #expect(try await desk.request(number).priority == .low, "nobody's change is undone unseen")

            let cancelled = try await desk.ask(.post, "/requests/\(number)/cancellation", as: .boris, htmx: true)
            let back = try #require(try offer(cancelled))
            #expect(try await desk.ask(.post, back.path, back.fields, as: .boris, htmx: true).status == 204)
            #expect(try await desk.request(number).state.isOpen)
            let note = try await desk.ask(.post, "/requests/\(number)/watch", as: .boris, htmx: true)
            #expect(note.header("Okno-Undo").isEmpty)
        }
    }

    @Test(arguments: Engine.available)
    func whatWasPassedOnOrClosedIsTakenBackByWhoDidSo(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Перепутана линия")
            let boris = try await desk.viewer(.boris)
            try await desk.requests.setTopic(number, to: desk.printers, by: boris)
            try await desk.requests.take(number, by: boris)
            let before = try await desk.request(number)
            func offer(_ answer: Answer) throws -> (path: String, fields: [(String, String)]) {
                let json = try #require(answer.header("Okno-Undo").removingPercentEncoding)
                let data = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
                let fields = try #require(data["fields"] as? [String: String])
                return (try #require(data["path"] as? String), fields.map { ($0.key, $0.value) })
            }
            func passOn() async throws -> (path: String, fields: [(String, String)]) {
                try offer(
                    try await desk.ask(
                        .post, "/requests/\(number)/transfer", [("to", "line"), ("line", desk.personnel.text)],
                        as: .boris, htmx: true))
            }
            let undo = try await passOn()
            #expect(try await desk.request(number).line == desk.personnel)
            #expect(try await desk.ask(.get, "/requests/\(number)", as: .boris).status == 404, "out of sight")
            for other in [Desk.Who.zoya, .vera, .anna, .olga] {
                let answer = try await desk.ask(.post, undo.path, undo.fields, as: other, htmx: true)
                #expect([403, 404].contains(answer.status), "only who did it")
            }
            #expect(try await desk.ask(.post, undo.path, undo.fields, as: .boris, htmx: true).status == 204)
            let after = try await desk.request(number)
            #expect(after.line == before.line && after.assignee == before.assignee && after.topic == before.topic)
            #expect(after.state == before.state && after.deadline == before.deadline && after.plan == before.plan)
            #expect(try await desk.ask(.get, "/requests/\(number)", as: .boris).status == 200)

            // Somebody took it meanwhile: nothing is pulled out of their hands.
            let late = try await passOn()
            try await desk.requests.take(number, by: desk.viewer(.zoya))
            #expect(
                [404, 409].contains(try await desk.ask(.post, late.path, late.fields, as: .boris, htmx: true).status))
            #expect(try await desk.request(number).assignee == desk.id(.zoya))

            let closed = try await desk.register("Без ответа")
            try await desk.requests.solve(closed, answer: "Готово", by: boris)
            let answer = try await desk.ask(.post, "/requests/\(closed)/closure", as: .boris, htmx: true)
            #expect(try await desk.request(closed).state == .closed)
            let open = try offer(answer)
            #expect(try await desk.ask(.post, open.path, open.fields, as: .boris, htmx: true).status == 204)
            let again = try await desk.request(closed)
            #expect(again.state == .solved && !again.closedUnanswered && again.ended == nil)
        }
    }

    // MARK: saved views

    @Test(arguments: Engine.available)
    func filtersAreInTheAddressAndUnderANameOfOnesOwn(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let urgent = try await desk.register("Горит принтер"), calm = try await desk.register("Тихая просьба")
            try await desk.requests.setPriority(urgent, to: .urgent, by: desk.viewer(.boris))
            func queue(_ query: String, as who: Desk.Who = .boris) async throws -> String {
                let fields = query.split(separator: "&").map { part in
                    let pair = part.split(separator: "=", omittingEmptySubsequences: false).map(String.init)
                    return (pair[0], pair[1])
                }
                return try await desk.ask(.get, "/requests", fields, as: who).text
            }
            let hot = try await queue("view=free&priority=urgent&state=new")
            #expect(hot.contains("Горит принтер") && !hot.contains("Тихая просьба"))
            #expect(
                hot.contains("/requests/\(urgent)?view=free&amp;state=new&amp;priority=urgent"), "kept in the address")
            #expect(try await queue("view=free&state=working").contains("По этому отбору заявок нет"))
            #expect(
                try await desk.ask(.get, "/requests", [("view", "free"), ("state", "x")], as: .boris).status == 422)
            #expect(try await desk.ask(.get, "/requests/\(calm)", [("view", "free")], as: .boris).status == 200)

            let id = SavedViewID.new().text
            func keep(_ id: String, _ title: String, as who: Desk.Who = .boris) async throws -> Int {
                try await desk.ask(
                    .post, "/requests/views",
                    [
                        ("id", id), ("title", title), ("view", "free"), ("priority", "urgent"), ("line", ""),
                        ("sort", "due"),
                    ],
                    as: who, htmx: true
                ).status
            }
            #expect(try await keep(id, "Горящие <b>") == 204)
            #expect(try await keep(id, "Горящие <b>") == 204, "a repetition")
            #expect(try await keep(SavedViewID.new().text, "горящие <B>") == 204, "the same name is given anew")
            #expect(try await keep(SavedViewID.new().text, "Клиент", as: .anna) == 403)
            #expect(try await keep(SavedViewID.new().text, "") == 422)
            let page = try await queue("view=free&priority=urgent")
            #expect(page.contains("горящие &lt;B&gt;") && page.contains("aria-current=\"page\">горящие"))
            #expect(try await queue("view=free", as: .vera).contains("горящие &lt;") == false, "one's own")
            let path = "/requests/views/\(id)"
            #expect(try await desk.ask(.post, path, [("_method", "DELETE")], as: .vera, htmx: true).status == 404)
            let removed = try await desk.ask(.post, path, [("_method", "DELETE")], as: .boris, htmx: true)
            #expect(removed.status == 204 && !removed.header("Okno-Undo").isEmpty)
            #expect(try await queue("view=free").contains("горящие &lt;") == false)
            #expect(try await desk.ask(.post, path, as: .boris, htmx: true).status == 204)
            #expect(try await queue("view=free").contains("горящие &lt;"))
        }
    }
}
