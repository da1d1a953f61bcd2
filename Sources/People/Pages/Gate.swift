import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// Pages of strangers: sign-in, the first sign-in by a link, a lost password.
extension PeopleRoom {
    @Sendable func signInPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), next = Self.localPath(form.raw("next"))
        if context.signedIn != nil { return site.go(to: next ?? "/", context) }
        let isEnded = request.cookies[Guarding.cookie] != nil && next != nil
        return try await showSignIn(context, next: next ?? "", isEnded: isEnded)
    }

    private func showSignIn(
        _ context: WebContext, login: String = "", next: String, error: String = "", isEnded: Bool = false,
        status: HTTPResponse.Status = .ok
    ) async throws -> Response {
        let model: Model = [
            "organisation": try await onlyOrganisation()?.details.name ?? "", "login": login, "next": next,
            "error": error,
            "ended": isEnded && error.isEmpty, "languages": languages(context, address("/sign-in", [("next", next)])),
        ]
        return try site.page(
            "account/sign-in", model, gate(site.text(context.language)("account.sign-in.title")), context,
            status: status)
    }

    @Sendable func signIn(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        let login = form.raw("login") ?? "", next = Self.localPath(form.raw("next")) ?? ""
        do {
            let token = try await accounts.signIn(
                login, password: form.raw("password") ?? "", from: place(request, context))
            return entered(token, to: next.isEmpty ? try await start(of: token, context) : next, context)
        } catch let error as PeopleError {
            let words = site.text(context.language)(error.key, error.details)
            return try await showSignIn(
                context, login: String(login.prefix(200)), next: next, error: words, status: .init(code: error.status))
        }
    }

    /// Who works on requests of others begins with the queue, everybody else with «Чем помочь?».
    private func start(of token: String, _ context: WebContext) async throws -> String {
        try await accounts.recognise(token, context)?.viewer.isSpecialist == true ? "/requests" : "/"
    }

    @Sendable func signOut(_ request: Request, _ context: WebContext) async throws -> Response {
        if let viewer = context.signedIn?.viewer { try await accounts.signOut(viewer) }
        var response = site.go(to: "/sign-in", context)
        response.headers.append(HTTPField(name: .setCookie, value: sessionCookie("", secure: site.secureCookies)))
        return response
    }

    @Sendable func chooseLanguage(_ request: Request, _ context: WebContext) async throws -> Response {
        guard let code = context.parameters.get("code"), let language = Language(rawValue: code) else {
            throw WebError.notFound
        }
        let next = Self.localPath(try Form(query: request).raw("next")) ?? "/sign-in"
        var response = site.go(to: next, context)
        let cookie = "language=\(language.rawValue); Path=/; Max-Age=31536000; SameSite=Lax"
        response.headers.append(HTTPField(name: .setCookie, value: cookie))
        return response
    }

    @Sendable func forgottenPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let details = try await onlyOrganisation()?.details
        let hasContacts = details.map { !$0.phones.isEmpty || !$0.email.isEmpty } ?? false
        let contact: Model = [
            "name": details?.name ?? "", "phone": details?.phones ?? "", "email": details?.email ?? "",
        ]
        let model: Model = [
            "organisation": details?.name ?? "", "contacts": hasContacts ? [contact] : [Model](),
            "has_contacts": hasContacts,
            "languages": languages(context, "/forgotten"),
        ]
        return try site.page(
            "account/forgotten", model, gate(site.text(context.language)("account.forgotten.title")), context)
    }

    @Sendable func invitationPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await showInvitation(context.parameters.get("link") ?? "", context)
    }

    @Sendable func acceptInvitation(_ request: Request, _ context: WebContext) async throws -> Response {
        let link = context.parameters.get("link") ?? "", form = try await Form(request)
        do {
            return try await attempt(context) {
                let token = try await accounts.acceptInvitation(
                    link, details: .init(form), password: form.raw("password") ?? "", from: place(request, context))
                return entered(token, to: "/", context)
            } orShow: { errors in
                try await showInvitation(link, context, typed: form, errors: errors)
            }
        } catch let error as PeopleError where error == .invitationUsed || error == .invitationExpired {
            var response = try await showInvitation(link, context)
            response.status = .init(code: error.status)
            return response
        }
    }

    private func showInvitation(
        _ link: String, _ context: WebContext, typed: Form? = nil, errors: [String: String] = [:]
    ) async throws -> Response {
        let text = site.text(context.language), now = site.now()
        var model: Model = [
            "action": "/invitations/\(link)", "open": false, "expired": false, "used": false, "errors": errors,
            "when": "",
            "greeting": "", "until": "", "unit": "", "position": "", "login": "", "organisation": "",
            "minimum": PasswordRule.minimum,
            "password_rule": text("account.password.rule", count: PasswordRule.minimum),
            "languages": languages(context, "/invitations/\(link)"),
        ]
        guard let (invitation, person) = try await accounts.invitation(link) else {
            model["used"] = true
            return try showGate(model, context, status: .notFound)
        }
        let (organisation, unit) = try await database.read { tx -> (Organisation?, String) in
            let unit = try Units.of(person.id, tx).map { try Units.path($0, in: person.organisation, tx) } ?? ""
            return (try Organisation.find(person.organisation, tx), unit)
        }
        let dates = Dates(text, zone: organisation?.details.zone ?? .moscow, now: now)
        model["organisation"] = organisation?.details.name ?? ""
        switch invitation.state(at: now) {
        case .expired:
            model["expired"] = true
            model["when"] = dates.day(invitation.until)
        case .used:
            model["used"] = true
            model["when"] = invitation.usedAt.map(dates.day) ?? ""
        case .open:
            let name = [person.name.given, person.name.patronymic].filter { !$0.isEmpty }.joined(separator: " ")
            model["open"] = true
            model["greeting"] = text("account.invitation.greeting", ["name": name])
            model["until"] = text("people.invitation.until", ["date": dates.day(invitation.until)])
            model["unit"] = unit
            model["position"] = person.position
            model["login"] = person.signInName
            let details = typed.map(Accounts.OwnDetails.init) ?? .init(person)
            model["values"] = details.model
        }
        return try showGate(model, context)
    }

    private func showGate(
        _ model: Model, _ context: WebContext, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let title = site.text(context.language)("account.invitation.title")
        return try site.page("account/invitation", model, gate(title), context, status: status)
    }

    // MARK: what these pages share

    private func gate(_ title: String) -> Site.Frame {
        Site.Frame(title: title, css: ["account"], js: ["forms", "account"], look: .bare)
    }

    private func onlyOrganisation() async throws -> Organisation? {
        try await database.read { tx in try Organisation.only(tx) }
    }

    private func languages(_ context: WebContext, _ page: String) -> [Model] {
        [(Language.russian, "Русский"), (.english, "English")].map { language, name in
            [
                "code": language.rawValue, "name": name, "current": context.language == language,
                "href": address("/language/\(language.rawValue)", [("next", page)]),
            ]
        }
    }

    private func entered(_ token: String, to next: String, _ context: WebContext) -> Response {
        var response = site.go(to: next, context)
        response.headers.append(HTTPField(name: .setCookie, value: sessionCookie(token, secure: site.secureCookies)))
        return response
    }

    func place(_ request: Request, _ context: WebContext) -> Accounts.Place {
        Accounts.Place(device: request.headers[.userAgent] ?? "", address: context.clientAddress)
    }

    /// An address of this site without a host: nobody is sent elsewhere after signing in.
    static func localPath(_ text: String?) -> String? {
        guard let text, text.hasPrefix("/"), !text.hasPrefix("//"), !text.contains("\\"), text.utf8.count < 2000,
            !text.unicodeScalars.contains(where: { $0.value < 0x21 || $0.value == 0x7F })
        else { return nil }
        return text
    }
}

extension Accounts.OwnDetails {
    init(_ form: Form) {
        self.init(
            family: form.raw("family") ?? "", given: form.raw("given") ?? "", patronymic: form.raw("patronymic") ?? "",
            phone: form.raw("phone") ?? "", room: form.raw("room") ?? "")
    }

    init(_ person: Person) {
        self.init(
            family: person.name.family, given: person.name.given, patronymic: person.name.patronymic,
            phone: person.phone,
            room: person.room)
    }

    var model: Model {
        ["family": family, "given": given, "patronymic": patronymic, "phone": phone, "room": room]
    }
}
