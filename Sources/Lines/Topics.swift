import EventLog
package import Kernel
import Storage
import Web

/// What an administrator says of a topic.
package struct TopicDetails: Sendable, Equatable {
    package var name: String
    package var planned: Minutes?
    package var priority: Priority?

    package init(name: String, planned: Minutes? = nil, priority: Priority? = nil) {
        (self.name, self.planned, self.priority) = (name, planned, priority)
    }

    init(_ topic: Topic) { self.init(name: topic.name, planned: topic.ownPlanned, priority: topic.ownPriority) }

    func check() throws(LineError) {
        guard let planned else { return }
        guard planned.count > 0, planned <= LineDetails.longestPlanned else { throw .plannedWrong }
    }
}

/// The topics of one line as a tree of values. Archived ones are in it: a topic moves with all that is below.
struct TopicTree {
    static let deepest = 6

    let topics: [Topic]

    func topic(_ id: TopicID) throws(LineError) -> Topic {
        guard let topic = topics.first(where: { $0.id == id }) else { throw .topicNotFound }
        return topic
    }

    /// The topic and everything below it.
    func subtree(of id: TopicID) -> [Topic] {
        let children = Dictionary(grouping: topics, by: \.parent)
        func below(_ topic: Topic) -> [Topic] { [topic] + children[topic.id, default: []].flatMap(below) }
        return topics.filter { $0.id == id }.flatMap(below)
    }

    /// 1 at the top of the tree.
    func depth(of id: TopicID?) -> Int {
        guard let id, let topic = topics.first(where: { $0.id == id }) else { return 0 }
        return depth(of: topic.parent) + 1
    }

    func height(of id: TopicID) -> Int { (subtree(of: id).map { depth(of: $0.id) }.max() ?? 0) - depth(of: id) + 1 }

    /// Whether a new topic of this name may stand here.
    func checkPlace(of name: String, under parent: TopicID?, besides id: TopicID? = nil) throws(LineError) {
        if let parent {
            guard let found = topics.first(where: { $0.id == parent }), !found.isArchived else { throw .parentUnknown }
            if let id, subtree(of: id).contains(where: { $0.id == parent }) { throw .topicInItself }
        }
        guard depth(of: parent) + (id.map(height) ?? 1) <= Self.deepest else { throw .topicTooDeep }
        let folded = Text.folded(name)
        let taken = topics.contains {
            $0.parent == parent && $0.id != id && !$0.isArchived && Text.folded($0.name) == folded
        }
        if taken { throw .topicNameTaken }
    }

    /// The order of the children of a parent with a topic put before another, or last.
    func order(of id: TopicID, under parent: TopicID?, before next: TopicID?) -> [TopicID] {
        var siblings = topics.filter { $0.parent == parent && $0.id != id }.map(\.id)
        siblings.insert(id, at: next.flatMap(siblings.firstIndex) ?? siblings.endIndex)
        return siblings
    }
}

extension LinesRoom {
    @discardableResult
    package func addTopic(
        _ details: TopicDetails, under parent: TopicID? = nil, on line: LineID, by viewer: Viewer
    ) async throws -> TopicID {
        try details.check()
        let id = TopicID.new(at: site.now())
        try await change(line, by: viewer) { line, now, tx in
            try Lines.tree(of: line.id, tx).checkPlace(of: details.name, under: parent)
            try tx.run(
                """
                INSERT INTO topic (id, organisation_id, line_id, parent_id, name, planned_minutes, priority, sort)
                VALUES (\(id), \(line.organisation), \(line.id), \(parent), \(details.name), \(details.planned),
                    \(details.priority), (SELECT COALESCE(MAX(sort), 0) + 1 FROM topic WHERE line_id = \(line.id)))
                """)
            return try EventLog.append(
                .topicAdded, by: viewer.person, at: now, subject: line.id.text,
                data: ["topic": id.text, "parent": parent?.text], in: tx)
        }
        return id
    }

