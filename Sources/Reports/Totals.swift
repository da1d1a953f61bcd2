import Kernel
import Storage

/// The figures of some requests. Those of any union are the sum.
struct Totals: Sendable, Equatable {
    // Of those registered in the period, by what they are now.
    var registered = 0, working = 0, confirming = 0, closed = 0, cancelled = 0
    /// Working minutes to the first answer, of those that have one.
    var answers = Spread()
    /// First answers that did not come in time, those that have not come yet too.
    var answersLate = 0
    // Of those solved in the period.
    var solved = 0, met = 0, late = 0, reopened = 0
    var solutions = Spread()
    /// Labour: of all solved, and of those with a plan.
    var fact = 0, planned = 0, plan = 0, plannedFact = 0, over = 0
    // Of those rated in the period: how many gave 1, 2, … 5.
    var stars = [0, 0, 0, 0, 0]

    var due: Int { met + late }
    var rated: Int { stars.reduce(0, +) }
    var rating: Double? {
        guard rated > 0 else { return nil }
        return Double(stars.enumerated().reduce(0) { $0 + ($1.offset + 1) * $1.element }) / Double(rated)
    }
    var isEmpty: Bool { registered == 0 && solved == 0 && rated == 0 }

    static func + (left: Totals, right: Totals) -> Totals {
        var sum = left
        sum.registered += right.registered
        sum.working += right.working
        sum.confirming += right.confirming
        sum.closed += right.closed
        sum.cancelled += right.cancelled
        sum.answers = left.answers + right.answers
        sum.answersLate += right.answersLate
        sum.solved += right.solved
        sum.met += right.met
        sum.late += right.late
        sum.reopened += right.reopened
        sum.solutions = left.solutions + right.solutions
        sum.fact += right.fact
        sum.planned += right.planned
        sum.plan += right.plan
        sum.plannedFact += right.plannedFact
        sum.over += right.over
        sum.stars = zip(left.stars, right.stars).map(+)
        return sum
    }
}

/// What figures are told apart by.
enum Dimension: String, CaseIterable, Sendable {
    case line, topic, unit, specialist, client, origin

    var column: SQL {
        switch self {
        case .line: "fact.line_id"
        // Those without a topic are told apart by their line.
        case .topic: "COALESCE(fact.topic_id, fact.line_id)"
        case .unit: "fact.unit_id"
        case .specialist: "fact.assignee_id"
        case .client: "fact.client_id"
        case .origin: "fact.origin"
        }
    }
}

extension Totals {
    /// The figures of each line, topic, … in three statements. The key is empty for requests without any.
    static func read(
        _ question: Question, by dimension: Dimension, _ tx: any ReadTransaction
    ) throws -> [String: Totals] {
        var found: [String: Totals] = [:]
        let key: SQL = "COALESCE(\(dimension.column), '')"
        try tx.query(
            """
            SELECT \(key), fact.state, fact.answer_minutes, COUNT(*), SUM(fact.answer_missed) FROM \(question.facts(.registered)) GROUP BY 1, 2, 3
            """
        ) { row in
            try found[row[0], default: Totals()].addRegistered(row[1], answer: row[2], times: row[3])
            try found[row[0], default: Totals()].answersLate += row[4] as Int
        }
        try tx.query(
            """
            SELECT \(key), fact.solve_minutes, COUNT(*), SUM(CASE WHEN fact.deadline_at IS NULL THEN 0 ELSE 1 END),
                SUM(CASE WHEN fact.deadline_at IS NOT NULL AND fact.missed = 1 THEN 1 ELSE 0 END),
                SUM(CASE WHEN fact.reopened > 0 THEN 1 ELSE 0 END), SUM(fact.fact_minutes),
                SUM(CASE WHEN fact.plan_minutes IS NULL THEN 0 ELSE 1 END), SUM(COALESCE(fact.plan_minutes, 0)),
                SUM(CASE WHEN fact.plan_minutes IS NULL THEN 0 ELSE fact.fact_minutes END),
                SUM(CASE WHEN fact.fact_minutes > fact.plan_minutes THEN 1 ELSE 0 END)
            FROM \(question.facts(.solved)) GROUP BY 1, 2
            """
        ) { row in try found[row[0], default: Totals()].addSolved(row) }
        try tx.query(
            """
            SELECT \(key), fact.rating, COUNT(*) FROM \(question.facts(.rated)) AND fact.rating IS NOT NULL GROUP BY 1, 2
            """
        ) { row in
            let stars: Int = try row[1]
            if (1...5).contains(stars) { try found[row[0], default: Totals()].stars[stars - 1] += row[2] as Int }
        }
        return found
    }

    private mutating func addRegistered(_ state: String, answer: Int?, times: Int) {
        registered += times
        switch state {
        case "solved": confirming += times
        case "closed": closed += times
        case "cancelled": cancelled += times
        default: working += times
        }
        if let answer { answers.add(answer, times: times) }
    }

    private mutating func addSolved(_ row: Row) throws {
        let times: Int = try row[2], due: Int = try row[3], late: Int = try row[4]
        solved += times
        self.late += late
        met += due - late
        if let minutes: Int = try row[1] { solutions.add(minutes, times: times) }
        reopened += try row[5] as Int
        fact += try row[6] as Int
        planned += try row[7] as Int
        plan += try row[8] as Int
        plannedFact += try row[9] as Int
        over += try row[10] as Int
    }

    static func sum(_ all: some Sequence<Totals>) -> Totals { all.reduce(Totals(), +) }
}
