package import Kernel

package typealias NormID = ID<Norm>

/// Within how much working time a request of a line is to be answered and solved, for all of them or for some.
package struct Norm: Sendable, Equatable {
    package var id: NormID
    /// For whom it is; nil does not narrow. A topic and a unit are meant with all below them.
    package var topic: TopicID?
    package var priority: Priority?
    package var unit: UnitID?
    package var answer: Minutes?
    package var solution: Minutes?

    package init(
        id: NormID, topic: TopicID? = nil, priority: Priority? = nil, unit: UnitID? = nil, answer: Minutes? = nil,
        solution: Minutes? = nil
    ) {
        (self.id, self.topic, self.priority, self.unit) = (id, topic, priority, unit)
        (self.answer, self.solution) = (answer, solution)
    }
}

/// Which norm holds for a request: a function of values. The one with more conditions wins; of two with as many, the one that names
/// the closer unit, then the closer topic, then a priority.
package enum NormRule {
    /// What norms look at in a request.
    package struct Case: Sendable, Equatable {
        /// From the top of the tree down to the request's own topic, and the client's own unit.
        package let topics: [TopicID], units: [UnitID]
        package let priority: Priority

        package init(topics: [TopicID] = [], units: [UnitID] = [], priority: Priority = .normal) {
            (self.topics, self.units, self.priority) = (topics, units, priority)
        }
    }

    /// Answer and solution are looked for apart: a norm that says only one of them leaves the other to a wider norm.
    package static func answer(_ norms: [Norm], _ request: Case) -> Norm? {
        best(norms.filter { $0.answer != nil }, request)
    }
    package static func solution(_ norms: [Norm], _ request: Case) -> Norm? {
        best(norms.filter { $0.solution != nil }, request)
    }

    private static func best(_ norms: [Norm], _ request: Case) -> Norm? {
        let ranked = norms.compactMap { norm in rank(norm, request).map { (norm: norm, rank: $0) } }
        return ranked.max { $0.rank.lexicographicallyPrecedes($1.rank) }?.norm
    }

    /// nil: the norm does not concern this request.
    private static func rank(_ norm: Norm, _ request: Case) -> [Int]? {
        var unit = 0, topic = 0
        if let wanted = norm.unit {
            guard let depth = request.units.firstIndex(of: wanted) else { return nil }
            unit = depth + 1
        }
        if let wanted = norm.topic {
            guard let depth = request.topics.firstIndex(of: wanted) else { return nil }
            topic = depth + 1
        }
        if let wanted = norm.priority, wanted != request.priority { return nil }
        let priority = norm.priority == nil ? 0 : 1
        return [min(1, unit) + min(1, topic) + priority, unit, topic, priority]
    }
}