    package func changeTopic(
        _ id: TopicID, to details: TopicDetails, on line: LineID, by viewer: Viewer
    ) async throws {
        try details.check()
        try await change(line, by: viewer) { line, now, tx in
            let tree = try Lines.tree(of: line.id, tx), topic = try tree.topic(id), before = TopicDetails(topic)
            guard before != details else { return nil }
            try tree.checkPlace(of: details.name, under: topic.parent, besides: id)
            try tx.run(
                """
                UPDATE topic SET name = \(details.name), planned_minutes = \(details.planned),
                    priority = \(details.priority) WHERE id = \(id)
                """)
            let fields = [
                ("name", before.name == details.name), ("planned", before.planned == details.planned),
                ("priority", before.priority == details.priority),
            ].filter { !$0.1 }.map(\.0)
            return try EventLog.append(
                .topicChanged, by: viewer.person, at: now, subject: line.id.text,
                data: ["topic": id.text, "fields": fields.joined(separator: ",")], in: tx)
        }
    }

    /// Puts a topic, with all below it, under another parent of the same line, before a sibling or last.
    package func moveTopic(
        _ id: TopicID, under parent: TopicID?, before next: TopicID? = nil, on line: LineID, by viewer: Viewer
    ) async throws {
        try await change(line, by: viewer) { line, now, tx in
            let tree = try Lines.tree(of: line.id, tx), topic = try tree.topic(id)
            try tree.checkPlace(of: topic.name, under: parent, besides: id)
            let order = tree.order(of: id, under: parent, before: next)
            if topic.parent == parent, order == tree.topics.filter({ $0.parent == parent }).map(\.id) { return nil }
            try tx.run("UPDATE topic SET parent_id = \(parent) WHERE id = \(id)")
            for (place, sibling) in order.enumerated() {
                try tx.run("UPDATE topic SET sort = \(place + 1) WHERE id = \(sibling)")
            }
            return try EventLog.append(
                .topicMoved, by: viewer.person, at: now, subject: line.id.text,
                data: ["topic": id.text, "from": topic.parent?.text, "to": parent?.text], in: tx)
        }
    }

    /// Takes a topic and all below it out of choice. Requests keep it.
    package func archiveTopic(_ id: TopicID, on line: LineID, by viewer: Viewer) async throws {
        try await change(line, by: viewer) { line, now, tx in
            let tree = try Lines.tree(of: line.id, tx)
            guard try !tree.topic(id).isArchived else { return nil }
            let ids = tree.subtree(of: id).filter { !$0.isArchived }.map(\.id)
            try tx.run("UPDATE topic SET archived_at = \(now) WHERE id IN (\(ids))")
            return try EventLog.append(
                .topicArchived, by: viewer.person, at: now, subject: line.id.text, data: ["topic": id.text], in: tx)
        }
    }

    /// Brings a topic back, with the topics above it that were archived meanwhile.
    package func restoreTopic(_ id: TopicID, on line: LineID, by viewer: Viewer) async throws {
        try await change(line, by: viewer) { line, now, tx in
            let tree = try Lines.tree(of: line.id, tx), topic = try tree.topic(id)
            guard topic.isArchived else { return nil }
            var ids = [id], above = topic.parent
            while let next = above {
                ids.append(next)
                above = try tree.topic(next).parent
            }
            let folded = Text.folded(topic.name)
            guard
                !tree.topics.contains(where: {
                    $0.parent == topic.parent && !$0.isArchived && Text.folded($0.name) == folded
                })
            else { throw LineError.topicNameTaken }
            try tx.run("UPDATE topic SET archived_at = NULL WHERE id IN (\(ids))")
            return try EventLog.append(
                .topicRestored, by: viewer.person, at: now, subject: line.id.text, data: ["topic": id.text], in: tx)
        }
    }
}

extension Lines {
    /// The line that a topic belongs to; nil for a topic that the organisation does not have.
    static func line(
        ofTopic id: TopicID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> LineID? {
        try tx.value("SELECT line_id FROM topic WHERE id = \(id) AND organisation_id = \(organisation)")
    }

    /// Every topic of a line, archived ones too, each level in its own order.
    static func tree(of line: LineID, _ tx: any ReadTransaction) throws -> TopicTree {
        TopicTree(topics: try tx.all("\(topicColumns) WHERE line_id = \(line) ORDER BY sort, id", Topic.init))
    }
}
