import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// Figures told apart by one thing, each with the name it has and the filter that leads to it.
struct Cut: Sendable {
    struct Row: Sendable {
        let name: String
        var depth = 0
        let totals: Totals
        /// nil for a row that gathers what is not named.
        let filter: Filter?
    }

    let rows: [Row]
    let total: Totals

    /// Names of people are read for so many at most, unless the whole is wanted.
    static let named = 100

    static func read(
        by dimension: Dimension, _ question: Question, _ words: ReportWords, isWhole: Bool, _ tx: any ReadTransaction
    ) throws -> Cut {
        let found = try Totals.read(question, by: dimension, tx)
        let naming = Naming(found: found, filter: question.filter, words: words, isWhole: isWhole)
        let rows =
            switch dimension {
            case .line: try naming.lines(tx)
            case .topic: try naming.topics(tx)
            case .unit: try naming.units(tx)
            case .specialist: try naming.people(tx) { $0.specialist = $1.map { .one($0) } ?? Filter.Pick.none }
            case .client: try naming.people(tx) { $0.client = $1 }
            case .origin: naming.origins()
            }
        return Cut(rows: rows, total: Totals.sum(found.values))
    }
}

/// Names the keys of figures, in the order people expect.
private struct Naming {
    let found: [String: Totals]
    let filter: Filter
    let words: ReportWords
    let isWhole: Bool

    private func narrowed(_ change: (inout Filter) -> Void) -> Filter {
        var narrowed = filter
        change(&narrowed)
        return narrowed
    }

    func lines(_ tx: any ReadTransaction) throws -> [Cut.Row] {
        try Lines.all(in: words.viewer.organisation, tx).compactMap { line in
            found[line.id.text].map { totals in
                Cut.Row(name: line.staffName, totals: totals, filter: narrowed { $0.line = line.id })
            }
        }
    }

    /// Each line with its topics below it; a topic holds what is below it, as its filter does.
    func topics(_ tx: any ReadTransaction) throws -> [Cut.Row] {
        let lines = try Lines.all(in: words.viewer.organisation, tx)
        let trees = try Lines.topics(of: lines.map(\.id), tx)
        var rows: [Cut.Row] = []
        for line in lines {
            let topics = trees[line.id] ?? [], tree = topics.map { ($0.id.text, $0.parent?.text) }
            let sums = Self.summed(found, tree), above = Self.above(filter.topic?.text, tree)
            let without = found[line.id.text] ?? Totals()
            let whole = Totals.sum(topics.filter { $0.parent == nil }.compactMap { sums[$0.id.text] }) + without
            guard !whole.isEmpty else { continue }
            rows.append(Cut.Row(name: line.staffName, totals: whole, filter: narrowed { $0.line = line.id }))
            var depths: [TopicID: Int] = [:]
            for topic in topics {
                depths[topic.id] = (topic.parent.flatMap { depths[$0] } ?? 0) + 1
                guard let totals = sums[topic.id.text], !totals.isEmpty else { continue }
                let own = above.contains(topic.id.text) ? filter : narrowed { $0.topic = .one(topic.id) }
                rows.append(Cut.Row(name: topic.name, depth: depths[topic.id] ?? 1, totals: totals, filter: own))
            }
            guard !without.isEmpty, rows.last?.depth ?? 0 > 0 else { continue }
            let own = narrowed { ($0.line, $0.topic) = (line.id, Filter.Pick.none) }
            rows.append(Cut.Row(name: words("cut.no-topic"), depth: 1, totals: without, filter: own))
        }
        return rows
    }

    /// The tree of units; each holds what is below it.
    func units(_ tx: any ReadTransaction) throws -> [Cut.Row] {
        let units = try Units.all(in: words.viewer.organisation, tx)
        let tree = units.map { ($0.id.text, $0.parent?.text) }
        let sums = Self.summed(found, tree), above = Self.above(filter.unit?.text, tree)
        let rows = units.compactMap { unit -> Cut.Row? in
            guard let totals = sums[unit.id.text], !totals.isEmpty else { return nil }
            let own = above.contains(unit.id.text) ? filter : narrowed { $0.unit = .one(unit.id) }
            return Cut.Row(name: unit.name, depth: unit.depth - 1, totals: totals, filter: own)
        }
        return rows + without("cut.no-unit") { $0.unit = Filter.Pick.none }
    }

    /// By how much they had; those who are not named any more are gathered in one row.
    func people(_ tx: any ReadTransaction, _ choose: (inout Filter, PersonID?) -> Void) throws -> [Cut.Row] {
        let keys = found.filter { !$0.key.isEmpty }.sorted {
            ($0.value.registered, $0.value.solved, $1.key) > ($1.value.registered, $1.value.solved, $0.key)
        }.map { PersonID($0.key) }
        let named = isWhole ? keys : Array(keys.prefix(Cut.named))
        var names: [PersonID: ShownPerson] = [:]
        for start in stride(from: 0, to: named.count, by: 1000) {
            let portion = named[start..<min(start + 1000, named.count)]
            names.merge(try Names.shown(Array(portion), to: words.viewer, words.text, tx)) { $1 }
        }
        var rows = named.map { id in
            Cut.Row(
                name: names[id]?.name ?? words("somebody"), totals: found[id.text] ?? Totals(),
                filter: narrowed { choose(&$0, id) })
        }
        if keys.count > named.count {
            let rest = Totals.sum(keys.dropFirst(named.count).compactMap { found[$0.text] })
            rows.append(
                Cut.Row(
                    name: words.text("reports.cut.others", count: keys.count - named.count), totals: rest, filter: nil))
        }
        return rows + without("cut.no-specialist") { choose(&$0, nil) }
    }

    func origins() -> [Cut.Row] {
        Request.Origin.allCases.compactMap { origin in
            found[origin.rawValue].map { totals in
                Cut.Row(
                    name: words("origin.\(origin.rawValue)"), totals: totals, filter: narrowed { $0.origin = origin })
            }
        }
    }

    private func without(_ key: String, _ choose: (inout Filter) -> Void) -> [Cut.Row] {
        guard let totals = found[""], !totals.isEmpty else { return [] }
        return [Cut.Row(name: words(key), totals: totals, filter: narrowed(choose))]
    }

    /// What is above the node that the filter has chosen, and the node itself: under such a filter they all hold the same.
    private static func above(_ chosen: String?, _ tree: [(id: String, parent: String?)]) -> Set<String> {
        let parents = Dictionary(tree.map { ($0.id, $0.parent) }, uniquingKeysWith: { first, _ in first })
        var above: Set<String> = [], node = chosen
        while let id = node, parents[id] != nil, above.insert(id).inserted { node = parents[id] ?? nil }
        return above
    }

    /// Each node with all below it; parents come before children.
    private static func summed(_ own: [String: Totals], _ tree: [(id: String, parent: String?)]) -> [String: Totals] {
        var sums = own
        for node in tree.reversed() {
            guard let parent = node.parent, let totals = sums[node.id] else { continue }
            sums[parent] = (sums[parent] ?? Totals()) + totals
        }
        return sums
    }
}
