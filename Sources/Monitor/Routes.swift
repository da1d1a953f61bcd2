import HTTPTypes
package import Hummingbird
import Kernel
import Storage
package import Web

/// The room's table of contents.
extension Monitor {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/monitor", use: page)
        router.get("/monitor/me", use: ownPage)
        router.get("/monitor/board", use: boardPart)
        router.get("/monitor/requests", use: list)
        router.get("/monitor/feed", use: feed)
        router.get("/monitor/links", use: links)
        router.post("/monitor/links", use: makeLinkHere)
        router.delete("/monitor/links/:link", use: endLinkHere)
        router.get("/tv/:token", use: wallPage)
        router.get("/tv/:token/board", use: wallPart)
    }

    // MARK: the board

    private func asked(
        _ form: Form, _ context: WebContext, isOwn: Bool = false
    ) throws -> (Moment, MonitorAddress, Viewer, Dates) {
        let viewer = try context.viewer(), isOwn = isOwn || form.flag("me"), now = site.now()
        guard let sight = Sight.of(viewer, onlySelf: isOwn) else { throw WebError.notFound }
        var address = MonitorAddress(sight: sight, isOwn: isOwn), moment = Moment.present(now)
        if let at = try form.moment("at", in: viewer.zone) {
            guard at <= now else { throw MonitorError.notYet }
            moment = .past(at)
            address.at = Self.local(at, viewer.zone)
        }
        return (moment, address, viewer, site.dates(context))
    }

    /// «2026-11-25T11:20», as the address and the field have it.
    static func local(_ moment: Instant, _ zone: Zone) -> String {
        let (date, minute) = zone.local(moment)
        return "\(date)T\(minute < 600 ? "0" : "")\(Dates.clock(minute))"
    }

    @Sendable func page(_ request: Request, _ context: WebContext) async throws -> Response {
        try await page(request, context, isOwn: false)
    }

    @Sendable func ownPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await page(request, context, isOwn: true)
    }

    private func page(_ request: Request, _ context: WebContext, isOwn: Bool) async throws -> Response {
        let (moment, address, viewer, dates) = try asked(try Form(query: request), context, isOwn: isOwn)
        let text = site.text(context.language), now = site.now()
        let board = try await database.read { tx in try BoardPage(moment, address, viewer, text, dates, tx) }
        let (today, minute) = viewer.zone.local(now), shown = viewer.zone.local(moment.at)
        let model: Model = board.model.merging([
            "title": text(isOwn || !address.sight.seesOthers ? "monitor.title.own" : "monitor.title"),
            "live": moment.isPast ? "" : board.topics.joined(separator: " "), "src": address.board,
            "page": address.page, "me": isOwn, "at": Self.local(moment.at, viewer.zone),
            "most": Self.local(now, viewer.zone), "minute": shown.minute,
            "lastMinute": shown.date < today ? 1439 : minute, "time": dates.time(moment.at),
            "links": Self.mayLink(viewer) && !isOwn, "own": viewer.isSpecialist && address.sight.seesOthers,
        ]) { $1 }
        return try site.page(
            "monitor/monitor", model,
            Site.Frame(
                title: text("monitor.title"), css: ["monitor"], js: ["monitor"],
                topics: moment.isPast ? [] : board.topics, sequence: board.sequence, place: "monitor", look: .staff),
            context)
    }

    @Sendable func boardPart(_ request: Request, _ context: WebContext) async throws -> Response {
        let (moment, address, viewer, dates) = try asked(try Form(query: request), context)
        let text = site.text(context.language)
        let board = try await database.read { tx in try BoardPage(moment, address, viewer, text, dates, tx) }
        return try site.fragment("monitor/_board", board.model, context)
    }

    @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), text = site.text(context.language)
        let (moment, address, viewer, dates) = try asked(form, context)
        let list = try MonitorList(form), page = try form.int("page", in: 1...10_000) ?? 1
        let shown = try await database.read { tx in
            try ListPage(list, page: page, moment, address, viewer, text, dates, tx)
        }
        return try site.page(
            "monitor/list", shown.model,
            Site.Frame(title: shown.title, css: ["monitor"], place: "monitor", look: .staff), context)
    }

    // MARK: the feed

    @Sendable func feed(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), filter = try FeedFilter(try Form(query: request))
        guard let sight = Sight.of(viewer) else { throw WebError.notFound }
        let text = site.text(context.language), dates = site.dates(context)
        let page = try await database.read { tx in try FeedPage(filter, sight, viewer, text, dates, tx) }
        if context.wantsFragment { return try site.fragment("monitor/_feed", page.model, context) }
        return try site.page(
            "monitor/feed", page.model,
            Site.Frame(
                title: text("monitor.feed"), css: ["monitor"], js: ["monitor"],
                topics: filter.before == nil ? page.topics : [], sequence: page.sequence, place: "monitor",
                look: .staff), context)
    }

    // MARK: links to the wall

    @Sendable func links(_ request: Request, _ context: WebContext) async throws -> Response {
        try await showLinks(context)
    }

    private func showLinks(
        _ context: WebContext, made: String = "", name: String = "", days: Int = 30, errors: [String: String] = [:]
    ) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        guard Self.mayLink(viewer) else { throw WebError.notFound }
        let page = try await database.read { tx in
            try LinksPage(made: made, name: name, days: days, errors: errors, viewer, text, dates, tx)
        }
        return try site.page(
            "monitor/links", page.model,
            Site.Frame(
                title: text("monitor.links.title"), css: ["admin", "account", "monitor"], js: ["forms"],
                place: "monitor", look: .staff), context, status: errors.isEmpty ? .ok : .unprocessableContent)
    }

    @Sendable func makeLinkHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        let name = try form.line("name", atMost: 80) ?? "", days = try form.int("days", in: 1...3660) ?? 0
        do {
            let token = try await makeLink(name, days: days, by: viewer)
            let origin =
                site.publicOrigin ?? "\(site.secureCookies ? "https" : "http")://\(request.head.authority ?? "")"
            return try await showLinks(context, made: "\(origin)/tv/\(token)")
        } catch let error as MonitorError where error.status == 422 {
            return try await showLinks(
                context, name: name, days: days,
                errors: [error.field ?? "all": site.text(context.language)(error.key)])
        }
    }

    @Sendable func endLinkHere(_ request: Request, _ context: WebContext) async throws -> Response {
        try await endLink(try context.id("link"), by: context.viewer())
        return site.go(
            to: "/monitor/links", context, notice: site.text(context.language)("monitor.links.ended"))
    }

    // MARK: the wall

    /// The page, and the context in which it speaks the language of who made the link: nobody's browser is asked.
    private func wall(_ context: WebContext) async throws -> (page: WallPage, context: WebContext) {
        let token = context.parameters.get("token") ?? "", now = site.now()
        let found = try await database.read { tx -> (WallPage, Language)? in
            guard let (sight, viewer) = try wall(token, tx) else { return nil }
            let text = site.text(viewer.language)
            return try (WallPage(sight, viewer, text, Dates(text, zone: viewer.zone, now: now), tx), viewer.language)
        }
        guard let (page, language) = found else { throw WebError.notFound }
        var context = context
        context.language = language
        return (page, context)
    }

    @Sendable func wallPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let (page, context) = try await wall(context)
        let model = page.model.merging(["src": "\(request.uri.path)/board"]) { $1 }
        return try site.page(
            "monitor/wall", model,
            Site.Frame(
                title: site.text(context.language)("monitor.title"), css: ["monitor"], js: ["wall"], look: .bare),
            context)
    }

    @Sendable func wallPart(_ request: Request, _ context: WebContext) async throws -> Response {
        let (page, context) = try await wall(context)
        return try site.fragment("monitor/_wall", page.model, context)
    }
}
