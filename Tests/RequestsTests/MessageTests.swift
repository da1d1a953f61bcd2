import Foundation
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing
import Web

@testable import Requests

/// What happens to messages after they were sent.
@Suite struct MessageTests {
    @Test(arguments: [
        (true, 0, false, true, true), (true, 10, false, true, true), (true, 11, false, true, false),
        (true, 1440, false, true, false), (true, 1441, false, false, false), (false, 0, false, false, false),
        (true, 0, true, false, false),
    ])
    func anAuthorMayChangeForADayAndTakeAwayForTenMinutes(
        _ isAuthor: Bool, _ minutes: Int, _ isRemoved: Bool, _ edits: Bool, _ removes: Bool
    ) {
        let sent = Instant(milliseconds: 1_790_000_000_000), now = sent + Minutes(minutes)
        #expect(MessageRule.mayEdit(isAuthor: isAuthor, sent: sent, isRemoved: isRemoved, now: now) == edits)
        #expect(MessageRule.mayRemove(isAuthor: isAuthor, sent: sent, isRemoved: isRemoved, now: now) == removes)
    }

    /// A message of this text.
    private func id(_ text: String, _ number: Int64, _ desk: Desk) async throws -> MessageID {
        let request = try await desk.request(number).id
        return try await #require(
            desk.database.read { tx in
                try tx.value("SELECT id FROM message WHERE request_id = \(request) AND text = \(text)")
            })
    }

    @Test(arguments: Engine.available)
    func anEditedMessageKeepsItsEarlierTextsAndIsFoundByTheNewOne(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не работает принтер")
            try await desk.write("Принтер марки Ксерокс", in: number, as: .anna)
            let path = "/requests/\(number)/messages/\(try await id("Принтер марки Ксерокс", number, desk))"
            let seen = try await desk.ask(
                .get, "/requests/\(number)/messages", [("after", "0")], as: .boris, htmx: true)
            let talk = try await desk.ask(.get, "/requests/\(number)/talk", as: .boris, htmx: true)
            #expect(talk.text.contains("марки Ксерокс") && talk.text.contains("data-compose=\"/requests/\(number)\""))
            #expect(try await desk.ask(.get, "/requests/\(number)/talk", as: .olga, htmx: true).status == 404)
            let last = try #require(
                seen.text.matches(of: /data-no="(\d+)"/).compactMap { Int($0.1) }.max())
            #expect(try await desk.ask(.get, path + "/text", as: .anna, htmx: true).text.contains("марки Ксерокс"))
            #expect(try await desk.ask(.get, path + "/text", as: .boris, htmx: true).status == 404)
            let new = [("text", "Принтер марки Пантум <b>")]
            for who in [Who.boris, .vera, .egor, .oleg, .olga] {
                #expect(try await desk.ask(.post, path, new, as: who, htmx: true).status == 404, "\(who)")
            }
            #expect(try await desk.ask(.post, path, [("text", " ")], as: .anna, htmx: true).status == 422)
            #expect(try await desk.ask(.post, path, new, as: .anna, htmx: true).status == 204)
            // An open page, which asks for what is above the last it has, gets the message again.
            let again = try await desk.ask(
                .get, "/requests/\(number)/messages", [("after", String(last))], as: .boris, htmx: true)
            #expect(again.text.contains("Пантум &lt;b&gt;") || again.text.contains("Пантум"))
            #expect(again.text.contains("изменено") && !again.text.contains("Ксерокс"))
            #expect(try await desk.found("пантум", .anna) == [number])
            #expect(try await desk.found("ксерокс", .boris).isEmpty)
            #expect(try await desk.found("принтер", .boris) == [number])
            let versions = try await desk.ask(.get, path + "/versions", as: .boris, htmx: true)
            #expect(versions.text.contains("Ксерокс") && versions.text.contains("Пантум"))
            #expect(try await desk.ask(.get, path + "/versions", as: .egor, htmx: true).status == 404)
            desk.clock.pass(.days(2))
            #expect(try await desk.ask(.post, path, [("text", "Поздно")], as: .anna, htmx: true).status == 409)
        }
    }

    @Test(arguments: Engine.available)
    func aRemovedMessageIsGoneForEverybodyAndCanBeBroughtBack(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Сбой")
            let file = try await desk.upload("секрет.txt", Array("тайна".utf8))
            try await desk.write("Пароль Эскалибур", in: number, as: .anna, uploads: [file])
            let path = "/requests/\(number)/messages/\(try await id("Пароль Эскалибур", number, desk))"
            #expect(try await desk.ask(.post, path + "/removal", as: .boris, htmx: true).status == 404)
            let first = "/requests/\(number)/messages/\(try await id("Сбой", number, desk))/removal"
            #expect(try await desk.ask(.post, first, as: .anna, htmx: true).status == 422)
            let removed = try await desk.ask(.post, path + "/removal", as: .anna, htmx: true)
            #expect(removed.status == 204 && removed.header("Okno-Undo").contains("removal"))
            for who in [Who.anna, .boris] {
                let page = try await desk.ask(.get, "/requests/\(number)", as: who).text
                #expect(!page.contains("Эскалибур") && page.contains("Сообщение удалено") && !page.contains("секрет"))
                #expect(try await desk.found("эскалибур", who).isEmpty)
                #expect(try await desk.found("секрет", who).isEmpty)
                #expect(try await desk.ask(.get, "/requests/\(number)/files/\(file)", as: who).status == 404)
            }
            #expect(
                try await desk.ask(.post, path + "/removal", [("_method", "DELETE")], as: .anna, htmx: true).status
                    == 204)
            #expect(try await desk.found("эскалибур", .boris) == [number])
            #expect(try await desk.ask(.get, "/requests/\(number)/files/\(file)", as: .boris).status == 200)
            desk.clock.pass(Minutes(12))
            #expect(try await desk.ask(.post, path + "/removal", as: .anna, htmx: true).status == 409)
        }
    }

    @Test(arguments: Engine.available)
    func aNoteIsNeitherQuotedToAClientNorReactedToByOne(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Вопрос")
            try await desk.write("Клиент путает кнопки", in: number, as: .boris, note: true)
            let note = try await id("Клиент путает кнопки", number, desk),
                question = try await id("Вопрос", number, desk)
            func say(_ text: String, _ quote: MessageID, kind: String, as who: Who) async throws -> Answer {
                try await desk.ask(
                    .post, "/requests/\(number)/messages",
                    [("id", MessageID.new().text), ("text", text), ("kind", kind), ("quote", quote.text)], as: who,
                    htmx: true)
            }
            #expect(try await say("Ответ", note, kind: "reply", as: .boris).status == 422)
            #expect(try await say("Мой", note, kind: "reply", as: .anna).status == 404)
            #expect(try await say("Да", note, kind: "note", as: .vera).status == 200)
            let answer = try await say("Отвечаю", question, kind: "reply", as: .boris)
            #expect(answer.status == 200 && answer.text.contains("data-to-message=\"\(question)\""))
            let other = try await desk.register("Другая"), foreign = try await id("Другая", other, desk)
            #expect(try await say("Чужое", foreign, kind: "reply", as: .boris).status == 404)

            let reactions = "/requests/\(number)/messages/\(note)/reactions"
            #expect(try await desk.ask(.post, reactions, [("code", "agree")], as: .anna, htmx: true).status == 404)
            #expect(try await desk.ask(.post, reactions, [("code", "hate")], as: .vera, htmx: true).status == 422)
            for _ in 0..<2 {
                #expect(try await desk.ask(.post, reactions, [("code", "agree")], as: .vera, htmx: true).status == 204)
            }
            let seen = try await desk.ask(
                .get, "/requests/\(number)/messages", [("after", "0")], as: .boris, htmx: true)
            #expect(seen.text.contains("data-react=\"agree\"") && seen.text.contains("<span>1</span>"))
            let clients = try await desk.ask(
                .get, "/requests/\(number)/messages", [("after", "0")], as: .anna, htmx: true)
            #expect(!clients.text.contains("data-react"))
            #expect(
                try await desk.ask(.post, reactions, [("code", "agree"), ("_method", "DELETE")], as: .vera, htmx: true)
                    .status == 204)
            let after = try await desk.ask(
                .get, "/requests/\(number)/messages", [("after", "0")], as: .boris, htmx: true)
            #expect(!after.text.contains("data-react"))
        }
    }

    @Test(arguments: Engine.available)
    func aColleagueWhoIsCalledFindsTheRequestAmongTheObserved(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Вопрос")
            #expect(try await !desk.sees(number, .zoya))
            let found = try await desk.ask(
                .get, "/requests/\(number)/colleagues", [("text", "ильи")], as: .boris, htmx: true)
            #expect(found.text.contains(desk.id(.zoya).text) && !found.text.contains(desk.id(.anna).text))
            #expect(try await desk.ask(.get, "/requests/\(number)/colleagues", as: .anna, htmx: true).status == 404)
            func call(_ people: [Who], as who: Who) async throws {
                let fields =
                    [
                        ("id", MessageID.new().text), ("text", "@Ильина З. посмотрите"),
                        ("kind", who == .anna ? "reply" : "note"),
                    ]
                    + people.map { ("mention", desk.id($0).text) }
                #expect(
                    try await desk.ask(.post, "/requests/\(number)/messages", fields, as: who, htmx: true).status == 200
                )
            }
            try await call([.zoya], as: .anna)
            #expect(try await !desk.sees(number, .zoya), "a client calls nobody in")
            try await call([.zoya, .egor, .olga], as: .boris)
            #expect(try await desk.sees(number, .zoya))
            #expect(try await !desk.sees(number, .egor), "a client is not staff")
            #expect(try await desk.ask(.get, "/requests/\(number)", as: .olga).status == 404)
        }
    }

    // MARK: steps

    @Test(arguments: Engine.available)
    func stepsFeedTheProgress(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Новое рабочее место")
            let first = CheckItemID.new().text, path = "/requests/\(number)/checklist"
            let steps = [("id", first), ("text", "Стол\n\nКомпьютер\nТелефон ")]
            #expect(try await desk.ask(.post, path, steps, as: .anna, htmx: true).status == 403)
            #expect(try await desk.ask(.post, path, steps, as: .zoya, htmx: true).status == 404)
            for _ in 0..<2 { #expect(try await desk.ask(.post, path, steps, as: .boris, htmx: true).status == 204) }
            let request = try await desk.request(number)
            let items = try await desk.database.read { tx in try Requests.checkItems(of: request.id, tx) }
            #expect(items.map(\.text) == ["Стол", "Компьютер", "Телефон"])
            func act(_ act: String, _ item: CheckItemID, as who: Who = .boris) async throws -> Int {
                try await desk.ask(.post, "\(path)/\(item)", [("act", act)], as: who, htmx: true).status
            }
            #expect(try await act("done", items[0].id) == 204)
            #expect(try await desk.request(number).progress == 33)
            #expect(try await act("done", items[0].id, as: .anna) == 403)
            #expect(try await act("removed", items[2].id) == 204)
            #expect(try await desk.request(number).progress == 50)
            #expect(try await act("restored", items[2].id) == 204)
            #expect(try await act("undone", items[0].id) == 204)
            #expect(try await desk.request(number).progress == 0)
            let other = try await desk.register("Другая")
            #expect(
                try await desk.ask(
                    .post, "/requests/\(other)/checklist/\(items[0].id)", [("act", "done")], as: .boris, htmx: true
                ).status == 404)
            #expect(try await desk.ask(.get, "/requests/\(number)/history", as: .boris).text.contains("Компьютер"))
            #expect(try await !desk.ask(.get, "/requests/\(number)/history", as: .anna).text.contains("Компьютер"))
        }
    }

    // MARK: drafts

    @Test(arguments: Engine.available)
    func aDraftIsOnEveryDeviceUntilItIsSent(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Вопрос"), place = "/requests/\(number)"
            func keep(_ text: String, _ place: String, as who: Who = .anna) async throws -> Answer {
                try await desk.ask(
                    .post, "/drafts", [("place", place), ("text", text), ("kind", "reply")], as: who, htmx: true)
            }
            let first = try #require(try await keep("Начато", place).json["version"] as? Int)
            let second = try #require(try await keep("Начато на работе", place).json["version"] as? Int)
            #expect(second > first)
            #expect(try await keep("x", "https://other.example", as: .anna).status == 404)
            let page = try await desk.ask(.get, place).text
            #expect(page.contains(">Начато на работе</textarea>") && page.contains("data-draft-version=\"\(second)\""))
            #expect(try await !desk.ask(.get, place, as: .boris).text.contains("Начато"))
            let read = try await desk.ask(.get, "/drafts", [("place", place)], as: .boris, htmx: true)
            #expect(read.json["text"] as? String == "")
            try await desk.write("Начато на работе и дописано", in: number, as: .anna)
            #expect(try await desk.ask(.get, "/drafts", [("place", place)], htmx: true).json["text"] as? String == "")
            _ = try await keep("Новая беда", "ask")
            #expect(try await desk.ask(.get, "/").text.contains("Новая беда"))
            _ = try await desk.register("Новая беда")
            #expect(try await !desk.ask(.get, "/").text.contains(">Новая беда</textarea>"))
            _ = try await keep("Слово", place)
            #expect(try await keep("", place).json["version"] as? Int == 0)
        }
    }

    // MARK: requests that belong together

    @Test(arguments: Engine.available)
    func aMergedRequestGoesOnInTheOtherAndCanBeTakenApart(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let kept = try await desk.register("Не печатает принтер")
            let twin = try await desk.register("Принтер молчит, звук щелчка")
            let file = try await desk.upload("фото.txt", Array("фото".utf8))
            try await desk.write("Добавлю снимок", in: twin, as: .anna, uploads: [file])
            try await desk.write("Отвечаю в первой", in: kept, as: .boris)
            let egors = try await desk.register("У меня тоже", as: .egor)
            func join(_ number: Int64, _ other: Int64, _ kind: String = "merged", as who: Who = .boris) async throws
                -> Int
            {
                try await desk.ask(
                    .post, "/requests/\(number)/links", [("other", String(other)), ("kind", kind)], as: who, htmx: true
                ).status
            }
            #expect(try await join(twin, egors) == 422, "another client")
            #expect(try await join(twin, twin) == 422)
            #expect(try await join(twin, 99_999) == 422)
            #expect(try await join(twin, kept, as: .anna) == 403)
            #expect(try await join(twin, kept, as: .zoya) == 404)
            #expect(try await join(twin, kept) < 300)
            let whole = ["Не печатает принтер", "Принтер молчит, звук щелчка", "Добавлю снимок", "Отвечаю в первой"]
            #expect(try await desk.messages(kept) == whole)
            #expect(try await desk.request(twin).state == .cancelled)
            #expect(try await desk.ask(.get, "/requests/\(kept)/files/\(file)").status == 200)
            #expect(try await desk.ask(.get, "/requests/\(twin)/files/\(file)").status == 404)
            #expect(try await desk.found("щелчка", .anna) == [kept])
            let page = try await desk.ask(.get, "/requests/\(twin)").text
            #expect(page.contains("объединена с №\u{A0}\(kept)") && page.contains("href=\"/requests/\(kept)\""))
            #expect(try await join(twin, kept) == 409, "it has ended")
            #expect(
                try await desk.ask(.post, "/requests/\(twin)/merge", [("_method", "DELETE")], as: .boris, htmx: true)
                    .status
                    == 204)
            #expect(try await desk.messages(twin) == ["Принтер молчит, звук щелчка", "Добавлю снимок"])
            #expect(try await desk.messages(kept) == ["Не печатает принтер", "Отвечаю в первой"])
            #expect(try await desk.request(twin).state == .new)
            #expect(try await desk.found("щелчка", .anna) == [twin])
            #expect(try await desk.ask(.get, "/requests/\(twin)/files/\(file)").status == 200)
        }
    }

    @Test(arguments: Engine.available)
    func aLinkShowsOnlyWhatOneMaySeeAndASplitIsALinkedRequest(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let one = try await desk.register("Сервер"), two = try await desk.register("Почта", as: .egor)
            let hidden = try await desk.register("Кадры", as: .egor, line: desk.personnel)
            let link = { (other: Int64) in
                try await desk.ask(
                    .post, "/requests/\(one)/links", [("other", String(other)), ("kind", "related")], as: .boris,
                    htmx: true
                ).status
            }
            #expect(try await link(hidden) == 422)
            #expect(try await link(two) == 204)
            #expect(try await link(two) == 204)
            #expect(
                try await desk.ask(.get, "/requests/\(two)/context", as: .boris, htmx: true).text.contains("Сервер"))
            #expect(try await !desk.ask(.get, "/requests/\(one)", as: .anna).text.contains("Почта"))
            #expect(
                try await desk.ask(
                    .post, "/requests/\(one)/links/\(two)", [("_method", "DELETE")], as: .boris, htmx: true
                ).status == 204)
            #expect(
                try await !desk.ask(.get, "/requests/\(two)/context", as: .boris, htmx: true).text.contains("Сервер"))

            let file = try await desk.upload("снимок.txt", Array("снимок".utf8))
            try await desk.write("И ещё не открывается 1С", in: one, as: .anna, uploads: [file])
            let message = try await id("И ещё не открывается 1С", one, desk), new = MessageID.new().text
            func split(as who: Who) async throws -> Answer {
                try await desk.ask(
                    .post, "/requests/\(one)/split",
                    [
                        ("id", new), ("message", message.text), ("line", desk.computers.text),
                        ("text", "Не открывается 1С"),
                    ], as: who, htmx: true)
            }
            #expect(try await split(as: .anna).status == 403)
            #expect(try await split(as: .zoya).status == 404)
            let made = try await split(as: .boris)
            #expect(try await split(as: .boris).header("HX-Redirect") == made.header("HX-Redirect"), "a repetition")
            let number = try #require(
                made.header("HX-Redirect").firstMatch(of: /requests\/(\d+)/).flatMap { Int64($0.1) })
            let request = try await desk.request(number)
            #expect(request.client == desk.id(.anna) && request.author == desk.id(.boris))
            #expect(try await desk.found("снимок", .anna) == [number, one])
            #expect(try await desk.ask(.get, "/requests/\(number)", as: .anna).text.contains("снимок.txt"))
        }
    }
}
