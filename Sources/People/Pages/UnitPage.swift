import EventLog
import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// A unit's form, and the acts of the tree.
extension PeopleRoom {
    @Sendable func newUnitPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await showNewUnit(try Form(query: request), context)
    }

    private func showNewUnit(
        _ form: Form, _ context: WebContext, errors: [String: String] = [:]
    ) async throws -> Response {
        let viewer = try administrator(context), words = words(context)
        let parent = form.raw("parent").flatMap { UnitID(parsing: $0) }
        let tree = try await database.read { tx in try UnitTree(of: viewer.organisation, tx) }
        let model: Model = [
            "creating": true, "id": "", "title": words.text("people.unit.new"),
            "back": parent.flatMap { tree.nodes[$0] }.map(TreeModel.href) ?? "/people",
            "values": ["name": form.raw("name") ?? ""] as Model, "errors": errors,
            "kinds": kinds(form.raw("kind") ?? "", words.text),
            "parents": words.choices(tree.inUse(), selected: parent),
            "top": parent == nil, "people": "", "archived": false, "has_history": false, "version": "",
        ]
        return try site.page("people/unit-edit", model, frame(words.text("people.unit.new")), context)
    }

    @Sendable func unitPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await showUnit(try context.id("unit"), context)
    }

    private func showUnit(
        _ id: UnitID, _ context: WebContext, typed: Form? = nil, errors: [String: String] = [:]
    ) async throws -> Response {
        let viewer = try administrator(context), words = words(context), text = words.text
        let (unit, tree, events, actors) = try await database.read { tx in
            guard let unit = try Units.find(id, in: viewer.organisation, tx) else { throw WebError.notFound }
            let events = try EventLog.about(id.text, atMost: 100, tx)
            return (
                unit, try UnitTree(of: viewer.organisation, tx), events,
                try Names.shown(Set(events.compactMap(\.actor)), to: viewer, text, tx)
            )
        }
        guard let node = tree.nodes[id] else { throw WebError.notFound }
        let history = History(text: text, dates: words.dates, tree: tree, actors: actors)
        let deep = node.deep == node.own ? "" : ", " + text("people.unit.people.deep", count: node.deep)
        let model: Model = [
            "creating": false, "id": id.text, "title": unit.name, "back": TreeModel.href(node),
            "values": ["name": typed?.raw("name") ?? unit.name] as Model, "errors": errors,
            "kinds": kinds(typed?.raw("kind") ?? unit.kind, text),
            "parents": words.choices(tree.inUse(without: id), selected: unit.parent), "top": unit.parent == nil,
            "people": text("people.unit.people", count: node.own) + deep, "archived": node.isArchived,
            "history": events.map(history.line), "has_history": !events.isEmpty,
            "version": String(unit.changedAt.milliseconds),
        ]
        return try site.page("people/unit-edit", model, frame(unit.name), context)
    }

    private func kinds(_ chosen: String, _ text: Catalogue) -> [Model] {
        let known = UnitKinds.codes.map { code -> Model in
            ["code": code, "name": text("people.unit.kind.\(code)"), "selected": code == chosen]
        }
        let none: Model = ["code": "", "name": text("people.unit.kind.none"), "selected": chosen.isEmpty]
        let own: [Model] =
            chosen.isEmpty || UnitKinds.codes.contains(chosen)
            ? [] : [["code": chosen, "name": chosen, "selected": true]]
        return [none] + known + own
    }

    @Sendable func addUnit(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request)
        return try await attempt(context) {
            let id = try await people.addUnit(
                form.raw("name") ?? "", kind: form.raw("kind") ?? "", inside: try form.id("parent"), by: viewer)
            return back(to: id, context)
        } orShow: { errors in
            try await showNewUnit(form, context, errors: errors)
        }
    }

    /// The tree sends only a name, the page a kind as well; `archived=no` brings a unit back into use.
    @Sendable func changeUnitDetails(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), id: UnitID = try context.id("unit"), form = try await Form(request)
        return try await attempt(context) {
            if form.raw("archived") == "no" {
                try await people.restoreUnit(id, by: viewer)
            } else {
                try await people.renameUnit(
                    id, to: form.raw("name") ?? "", kind: form.raw("kind"), seen: form.version, by: viewer)
            }
            return back(to: id, context)
        } orShow: { errors in
            try await showUnit(id, context, typed: form, errors: errors)
        }
    }

    @Sendable func moveUnit(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), id: UnitID = try context.id("unit"), form = try await Form(request)
        return try await attempt(context) {
            try await people.moveUnit(id, into: try form.id("parent"), by: viewer)
            return back(to: id, context)
        } orShow: { errors in
            try await showUnit(id, context, errors: errors)
        }
    }

    @Sendable func archiveUnit(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), id: UnitID = try context.id("unit")
        try await people.archiveUnit(id, by: viewer)
        return back(to: id, context)
    }

    private func back(to unit: UnitID, _ context: WebContext) -> Response {
        site.go(to: address("/people", PeopleFilter.Place.unit(unit, deep: true).fields), context)
    }
}
