import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Lines
import People
import Storage
import Web

/// Registering for somebody who called or came, and what the form asks for while it is filled.
extension Requests {
    func addRegisterRoutes(to router: Router<WebContext>) {
        let requests = router.group("/requests")
        requests.get("new", use: registering)
        requests.post("new", use: registerForSomebody)
        requests.get("people", use: peopleFound)
        requests.get("topics", use: topicsOfLine)
        requests.get("similar", use: similar)
    }

    /// Own requests that may be about the same, while the client writes.
    @Sendable func similar(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), words = try RequestWords(site, context)
        let text = try form.text("text", atMost: 2000) ?? ""
        let rows = try await database.read { tx -> [Model] in
            let found = try Searching.similar(to: text, of: words.viewer, tx)
            let named = try Named(found, words, tx)
            return found.map { words.row($0, lines: named.lines, people: named.people) }
        }
        return try site.fragment("requests/_similar", ["requests": rows, "any": !rows.isEmpty], context)
    }

    @Sendable func registering(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        try await registerPage(try Form(query: request), problems: [:], status: .ok, context)
    }

    private func registerPage(
        _ form: Form, problems: [String: String], status: HTTPResponse.Status, _ context: WebContext
    ) async throws -> Response {
        let words = try RequestWords(site, context)
        guard words.viewer.isStaff else { throw WebError.notFound }
        let page = try await database.read { tx in try RegisterPage(form, problems: problems, words, tx) }
        return try site.page(
            "requests/register", page.model,
            Site.Frame(
                title: words.text("requests.register.title"), css: ["workplace"], place: "register", look: .staff),
            context,
            status: status)
    }

    @Sendable func registerForSomebody(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        guard viewer.isStaff else { throw WebError.notFound }
        do {
            var registration = Registration(
                id: try form.requiredID("id"), line: try form.requiredID("line"), text: try form.requiredText("text"))
            guard let client: PersonID = try form.id("client") else { throw RequestError.clientFirst }
            registration.client = client
            registration.topic = try form.id("topic")
            registration.origin = try form.code("origin") ?? .phone
            registration.uploads = try form.ids("upload")
            registration.minutes = try form.int("minutes", in: 0...1440).flatMap { $0 > 0 ? Minutes($0) : nil }
            registration.take = form.flag("take")
            let number = try await register(registration, by: viewer)
            return site.go(to: "/requests/\(number)?view=mine", context)
        } catch let error as any RoomError where error.field != nil && !context.wantsFragment {
            let words = site.text(context.language)(error.key, error.details)
            let field = ["client", "line"].contains(error.field) ? error.field! : ""
            return try await registerPage(form, problems: [field: words], status: .unprocessableContent, context)
        }
    }

    @Sendable func peopleFound(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), words = try RequestWords(site, context)
        guard words.viewer.isStaff else { throw WebError.notFound }
        let text = try form.line("name") ?? form.line("text") ?? ""
        let people = try await database.read { tx in
            text.isEmpty
                ? []
                : try Directory.find(text, staffOnly: form.flag("staff"), for: words.viewer, atMost: 9, words.text, tx)
        }
        let model: Model = [
            "people": people.prefix(8).map {
                RequestWords.person(
                    $0, under: [$0.position, $0.unitName].filter { !$0.isEmpty }.joined(separator: " · "))
            }, "any": !people.isEmpty || text.isEmpty, "more": people.count > 8,
        ]
        return try site.fragment("requests/_people-found", model, context)
    }

    @Sendable func topicsOfLine(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), viewer = try context.viewer()
        let line: LineID = try form.requiredID("line")
        let topics = try await database.read { tx -> [Topic] in
            // Staff register for others on every line.
            let isKnown =
                viewer.isStaff
                ? try Lines.find(line, in: viewer.organisation, tx) != nil
                : (try? Self.line(line, for: viewer, tx)) != nil
            guard isKnown else { throw RequestError.notFound }
            return try Lines.topics(of: line, tx).filter { !$0.isArchived }
        }
        return try site.fragment("requests/_topics", ["topics": RequestPage.options(of: topics, current: nil)], context)
    }
}
