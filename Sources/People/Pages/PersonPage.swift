import EventLog
import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// A person's page: card, unit, roles, dated history in words.
extension PeopleRoom {
    @Sendable func personPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let all = try Form(query: request).flag("all")
        return try await showPerson(try context.id("person"), context, wholeHistory: all)
    }

    func showPerson(
        _ id: PersonID, _ context: WebContext, invitation: String? = nil, errors: [String: String] = [:],
        wholeHistory: Bool = false
    ) async throws -> Response {
        let viewer = try staff(context), words = words(context), now = site.now(), lines = lines, work = work
        let limit = wholeHistory ? 2000 : 30
        let (facts, figures) = try await database.read { tx in
            let facts = try PersonFacts(id, for: viewer, at: now, history: limit, lines: lines, words.text, tx)
            return (facts, try work?(id, viewer, words.text, tx))
        }
        var model = PersonModel(facts: facts, viewer: viewer, words: words, historyLimit: limit).model
        model["errors"] = errors
        let nothing = Figures(total: "—", open: "—", rated: "—", fact: "—", href: "/people/\(id)")
        model["as_client"] = (figures?.client ?? nothing).model
        model["as_specialist"] = (figures?.specialist ?? nothing).model
        model["is_specialist"] = figures?.specialist != nil
        if let invitation {
            model["invitation"] =
                [
                    "link": link(invitation, context),
                    "until": words.text("people.invitation.until", ["date": words.dates.day(now + Invitation.life)]),
                ] as Model
            model["is_new"] = !facts.person.hasPassword
        }
        let title = words.name(facts.person.name, of: id, to: viewer)
        return try site.page("people/person", model, frame(title), context)
    }

    /// The whole address of an invitation, to be handed over.
    func link(_ invitation: String, _ context: WebContext) -> String {
        "\(site.publicOrigin ?? "")/invitations/\(invitation)"
    }
}

/// All that the page tells, in a fixed number of statements.
struct PersonFacts: Sendable {
    struct RoleSpan: Sendable {
        let id: String, role: Role, limit: RoleLimit?, from: Instant, until: Instant?
    }
    struct UnitSpan: Sendable {
        let unit: UnitID, from: Instant, until: Instant?
    }

    let person: Person
    let access: Access
    let roles: [RoleSpan]
    let units: [UnitSpan]
    let events: [Event]
    let actors: [PersonID: ShownPerson]
    let tree: UnitTree
    let organisation: String
    let lines: [(id: LineID, name: String)]
    let sessions: [Accounts.Session]

    init(
        _ id: PersonID, for viewer: Viewer, at now: Instant, history: Int, lines: PeopleRoom.LineNames,
        _ text: Catalogue,
        _ tx: any ReadTransaction
    ) throws {
        person = try Person.known(id, in: viewer.organisation, tx)
        access = try tx.one("SELECT \(Access.columns) FROM person \(Access.joins) WHERE person.id = \(id)") { row in
            try Access(row, from: 0, at: now)
        }!
        roles = try tx.all(
            """
            SELECT id, role, line_id, unit_id, from_at, until_at FROM role_assignment WHERE person_id = \(id)
            ORDER BY from_at, id
            """
        ) { row in
            let line: LineID? = try row[2], unit: UnitID? = try row[3]
            return try RoleSpan(
                id: row[0], role: row[1], limit: line.map(RoleLimit.line) ?? unit.map(RoleLimit.unit), from: row[4],
                until: row[5])
        }
        units = try tx.all(
            "SELECT unit_id, from_at, until_at FROM membership WHERE person_id = \(id) ORDER BY from_at, id"
        ) { row in try UnitSpan(unit: row[0], from: row[1], until: row[2]) }
        events = try EventLog.about(id.text, atMost: history + 1, tx)
        actors = try Names.shown(Set(events.compactMap(\.actor)), to: viewer, text, tx)
        tree = try UnitTree(of: viewer.organisation, tx)
        organisation = try tx.value("SELECT name FROM organisation WHERE id = \(viewer.organisation)") ?? ""
        self.lines = try lines(viewer.organisation, tx)
        sessions = try Accounts.sessions(of: id, at: now, tx)
    }
}

struct PersonModel {
    let facts: PersonFacts
    let viewer: Viewer
    let words: PeopleWords
    let historyLimit: Int

    private var text: Catalogue { words.text }
    private var person: Person { facts.person }

