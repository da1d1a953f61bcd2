import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// The tree at left, the people of the chosen unit at right.
extension PeopleRoom {
    static let pageSize = 50

    @Sendable func listPage(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try staff(context), form = try Form(query: request), now = site.now()
        let filter = try PeopleFilter(form), page = try form.int("page", in: 1...1_000_000) ?? 1
        // The table alone is asked for while somebody types into the search.
        let target = request.headers[HTTPField.Name("HX-Target")!]
        let words = words(context), organisation = viewer.organisation
        let (tree, name, count, rows) = try await database.read { tx in
            let tree = try UnitTree(of: organisation, tx)
            let within = filter.place.count(in: tree), isCrowded = within > 1000
            let start = (page - 1) * Self.pageSize
            let ids = try filter.ids(in: organisation, from: start, atMost: Self.pageSize, isCrowded: isCrowded, tx)
            // A page that is not full is the last one: nobody needs to be counted.
            let isLast = !ids.isEmpty && ids.count < Self.pageSize || ids.isEmpty && page == 1
            let count =
                !filter.isNarrowed
                ? within
                : isLast ? start + ids.count : try filter.count(in: organisation, isCrowded: isCrowded, tx)
            let name: String = try tx.value("SELECT name FROM organisation WHERE id = \(organisation)") ?? ""
            return (tree, name, count, try ListedPerson.read(ids, at: now, tx))
        }
        if case .unit(let id, _) = filter.place, tree.nodes[id] == nil { throw WebError.notFound }
        let list = ListModel(
            viewer: viewer, filter: filter, page: page, count: count, rows: rows, tree: tree, organisation: name,
            words: words)
        if target == "people-table" { return try site.fragment("people/_table", list.table, context) }
        if target == "people" { return try site.fragment("people/_list", list.list, context) }
        let model = list.list.merging(TreeModel(tree, filter.place, organisation: name, words: words).model) { own, _ in
            own
        }
        return try site.page(
            "people/index", model, frame(words.text("people.title"), scripts: ["tree", "people"]), context)
    }

    @Sendable func suggestions(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try staff(context), form = try Form(query: request), text = site.text(context.language)
        let asked = try form.line("q") ?? ""
        let found = try await database.read { tx in
            asked.isEmpty ? [] : try Directory.find(asked, for: viewer, atMost: 8, text, tx)
        }
        let suggestions: [Model] = found.map { person in
            [
                "id": person.id.text, "name": person.name, "initials": person.monogram, "hue": person.hue,
                "under": [person.position, person.unitName].filter { !$0.isEmpty }.joined(separator: " · "),
            ]
        }
        return try site.fragment(
            "people/_suggestions", ["suggestions": suggestions, "nobody": suggestions.isEmpty], context)
    }
}

extension PeopleFilter {
    init(_ form: Form) throws(WebError) {
        words = try form.line("q", atMost: 100) ?? ""
        role = form.raw("role").flatMap(PeopleWords.role)
        state = form.raw("state").flatMap(State.init)
        order = form.raw("sort").flatMap(Order.init) ?? .name
        switch form.raw("unit") ?? "" {
        case "": place = .everywhere
        case "none": place = .without
        case "left": place = .left
        case "archived": place = .archived
        case let text:
            guard let unit = UnitID(parsing: text) else { throw .notFound }
            place = .unit(unit, deep: form.flag("deep"))
        }
    }

    /// Everywhere includes all units, so nothing is left out there.
    var isDeep: Bool { if case .unit(_, deep: let isDeep) = place { isDeep } else { place == .everywhere } }

    /// The fields of the address that make this list.
    func fields(place: Place? = nil, order: Order? = nil) -> [(String, String?)] {
        let place = place ?? self.place, order = order ?? self.order
        return place.fields + [
            ("q", words), ("role", role.map(PeopleWords.code)), ("state", state?.rawValue),
            ("sort", order == .name ? nil : order.rawValue),
        ]
    }
}

extension PeopleFilter.Place {
    var code: String {
        switch self {
        case .everywhere: ""
        case .without: "none"
        case .left: "left"
        case .archived: "archived"
        case .unit(let id, _): id.text
        }
    }

    var fields: [(String, String?)] {
        if case .unit(_, deep: true) = self { [("unit", code), ("deep", "yes")] } else { [("unit", code)] }
    }

    /// How many people a place holds, which the tree knows already.
    func count(in tree: UnitTree) -> Int {
        switch self {
        case .everywhere: tree.everybody
        case .without: tree.without
        case .left: tree.left
        case .archived: tree.inArchived
        case .unit(let id, let deep): tree.nodes[id].map { deep ? $0.deep : $0.own } ?? 0
        }
    }
}

