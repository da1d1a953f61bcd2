import Kernel
import Storage

/// How a period went, slot by slot, and when in the week requests come.
struct Course: Sendable, Equatable {
    struct Counts: Sendable, Equatable {
        var registered = 0, solved = 0, met = 0, late = 0
    }

    var slots: [Period.Slot]
    var counts: [Counts]
    /// Registered by weekday (Monday first) and hour of the local clock.
    var week = [[Int]](repeating: [Int](repeating: 0, count: 24), count: 7)

    static func read(_ question: Question, _ tx: any ReadTransaction) throws -> Course {
        let slots = question.period.slots
        var course = Course(slots: slots, counts: slots.map { _ in Counts() })
        var place: [Int64: Int] = [:]
        for (index, slot) in slots.enumerated() {
            for day in slot.from.daysSince1970...slot.until.daysSince1970 {
                for hour in slot.hour.map({ $0...$0 }) ?? 0...23 { place[Int64(day) * 24 + Int64(hour)] = index }
            }
        }
        for stretch in question.stretches {
            try tx.query(
                """
                SELECT \(stretch.hour(of: "fact.registered_at")), COUNT(*) FROM \(question.facts(.registered, in: stretch))
                GROUP BY 1
                """
            ) { row in
                let hour: Int64 = try row[0], times: Int = try row[1]
                let date = LocalDate(daysSince1970: Int(hour / 24))
                course.week[date.weekday - 1][Int(hour % 24)] += times
                if let slot = place[hour] { course.counts[slot].registered += times }
            }
            try tx.query(
                """
                SELECT \(stretch.hour(of: "fact.solved_at")), COUNT(*),
                    SUM(CASE WHEN fact.deadline_at IS NOT NULL AND fact.missed = 0 THEN 1 ELSE 0 END),
                    SUM(CASE WHEN fact.deadline_at IS NOT NULL AND fact.missed = 1 THEN 1 ELSE 0 END)
                FROM \(question.facts(.solved, in: stretch)) GROUP BY 1
                """
            ) { row in
                let hour: Int64 = try row[0]
                guard let slot = place[hour] else { return }
                course.counts[slot].solved += try row[1] as Int
                course.counts[slot].met += try row[2] as Int
                course.counts[slot].late += try row[3] as Int
            }
        }
        return course
    }
}
