import EventLog
import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import OknoApp
import People
import Storage
import TestOffice
import Testing
import Web

@testable import Requests

/// Bad input gets a clear answer and changes nothing.
@Suite struct FaultTests {
    /// Walks every route of the room with numbers and ids of another organisation: the answer is the one for what does not exist.
    @Test(arguments: Engine.available)
    func whatBelongsToAnotherOrganisationDoesNotExist(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let own = try await desk.register("Своя")
            var foreign: Int64 = 0
            while foreign <= own + 1 {
                foreign = try await desk.register("Чужая тайна", as: .oleg, line: desk.foreignLine)
            }
            let attached = try await desk.upload("чужой.txt", Array("тайна".utf8), as: .oleg)
            try await desk.write("Файл", in: foreign, as: .oleg, uploads: [attached])
            let pending = UploadID.new()
            _ = try await desk.ask(.post, "/uploads", [("id", pending.text), ("name", "x"), ("size", "3")], as: .oleg)
            let before = try await desk.told(foreign, .olga)
            let foreignRequest = try await desk.request(foreign, of: .olga).id
            let message: MessageID = try await #require(
                desk.database.read { tx in
                    try tx.value(
                        "SELECT id FROM message WHERE request_id = \(foreignRequest) ORDER BY number DESC LIMIT 1")
                })

