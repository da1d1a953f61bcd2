import Foundation
import HTTPTypes
import Kernel
import TestOffice
import Testing
import Web

@testable import Requests

/// Talks of the staff, by the door: closed to clients and to everybody who is not a member.
@Suite struct TalkTests {
    private func begin(
        _ people: [Who], title: String = "", about: Int64? = nil, as who: Who = .boris,
        id: String = MessageID.new().text,
        _ desk: Desk
    ) async throws -> Answer {
        try await desk.ask(
            .post, "/talks",
            [("id", id), ("title", title), ("request", about.map { "\($0)" } ?? "")]
                + people.map { ("person", desk.id($0).text) }, as: who, htmx: true)
    }

    private func say(
        _ text: String, in path: String, as who: Who, id: String = MessageID.new().text, also: [(String, String)] = [],
        _ desk: Desk
    ) async throws -> Answer {
        desk.clock.pass(Minutes(1))
        return try await desk.ask(
            .post, path + "/messages", [("id", id), ("text", text)] + also, as: who, htmx: true)
    }

    @Test(arguments: Engine.available)
    func twoHaveOneTalkForEver(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let begun = try await begin([.vera], desk)
            let path = begun.header("HX-Redirect")
            #expect(begun.status == 204 && path.hasPrefix("/talks/"))
            #expect(try await begin([.vera], desk).header("HX-Redirect") == path)
            #expect(try await begin([.boris], as: .vera, desk).header("HX-Redirect") == path)
            let id = MessageID.new().text
            #expect(try await say("Привет, Вера", in: path, as: .boris, id: id, desk).status == 200)
            #expect(try await say("Привет, Вера", in: path, as: .boris, id: id, desk).status == 200, "a repetition")
            let page = try await desk.ask(.get, path, as: .vera).text
            #expect(page.components(separatedBy: "Привет, Вера").count >= 2)
            #expect(try await desk.ask(.get, "/talks/unread", as: .vera, htmx: true).text.contains("1"))
            #expect(
                try await desk.ask(.post, path + "/reading", [("upto", "99999")], as: .vera, htmx: true).status == 204)
            #expect(try await !desk.ask(.get, "/talks/unread", as: .vera, htmx: true).text.contains("1"))
            #expect(
                try await desk.ask(.post, path + "/members", [("person", desk.id(.lev).text)], as: .boris, htmx: true)
                    .status == 409)
            #expect(try await begin([], desk).status == 422)
            #expect(try await begin([.anna], desk).status == 422, "a client is no colleague")
            #expect(try await begin([.olga], desk).status == 422, "nor is another organisation's")
        }
    }

    @Test(arguments: Engine.available)
    func nobodyButItsMembersSeesATalk(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let path = try await begin([.vera, .lev], title: "Переезд серверной", desk).header("HX-Redirect")
            let file = try await desk.upload("план.txt", Array("план".utf8), as: .boris)
            let message = MessageID.new().text
            _ = try await say(
                "Секретный пароль Эскалибур", in: path, as: .boris, id: message, also: [("upload", file.text)], desk)
            for who in [Who.zoya, .dina, .gleb, .anna, .olga] {
                let reads = [
                    path, path + "/messages?after=0", path + "/head", path + "/files/\(file)",
                    path + "/messages/\(message)/versions", path + "/messages/\(message)/text",
                ]
                for address in reads {
                    let answer = try await desk.ask(.get, address, as: who, htmx: true)
                    #expect(answer.status == 404 && !answer.text.contains("Эскалибур"), "\(address) as \(who)")
                }
                let writes: [(String, [(String, String)])] = [
                    (path + "/messages", [("id", MessageID.new().text), ("text", "я")]),
                    (path + "/title", [("title", "я")]),
                    (path + "/members", [("person", desk.id(who).text)]), (path + "/reading", [("upto", "5")]),
                    (path + "/messages/\(message)", [("text", "я")]), (path + "/messages/\(message)/removal", []),
                    (path + "/messages/\(message)/reactions", [("code", "agree")]),
                ]
                for (address, fields) in writes {
                    #expect(
                        try await desk.ask(.post, address, fields, as: who, htmx: true).status == 404,
                        "\(address) as \(who)")
                }
                let found = try await desk.ask(.get, "/talks", [("text", "эскалибур")], as: who, htmx: true)
                #expect(!found.text.contains("Переезд"))
                #expect(
                    try await !desk.ask(.get, "/search", [("text", "эскалибур")], as: who).text.contains("Эскалибур"))
            }
            for address in ["/talks", "/talks/new", "/talks/unread"] {
                #expect(try await desk.ask(.get, address, as: .anna).status == 404)
            }
            #expect(try await desk.ask(.get, path + "/files/\(file)", as: .lev).text == "план")
            #expect(
                try await desk.ask(.get, "/talks", [("text", "эскалибур")], as: .lev, htmx: true).text.contains(
                    "Переезд"))
            #expect(
                try await desk.ask(.get, "/talks", [("text", "план")], as: .lev, htmx: true).text.contains("Переезд"))
            // Who was taken out, or left, sees nothing any more; who only takes part takes nobody out.
            let levs = path + "/members/\(desk.id(.lev))"
            #expect(try await desk.ask(.post, levs, [("_method", "DELETE")], as: .vera, htmx: true).status == 404)
            #expect(try await desk.ask(.post, levs, [("_method", "DELETE")], as: .boris, htmx: true).status == 204)
            #expect(try await desk.ask(.get, path, as: .lev).status == 404)
            #expect(
                try await desk.ask(.post, path + "/members", [("person", desk.id(.lev).text)], as: .vera, htmx: true)
                    .status == 204)
            #expect(try await desk.ask(.get, path, as: .lev).text.contains("Эскалибур"))
        }
    }

    @Test(arguments: Engine.available)
    func messagesAreChangedTakenAwayQuotedAndFoundAsInARequest(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let path = try await begin([.vera, .lev], desk).header("HX-Redirect")
            let first = MessageID.new().text, message = "\(path)/messages/\(first)"
            _ = try await say("Завтра меняем коммутатор", in: path, as: .boris, id: first, desk)
            #expect(
                try await say("Во сколько?", in: path, as: .vera, also: [("quote", first)], desk).text.contains(
                    "коммутатор"))
            #expect(
                try await desk.ask(.post, message, [("text", "Завтра меняем маршрутизатор")], as: .vera, htmx: true)
                    .status == 404)
            #expect(
                try await desk.ask(.post, message, [("text", "Завтра меняем маршрутизатор")], as: .boris, htmx: true)
                    .status == 204)
            let page = try await desk.ask(.get, path, as: .lev).text
            #expect(page.contains("маршрутизатор") && page.contains("изменено"))
            #expect(try await desk.ask(.get, message + "/versions", as: .lev, htmx: true).text.contains("коммутатор"))
            func finds(_ word: String) async throws -> Bool {
                try await desk.ask(.get, "/talks", [("text", word)], as: .lev, htmx: true).text.contains(path)
            }
            #expect(try await finds("маршрутизатор"))
            #expect(try await !finds("коммутатор"))
            #expect(
                try await desk.ask(.post, message + "/reactions", [("code", "agree")], as: .vera, htmx: true).status
                    == 204)
            #expect(try await desk.ask(.get, path, as: .lev).text.contains("data-react=\"agree\""))
            let removed = try await desk.ask(.post, message + "/removal", as: .boris, htmx: true)
            #expect(removed.status == 204 && removed.header("Okno-Undo").contains("removal"))
            #expect(try await !desk.ask(.get, path, as: .lev).text.contains("маршрутизатор"))
            #expect(try await !finds("маршрутизатор"))
            #expect(
                try await desk.ask(.post, message + "/removal", [("_method", "DELETE")], as: .boris, htmx: true).status
                    == 204)
            #expect(try await finds("маршрутизатор"))
        }
    }

    @Test(arguments: Engine.available)
    func aTalkAboutARequestNamesItOnlyToThoseWhoMaySeeIt(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Тайна бухгалтерии")
            #expect(try await begin([.zoya], about: number, as: .anna, desk).status == 404)
            #expect(try await begin([.vera], about: number, as: .zoya, desk).status == 404)
            let path = try await begin([.zoya], about: number, desk).header("HX-Redirect")
            #expect(try await desk.ask(.get, path, as: .boris).text.contains("Тайна бухгалтерии"))
            #expect(try await !desk.ask(.get, path, as: .zoya).text.contains("Тайна бухгалтерии"))
            let new = try await desk.ask(.get, "/talks/new", [("request", "\(number)")], as: .boris)
            #expect(new.status == 200 && new.text.contains(path))
            #expect(try await desk.ask(.get, "/talks/new", [("request", "\(number)")], as: .zoya).status == 404)
        }
    }
}
