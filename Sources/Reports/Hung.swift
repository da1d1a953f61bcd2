import Storage

/// What is open at this moment, and how much of it hangs for which reason.
struct Hung: Sendable, Equatable {
    var open = 0
    var reasons: [Hanging: Int] = [:]
    var hanging: Int { reasons.values.reduce(0, +) }

    static func read(_ question: Question, _ tx: any ReadTransaction) throws -> Hung {
        var hung = Hung()
        try tx.query("SELECT \(Hanging.reason(at: question.now)), COUNT(*) FROM \(question.open()) GROUP BY 1") { row in
            let times: Int = try row[1]
            hung.open += times
            if let reason: Hanging = try row[0] { hung.reasons[reason, default: 0] += times }
        }
        return hung
    }
}
