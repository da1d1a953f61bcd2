import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Secrets
import Storage
import Testing

@testable import Web

/// What holds for every route: methods of forms, foreign forms, faults in words, headers.
@Suite struct DoorTests {
    enum Secret: Error { case databasePassword }

    static let site = Result { try Site(share: share, vault: Vault(key: Array(repeating: 1, count: 32))) }

    private func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String = "", headers: HTTPFields = [:]
    ) async throws -> (status: Int, headers: HTTPFields, text: String) {
        let router = Router(context: WebContext.self)
        router.add(middleware: OwnFaults())
        router.get("/thing") { _, _ in Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "read"))) }
        router.post("/thing") { request, _ in try await Self.echo("made", request) }
        router.put("/thing") { request, _ in try await Self.echo("changed", request) }
        router.delete("/thing") { request, _ in try await Self.echo("deleted", request) }
        router.get("/broken") { _, _ -> Response in throw Secret.databasePassword }
        router.get("/away") { _, _ -> Response in throw StorageError.unavailable("host=10.0.0.7") }
        router.get("/full") { _, _ -> Response in throw StorageError.full }
        router.get("/private") { _, context -> Response in
            _ = try context.viewer()
            return Response(status: .ok)
        }
        var silent = Logger(label: "test")
        silent.logLevel = .critical
        let door = Door(
            site: try Self.site.get(), logger: silent, recognise: { token, _ in token == "anna" ? Self.anna : nil },
            routes: router.buildResponder())
        var fields: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        for field in headers { fields[field.name] = field.value }
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "okno.example", path: path, headerFields: fields),
            body: RequestBody(buffer: ByteBuffer(string: body)))
        let context = WebContext(source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: silent))
        let response = try await door.respond(to: request, context: context)
        let paper = Paper()
        try await response.body.write(paper)
        return (response.status.code, response.headers, paper.text)
    }

    private static func echo(_ word: String, _ request: Request) async throws -> Response {
        let name = try await Form(request).raw("name") ?? ""
        return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: "\(word) \(name)")))
    }

    private static let anna = SignedIn(
        viewer: Viewer(
            kind: .session(SessionID("s")), organisation: OrganisationID("o"),
            person: PersonID("018f0000-0000-7000-8000-000000000001"),
            roles: [.client], language: .english),
        name: PersonName(family: "Белова", given: "Анна"), organisationName: "Север", theme: "auto", csrf: "token",
        session: SessionID("s"), accentVersion: nil)

    @Test(arguments: [
        ("name=a", "made a"), ("_method=PUT&name=a", "changed a"), ("_method=DELETE&name=a", "deleted a"),
        ("_method=GET&name=a", "made a"),
    ])
    func aFormNamesItsMethod(_ body: String, _ text: String) async throws {
        #expect(try await ask(.post, "/thing", body).text == text)
    }

    @Test(
        arguments: [
            ("name=a", [:], 403), ("csrf=token&name=a", [:], 200), ("csrf=other&name=a", [:], 403),
            ("name=a", ["X-CSRF": "token"], 200),
            ("csrf=token", ["Origin": "https://evil.example"], 403),
            ("csrf=token", ["Origin": "http://okno.example"], 200),
            ("csrf=token", ["Origin": "http://okno.example.evil.example"], 403),
            ("csrf=token", ["Sec-Fetch-Site": "cross-site"], 403),
            ("csrf=token", ["Sec-Fetch-Site": "same-origin"], 200),
        ] as [(String, [String: String], Int)])
    func aWriteComesFromOurOwnPages(_ body: String, _ headers: [String: String], _ status: Int) async throws {
        var fields: HTTPFields = [.cookie: "okno=anna"]
        for (name, value) in headers { fields[HTTPField.Name(name)!] = value }
        for method in [HTTPRequest.Method.post, .put, .delete] {
            #expect(try await ask(method, "/thing", body, headers: fields).status == status)
        }
    }

    @Test func aFaultOfOursHasANumberAndNoDetails() async throws {
        let answer = try await ask(.get, "/broken")
        #expect(answer.status == 500 && !answer.text.contains("databasePassword") && !answer.text.contains("Secret"))
        let away = try await ask(.get, "/away")
        #expect(away.status == 503 && !away.text.contains("10.0.0.7"))
        #expect(try await ask(.get, "/full").status == 507)
    }

    @Test(arguments: [
        "/nothing", "/thing/", "/thing%00", "/%FF", "/..%2f..%2fetc/passwd", "/thing/../../x",
        "/" + String(repeating: "a", count: 5_000),
    ])
    func unknownAddressesAreNotFound(_ path: String) async throws {
        let status = try await ask(.get, path).status
        #expect(status == 404 || path == "/thing/" && status == 200)
    }

    @Test(arguments: [("ru", "ru"), ("en-GB,en;q=0.9", "en"), ("de,en;q=0.5", "en"), ("zz", "ru"), ("", "ru")])
    func faultsAreInThePersonsLanguage(_ accepted: String, _ language: String) async throws {
        let answer = try await ask(.get, "/nothing", headers: [.acceptLanguage: accepted])
        #expect(answer.text.contains("lang=\"\(language)\""))
    }

    /// Anna's browser asks for Russian, she herself chose English.
    @Test func faultsKnowWhoAsked() async throws {
        let answer = try await ask(.get, "/broken", headers: [.cookie: "okno=anna", .acceptLanguage: "ru"])
        #expect(
            answer.status == 500 && answer.text.contains("lang=\"en\"") && answer.text.contains("action=\"/sign-in\""))
    }

    @Test func strangersAreAskedToSignInAndComeBack() async throws {
        let page = try await ask(.get, "/private?tab=1")
        #expect(page.status == 303 && page.headers[.location] == "/sign-in?next=%2Fprivate%3Ftab%3D1")
        #expect(try await ask(.get, "/private", headers: [HTTPField.Name("HX-Request")!: "true"]).status == 401)
        #expect(try await ask(.get, "/private", headers: [.cookie: "okno=anna"]).status == 200)
        #expect(try await ask(.get, "/private", headers: [.cookie: "okno=forged"]).status == 303)
    }

    @Test func everyAnswerIsGuarded() async throws {
        for path in ["/thing", "/nothing", "/broken"] {
            let headers = try await ask(.get, path).headers
            let policy = headers[HTTPField.Name("Content-Security-Policy")!] ?? ""
            #expect(policy.contains("default-src 'self'") && !policy.contains("unsafe"))
            #expect(headers[HTTPField.Name("X-Content-Type-Options")!] == "nosniff")
            #expect(headers[HTTPField.Name("X-Frame-Options")!] == "DENY")
        }
    }

    @Test func brokenFormsAreRefusedBeforeAnyRoute() async throws {
        #expect(try await ask(.post, "/thing", "name=%FF").status == 422)
        #expect(try await ask(.post, "/thing", "name=%00").status == 422)
        #expect(try await ask(.post, "/thing", "name=" + String(repeating: "a", count: Form.largestBody)).status == 413)
    }
}

private final class Paper: ResponseBodyWriter, @unchecked Sendable {
    private var buffer = ByteBuffer()
    var text: String { String(buffer: buffer) }
    func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }
    func finish(_ trailers: HTTPFields?) async throws {}
}