            let router = Router(context: WebContext.self)
            desk.requests.addRoutes(to: router)
            let routes = router.routes.filter { $0.path.description.contains("{") }
            #expect(routes.count > 30)
            for route in routes {
                let path = route.path.description
                func address(
                    _ number: Int64, _ file: UploadID, _ upload: UploadID, _ person: PersonID, _ message: MessageID
                ) -> String {
                    path.replacing("{number}", with: "\(number)").replacing("{file}", with: file.text)
                        .replacing("{upload}", with: upload.text).replacing("{person}", with: person.text)
                        .replacing("{message}", with: message.text).replacing("{item}", with: MessageID.new().text)
                        .replacing("{other}", with: "\(number)")
                }
                // Every part foreign, and only the innermost one.
                let pairs = [
                    (
                        address(foreign, attached, pending, desk.id(.oleg), message),
                        address(foreign + 1000, .new(), .new(), .new(), .new())
                    ),
                    (
                        address(own, attached, pending, desk.id(.oleg), message),
                        address(own, .new(), .new(), .new(), .new())
                    ),
                ]
                for (theirs, reference) in pairs where theirs != reference {
                    for who in [Who.anna, .boris, .dina] {
                        let got = try await desk.ask(
                            route.method, theirs, Self.fields, as: who, headers: ["Upload-Offset": "0"])
                        let wanted = try await desk.ask(
                            route.method, reference, Self.fields, as: who, headers: ["Upload-Offset": "0"])
                        #expect(got.status == wanted.status, "\(route.method) \(theirs) as \(who)")
                        #expect(Self.tidy(got) == Self.tidy(wanted), "\(route.method) \(theirs) as \(who)")
                        #expect(!got.text.contains("тайна"))
                        if theirs.contains("/\(foreign)") {
                            #expect(got.status == 404, "\(route.method) \(theirs) as \(who)")
                        }
                    }
                }
            }
            #expect(try await desk.told(foreign, .olga) == before)
            #expect(try await desk.ask(.get, "/uploads/\(pending)", as: .oleg).status == 200)
        }
    }

    /// What every act needs, so that the answer is not about a missing field.
    private static let fields = [
        ("id", "0192f0c1-0000-7000-8000-000000000001"), ("text", "Текст"), ("percent", "10"), ("minutes", "5"),
        ("rating", "5"), ("code", "agree"), ("act", "done"), ("other", "1"),
        ("message", "0192f0c1-0000-7000-8000-000000000004"),
        ("priority", "high"), ("at", "2026-12-01T10:00"), ("upto", "1"),
        ("line", "0192f0c1-0000-7000-8000-000000000002"),
        ("person", "0192f0c1-0000-7000-8000-000000000003"),
    ]

    /// Ids and the like, which differ from one answer to the next.
    private static func tidy(_ answer: Answer) -> String {
        answer.text.replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "ID").replacing(/\/requests\/\d+/, with: "/requests/N")
            .replacing(/[0-9a-f]{256}/, with: "CSRF")
    }

    /// The same for ids in forms.
    @Test(arguments: Engine.available)
    func anIdOfAnotherOrganisationInAFormIsUnknown(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Своя")
            let upload = try await desk.upload("x", [1], as: .oleg)
            let line = desk.computers.text, client = desk.id(.anna).text
            let places: [(HTTPRequest.Method, String, [(String, String)], field: String, theirs: String)] = [
                (.post, "/requests", [("text", "а")], "line", desk.foreignLine.text),
                (.post, "/requests", [("text", "а"), ("line", line)], "topic", desk.foreignTopic.text),
                (.post, "/requests", [("text", "а"), ("line", line)], "upload", upload.text),
                (.post, "/requests/new", [("text", "а"), ("client", client)], "line", desk.foreignLine.text),
                (.post, "/requests/new", [("text", "а"), ("line", line)], "client", desk.id(.oleg).text),
                (
                    .post, "/requests/new", [("text", "а"), ("line", line), ("client", client)], "topic",
                    desk.foreignTopic.text
                ),
                (.post, "/requests/\(number)/transfer", [("to", "line")], "line", desk.foreignLine.text),
                (.post, "/requests/\(number)/transfer", [("to", "person")], "person", desk.id(.olga).text),
                (.post, "/requests/\(number)/line", [], "line", desk.foreignLine.text),
                (.post, "/requests/\(number)/topic", [], "topic", desk.foreignTopic.text),
                (.post, "/requests/\(number)/observers", [], "person", desk.id(.oleg).text),
                (.post, "/requests/\(number)/messages", [("text", "а")], "upload", upload.text),
                (.get, "/requests/topics", [], "line", desk.foreignLine.text),
                (.get, "/requests", [("view", "all")], "line", desk.foreignLine.text),
                (.get, "/requests/new", [], "client", desk.id(.oleg).text),
                (.get, "/", [], "line", desk.foreignLine.text),
            ]
            for (method, path, fields, field, theirs) in places {
                for htmx in [false, true] {
                    func ask(_ id: String) async throws -> Answer {
                        try await desk.ask(
                            method, path, [("id", MessageID.new().text)] + fields + [(field, id)], as: .boris,
                            htmx: htmx)
                    }
                    let got = try await ask(theirs), wanted = try await ask(UploadID.new().text)
                    #expect(got.status == wanted.status, "\(path) \(field)")
                    #expect(Self.tidy(got) == Self.tidy(wanted), "\(path) \(field)")
                    if method == .post { #expect((400..<500).contains(got.status), "\(path) \(field): \(got.status)") }
                    #expect(
                        !got.text.contains("Чужой") && !got.text.contains("Чужая") && !got.text.contains("Орлов"),
                        "\(path) \(field)")
                }
            }
            #expect(try await desk.events(number) == ["registered"])
        }
    }

    @Test(arguments: Engine.available)
    func scriptComesOutAsText(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let script = "<script>alert(1)</script>", picture = "<img src=x onerror=alert(2)>",
                breakout = "\"><svg onload=alert(3)>"
            let (dina, boris) = (try await desk.viewer(.dina), try await desk.viewer(.boris))
            try await desk.people.changePerson(
                desk.id(.anna), to: .init(family: "Белова\(picture)", given: script, position: breakout, room: script),
                by: dina)
            let file = try await desk.upload(picture + ".txt", Array("x".utf8))
            let shown = try await desk.upload(breakout + ".png", FileTests.png)
            let number = try await desk.register("\(script) принтер \(breakout)\n\(picture)", topic: nil) {
                $0.uploads = [file, shown]
            }
            try await desk.write("[нажми](javascript:alert(4)) \(picture) **принтер**", in: number, as: .anna)
            try await desk.write("\(script) \(picture) принтер", in: number, as: .boris, note: true)
            try await desk.requests.addTime(number, Minutes(5), reason: script, by: boris)
            try await desk.requests.watch(number, desk.id(.anna), by: boris)
            try await desk.requests.solve(number, answer: breakout, by: boris)
            let pages: [(Who, String, [(String, String)])] = [
                (.anna, "/", []), (.anna, "/requests/mine", []), (.anna, "/requests/\(number)", []),
                (.boris, "/requests/\(number)", []),
                (.boris, "/requests", [("view", "all")]), (.boris, "/requests/\(number)/history", []),
                (.anna, "/requests/\(number)/history", []), (.boris, "/requests/\(number)/context", []),
                (.boris, "/requests/\(number)/messages", []), (.anna, "/requests/\(number)/card", []),
                (.boris, "/search", [("text", "принтер")]), (.anna, "/search", [("text", script)]),
                (.boris, "/search", [("text", breakout)]),
                (.boris, "/requests/people", [("name", "Белова")]),
                (.boris, "/requests/new", [("client", desk.id(.anna).text), ("text", breakout)]),
            ]
            func check(_ answer: Answer, _ path: String) {
                for danger in ["<script>alert", "<img src=x", "<svg onload", "javascript:alert"] {
                    #expect(!answer.text.contains(danger), "\(danger) in \(path)")
                }
            }
            for (who, path, fields) in pages {
                let answer = try await desk.ask(.get, path, fields, as: who)
                #expect(answer.status == 200, "\(path)")
                check(answer, path)
            }
            #expect(
                try await desk.ask(.get, "/requests/\(number)").text.contains(
                    "&lt;script&gt;alert(1)&lt;/script&gt; принтер"))
            #expect(
                try await desk.ask(.get, "/requests/\(number)").text.contains("<strong>принтер</strong>"),
                "what is meant as bold is bold")
            let refused = try await desk.ask(
                .post, "/requests", [("id", MessageID.new().text), ("text", script + breakout)])
            #expect(
                refused.status == 422 && refused.text.contains("&lt;script&gt;alert(1)"),
                "a refused form keeps the text, as text")
            check(refused, "refused form")
        }
    }

    @Test(arguments: Engine.available)
    func brokenBytesAreRefusedInWords(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Своя")
            let csrf = try await desk.signedIn(.anna).csrf
            let bodies: [[UInt8]] = [
                Array("id=1&text=%FF%FE".utf8), Array("text=".utf8) + [0xFF, 0xC0, 0x80], Array("text=%zz".utf8),
                Array("text=%0".utf8),
                Array("text=a%00b".utf8), Array("%FF=1".utf8), Array("text=%ED%A0%80".utf8),
            ]
            for path in ["/requests", "/requests/\(number)/messages", "/requests/\(number)/cancellation", "/uploads"] {
                for body in bodies {
                    let answer = try await desk.ask(
                        .post, path, headers: ["Content-Type": "application/x-www-form-urlencoded", "X-CSRF": csrf],
                        body: RequestBody(buffer: ByteBuffer(bytes: body)))
                    #expect(answer.status == 422, "\(path) \(String(decoding: body, as: UTF8.self))")
                    #expect(
                        answer.text.contains(desk.office.installation.site.text(.russian)("web.error.not-text")),
                        "\(path)")
                }
            }
            #expect(try await desk.ask(.get, "/search?text=%FF").status == 422)
            #expect(try await desk.ask(.get, "/requests/%FF").status == 404)
            #expect(try await desk.ask(.get, "/requests/1%00").status == 404)
            for odd in ["0", "-1", "abc", "9223372036854775808", "1.5", "٣"] {
                #expect(try await desk.ask(.get, "/requests/\(Desk.encoded(odd))").status == 404, "\(odd)")
            }
            #expect(try await desk.events(number) == ["registered"])
        }
    }

    @Test(arguments: Engine.available)
    func aBodyOverTheLimitIsRefused(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Своя")
            let huge = String(repeating: "a", count: Form.largestBody)
            for path in ["/requests", "/requests/\(number)/messages", "/requests/\(number)/refusal"] {
                let answer = try await desk.ask(.post, path, [("id", MessageID.new().text), ("text", huge)])
                #expect(answer.status == 413, "\(path)")
                #expect(answer.text.contains(desk.office.installation.site.text(.russian)("web.error.too-large")))
            }
            let long = try await desk.ask(
                .post, "/requests/\(number)/messages",
                [("id", MessageID.new().text), ("text", String(repeating: "a", count: 20_001))])
            #expect(long.status == 422 && long.text.contains("20000") || long.text.contains("20\u{A0}000"))
            let full = try await desk.ask(
                .post, "/requests/\(number)/messages",
                [("id", MessageID.new().text), ("text", String(repeating: "я", count: 20_000))])
            #expect(full.status == 303)
            #expect(try await desk.messages(number).count == 2)
        }
    }

    @Test(arguments: Engine.available)
    func aMissingFieldIsNamed(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Своя")
            let solved = try await desk.register("Решённая")
            try await desk.requests.solve(solved, answer: nil, by: try await desk.viewer(.boris))
            let id = ("id", MessageID.new().text)
            let cases: [(Who, String, [(String, String)], String)] = [
                (.anna, "/requests", [], "text"), (.anna, "/requests", [id, ("text", "а")], "line"),
                (.anna, "/requests", [("text", "а"), ("line", desk.computers.text)], "id"),
                (.anna, "/requests", [id, ("text", " \n\t "), ("line", desk.computers.text)], "text"),
                (.boris, "/requests/new", [id, ("text", "а")], "line"),
                (.boris, "/requests/new", [id, ("text", "а"), ("line", desk.computers.text)], "client"),
                (.anna, "/requests/\(number)/messages", [("text", "а")], "id"),
                (.anna, "/requests/\(number)/messages", [id], "text"),
                (.boris, "/requests/\(number)/transfer", [], "line"), (.boris, "/requests/\(number)/line", [], "line"),
                (.boris, "/requests/\(number)/priority", [], "priority"),
                (.boris, "/requests/\(number)/deadline", [], "at"),
                (.boris, "/requests/\(number)/progress", [], "percent"),
                (.boris, "/requests/\(number)/time", [], "minutes"),
                (.boris, "/requests/\(number)/observers", [], "person"),
                (.anna, "/requests/\(number)/reading", [], "upto"),
                (.anna, "/requests/\(solved)/rating", [], "rating"), (.anna, "/requests/\(solved)/refusal", [], "text"),
                (.anna, "/uploads", [("name", "x"), ("size", "1")], "id"),
                (.anna, "/uploads", [("id", UploadID.new().text)], "size"),
            ]
            for (who, path, fields, field) in cases {
                let answer = try await desk.ask(
                    .post, path, fields, as: who, htmx: true, headers: ["Accept": "application/json"])
                #expect(answer.status == 422, "\(path)")
                #expect(answer.json["field"] as? String == field, "\(path): \(answer.text)")
                #expect((answer.json["error"] as? String ?? "").count > 5)
            }
            #expect(try await desk.events(number) == ["registered"])
            #expect(try await desk.events(solved) == ["registered", "taken", "solved"])
        }
    }

    @Test(arguments: Engine.available)
    func aWriteNeedsTheFormsToken(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Своя")
            for route in ["/requests", "/requests/\(number)/messages", "/requests/\(number)/cancellation", "/uploads"] {
                let body = RequestBody(buffer: ByteBuffer(string: "text=a"))
                let form = ["Content-Type": "application/x-www-form-urlencoded"]
                let foreign = try await desk.ask(
                    .post, route, headers: form.merging(["X-CSRF": "wrong"]) { $1 }, body: body)
                #expect(foreign.status == 403, "\(route)")
                let cross = try await desk.ask(
                    .post, route, headers: form.merging(["Sec-Fetch-Site": "cross-site"]) { $1 }, body: body)
                #expect(cross.status == 403, "\(route)")
                let nobody = try await desk.ask(.post, route, [("text", "a")], as: nil)
                #expect(nobody.status == 401, "\(route)")
            }
            let page = try await desk.ask(.get, "/requests/\(number)", as: nil)
            #expect(page.status == 303 && page.header("Location").hasPrefix("/sign-in?next="))
            #expect(try await desk.events(number) == ["registered"])
        }
    }

    @Test(arguments: Engine.available)
    func aClientHasNoWorkplace(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            for path in ["/requests", "/requests/new", "/requests/people?name=Белова"] {
                let answer = try await desk.ask(.get, path)
                #expect(answer.status == 404, "\(path)")
            }
            let answer = try await desk.ask(.post, "/requests/new", [("text", "а")])
            #expect(answer.status == 404)
        }
    }
}

extension Desk {
    /// How many events a request has, seen from its own organisation.
    func told(_ number: Int64, _ who: Who) async throws -> Int {
        let id = try await request(number, of: who).id
        return try await database.read { tx in try EventLog.of(id, tx).count }
    }
}