    var model: Model {
        let unit = facts.units.last { $0.until == nil }
        let node = unit.flatMap { facts.tree.nodes[$0.unit] }
        let history = History(text: text, dates: words.dates, tree: facts.tree, actors: facts.actors)
        let canEdit = viewer.isAdministrator
        return [
            "can_edit": canEdit, "path": path(node),
            "person": [
                "id": person.id.text, "name": words.name(person.name, of: person.id, to: viewer),
                "initials": person.name.monogram, "hue": Site.hue(of: person.id), "position": person.position,
                "unit": node.map { facts.tree.way(to: $0.id).map(\.name).joined(separator: " › ") } ?? "",
                "unit_href": node.map(TreeModel.href) ?? "", "unit_since": unit.map { words.since($0.from) } ?? "",
            ] as Model,
            "access": words.access(facts.access), "is_new": isNew, "is_active": facts.access == .active,
            "is_blocked": isBlocked, "is_left": isLeft, "invited": isInvited,
            "contacts": contacts, "no_contacts": contacts.isEmpty, "roles": roles, "former": formerRoles,
            "has_former": !formerRoles.isEmpty, "former_units": formerUnits, "has_former_units": !formerUnits.isEmpty,
            "roles_to_give": [Role.specialist, .manager, .administrator].map { role -> Model in
                let code = PeopleWords.code(role)
                return ["code": code, "name": text("people.role.\(code)"), "about": text("people.role.\(code).about")]
            },
            "lines": facts.lines.map { ["id": $0.id.text, "name": $0.name] as Model },
            "has_lines": !facts.lines.isEmpty,
            "units_to_choose": canEdit ? words.choices(facts.tree.inUse(), selected: unit?.unit) : [],
            "sessions": sessions, "history": facts.events.prefix(historyLimit).map(history.line),
            "more": facts.events.count > historyLimit ? "/people/\(person.id)?all=yes" : "",
        ]
    }

    private var isNew: Bool {
        switch facts.access {
        case .never, .invited, .expired: true
        default: false
        }
    }
    private var isInvited: Bool { if case .invited = facts.access { true } else { false } }
    private var isBlocked: Bool { if case .blocked = facts.access { true } else { false } }
    private var isLeft: Bool { if case .left = facts.access { true } else { false } }

    private func path(_ node: UnitTree.Node?) -> [Model] {
        let home: Model = ["name": facts.organisation, "href": "/people"]
        return [home]
            + (node.map { facts.tree.way(to: $0.id) } ?? []).map { ["name": $0.name, "href": TreeModel.href($0)] }
    }

    private var contacts: [Model] {
        let phone = person.phone.filter { $0.isNumber || $0 == "+" }
        return [
            ("mail", "people.email", person.email, "mailto:\(person.email)"),
            ("phone", "people.phone", person.phone, phone.count > 4 ? "tel:\(phone)" : ""),
            ("map-pin", "people.room", person.room, ""),
            ("at-sign", "people.login", viewer.isAdministrator ? person.login : "", ""),
        ].filter { !$0.2.isEmpty }.map { icon, label, words, href in
            ["icon": icon, "label": text(label), "text": words, "href": href]
        }
    }

    private var roles: [Model] {
        let client: Model = [
            "assignment": "", "word": text("people.role.client"), "kind": "client", "scope": "",
            "since": text("people.role.always"), "fixed": true,
        ]
        return [client]
            + facts.roles.filter { $0.until == nil }.map { span in
                words.role(span.role).merging(
                    ["assignment": span.id, "scope": scope(span), "since": words.since(span.from), "fixed": false]
                ) { own, _ in own }
            }
    }

    private var formerRoles: [Model] {
        facts.roles.reversed().compactMap { span in
            span.until.map { until in
                words.role(span.role).merging(["scope": scope(span), "span": words.span(span.from, until)]) { own, _ in
                    own
                }
            }
        }
    }

    private func scope(_ span: PersonFacts.RoleSpan) -> String {
        switch span.limit {
        case .line(let id)?: facts.lines.first { $0.id == id }?.name ?? ""
        case .unit(let id)?: facts.tree.nodes[id]?.name ?? ""
        case nil: span.role == .specialist ? "" : text("people.role.everywhere.word")
        }
    }

    private var formerUnits: [Model] {
        facts.units.reversed().compactMap { span in
            span.until.map { until in
                ["name": facts.tree.nodes[span.unit]?.name ?? "", "span": words.span(span.from, until)]
            }
        }
    }

    private var sessions: Model {
        let count = facts.sessions.count
        let last = facts.sessions.first.map { words.dates.moment($0.seenAt) } ?? ""
        return [
            "any": count > 0,
            "words": count == 0
                ? text("people.sessions.none") : text("people.sessions.words", count: count, ["date": last]),
        ]
    }
}
