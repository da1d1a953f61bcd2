import HTTPTypes
package import Hummingbird
import Kernel
import Storage
package import Web

/// The room's table of contents. The wire `/calls/wire` is a door of the port.
extension Calls {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/requests/:number/calls", use: bar)
        router.post("/requests/:number/calls", use: startHere)
        router.post("/requests/:number/callback", use: wishHere)
        router.get("/requests/:number/calls/colleagues", use: colleagues)
        router.get("/calls/ringing", use: ringing)
        router.get("/calls/:call/panel", use: panel)
        router.get("/calls/:call/others", use: others)
        router.post("/calls/:call/answer", use: answerHere)
        router.post("/calls/:call/decline", use: declineHere)
        router.post("/calls/:call/leave", use: leaveHere)
        router.post("/calls/:call/way", use: noteWay)
        router.post("/calls/:call/screen", use: showHere)
        router.post("/calls/:call/invitations", use: inviteHere)
        router.post("/calls/:call/transfer", use: transferHere)
        addRecordingRoutes(to: router)
    }

    func read<Value: Sendable>(
        _ context: WebContext, _ body: @escaping @Sendable (CallPages) throws -> Value
    ) async throws -> Value {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        return try await database.read { tx in
            try body(CallPages(calls: self, viewer: viewer, text: text, dates: dates, tx: tx))
        }
    }

    // MARK: of a request

    @Sendable func bar(_ request: Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number")
        return try site.fragment("calls/_bar", await read(context) { try $0.bar(number) }, context)
    }

    @Sendable func startHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer(), id: CallID = try form.requiredID("id")
        try await start(
            id, form.requiredCode("kind"), on: context.number("number"), to: form.id("person"),
            next: form.flag("next"), by: viewer)
        return try await panel(id, context)
    }

    /// What was typed to find somebody; nil: the question only comes up.
    private static func searched(_ request: Request) throws -> String? {
        let form = try Form(query: request)
        return try form.has("name") ? form.line("name", atMost: 100) ?? "" : nil
    }

    /// The dialog, or those found by a name.
    @Sendable func colleagues(_ request: Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), words = try Self.searched(request)
        let model = try await read(context) { try $0.colleagues(number, named: words) }
        return try site.fragment(words == nil ? "calls/_colleagues" : "calls/_found", model, context)
    }

    @Sendable func wishHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), viewer = try context.viewer()
        try await wish(on: number, by: viewer)
        return site.go(
            to: "/requests/\(number)", context, notice: site.text(context.language)("calls.callback.kept"))
    }

    // MARK: of a person

    @Sendable func ringing(_ request: Request, _ context: WebContext) async throws -> Response {
        try site.fragment("calls/_ringing", await read(context) { try $0.ringing() }, context)
    }

    // MARK: of a call

    @Sendable func panel(_ request: Request, _ context: WebContext) async throws -> Response {
        try await panel(context.id("call"), context, opens: Form(query: request).has("wire"))
    }

    @Sendable func others(_ request: Request, _ context: WebContext) async throws -> Response {
        let id: CallID = try context.id("call"), words = try Self.searched(request)
        let model = try await read(context) { try $0.others(id, named: words) }
        return try site.fragment(words == nil ? "calls/_others" : "calls/_found", model, context)
    }

    /// The panel, with a ticket for those who are in the call when the page is about to open a wire.
    private func panel(_ id: CallID, _ context: WebContext, opens: Bool = true) async throws -> Response {
        let viewer = try context.viewer()
        let isInside = try await database.read { tx in
            let call = try Self.find(id, for: viewer, tx)
            return try call.state != .ended
                && tx.exists(
                    """
                    SELECT 1 FROM call_member WHERE call_id = \(id) AND person_id = \(viewer.person) AND state = 'in'
                    """)
        }
        var token: String?
        // A program with an access key has no page that could talk.
        if opens, isInside, let signedIn = context.signedIn, signedIn.reach == nil {
            token = try await ticket(id, session: signedIn.session, by: viewer)
        }
        let known = token
        return try site.fragment("calls/_panel", await read(context) { try $0.panel(id, ticket: known) }, context)
    }

    @Sendable func answerHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let id: CallID = try context.id("call")
        try await answer(id, by: context.viewer())
        return try await panel(id, context)
    }

    @Sendable func declineHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), why = try form.line("why") ?? "declined"
        guard ["declined", "busy"].contains(why) else { throw WebError.wrong(field: "why") }
        try await decline(context.id("call"), busy: why == "busy", by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func leaveHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), why: Call.End = try form.code("why") ?? .hungUp
        guard Self.reasons.contains(why) else { throw WebError.wrong(field: "why") }
        try await leave(context.id("call"), why, by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func noteWay(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        try await note(form.requiredCode("way"), of: context.id("call"), by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func showHere(_ request: Request, _ context: WebContext) async throws -> Response {
        try await show(in: context.id("call"), by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func inviteHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        try await invite(form.requiredID("person"), to: context.id("call"), by: context.viewer())
        return Response(status: .noContent)
    }

    @Sendable func transferHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        try await transfer(context.id("call"), to: form.id("person"), line: form.id("line"), by: context.viewer())
        return Response(status: .noContent)
    }
}
