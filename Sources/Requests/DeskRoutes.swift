import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Lines
import People
import Storage
import Web

/// What a specialist's workplace offers beside the request itself: the palette, quick replies, several requests at once.
extension Requests {
    func addDeskRoutes(to router: Router<WebContext>) {
        router.get("/palette", use: palette)
        router.get("/quick-replies", use: quickReplies)
        router.post("/quick-replies", use: keepQuickReply)
        router.delete("/quick-replies/:reply") { try await endQuickReply($0, $1, isEnded: true) }
        router.post("/quick-replies/:reply") { try await endQuickReply($0, $1, isEnded: false) }
        router.get("/requests/:number/quick-replies", use: quickRepliesHere)
        router.post("/requests/several", use: changeSeveral)
        router.post("/lines/:line/recount", use: recountLine)
        router.post("/requests/views", use: keepView)
        router.delete("/requests/views/:view") { try await endView($0, $1, isEnded: true) }
        router.post("/requests/views/:view") { try await endView($0, $1, isEnded: false) }
    }

    // MARK: saved views of the queue

    @Sendable func keepView(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), queue = try Queue(form)
        try await keepView(
            form.requiredID("id"), title: form.requiredLine("title", atMost: 40), queue, by: context.viewer())
        return context.wantsFragment
            ? Response(status: .noContent) : site.go(to: "/requests?\(queue.query)", context)
    }

    private func endView(
        _ request: Hummingbird.Request, _ context: WebContext, isEnded: Bool
    ) async throws -> Response {
        let view: SavedViewID = try context.id("view")
        try await endView(view, isEnded: isEnded, by: context.viewer())
        guard context.wantsFragment else { return site.go(to: "/requests", context) }
        var response = Response(status: .noContent)
        if isEnded { try offer("requests.done.removed-view", "/requests/views/\(view)", [:], &response, context) }
        return response
    }

    // MARK: the palette

    @Sendable func palette(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), words = try RequestWords(site, context)
        let text = try form.line("text", atMost: 100) ?? ""
        let model = try await database.read { tx in try Palette(text, words, tx).model }
        return try site.fragment("requests/_palette-found", model, context)
    }

    // MARK: quick replies

    @Sendable func quickReplies(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        try await quickRepliesPage(Form(), problems: [:], status: .ok, context)
    }

    private func quickRepliesPage(
        _ form: Form, problems: [String: String], status: HTTPResponse.Status, _ context: WebContext
    ) async throws -> Response {
        let words = try RequestWords(site, context)
        guard words.viewer.mayWork else { throw WebError.notFound }
        let model = try await database.read { tx in
            try QuickRepliesPage(form, problems: problems, words, tx).model
        }
        return try site.page(
            "requests/quick-replies", model,
            Site.Frame(title: words.text("requests.quick.title"), css: ["admin"], place: "quick", look: .staff),
            context,
            status: status)
    }

    @Sendable func keepQuickReply(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer()
        do {
            try await keepQuickReply(
                form.requiredID("id"), line: form.id("line"), title: form.requiredLine("title", atMost: 80),
                text: form.requiredText("text", atMost: 4000), by: viewer)
        } catch let error as any RoomError where error.field != nil && !context.wantsFragment {
            let words = site.text(context.language)(error.key, error.details)
            return try await quickRepliesPage(
                form, problems: [error.field!: words], status: .unprocessableContent, context)
        }
        return site.go(to: "/quick-replies", context)
    }

    private func endQuickReply(
        _ request: Hummingbird.Request, _ context: WebContext, isEnded: Bool
    ) async throws -> Response {
        try await endQuickReply(try context.id("reply"), isEnded: isEnded, by: context.viewer())
        return site.go(to: "/quick-replies", context)
    }

    /// The texts with their places filled for this request.
    @Sendable func quickRepliesHere(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), words = try RequestWords(site, context)
        let replies = try await database.read { tx -> [Model] in
            let seen = try Self.find(number, for: words.viewer, tx)
            guard seen.standing.isStaff else { throw RequestError.notFound }
            let values = try QuickRepliesPage.values(seen, words, tx)
            // Those of this line and own ones come before those of other lines.
            let all = try Self.quickReplies(for: words.viewer, tx)
            let near = all.filter { $0.line == nil || $0.line == seen.request.line }
            return (near + all.filter { $0.line != nil && $0.line != seen.request.line }).map {
                ["title": $0.title, "text": QuickReply.filled($0.text, values)]
            }
        }
        return try site.fragment("requests/_quick-replies", ["replies": replies, "any": !replies.isEmpty], context)
    }

    // MARK: several at once

    @Sendable func changeSeveral(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer(), text = site.text(context.language)
        let numbers = form.all("number").compactMap { Int64($0) }
        guard viewer.mayWork, !numbers.isEmpty, numbers.count == form.all("number").count else {
            throw WebError.notFound
        }
        let results = try await change(numbers, try Self.severalAct(form, viewer), by: viewer)
        let failed = results.filter { $0.fault != nil }
        return try site.json([
            "words": failed.isEmpty
                ? text("requests.several.done", count: results.count)
                : text(
                    "requests.several.part",
                    ["done": text.number(results.count - failed.count), "all": text.number(results.count)]),
            "failed": failed.map { number, fault in
                ["number": Int(number), "words": text(fault!.key, fault!.details)] as [String: any Sendable]
            },
        ])
    }

    private static func severalAct(_ form: Form, _ viewer: Viewer) throws -> SeveralAct {
        switch form.raw("act") {
        case "take": return .take
        case "give-back": return .giveBack
        case "wait": return .wait
        case "transfer": return .transfer(try form.requiredID("person"))
        case "line": return .line(try form.requiredID("line"))
        case "priority": return .priority(try form.requiredCode("priority"))
        case "topic": return .topic(try form.id("topic"))
        case "deadline":
            guard let at = try form.moment("at", in: viewer.zone) else { throw WebError.missing(field: "at") }
            return .deadline(at)
        case "cancel": return .cancel(reason: try form.line("text", atMost: 500))
        default: throw WebError.wrong(field: "act")
        }
    }

    // MARK: norms

    /// From the page of a line's norms.
    @Sendable func recountLine(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let line: LineID = try context.id("line"), text = site.text(context.language)
        let count = try await recount(line, by: context.viewer())
        return site.go(
            to: "/lines/\(line)/norms", context,
            notice: count > 0 ? text("requests.recounted", count: count) : text("requests.recounted.none"))
    }

    // MARK: undo

    /// Paths of acts that can be taken back.
    static let undoable: Set<String> = [
        "assignment", "transfer", "line", "topic", "priority", "deadline", "answer-due", "plan", "progress", "time",
        "waiting",
        "solution", "closure", "cancellation",
    ]

    /// Tells the page how to take the act back.
    func offerUndo(_ number: Int64, before: Seen, _ response: inout Response, _ context: WebContext) async throws {
        let viewer = try context.viewer(), text = site.text(context.language)
        // After passing it on the request may be out of sight; whoever did so still takes it back.
        let now = site.now()
        let found = try await database.read { tx in
            try (try? Self.find(number, for: viewer, tx)) ?? Self.justChanged(number, by: viewer, at: now, tx)
        }
        guard let after = found,
            let undo = Undo.of(
                before.request, after.request, by: viewer.person, zone: viewer.zone)
        else { return }
        let words = text(
            "requests.done.\(Undo.words(before.request, after.request))", ["number": "№\u{A0}\(number)"])
        try site.offerUndo(words, "/requests/\(number)/\(undo.path)", undo.fields, &response)
    }

    func offer(
        _ key: String, _ path: String, _ fields: [String: String], _ response: inout Response, _ context: WebContext
    ) throws {
        try site.offerUndo(site.text(context.language)(key), path, fields, &response)
    }
}
