import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// A change of many people: what it will do, then the change.
extension PeopleRoom {
    static let shownAtMost = 200

    @Sendable func previewChange(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request)
        let chosen: (change: MassChange, people: [PersonID])
        do { chosen = try await choice(form, viewer) } catch let error as PeopleError
            where error.field == "unit" || error.field == "person"
        {
            var response = try showChange(form, context, error: site.text(context.language)(error.key))
            response.status = .unprocessableContent
            return response
        }
        let plan = try await people.plan(chosen.change, for: chosen.people, by: viewer)
        return try await show(plan, of: chosen.change, form, context)
    }

    @Sendable func applyChange(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request)
        let (change, chosen) = try await choice(form, viewer)
        let done = try await people.apply(change, to: chosen, by: viewer)
        let words = site.text(context.language)("people.mass.done", count: done)
        return site.go(to: try back(form), context, notice: words)
    }

    /// What was asked for, and for whom: named people, or everybody of a list.
    private func choice(_ form: Form, _ viewer: Viewer) async throws -> (change: MassChange, people: [PersonID]) {
        let change: MassChange
        switch form.raw("change") {
        case "give", "take":
            guard let role = form.raw("role").flatMap(PeopleWords.role), role != .client else {
                throw PeopleError.wrong(field: "role")
            }
            change = form.raw("change") == "give" ? .give(role) : .take(role)
        default:
            guard let unit: UnitID = try form.id("unit") else { throw PeopleError.noUnitChosen }
            change = .move(to: unit)
        }
        let people: [PersonID]
        if let whole = form.raw("whole"), !whole.isEmpty {
            let filter = try PeopleFilter(try Form(encoded: Array(whole.utf8)))
            people = try await database.read { tx in try filter.ids(in: viewer.organisation, atMost: 1_000_000, tx) }
        } else {
            people = try form.ids("person")
        }
        guard !people.isEmpty else { throw PeopleError.nobodyChosen }
        return (change, people)
    }

    private func back(_ form: Form) throws -> String {
        let query = form.raw("back") ?? form.raw("whole") ?? ""
        let filter = try PeopleFilter(try Form(encoded: Array(query.utf8)))
        return address("/people", filter.fields())
    }

    private func showChange(
        _ form: Form, _ context: WebContext, error: String = "", _ more: Model = [:], status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let whole = form.raw("whole") ?? ""
        let people = whole.isEmpty ? form.all("person").map { ("person", $0) } : [("whole", whole)]
        let rest = ["change", "unit", "role", "back"].compactMap { name in form.raw(name).map { (name, $0) } }
        let model: Model = [
            "title": site.text(context.language)("people.mass.title"), "what": "", "back": try back(form),
            "error": error,
            "fields": (people + rest).map { ["name": $0.0, "value": $0.1] as Model }, "changes": [Model](),
            "changing": false,
            "rest": "", "skipped": [Model](), "skipping": false, "skipped_title": "", "apply": "",
        ]
        let title = site.text(context.language)("people.mass.title")
        return try site.page(
            "people/mass", model.merging(more) { _, new in new }, frame(title), context, status: status)
    }

    private func show(
        _ plan: MassChange.Plan, of change: MassChange, _ form: Form, _ context: WebContext
    ) async throws -> Response {
        let viewer = try administrator(context), words = words(context), text = words.text, now = site.now()
        let changing = Array(plan.changes.prefix(Self.shownAtMost))
        let skipped = Array(plan.skipped.keys.sorted().prefix(Self.shownAtMost))
        let (rows, unit) = try await database.read { tx -> ([PersonID: ListedPerson], String) in
            let rows = try ListedPerson.read(changing + skipped, at: now, tx)
            let unit: String
            if case .move(let id) = change { unit = try Units.path(id, in: viewer.organisation, tx) } else { unit = "" }
            return (Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) }), unit)
        }
        func person(_ row: ListedPerson) -> Model {
            [
                "href": "/people/\(row.id)", "name": row.name.full, "initials": row.name.monogram,
                "hue": Site.hue(of: row.id), "position": row.position,
            ]
        }
        func roles(_ roles: Set<Role>) -> String {
            words.roles(roles).compactMap { $0["word"] as? String }.joined(separator: ", ")
        }
        let changes = changing.compactMap { rows[$0] }.map { row -> Model in
            let (from, to) =
                switch change {
                case .move: (row.unitPath.isEmpty ? text("people.unit.without") : row.unitPath, unit)
                case .give(let role): (roles(row.roles), roles(row.roles.union([role])))
                case .take(let role): (roles(row.roles), roles(row.roles.subtracting([role])))
                }
            return person(row).merging(["from": from, "to": to]) { $1 }
        }
        let (kind, names): (String, [String: String]) =
            switch change {
            case .move: ("unit", ["unit": unit.components(separatedBy: " › ").last ?? unit])
            case .give(let role): ("give", ["role": text("people.role.\(PeopleWords.code(role))")])
            case .take(let role): ("take", ["role": text("people.role.\(PeopleWords.code(role))")])
            }
        let count = plan.changes.count
        return try showChange(
            form, context,
            [
                "title": count == 0
                    ? text("people.mass.title") : text("people.mass.title.\(kind)", count: count, names),
                "what": text(kind == "unit" ? "people.unit" : "people.role"), "changes": changes, "changing": count > 0,
                "rest": count > changing.count ? text("people.mass.rest", count: count - changing.count) : "",
                "skipped": skipped.compactMap { id in
                    rows[id].map {
                        person($0).merging(["reason": text("people.mass.skipped.\(plan.skipped[id]!.rawValue)")]) { $1 }
                    }
                },
                "skipping": !plan.skipped.isEmpty,
                "skipped_title": text("people.mass.skipped", count: plan.skipped.count),
                "apply": text("people.mass.apply.\(kind)", count: count),
            ])
    }
}
