import HTTPTypes
package import Hummingbird
import Kernel
import People
import Storage
package import Web

/// The room's table of contents.
extension Routing {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/offers", use: offersPart)
        router.post("/offers/:offer", use: acceptOffer)
        router.delete("/offers/:offer", use: declineOffer)

        router.get("/lines/:line/routing", use: showSettings)
        router.put("/lines/:line/routing", use: keepSettings)
        router.post("/lines/:line/responsible", use: nameResponsible)
        router.delete("/lines/:line/responsible/:entry", use: endResponsible)
    }

    // MARK: offers

    @Sendable func offersPart(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        guard viewer.mayBeOnDuty else { throw WebError.notFound }
        let model = try await database.read { tx in try OffersPart(viewer, text, dates, tx).model }
        return try site.fragment("routing/_offers", model, context)
    }

    @Sendable func acceptOffer(_ request: Request, _ context: WebContext) async throws -> Response {
        let number = try await accept(context.id("offer"), by: context.viewer())
        return site.go(to: "/requests/\(number)?view=mine", context)
    }

    @Sendable func declineOffer(_ request: Request, _ context: WebContext) async throws -> Response {
        try await decline(context.id("offer"), by: context.viewer())
        return context.wantsFragment ? Response(status: .noContent) : site.go(to: "/requests", context)
    }

    // MARK: settings

    private func administrator(_ context: WebContext) throws -> Viewer {
        let viewer = try context.viewer()
        guard viewer.isAdministrator else { throw WebError.notFound }
        return viewer
    }

    @Sendable func showSettings(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try administrator(context)
        return try await settingsPage(context.id("line"), nil, context)
    }

    private func settingsPage(
        _ line: LineID, _ form: SettingsForm?, problems: [String: String] = [:], _ context: WebContext
    ) async throws -> Response {
        let page = try await database.read { tx in
            try SettingsPage(line, form, problems: problems, site, context, tx)
        }
        return try site.page(
            "routing/settings", page.model,
            Site.Frame(title: page.title, css: ["admin"], js: ["forms", "lines"], place: "lines", look: .staff),
            context,
            status: problems.isEmpty ? .ok : .unprocessableContent)
    }

    @Sendable func keepSettings(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), line: LineID = try context.id("line")
        let form = try await Form(request)
        do {
            let (settings, idle) = try SettingsForm.parsed(form)
            try await keep(settings, idle: idle, of: line, by: viewer)
        } catch let error as any RoomError where error.field != nil {
            let words = site.text(context.language)(error.key, error.details)
            return try await settingsPage(line, SettingsForm(form), problems: [error.field!: words], context)
        }
        return site.go(to: "/lines/\(line)/routing", context, notice: site.text(context.language)("routing.kept"))
    }

    @Sendable func nameResponsible(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), line: LineID = try context.id("line")
        let form = try await Form(request)
        do {
            let client: PersonID? = try form.id("client")
            try await name(
                form.requiredID("person"), for: client == nil ? form.id("unit") : nil, or: client, on: line, by: viewer)
        } catch let error as any RoomError where error.field != nil {
            let words = site.text(context.language)(error.key, error.details)
            return try await settingsPage(line, nil, problems: [error.field!: words], context)
        }
        return site.go(to: "/lines/\(line)/routing#responsible", context)
    }

    @Sendable func endResponsible(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), line: LineID = try context.id("line")
        try await end(context.id("entry"), on: line, by: viewer)
        return site.go(to: "/lines/\(line)/routing#responsible", context)
    }
}
