import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import People
@testable import Requests

/// Programs that come with a key: the person's own rights, within the key's scopes, until it is taken back.
@Suite struct KeyTests {
    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ fields: [(String, String)] = [], key: String, _ desk: Desk
    ) async throws -> Answer {
        try await desk.ask(method, path, fields, as: nil, headers: ["Authorization": "Bearer \(key)"])
    }

    private func make(_ name: String, write: Bool, as who: Who, _ desk: Desk) async throws -> String {
        let page = try await desk.ask(
            .post, "/profile/keys", [("name", name), ("days", "30")] + (write ? [("write", "yes")] : []), as: who)
        #expect(page.status == 200)
        return try #require(page.text.firstMatch(of: /okno_[0-9a-f]{64}/)).output.description
    }

    @Test(arguments: Engine.available)
    func aKeyOpensWhatItsPersonSeesAndNothingElse(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает принтер")
            let foreign = try await desk.register("Чужая тайна", as: .oleg, line: desk.foreignLine)
            let key = try await make("Мониторинг", write: false, as: .boris, desk)
            let page = try await ask(.get, "/requests/\(number)", key: key, desk)
            #expect(page.status == 200 && page.text.contains("Не печатает принтер"))
            #expect(page.header("Set-Cookie").isEmpty)
            #expect(try await !ask(.get, "/search", [("text", "тайна")], key: key, desk).text.contains("Чужая тайна"))
            #expect(try await desk.ask(.get, "/requests/\(number)", as: .zoya).status == 404)
            let zoyas = try await make("Мой", write: true, as: .zoya, desk)
            #expect(try await ask(.get, "/requests/\(number)", key: zoyas, desk).status == 404)
            #expect(foreign > 0)
            // Reading is not writing, and requests are not accounts.
            for (path, fields) in [
                ("/requests", [("text", "x"), ("line", desk.computers.text)]),
                ("/requests/\(number)/assignment", []), ("/requests/\(number)/messages", [("text", "x")]),
            ] {
                #expect(try await ask(.post, path, fields, key: key, desk).status == 403, "\(path)")
            }
            for path in [
                "/", "/profile", "/profile/keys", "/people", "/lines", "/organisation", "/talks", "/requestsX",
            ] {
                #expect(try await ask(.get, path, key: zoyas, desk).status == 403, "\(path)")
            }
            #expect(
                try await ask(.post, "/profile/keys", [("name", "x"), ("days", "30")], key: zoyas, desk).status == 403)
            #expect(try await ask(.delete, "/profile/sessions", key: zoyas, desk).status == 403)
        }
    }

    @Test(arguments: Engine.available)
    func aKeyThatMayWriteRegistersAndAnswersInThePersonsName(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let key = try await make("Телефония", write: true, as: .boris, desk)
            let made = try await ask(
                .post, "/requests/new",
                [
                    ("id", MessageID.new().text), ("client", desk.id(.anna).text), ("line", desk.computers.text),
                    ("text", "Звонок о принтере"), ("origin", "phone"),
                ], key: key, desk)
            #expect(made.status == 303)
            let number = try #require(
                made.location.flatMap { Int64($0.split(separator: "/").last?.prefix { $0.isNumber } ?? "") })
            #expect(try await desk.request(number).author == desk.id(.boris))
            #expect(try await ask(.post, "/requests/\(number)/assignment", key: key, desk).status == 303)
            #expect(try await desk.request(number).assignee == desk.id(.boris))
        }
    }

    @Test(arguments: Engine.available)
    func aKeyEndsWhenItIsRevokedRunsOutOrItsPersonIsBlocked(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Сеть")
            let path = "/requests/\(number)"
            #expect(try await ask(.get, path, key: "okno_" + String(repeating: "0", count: 64), desk).status == 401)
            #expect(try await ask(.get, path, key: desk.tokens[.boris]!, desk).status == 401, "a cookie is no key")
            #expect(
                try await desk.ask(
                    .get, path, as: nil,
                    headers: ["Cookie": "okno=\(try await make("Тест", write: true, as: .boris, desk))"]
                )
                .status != 200, "nor is a key a cookie")
            #expect(try await desk.ask(.get, "/profile/keys", as: .anna).status == 404)
            #expect(
                try await desk.ask(.post, "/profile/keys", [("name", "x"), ("days", "30")], as: .anna).status == 404)
            #expect(
                try await desk.ask(.post, "/profile/keys", [("name", "x"), ("days", "4000")], as: .boris).status == 422)

            let key = try await make("Первый", write: false, as: .vera, desk)
            let id = try await desk.database.read { [vera = desk.id(.vera), now = desk.clock.now] tx in
                try AccessKey.all(of: vera, at: now, tx)[0].id
            }
            #expect(try await desk.ask(.delete, "/profile/keys/\(id)", as: .boris).status == 404)
            #expect(try await ask(.get, path, key: key, desk).status == 200)
            #expect(try await desk.ask(.delete, "/profile/keys/\(id)", as: .vera).status == 303)
            #expect(try await ask(.get, path, key: key, desk).status == 401)

            let second = try await make("Второй", write: false, as: .vera, desk)
            try await desk.people.block(desk.id(.vera), by: try await desk.viewer(.dina))
            #expect(try await ask(.get, path, key: second, desk).status == 401)
            let third = try await make("Третий", write: false, as: .boris, desk)
            desk.clock.pass(.days(31))
            #expect(try await ask(.get, path, key: third, desk).status == 401)
        }
    }
}
