import EventLog
package import Kernel
import People
package import Storage

/// Norms of a line, dated: one that is replaced ends, and what was promised by it stays.
extension LinesRoom {
    /// Sets what holds for these conditions from now on.
    package func setNorm(_ norm: Norm, on line: LineID, by viewer: Viewer) async throws {
        guard norm.answer != nil || norm.solution != nil else { throw LineError.normEmpty }
        for minutes in [norm.answer, norm.solution].compactMap(\.self) {
            guard minutes.count > 0, minutes <= LineDetails.longestPlanned else { throw LineError.normWrong }
        }
        try await change(line, by: viewer) { line, now, tx in
            if let topic = norm.topic, try Lines.topic(topic, on: line.id, tx)?.isArchived ?? true {
                throw LineError.parentUnknown
            }
            if let unit = norm.unit, try Units.find(unit, in: line.organisation, tx) == nil {
                throw LineError.unitUnknown
            }
            let before = try Lines.norms(of: line.id, tx).first { known in
                known.topic == norm.topic && known.priority == norm.priority && known.unit == norm.unit
            }
            if let before {
                guard before.answer != norm.answer || before.solution != norm.solution else { return nil }
                try tx.run("UPDATE norm SET until_at = \(now) WHERE id = \(before.id)")
            }
            try tx.run(
                """
                INSERT INTO norm (id, organisation_id, line_id, topic_id, priority, unit_id, answer_minutes, solve_minutes,
                    from_at, by_id)
                VALUES (\(NormID.new(at: now)), \(line.organisation), \(line.id), \(norm.topic), \(norm.priority),
                    \(norm.unit), \(norm.answer), \(norm.solution), \(now), \(viewer.person))
                """)
            return try EventLog.append(
                .normSet, by: viewer.person, at: now, subject: line.id.text, data: Self.data(norm), in: tx)
        }
    }

    package func endNorm(_ id: NormID, on line: LineID, by viewer: Viewer) async throws {
        try await change(line, by: viewer) { line, now, tx in
            guard let norm = try Lines.norms(of: line.id, tx).first(where: { $0.id == id }) else {
                throw LineError.normUnknown
            }
            try tx.run("UPDATE norm SET until_at = \(now) WHERE id = \(id)")
            return try EventLog.append(
                .normEnded, by: viewer.person, at: now, subject: line.id.text, data: Self.data(norm), in: tx)
        }
    }

    private static func data(_ norm: Norm) -> EventData {
        [
            "topic": norm.topic?.text, "priority": norm.priority?.rawValue, "unit": norm.unit?.text,
            "answer": norm.answer.map { String($0.count) }, "minutes": norm.solution.map { String($0.count) },
        ]
    }
}

extension Lines {
    /// The norms of a line that hold now, the widest first.
    package static func norms(of line: LineID, _ tx: any ReadTransaction) throws -> [Norm] {
        try tx.all(
            """
            SELECT id, topic_id, priority, unit_id, answer_minutes, solve_minutes FROM norm
            WHERE line_id = \(line) AND until_at IS NULL
            ORDER BY CASE WHEN topic_id IS NULL AND priority IS NULL AND unit_id IS NULL THEN 0 ELSE 1 END, from_at, id
            """
        ) { row in
            try Norm(
                id: row[0], topic: row[1], priority: row[2], unit: row[3], answer: row[4], solution: row[5])
        }
    }

    /// What norms of a line say of such a request: minutes of working time to the first answer and to the solution.
    /// - Returns: nil where no norm says anything.
    package static func norm(
        on line: LineID, topic: TopicID?, priority: Priority, unit: UnitID?, _ tx: any ReadTransaction
    ) throws -> (answer: Minutes?, solution: Minutes?) {
        let norms = try norms(of: line, tx)
        guard !norms.isEmpty else { return (nil, nil) }
        let topics = try norms.contains { $0.topic != nil } ? topic.map { try path(of: $0, tx) } ?? [] : []
        let units = try norms.contains { $0.unit != nil } ? unit.map { try Units.ancestors($0, tx) } ?? [] : []
        let request = NormRule.Case(topics: topics, units: units, priority: priority)
        return (NormRule.answer(norms, request)?.answer, NormRule.solution(norms, request)?.solution)
    }

    /// From the top of the tree down to the topic.
    static func path(of topic: TopicID, _ tx: any ReadTransaction) throws -> [TopicID] {
        try tx.all(
            """
            WITH RECURSIVE above AS (
                SELECT id, parent_id, 0 AS steps FROM topic WHERE id = \(topic)
                UNION ALL SELECT topic.id, topic.parent_id, above.steps + 1 FROM topic
                    JOIN above ON topic.id = above.parent_id)
            SELECT id FROM above ORDER BY steps DESC
            """
        ) { row in try row[0] }
    }
}