struct ListModel {
    let viewer: Viewer
    let filter: PeopleFilter
    let page: Int, count: Int
    let rows: [ListedPerson]
    let tree: UnitTree
    let organisation: String
    let words: PeopleWords

    private var text: Catalogue { words.text }
    private var start: Int { (page - 1) * PeopleRoom.pageSize }
    private var clear: String { address("/people", filter.place.fields) }

    var table: Model {
        [
            "can_edit": viewer.isAdministrator, "people": rows.map(row), "nobody": rows.isEmpty,
            "filtered": filter.isNarrowed,
            "clear": clear, "add": address("/people/new", [("unit", chosen?.id.text)]),
            "sort": [
                "name_href": link(filter.order == .name ? .nameDown : .name),
                "name_order": order(.name, .nameDown),
                "seen_href": link(filter.order == .seenDown ? .seen : .seenDown),
                "seen_order": order(.seen, .seenDown),
            ] as Model,
            "paged": count > PeopleRoom.pageSize,
            "pages": [
                "words": text(
                    "people.pages.words",
                    [
                        "from": text.number(start + 1), "to": text.number(start + rows.count),
                        "all": text.number(count),
                    ]),
                "back": page > 1 ? at(page - 1) : "", "next": start + rows.count < count ? at(page + 1) : "",
            ] as Model,
        ]
    }

    var list: Model {
        let query = address("", filter.fields()).dropFirst()
        let own: Model = [
            "path": path, "unit": title,
            "filter": [
                "q": filter.words, "deep": filter.isDeep, "sort": filter.order == .name ? "" : filter.order.rawValue,
                "unit": filter.place.code, "active": filter.isNarrowed, "clear": clear,
                "roles": choices("role", Role.allCases.map(PeopleWords.code), filter.role.map(PeopleWords.code)),
                "states": choices("state", PeopleFilter.State.allCases.map(\.rawValue), filter.state?.rawValue),
            ] as Model,
            "roles_to_give": [Role.specialist, .manager, .administrator].map { role -> Model in
                ["code": PeopleWords.code(role), "name": text("people.role.\(PeopleWords.code(role))")]
            },
            "units_to_choose": viewer.isAdministrator ? words.choices(tree.inUse()) : [],
            "whole": [
                "count": count > PeopleRoom.pageSize ? text("people.mass.whole", ["n": text.number(count)]) : "",
                "query": query.isEmpty ? "all=yes" : String(query),
            ] as Model,
        ]
        return own.merging(table) { own, _ in own }
    }

    private var chosen: UnitTree.Node? { if case .unit(let id, _) = filter.place { tree.nodes[id] } else { nil } }

    private var path: [Model] {
        let home: Model = ["name": organisation, "href": "/people"]
        guard filter.place != .everywhere else { return [] }
        let above = chosen.map { tree.way(to: $0.id).dropLast() } ?? []
        return [home] + above.map { ["name": $0.name, "href": TreeModel.href($0)] }
    }

    private var title: Model {
        let name =
            switch filter.place {
            case .everywhere: text("people.title")
            case .without: text("people.structure.without")
            case .left: text("people.structure.left")
            case .archived: text("people.structure.archived")
            case .unit: chosen?.name ?? ""
            }
        return [
            "id": chosen?.id.text ?? "", "title": name, "count": text.number(count),
            "archived": chosen?.isArchived ?? false,
        ]
    }

    private func row(_ person: ListedPerson) -> Model {
        [
            "id": person.id.text, "href": "/people/\(person.id)",
            "name": words.name(person.name, of: person.id, to: viewer), "initials": person.name.monogram,
            "hue": Site.hue(of: person.id), "position": person.position,
            "unit": person.unit == chosen?.id && chosen != nil ? "" : person.unitPath,
            "roles": words.roles(person.roles),
            "access": words.access(person.access), "seen": person.seenAt.map(words.dates.short) ?? "—",
        ]
    }

    private func choices(_ kind: String, _ codes: [String], _ chosen: String?) -> [Model] {
        let all: Model = ["code": "", "name": text("people.filter.\(kind).any"), "selected": chosen == nil]
        return [all]
            + codes.map { code in
                let name = text(kind == "role" ? "people.role.\(code)" : "people.filter.state.\(code)")
                return ["code": code, "name": name, "selected": code == chosen]
            }
    }

    private func link(_ order: PeopleFilter.Order) -> String { address("/people", filter.fields(order: order)) }
    private func at(_ page: Int) -> String {
        address("/people", filter.fields() + [("page", page == 1 ? nil : String(page))])
    }
    private func order(_ up: PeopleFilter.Order, _ down: PeopleFilter.Order) -> String {
        filter.order == up ? "ascending" : filter.order == down ? "descending" : "none"
    }
}
