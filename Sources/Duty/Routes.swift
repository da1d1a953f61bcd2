import HTTPTypes
package import Hummingbird
import Kernel
import Storage
package import Web

/// The room's table of contents.
extension DutyRoom {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/duty", use: report)
        router.get("/duty/control", use: control)
        router.get("/duty/menu", use: menu)
        router.post("/duty/state", use: standHere)
        router.post("/duty/return", use: comeBackHere)
        router.post("/duty/activity", use: tellActivity)
        router.post("/duty/limit", use: keepLimit)
        router.post("/duty/people/:person", use: standFor)
    }

    // MARK: the control

    @Sendable func control(_ request: Request, _ context: WebContext) async throws -> Response {
        try await controlPart("duty/_control", context)
    }

    /// The same in the menu of the person.
    @Sendable func menu(_ request: Request, _ context: WebContext) async throws -> Response {
        try await controlPart("duty/_menu", context)
    }

    private func controlPart(_ template: String, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        let control = try await database.read { tx in try DutyControl(viewer, text, dates, tx).model }
        return try site.fragment(template, control, context)
    }

    @Sendable func standHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        try await stand(form.requiredCode("state"), on: form.id("line"), by: context.viewer())
        return done(to: "/duty", context)
    }

    @Sendable func comeBackHere(_ request: Request, _ context: WebContext) async throws -> Response {
        try await comeBack(by: context.viewer())
        return done(to: "/duty", context)
    }

    @Sendable func tellActivity(_ request: Request, _ context: WebContext) async throws -> Response {
        try await active(by: context.viewer())
        return Response(status: .noContent)
    }

    // MARK: the report

    @Sendable func report(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), viewer = try context.viewer()
        let query = try DutyReport.Query(form)
        let text = site.text(context.language), dates = site.dates(context)
        let page = try await database.read { tx in try DutyReport(query, viewer, text, dates, tx) }
        guard let page else { throw WebError.notFound }
        if context.wantsFragment { return try site.fragment("duty/_report", page.model, context) }
        return try site.page(
            "duty/report", page.model,
            Site.Frame(
                title: text("duty.title"), css: ["admin", "duty"], js: ["forms"], topics: page.topics,
                sequence: page.sequence, place: "duty", look: .staff), context)
    }

    @Sendable func standFor(_ request: Request, _ context: WebContext) async throws -> Response {
        let person: PersonID = try context.id("person"), form = try await Form(request)
        try await stand(
            form.requiredCode("state"), of: person, on: form.requiredID("line"), by: context.viewer())
        return done(to: "/duty", context)
    }

    @Sendable func keepLimit(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer()
        guard viewer.isAdministrator else { throw WebError.notFound }
        try await setLimit(
            form.int("minutes", in: 0...Self.longestLimit).map { Minutes($0) }, of: nil, by: viewer)
        return site.go(to: "/duty", context, notice: site.text(context.language)("duty.limit.kept"))
    }

    /// A script reads the live parts again by itself; a form without one goes on to a page.
    private func done(to address: String, _ context: WebContext) -> Response {
        context.wantsFragment ? Response(status: .noContent) : site.go(to: address, context)
    }
}
