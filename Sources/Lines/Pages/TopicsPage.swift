import Kernel
import Storage
import Web

/// The tree of topics, edited in place.
struct TopicsPage {
    /// A form that was refused: of a known topic, or of a new one.
    struct Refused {
        var topic: TopicID?
        var name = "", planned = "", priority = "", parent: String = ""
        var faults: [String: any RoomError] = [:]
    }

    let model: Model
    let title: String

    init(_ line: Line, refused: Refused? = nil, _ workload: Workload, _ words: LineWords, _ tx: any ReadTransaction)
        throws
    {
        let text = words.text
        let topics = try Lines.topics(of: line.id, tx), open = try workload.ofTopics(line.id, tx)
        let counts = try Lines.counts(of: line.id, tx)
        let tree = TopicTree(topics: topics)
        let new = refused.flatMap { $0.topic == nil ? $0 : nil }
        model = words.head(line, tab: "topics", topics: counts.topics, staff: counts.staff).merging([
            "any": !topics.isEmpty, "editing": refused?.topic?.text ?? "",
            "topics": topics.map { topic in
                Self.row(
                    topic, on: line, level: tree.depth(of: topic.id) - 1, open: open[topic.id] ?? 0,
                    refused: refused.flatMap { $0.topic == topic.id ? $0 : nil }, words
                ).merging(Self.steps(of: topic, among: topics)) { $1 }
            },
            "movable": topics.filter { !$0.isArchived }.count > 1,
            "places": topics.filter { !$0.isArchived }.map { topic -> Model in
                let indent = String(repeating: "\u{A0}\u{A0}\u{A0}", count: tree.depth(of: topic.id) - 1)
                return ["id": topic.id.text, "label": indent + topic.name]
            },
            "created": ["name": new?.name ?? "", "planned": new?.planned ?? "", "parent": new?.parent ?? ""] as Model,
            "errors": (new?.faults ?? [:]).mapValues { text($0.key, $0.details) } as Model,
            "parents": topics.filter { !$0.isArchived && tree.depth(of: $0.id) < TopicTree.deepest }.map {
                topic -> Model in
                let indent = String(repeating: "\u{A0}\u{A0}\u{A0}", count: tree.depth(of: topic.id) - 1)
                return ["id": topic.id.text, "label": indent + topic.name, "selected": topic.id.text == new?.parent]
            },
            "new_priorities": Self.priorities(Priority(rawValue: new?.priority ?? "") ?? .normal, words),
        ]) { $1 }
        title = line.clientName
    }

    private static func row(
        _ topic: Topic, on line: Line, level: Int, open: Int, refused: Refused?, _ words: LineWords
    ) -> Model {
        let isOfParent = topic.ownPlanned == nil && topic.planned != nil
        let time = words.dates.labour(topic.planned ?? line.planned)
        let error = refused?.faults.values.first.map { words.text($0.key, $0.details) } ?? ""
        let priority = refused.flatMap { Priority(rawValue: $0.priority) } ?? topic.priority ?? .normal
        return [
            "id": topic.id.text, "name": refused?.name ?? topic.name, "level": level, "indented": level > 0,
            "planned": refused?.planned ?? topic.ownPlanned.map { words.dates.labour($0) } ?? "",
            "inherited": words.text("lines.topic.planned.\(isOfParent ? "parent" : "inherited")", ["time": time]),
            "priorities": priorities(priority, words), "archived": topic.isArchived,
            "open": open > 0 ? words.text("lines.staff.open", count: open) : "", "error": error,
        ]
    }

    /// Where one step up and one down among its siblings lead: before which of them, «last» for the end.
    private static func steps(of topic: Topic, among topics: [Topic]) -> Model {
        let siblings = topics.filter { $0.parent == topic.parent && !$0.isArchived }
        guard !topic.isArchived, let place = siblings.firstIndex(where: { $0.id == topic.id }) else {
            return ["up": false, "down": false]
        }
        let parent = topic.parent?.text ?? ""
        let up: Model = place > 0 ? ["before": siblings[place - 1].id.text, "parent": parent] : [:]
        let down: Model =
            place + 1 < siblings.count
            ? ["before": place + 2 < siblings.count ? siblings[place + 2].id.text : "", "parent": parent] : [:]
        return [
            "up": up.isEmpty ? false : up as any Sendable, "down": down.isEmpty ? false : down as any Sendable,
        ]
    }

    private static func priorities(_ chosen: Priority, _ words: LineWords) -> [Model] {
        Priority.allCases.map { ["code": $0.rawValue, "name": words.priority($0), "selected": $0 == chosen] }
    }
}
