import Crypto
import Foundation
import HTTPTypes
package import Hummingbird
package import Kernel
import NIOCore
package import Secrets

/// What every room needs to answer with a page: texts, templates, static files, the vault.
package struct Site: Sendable {
    /// The folder of what is not compiled.
    package let share: String
    package let catalogues: [Language: Catalogue]
    package let templates: Templates
    package let assets: Assets
    package let vault: Vault
    /// «https://help.example.ru»; nil: whatever the Host header says.
    package let publicOrigin: String?
    /// Cookies only over TLS.
    package let secureCookies: Bool
    package let now: @Sendable () -> Instant

    /// Reads texts and templates below `share`. Throws on a key that a template names and a catalogue lacks.
    package init(
        share: String, vault: Vault, publicOrigin: String? = nil, secureCookies: Bool = false,
        now: @escaping @Sendable () -> Instant = { .now() }
    ) throws {
        self.share = share
        var catalogues: [Language: Catalogue] = [:]
        for language in Language.allCases {
            catalogues[language] = try Catalogue(language: language, folder: "\(share)/text/\(language.rawValue)")
        }
        self.catalogues = catalogues
        templates = try Templates(folder: share + "/templates", catalogues: catalogues)
        assets = try Assets(folder: share + "/static")
        self.vault = vault
        self.publicOrigin = publicOrigin
        self.secureCookies = secureCookies
        self.now = now
    }

    package func text(_ language: Language) -> Catalogue { catalogues[language]! }

    package func dates(_ context: WebContext) -> Dates {
        Dates(text(context.language), zone: context.signedIn?.viewer.zone ?? .moscow, now: now())
    }

    // MARK: answers

    /// What surrounds the body of a page.
    package struct Frame: Sendable {
        package var title: String
        package var css: [String] = []
        package var js: [String] = []
        package var topics: [String] = []
        package var sequence: Int64 = 0
        /// The entry of the navigation that is current.
        package var place = ""
        /// Clients' pages have a top bar, staff's pages a rail; pages of strangers have neither.
        package var look = Look.client
        package var searchText = ""

        package enum Look: Sendable { case client, staff, bare }

        package init(
            title: String, css: [String] = [], js: [String] = [], topics: [String] = [], sequence: Int64 = 0,
            place: String = "",
            look: Look = .client, searchText: String = ""
        ) {
            self.title = title
            self.css = css
            self.js = js
            self.topics = topics
            self.sequence = sequence
            self.place = place
            self.look = look
            self.searchText = searchText
        }
    }

    /// A whole page.
    package func page(
        _ template: String, _ model: Model, _ frame: Frame, _ context: WebContext, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let body = try templates.render(
            template, model.merging(common(context)) { own, _ in own }, in: context.language)
        let layout = layout(frame, body: body, context)
        return html(try templates.render("web/layout", layout, in: context.language), status: status)
    }

    /// A part of a page, for htmx and our own scripts.
    package func fragment(
        _ template: String, _ model: Model, _ context: WebContext, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        html(
            try templates.render(template, model.merging(common(context)) { own, _ in own }, in: context.language),
            status: status)
    }

    package func html(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/html; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    package func json(_ fields: [String: any Sendable], status: HTTPResponse.Status = .ok) throws -> Response {
        let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
        return Response(
            status: status, headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// A header that tells the page how to take an act back, as the form it would be: JSON, percent-encoded.
    package func offerUndo(
        _ words: String, _ path: String, _ fields: [String: String], _ response: inout Response
    ) throws {
        let offer: [String: Any] = ["words": words, "path": path, "fields": fields]
        let json = try JSONSerialization.data(withJSONObject: offer, options: [.sortedKeys])
        response.headers[HTTPField.Name("Okno-Undo")!] = String(decoding: json, as: UTF8.self)
            .addingPercentEncoding(withAllowedCharacters: .alphanumerics)
    }

    /// After a write: htmx is told where to go, a plain form is redirected.
    package func go(to address: String, _ context: WebContext, notice: String? = nil) -> Response {
        var headers: HTTPFields = [.cacheControl: "no-store"]
        if let notice { headers.append(noticeCookie(notice)) }
        if context.wantsFragment {
            headers[HTTPField.Name("HX-Redirect")!] = address
            return Response(status: .noContent, headers: headers)
        }
        headers[.location] = address
        return Response(status: .seeOther, headers: headers)
    }

    /// Words for the next page, shown there once.
    private func noticeCookie(_ words: String) -> HTTPField {
        let value = words.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return HTTPField(name: .setCookie, value: "notice=\(value); Path=/; Max-Age=60; SameSite=Lax")
    }

    package func csrf(for session: String) -> String { vault.fingerprint(session, purpose: "csrf") }

    /// Fields that every template may use.
    private func common(_ context: WebContext) -> Model {
        [
            "csrf": context.signedIn.map { FormToken.masked($0.csrf) } ?? "",
            "icons": assets.href("vendor/icons.svg"),
            "glyphs": assets.href("img/glyphs.svg"),
            "lang": context.language.rawValue,
        ]
    }

    private func layout(_ frame: Frame, body: String, _ context: WebContext) -> Model {
        let text = text(context.language)
        var model = common(context)
        let base =
            ["tokens", "base", "components", "shell", "conversation", "calls"]
            + frame.css.filter { $0 != "conversation" }
        model["title"] = frame.title
        model["theme"] = context.signedIn?.theme ?? "auto"
        model["css"] = base.map { assets.href("css/\($0).css") }
        model["js"] = (["app"] + frame.js).map { assets.href("js/\($0).js") }
        model["htmx"] = assets.href("vendor/htmx-2.min.js")
        model["favicon"] = assets.href("img/logo.svg")
        model["touchIcon"] = assets.href("img/icon-192.png")
        model["topics"] = frame.topics.joined(separator: " ")
        model["seq"] = frame.sequence
        model["home"] = "/"
        model["searchHref"] = "/search"
        model["searchText"] = frame.searchText
        model["body"] = body
        model["client"] = frame.look == .client
        model["staff"] = frame.look == .staff
        model["bare"] = frame.look == .bare
        if let signedIn = context.signedIn {
            model["organisation"] = signedIn.organisationName
            model["logo"] = false
            if let version = signedIn.accentVersion { model["accent"] = "/organisation/accent.css?v=\(version)" }
            model["me"] = me(signedIn, text)
            model["bell"] = Navigation.bell(signedIn.viewer)
            let navigation = Navigation(signedIn.viewer, place: frame.place, text)
            model["nav"] = navigation.upper
            model["tools"] = navigation.lower
            model["bar"] = navigation.bottom
        }
        return model
    }

    private func me(_ signedIn: SignedIn, _ text: Catalogue) -> Model {
        func link(_ href: String, _ icon: String, _ key: String) -> Model {
            ["href": href, "icon": icon, "label": text("web.nav.\(key)")]
        }
        let links =
            [
                link("/profile", "user", "profile"), link("/notices", "bell", "notices"), link("/", "house", "home"),
                link("/connection", "wifi", "connection"),
            ]
            + (signedIn.viewer.isStaff
                ? [
                    link("/requests", "inbox", "queue"), link("/board?view=all", "kanban", "board"),
                    link("/monitor", "activity", "monitor"),
                    link("/tasks", "list-todo", "tasks"), link("/calendar", "calendar-days", "calendar"),
                    link("/search", "search", "search"),
                    link("/quick-replies", "zap", "quick"),
                ] : [])
            + (signedIn.viewer.isAdministrator
                ? [
                    link("/people", "users", "people"), link("/lines", "headphones", "lines"),
                    link("/organisation", "settings", "organisation"), link("/mail", "mail", "mail"),
                    link("/recordings", "video", "recordings"), link("/machines", "monitor-cog", "machines"),
                ] : [])
        return [
            "name": signedIn.name.full, "initials": signedIn.name.monogram, "email": "",
            "hue": Self.hue(of: signedIn.viewer.person), "links": links,
            "duty": signedIn.viewer.mayBeOnDuty ? "person/\(signedIn.viewer.person)" : "",
            "ringing": "person/\(signedIn.viewer.person)", "preferences": "/profile/preferences",
            "theme": Dictionary(uniqueKeysWithValues: ["auto", "light", "dark"].map { ($0, $0 == signedIn.theme) })
                as [String: Bool],
            "languages": Language.allCases.map {
                [
                    "code": $0.rawValue, "name": $0 == .russian ? "Русский" : "English",
                    "current": $0 == signedIn.viewer.language,
                ]
                    as Model
            },
            "signOut": "/sign-in",
        ]
    }

    /// Which of the six tints a person's avatar has.
    package static func hue(of person: PersonID) -> Int {
        Int(person.text.utf8.suffix(6).reduce(0) { $0 &* 31 &+ UInt32($1) } % 6)
    }
}

/// The entries of the rail that a viewer may use.
struct Navigation {
    var upper: [Model] = [], lower: [Model] = [], bottom: [Model] = []

    init(_ viewer: Viewer, place: String, _ text: Catalogue) {
        func entry(_ name: String, _ href: String, _ icon: String) -> Model {
            ["href": href, "icon": icon, "label": text("web.nav.\(name)"), "current": place == name]
        }
        guard viewer.isStaff else { return }
        let queue = entry("queue", "/requests", "inbox")
        let register = entry("register", "/requests/new", "plus")
        let people = entry("people", "/people", "users")
        let talks = entry("talks", "/talks", "messages-square").merging([
            "live": "person/\(viewer.person)", "part": "/talks/unread",
        ]) { $1 }
        let board = entry("board", "/board?view=all", "kanban")
        let tasks = entry("tasks", "/tasks", "list-todo").merging([
            "live": "person/\(viewer.person)", "part": "/tasks/badge",
        ]) { $1 }
        let notices = entry("notices", "/notices", "bell").merging([
            "live": Self.bell(viewer), "part": "/notices/bell",
        ]) { $1 }
        upper = [queue, board, tasks, entry("calendar", "/calendar", "calendar-days"), talks, notices, register]
        if viewer.isAdministrator || viewer.manages.everything || !viewer.manages.lines.isEmpty || viewer.mayBeOnDuty {
            upper.append(entry("duty", "/duty", "calendar-clock"))
        }
        upper.append(entry("monitor", "/monitor", "activity"))
        upper.append(entry("reports", "/reports", "chart-column"))
        if viewer.isAdministrator {
            upper += [people, entry("lines", "/lines", "headphones")]
            lower = [entry("search", "/search", "search"), entry("organisation", "/organisation", "settings")]
        } else {
            lower = [entry("search", "/search", "search")]
        }
        // A few words share the width of a phone.
        let short = register.merging(["label": text("web.nav.register-short")]) { $1 }
        bottom = [queue, talks, short, notices.merging(["label": text("web.nav.notices-short")]) { $1 }]
    }

    /// What changes the number at the bell: a new notice, and reading a request.
    static func bell(_ viewer: Viewer) -> String { "notices/\(viewer.person) person/\(viewer.person)" }
}
