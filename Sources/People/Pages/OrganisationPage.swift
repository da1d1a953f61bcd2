import HTTPTypes
import Hummingbird
import Kernel
import NIOCore
import Storage
import Web

/// The organisation's own page, its logo and its accent.
extension PeopleRoom {
    @Sendable func organisationPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await showOrganisation(context)
    }

    private func showOrganisation(
        _ context: WebContext, typed: Form? = nil, errors: [String: String] = [:]
    ) async throws -> Response {
        let viewer = try administrator(context), words = words(context), text = words.text
        guard let organisation = try await database.read({ tx in try Organisation.find(viewer.organisation, tx) })
        else {
            throw WebError.notFound
        }
        let details = organisation.details
        let own: [(String, String)] = [
            ("name", details.fullName.isEmpty ? details.name : details.fullName), ("short_name", details.name),
            ("inn", details.inn), ("kpp", details.kpp), ("ogrn", details.ogrn), ("legal_address", details.legalAddress),
            ("postal_address", details.postalAddress), ("phones", details.phones), ("email", details.email),
            ("site", details.site), ("accent", details.accent ?? ""),
        ]
        let values = Model(uniqueKeysWithValues: own.map { ($0.0, typed?.raw($0.0) ?? $0.1) })
        let accent = values["accent"] as? String ?? ""
        let zone = typed?.raw("zone").flatMap(Zone.init) ?? details.zone
        let language = typed?.raw("language").flatMap(Language.init) ?? details.language
        let policy = typed?.raw("names").flatMap(NamePolicy.init) ?? details.namePolicy
        let example = PersonName(family: "Рочева", given: "Анна", patronymic: "Ивановна")
        let model: Model = [
            "can_edit": true, "values": values, "errors": errors,
            "version": String(organisation.changedAt.milliseconds),
            "logo": organisation.logo.map { "/organisation/logo?v=\($0)" } ?? "",
            "directory_open": typed.map { $0.flag("directory_open") } ?? details.directoryOpen,
            "accents": Self.accents.map { code, name in
                [
                    "code": code, "name": text("people.organisation.accent.\(name)"),
                    "selected": accent.lowercased() == code || accent.isEmpty && code == Colour.okno.hex,
                ] as Model
            },
            "zones": ZoneChoices.models(chosen: zone, at: site.now(), text), "languages": words.languages(language),
            "policies": NamePolicy.allCases.map { each -> Model in
                let key = "people.organisation.names-policy.\(each.rawValue)"
                return [
                    "code": each.rawValue, "name": text(key), "about": text("\(key).about"), "selected": each == policy,
                    "example": example.shown(each, role: text("people.somebody.specialist")),
                ]
            },
        ]
        let title = text("people.organisation.title")
        return try site.page(
            "people/organisation", model, frame(title, place: "organisation", scripts: ["organisation"]), context)
    }

    /// Ready colours, each of which passes the rule.
    static let accents = [
        ("#1a5fb4", "blue"), ("#0b6b75", "teal"), ("#1b7443", "green"), ("#6741b5", "violet"), ("#8a2c6d", "plum"),
        ("#4a4f57", "graphite"),
    ]

    @Sendable func changeOrganisation(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request)
        do {
            return try await attempt(context) {
                try await people.changeOrganisation(
                    to: try Self.details(form), logo: Self.logo(form), seen: form.version, by: viewer)
                return site.go(
                    to: "/organisation", context, notice: site.text(context.language)("people.organisation.saved"))
            } orShow: { errors in
                try await showOrganisation(context, typed: form, errors: errors)
            }
        } catch PeopleError.changedMeanwhile where !context.wantsFragment {
            let words = site.text(context.language)(PeopleError.changedMeanwhile.key)
            var response = try await showOrganisation(context, typed: form, errors: ["name": words])
            response.status = .conflict
            return response
        }
    }

    private static func details(_ form: Form) throws -> OrganisationDetails {
        guard let short = try form.line("short_name", atMost: 160) else {
            throw PeopleError.missing(field: "short_name")
        }
        let accent = [form.raw("accent"), form.raw("accent_ready")].compactMap(\.self).first { !$0.isEmpty }
        guard let zone = Zone(form.raw("zone") ?? "") else { throw PeopleError.wrong(field: "zone") }
        return OrganisationDetails(
            name: short, fullName: form.raw("name") ?? "", inn: form.raw("inn") ?? "", kpp: form.raw("kpp") ?? "",
            ogrn: form.raw("ogrn") ?? "", legalAddress: form.raw("legal_address") ?? "",
            postalAddress: form.raw("postal_address") ?? "", phones: form.raw("phones") ?? "",
            email: form.raw("email") ?? "",
            site: form.raw("site") ?? "", accent: accent?.lowercased(), zone: zone,
            language: try form.requiredCode("language"),
            namePolicy: try form.requiredCode("names"), directoryOpen: form.flag("directory_open"))
    }

    private static func logo(_ form: Form) -> LogoChange {
        if let file = form.file("logo") { return .set(file.bytes) }
        return form.flag("logo_remove") ? .remove : .keep
    }

    @Sendable func accentStyle(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer()
        let accent: String? = try await database.read { tx in
            try tx.value("SELECT accent FROM organisation WHERE id = \(viewer.organisation)")
        }
        let style = accent.flatMap(Colour.init(hex:))?.stylesheet ?? ""
        return kept(Array(style.utf8), type: "text/css; charset=utf-8")
    }

    @Sendable func logo(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer()
        guard let logo = try await database.read({ tx in try Logo.read(of: viewer.organisation, tx) }) else {
            throw WebError.notFound
        }
        return kept(logo.bytes, type: logo.type)
    }

    /// The address carries a version, so the browser may keep the answer; no proxy may, for it is one organisation's.
    private func kept(_ bytes: [UInt8], type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type, .cacheControl: "private, max-age=31536000"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
