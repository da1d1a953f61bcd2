import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// The person's own page.
extension PeopleRoom {
    @Sendable func profilePage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await showProfile(context)
    }

    private func showProfile(
        _ context: WebContext, typed: Form? = nil, errors: [String: String] = [:],
        passwordErrors: [String: String] = [:]
    ) async throws -> Response {
        let viewer = try context.viewer(), words = words(context), text = words.text, now = site.now()
        let (person, unit, roles, sessions) = try await database.read { tx in
            (
                try Person.known(viewer.person, in: viewer.organisation, tx),
                try Units.of(viewer.person, tx).map { try Units.path($0, in: viewer.organisation, tx) } ?? "",
                Set(try Roles.of(viewer.person, tx).map(\.role)),
                try Accounts.sessions(of: viewer.person, at: now, tx)
            )
        }
        let theme = typed?.raw("theme") ?? person.theme
        let zone = typed?.raw("zone").flatMap(Zone.init) ?? viewer.zone
        let details = typed.map(Accounts.OwnDetails.init) ?? .init(person)
        let listed = sessions.map { session($0, viewer, words) }
        let model: Model = [
            "person": [
                "name": person.name.full, "initials": person.name.monogram, "hue": Site.hue(of: person.id),
                "email": person.email, "login": person.login, "position": person.position, "unit": unit,
                "roles": words.roles(roles),
            ] as Model,
            "values": details.model, "errors": errors, "name_locked": false,
            "languages": words.languages(typed?.raw("language").flatMap(Language.init) ?? viewer.language),
            "zones": ZoneChoices.models(chosen: zone, at: now, text),
            "themes": [("auto", "monitor"), ("light", "sun"), ("dark", "moon")].map { code, icon -> Model in
                ["code": code, "name": text("account.theme.\(code)"), "icon": icon, "selected": code == theme]
            },
            "password": [
                "open": !passwordErrors.isEmpty, "rule": text("account.password.rule", count: PasswordRule.minimum),
                "minimum": PasswordRule.minimum,
                "changed": person.passwordAt.map { text("account.password.changed", ["date": words.dates.day($0)]) }
                    ?? "",
                "errors_current": passwordErrors["current"] ?? "", "errors_new": passwordErrors["password"] ?? "",
            ] as Model,
            "sessions": listed.filter(\.isCurrent).map(\.model) + listed.filter { !$0.isCurrent }.map(\.model),
            "others": listed.contains { !$0.isCurrent }, "keys": viewer.isStaff,
        ]
        let frame = Site.Frame(
            title: text("account.profile.title"), css: ["admin", "account"], js: ["forms", "account"],
            place: "profile", look: viewer.isStaff ? .staff : .client)
        return try site.page("account/profile", model, frame, context)
    }

    private func session(
        _ session: Accounts.Session, _ viewer: Viewer, _ words: PeopleWords
    ) -> (isCurrent: Bool, model: Model) {
        let device = Device(session.device), isCurrent = viewer.kind == .session(session.id)
        let model: Model = [
            "id": session.id.text, "device": device.name.isEmpty ? words.text("account.sessions.unknown") : device.name,
            "icon": device.icon, "place": session.address, "current": isCurrent,
            "seen": words.text("account.sessions.seen", ["date": words.dates.moment(session.seenAt)]),
            "since": words.text("account.sessions.since", ["date": words.dates.day(session.madeAt)]),
        ]
        return (isCurrent, model)
    }

    @Sendable func changeProfile(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        return try await attempt(context) {
            guard let zone = Zone(form.raw("zone") ?? "") else { throw PeopleError.wrong(field: "zone") }
            let preferences = Accounts.Preferences(
                language: try form.code("language"), zone: zone, theme: form.raw("theme") ?? "auto")
            try await accounts.changeProfile(.init(form), preferences, by: viewer)
            let language = preferences.language ?? context.language
            return site.go(to: "/profile", context, notice: site.text(language)("account.profile.saved"))
        } orShow: { errors in
            try await showProfile(context, typed: form, errors: errors)
        }
    }

    /// The short menu at the person's picture: one thing at a time, back to the page it was chosen on.
    @Sendable func changePreferences(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        let theme = form.raw("theme"), language: Language? = try form.code("lang")
        if let theme, !["auto", "light", "dark"].contains(theme) { throw WebError.wrong(field: "theme") }
        try await accounts.prefer(theme: theme, language: language, by: viewer)
        if context.wantsFragment { return Response(status: .noContent) }
        let referer = request.headers[HTTPField.Name("Referer")!] ?? ""
        let path = referer.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).dropFirst(3).first
        return site.go(to: Self.localPath(path.map { "/\($0)" }) ?? "/", context)
    }

    @Sendable func changePassword(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        do {
            return try await attempt(context) {
                try await accounts.changePassword(
                    from: form.raw("current") ?? "", to: form.raw("password") ?? "", endOthers: form.flag("end_others"),
                    by: viewer)
                return site.go(to: "/profile", context, notice: site.text(context.language)("account.password.done"))
            } orShow: { errors in
                try await showProfile(context, passwordErrors: errors)
            }
        } catch let error as PeopleError where error.status == 429 && !context.wantsFragment {
            let words = site.text(context.language)(error.key, error.details)
            var response = try await showProfile(context, passwordErrors: ["current": words])
            response.status = .tooManyRequests
            return response
        }
    }

    @Sendable func endOwnSession(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer()
        try await accounts.endSession(try context.id("session"), of: viewer.person, by: viewer)
        return site.go(to: "/profile", context, notice: site.text(context.language)("account.sessions.ended"))
    }

    @Sendable func endOtherSessions(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer()
        try await accounts.endSessions(of: viewer.person, by: viewer)
        return site.go(to: "/profile", context, notice: site.text(context.language)("account.sessions.ended.others"))
    }
}
