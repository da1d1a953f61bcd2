import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// The filter in words, and what else may be chosen.
struct FilterWords {
    /// «Период: 1–30 ноября», «Линия: 1С»: a line each.
    let lines: [String]
    let model: Model

    private struct Choice {
        let id: String, name: String
        var depth = 0

        func model(_ chosen: String?) -> Model {
            ["id": id, "name": String(repeating: "\u{A0}\u{A0}\u{A0}", count: depth) + name, "current": id == chosen]
        }
    }

    init(_ question: Question, _ words: ReportWords, _ tx: any ReadTransaction) throws {
        let filter = question.filter, organisation = question.viewer.organisation
        let all = try Lines.all(in: organisation, tx)
        let known = Self.reached(all, question.reach)
        let units = try Units.all(in: organisation, tx)
        let topics = try Self.topics(filter, of: known.map(\.id), tx)
        var people = question.reach.seesOthers ? try Lines.staff(ofAny: known.map(\.id), tx) : []
        if case .one(let id)? = filter.specialist, !people.contains(id) { people.append(id) }
        let names = try Names.shown(people + [filter.client].compactMap(\.self), to: question.viewer, words.text, tx)
        let without = Choice(id: "none", name: words("filter.none"))
        let groups: [(String, String?, [Choice])] = [
            ("line", filter.line?.text, known.map { Choice(id: $0.id.text, name: $0.staffName) }),
            (
                "topic", filter.topic?.text,
                topics.isEmpty && filter.topic == nil ? [] : Self.topics(topics) + [without]
            ),
            (
                "specialist", filter.specialist?.text,
                people.isEmpty
                    ? []
                    : people.compactMap { names[$0] }.sorted { $0.name < $1.name }.map {
                        Choice(id: $0.id.text, name: $0.name)
                    } + [without]
            ),
            (
                "unit", filter.unit?.text,
                units.isEmpty
                    ? [] : units.map { Choice(id: $0.id.text, name: $0.name, depth: $0.depth - 1) } + [without]
            ),
            (
                "origin", filter.origin?.rawValue,
                Request.Origin.allCases.map { Choice(id: $0.rawValue, name: words("origin.\($0.rawValue)")) }
            ),
        ]
        let chosen = groups.compactMap { name, id, choices -> String? in
            guard let id else { return nil }
            let label = choices.first { $0.id == id }?.name ?? words("filter.unknown")
            return words("filter.said", ["what": words("filter.\(name)"), "value": label])
        }
        let client = filter.client.map { names[$0]?.name ?? words("somebody") }
        lines =
            [words("filter.said", ["what": words("filter.period"), "value": words.period(question.period)])] + chosen
            + (client.map { [words("filter.said", ["what": words("filter.client"), "value": $0])] } ?? [])
        model = [
            "periods": Period.Preset.allCases.map {
                ["id": $0.rawValue, "name": words("period.\($0.rawValue)"), "current": $0 == filter.preset] as Model
            },
            "from": question.period.from.description, "until": question.period.until.description,
            "choices": groups.filter { !$0.2.isEmpty }.map { name, id, choices in
                [
                    "name": name, "label": words("filter.\(name)"), "any": words("filter.any.\(name)"),
                    "active": id != nil, "options": choices.map { $0.model(id) },
                ] as Model
            },
            "client": client.map { ["id": filter.client?.text ?? "", "name": $0] as Model } ?? false,
            "narrowed": filter.isNarrowed,
        ]
    }

    /// A manager of lines chooses among these; one of units among all.
    private static func reached(_ lines: [Line], _ reach: Reach) -> [Line] {
        guard case .managed(let managed, let units) = reach, units.isEmpty else { return lines }
        return lines.filter { managed.contains($0.id) }
    }

    /// Those of the chosen line, or of the line that the chosen topic belongs to.
    private static func topics(
        _ filter: Filter, of lines: [LineID], _ tx: any ReadTransaction
    ) throws -> [Topic] {
        if let line = filter.line { return lines.contains(line) ? try Lines.topics(of: line, tx) : [] }
        guard case .one(let topic)? = filter.topic else { return [] }
        return try Lines.topics(of: lines, tx).values.first { $0.contains { $0.id == topic } } ?? []
    }

    private static func topics(_ topics: [Topic]) -> [Choice] {
        var depths: [TopicID: Int] = [:]
        return topics.map { topic in
            depths[topic.id] = topic.parent.flatMap { depths[$0] }.map { $0 + 1 } ?? 0
            return Choice(id: topic.id.text, name: topic.name, depth: depths[topic.id] ?? 0)
        }
    }
}
