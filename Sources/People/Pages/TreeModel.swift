import Kernel
import Web

/// The tree of units with the way to the chosen one open.
struct TreeModel {
    let model: Model

    static func href(_ node: UnitTree.Node) -> String {
        address("/people", PeopleFilter.Place.unit(node.id, deep: true).fields)
    }

    init(_ tree: UnitTree, _ place: PeopleFilter.Place, organisation: String, words: PeopleWords) {
        let text = words.text
        var chosen: UnitID?
        if case .unit(let id, _) = place { chosen = id }
        let open = Set(chosen.map { tree.way(to: $0).map(\.id) } ?? [])

        func node(_ unit: UnitTree.Node, archived: Bool) -> Model {
            let children = tree.children(of: unit.id).filter { $0.isArchived == archived }
            return [
                "id": unit.id.text, "name": unit.name, "kind": UnitKinds.word(unit.kind, text),
                "count": text.number(unit.deep),
                "href": Self.href(unit), "current": unit.id == chosen,
                "open": open.contains(unit.id) && unit.id != chosen,
                "branching": !children.isEmpty, "children": children.map { node($0, archived: archived) },
            ]
        }

        func aside(_ key: String, _ count: Int, _ other: PeopleFilter.Place) -> Model? {
            count == 0 && place != other
                ? nil
                : [
                    "name": text("people.structure.\(key)"), "count": text.number(count),
                    "href": address("/people", other.fields), "current": place == other,
                ]
        }

        let archived = tree.archivedTops
        var beside = [aside("without", tree.without, .without), aside("left", tree.left, .left)].compactMap(\.self)
        if !archived.isEmpty {
            beside.append([
                "name": text("people.structure.archived"), "count": text.number(tree.inArchived),
                "href": address("/people", PeopleFilter.Place.archived.fields), "current": place == .archived,
            ])
            // The archive opens when it or something in it was chosen.
            if place == .archived || chosen.flatMap({ tree.nodes[$0]?.isArchived }) == true {
                beside += archived.map { unit in
                    [
                        "name": "\u{A0}\u{A0}\u{A0}" + unit.name, "count": text.number(unit.deep),
                        "href": Self.href(unit),
                        "current": unit.id == chosen,
                    ]
                }
            }
        }
        model = [
            "root": [
                "name": organisation, "count": text.number(tree.everybody), "href": "/people",
                "current": place == .everywhere,
            ] as Model,
            "units": tree.children(of: nil).filter { !$0.isArchived }.map { node($0, archived: false) },
            "aside": beside, "no_units": tree.isEmpty,
        ]
    }
}

/// What units are called; a unit may also have a kind of its own making.
enum UnitKinds {
    static let codes = ["branch", "directorate", "department", "division", "service", "workshop", "group", "other"]

    static func word(_ code: String, _ text: Catalogue) -> String {
        codes.contains(code) ? text("people.unit.kind.\(code)").lowercased() : code
    }
}
