import EventLog
import HTTPTypes
import Hummingbird
import Kernel
import Secrets
import Storage
import Web

/// The form of a person: a new one, or corrections of one who is here.
extension PeopleRoom {
    @Sendable func newPersonPage(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try administrator(context)
        return try await showNewPerson(try Form(query: request), context)
    }

    private func showNewPerson(
        _ form: Form, _ context: WebContext, errors: [String: String] = [:], invitation: String? = nil,
        keep: Bool = true
    ) async throws -> Response {
        let viewer = try administrator(context), words = words(context)
        let tree = try await database.read { tx in try UnitTree(of: viewer.organisation, tx) }
        let unit = form.raw("unit").flatMap { UnitID(parsing: $0) }, roles = Set(form.all("role"))
        var model: Model = [
            "creating": true, "id": "", "title": words.text("people.new"),
            "back": unit.flatMap { tree.nodes[$0] }.map(TreeModel.href) ?? "/people",
            "values": keep ? Self.values(form) : [:] as Model, "errors": errors, "version": "",
            "units_to_choose": words.choices(tree.inUse(), selected: unit),
            "roles_to_give": [Role.specialist, .manager, .administrator].map { role -> Model in
                let code = PeopleWords.code(role)
                return [
                    "code": code, "name": words.text("people.role.\(code)"),
                    "about": words.text("people.role.\(code).about"),
                    "selected": keep && roles.contains(code),
                ]
            },
        ]
        if let invitation {
            model["invitation"] =
                [
                    "link": link(invitation, context),
                    "until": words.text(
                        "people.invitation.until", ["date": words.dates.day(site.now() + Invitation.life)]),
                ] as Model
        }
        return try site.page("people/edit", model, frame(words.text("people.new")), context)
    }

    @Sendable func addPerson(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request)
        return try await attempt(context) {
            let details = try Self.details(form), unit: UnitID? = try form.id("unit")
            let roles = form.all("role").compactMap(PeopleWords.role).filter { $0 != .client }
            let token = form.flag("invite") ? Random.token() : nil
            let fingerprint = token.map { people.vault.fingerprint($0, purpose: Invitation.purpose) }
            let person = try await people.act(by: viewer) { hand in
                let person = try hand.add(details, unit: unit)
                for role in roles { try hand.give(role, to: person) }
                if let fingerprint { _ = try hand.invite(person, fingerprint: fingerprint) }
                return person
            }
            if form.flag("again") { return try await showNewPerson(form, context, invitation: token, keep: false) }
            return token == nil ? back(to: person, context) : try await showPerson(person, context, invitation: token)
        } orShow: { errors in
            try await showNewPerson(form, context, errors: errors)
        }
    }

    @Sendable func editPersonPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), id: PersonID = try context.id("person")
        let person = try await database.read { tx in try Person.known(id, in: viewer.organisation, tx) }
        return try showEdit(person, Self.values(PersonDetails(person)), context)
    }

    @Sendable func changePerson(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), id: PersonID = try context.id("person")
        let form = try await Form(request)
        do {
            return try await attempt(context) {
                try await people.changePerson(id, to: try Self.details(form), seen: form.version, by: viewer)
                return back(to: id, context, notice: site.text(context.language)("people.saved"))
            } orShow: { errors in
                let person = try await database.read { tx in try Person.known(id, in: viewer.organisation, tx) }
                return try showEdit(person, Self.values(form), context, errors: errors)
            }
        } catch PeopleError.changedMeanwhile where !context.wantsFragment {
            let text = site.text(context.language)
            let (person, who) = try await database.read { tx -> (Person, String) in
                let person = try Person.known(id, in: viewer.organisation, tx)
                let actor = try EventLog.about(id.text, atMost: 20, tx).first { $0.kind == .personChanged }?.actor
                let name = try actor.flatMap { try Names.shown([$0], to: viewer, text, tx)[$0]?.name }
                return (person, name ?? text("people.history.system"))
            }
            var response = try showEdit(
                person, Self.values(form), context, changed: text("people.changed", ["name": who]))
            response.status = .conflict
            return response
        }
    }

    private func showEdit(
        _ person: Person, _ values: Model, _ context: WebContext, errors: [String: String] = [:], changed: String = ""
    ) throws -> Response {
        let model: Model = [
            "creating": false, "id": person.id.text, "title": person.name.full, "back": "/people/\(person.id)",
            "values": values, "errors": errors, "changed": changed, "version": String(person.changedAt.milliseconds),
        ]
        return try site.page("people/edit", model, frame(person.name.full), context)
    }

    private static let fields = ["family", "given", "patronymic", "position", "email", "login", "phone", "room"]

    private static func values(_ form: Form) -> Model {
        Model(uniqueKeysWithValues: fields.map { ($0, form.raw($0) ?? "") })
    }

    private static func values(_ details: PersonDetails) -> Model {
        [
            "family": details.family, "given": details.given, "patronymic": details.patronymic,
            "position": details.position,
            "email": details.email, "login": details.login, "phone": details.phone, "room": details.room,
        ]
    }

    /// Whoever is written down by hand must have something to sign in with.
    private static func details(_ form: Form) throws -> PersonDetails {
        let details = PersonDetails(
            family: form.raw("family") ?? "", given: form.raw("given") ?? "", patronymic: form.raw("patronymic") ?? "",
            position: form.raw("position") ?? "", phone: form.raw("phone") ?? "", room: form.raw("room") ?? "",
            email: form.raw("email") ?? "", login: form.raw("login") ?? "")
        let checked = try details.checked()
        if checked.email.isEmpty, checked.login.isEmpty { throw PeopleError.missing(field: "email") }
        return checked
    }
}

extension Form {
    /// The moment of the last change that the editor saw.
    var version: Instant? { raw("version").flatMap(Int64.init).map(Instant.init(milliseconds:)) }
}
