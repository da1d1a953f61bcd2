import HTTPTypes
package import Hummingbird
import Kernel
import People
import Push
import Storage
package import Web

/// The room's table of contents.
extension Notices {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/notices", use: list)
        router.get("/notices/bell", use: bellPart)
        router.get("/notices/:notice", use: openOne)
        router.post("/notices/read", use: readEverything)
        router.post("/notices/unread", use: unreadAgain)

        router.get("/profile/notices", use: showSettings)
        router.put("/profile/notices", use: keepSettings)

        router.post("/profile/notices/devices", use: addThisDevice)
        router.delete("/profile/notices/devices/:device", use: endOneDevice)

        router.get("/mail", use: showMail)
        router.post("/mail/trial", use: tryMail)
        router.delete("/mail/refused", use: allowAddress)
    }

    // MARK: the list and the bell

    @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try Form(query: request)
        let text = site.text(context.language), dates = site.dates(context)
        let before = form.raw("before").flatMap { Int64($0) }.map(Instant.init(milliseconds:))
        let page = try await database.read { tx in try ListPage(viewer, before: before, text, dates, tx) }
        if context.wantsFragment { return try site.fragment("notices/_list", page.model, context) }
        return try site.page(
            "notices/list", page.model,
            Site.Frame(
                title: text("notices.title"), css: ["admin", "notices"], js: ["forms"], sequence: page.sequence,
                place: "notices", look: viewer.isStaff ? .staff : .client), context)
    }

    @Sendable func bellPart(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        let part = try await database.read { tx in try BellPart(viewer, text, dates, tx) }
        return try site.fragment("notices/_bell", part.model, context)
    }

    @Sendable func openOne(_ request: Request, _ context: WebContext) async throws -> Response {
        let target = try await open(context.id("notice"), by: context.viewer())
        return site.go(to: target, context)
    }

    @Sendable func readEverything(_ request: Request, _ context: WebContext) async throws -> Response {
        let (count, mark) = try await readAll(by: context.viewer())
        guard context.wantsFragment else { return site.go(to: "/notices", context) }
        var response = Response(status: .noContent)
        if count > 0 {
            try site.offerUndo(
                site.text(context.language)("notices.read-all.done"), "/notices/unread",
                ["mark": String(mark.milliseconds)], &response)
        }
        return response
    }

    @Sendable func unreadAgain(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let mark = try await Form(request).raw("mark").flatMap({ Int64($0) }) else {
            throw WebError.wrong(field: "mark")
        }
        try await takeBackReading(Instant(milliseconds: mark), by: context.viewer())
        return context.wantsFragment ? Response(status: .noContent) : site.go(to: "/notices", context)
    }

    // MARK: how one is told

    @Sendable func showSettings(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer()
        let choices = try await database.read { tx in try Choices.of(viewer.person, tx) }
        return try await settingsPage(choices, context)
    }

    private func settingsPage(
        _ choices: Choices, problem: String? = nil, _ context: WebContext
    ) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        let key = try await signer()?.publicKey, now = site.now()
        let devices =
            key == nil ? [] : try await database.read { tx in try Self.devices(of: viewer.person, at: now, tx) }
        var model = SettingsPage.model(choices, viewer, hasMail: outbox != nil, problem: problem, text, dates)
        model["push_key"] = key ?? ""
        model["devices"] = devices.map { device -> Model in
            [
                "id": device.id.text, "name": DeviceName.of(device.agent) ?? text("notices.devices.unknown"),
                "since": text("notices.devices.since", ["when": dates.day(device.made)]),
            ]
        }
        return try site.page(
            "notices/settings", model,
            Site.Frame(
                title: text("notices.settings"), css: ["admin", "notices"], js: ["forms"], place: "profile",
                look: viewer.isStaff ? .staff : .client), context, status: problem == nil ? .ok : .unprocessableContent)
    }

    @Sendable func keepSettings(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request), text = site.text(context.language)
        do {
            try await choose(SettingsPage.parsed(form, for: viewer), by: viewer)
        } catch let error as NoticesError where error.field != nil && !context.wantsFragment {
            var typed = try await database.read { tx in try Choices.of(viewer.person, tx) }
            for kind in SettingsPage.groups(viewer).flatMap(\.kinds) {
                typed.ways[kind] = Ways(Ways.named.filter { form.flag("\(kind.rawValue)-\($0.code)") }.map(\.way))
            }
            return try await settingsPage(typed, problem: text(error.key, error.details), context)
        }
        return site.go(to: "/profile/notices", context, notice: text("notices.kept"))
    }

    // MARK: devices

    @Sendable func addThisDevice(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        try await addDevice(
            form.requiredLine("endpoint", atMost: 1024), key: form.requiredLine("key"),
            secret: form.requiredLine("secret"), agent: request.headers[.userAgent] ?? "", by: viewer)
        return site.go(
            to: "/profile/notices", context, notice: site.text(context.language)("notices.devices.added"))
    }

    @Sendable func endOneDevice(_ request: Request, _ context: WebContext) async throws -> Response {
        try await endDevice(context.id("device"), by: context.viewer())
        return site.go(
            to: "/profile/notices", context, notice: site.text(context.language)("notices.devices.ended"))
    }
}
