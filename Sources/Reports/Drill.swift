import Kernel
import Requests
import Storage
import Web

/// The requests behind one number: the filter of the report and what the number counts. It stands in the address.
struct Drill: Sendable, Equatable {
    enum Kind: String, CaseIterable, Sendable {
        case registered, answered, answerLate, working, confirming, closed, cancelled
        case solved, met, late, undated, planned, over, reopened
        case rated
        /// Open now; open now and hanging.
        case open, hung
        /// With labour time in the period.
        case labour
    }

    var filter: Filter
    var kind: Kind
    var rating: Int?
    var reason: Hanging?
    /// 1 is Monday.
    var weekday: Int?
    var hour: Int?
    /// Which of `Spread.classes` the first answer, or the solution, is in.
    var speed: Int?

    init(_ kind: Kind, _ filter: Filter) { (self.kind, self.filter) = (kind, filter) }

    /// nil for an address that names nothing countable.
    init?(_ form: Form) {
        guard let kind = form.raw("what").flatMap(Kind.init(rawValue:)) else { return nil }
        self.kind = kind
        filter = Filter(form)
        func number(_ name: String, in range: ClosedRange<Int>) -> Int? {
            form.raw(name).flatMap(Int.init).flatMap { range.contains($0) ? $0 : nil }
        }
        rating = number("rating", in: 1...5)
        reason = form.raw("reason").flatMap(Hanging.init(rawValue:))
        weekday = number("weekday", in: 1...7)
        hour = number("hour", in: 0...23)
        speed = number("speed", in: 0...(Spread.classes.count - 1))
    }

    var query: String {
        let fields: [(String, String?)] = [
            ("what", kind.rawValue), ("rating", rating.map { String($0) }), ("reason", reason?.rawValue),
            ("weekday", weekday.map { String($0) }), ("hour", hour.map { String($0) }),
            ("speed", speed.map { String($0) }),
        ]
        return (fields.compactMap { name, value in value.map { "\(name)=\($0)" } } + [filter.query])
            .joined(separator: "&")
    }

    var href: String { "/reports/requests?\(query)" }

    private var cohort: Question.Cohort? {
        switch kind {
        case .registered, .answered, .answerLate, .working, .confirming, .closed, .cancelled: .registered
        case .solved, .met, .late, .undated, .planned, .over, .reopened: .solved
        case .rated: .rated
        case .open, .hung, .labour: nil
        }
    }

    /// What the list is ordered by, newest first.
    var moment: SQL { cohort?.moment ?? "fact.registered_at" }

    /// «request_fact AS fact WHERE …»
    func facts(_ question: Question) -> SQL {
        if kind == .labour { return labour(question) }
        guard let cohort else {
            let hangs: SQL =
                if let reason { "\(Hanging.reason(at: question.now)) = \(reason.rawValue)" } else {
                    "\(Hanging.reason(at: question.now)) IS NOT NULL"
                }
            return kind == .hung ? "\(question.open()) AND \(hangs)" : question.open()
        }
        var parts = [question.facts(cohort), condition]
        if let rating { parts.append("fact.rating = \(rating)") }
        if let speed {
            let minutes: SQL = cohort == .solved ? "fact.solve_minutes" : "fact.answer_minutes"
            let range = Spread.classes[speed]
            parts.append("\(minutes) >= \(range.lowerBound) AND \(minutes) < \(range.upperBound)")
        }
        if weekday != nil || hour != nil { parts.append(clock(question, cohort.moment)) }
        return SQL.joined(parts, by: " AND ")
    }

    private var condition: SQL {
        switch kind {
        case .answered: "fact.answer_minutes IS NOT NULL"
        case .answerLate: "fact.answer_missed = 1"
        case .working: "fact.state IN ('new', 'working', 'waiting')"
        case .confirming: "fact.state = 'solved'"
        case .closed: "fact.state = 'closed'"
        case .cancelled: "fact.state = 'cancelled'"
        case .met: "fact.deadline_at IS NOT NULL AND fact.missed = 0"
        case .late: "fact.deadline_at IS NOT NULL AND fact.missed = 1"
        case .undated: "fact.deadline_at IS NULL"
        case .planned: "fact.plan_minutes IS NOT NULL"
        case .over: "fact.fact_minutes > fact.plan_minutes"
        case .reopened: "fact.reopened > 0"
        case .rated: "fact.rating IS NOT NULL"
        case .registered, .solved, .open, .hung, .labour: "1 = 1"
        }
    }

    private func clock(_ question: Question, _ moment: SQL) -> SQL {
        let ways = question.stretches.map { stretch -> SQL in
            let local = stretch.hour(of: moment)
            var parts: [SQL] = ["\(moment) >= \(stretch.from) AND \(moment) < \(stretch.until)"]
            if let hour { parts.append("(\(local)) % 24 = \(hour)") }
            // The first of January 1970 was a Thursday.
            if let weekday { parts.append("((\(local)) / 24 + 3) % 7 = \(weekday - 1)") }
            return "(\(SQL.joined(parts, by: " AND ")))"
        }
        return "(\(SQL.joined(ways, by: " OR ")))"
    }

    private func labour(_ question: Question) -> SQL {
        """
        request_fact AS fact WHERE fact.organisation_id = \(question.viewer.organisation) AND EXISTS (
            SELECT 1 FROM labour_fact AS labour WHERE labour.request_id = fact.request_id
                AND labour.at >= \(question.from) AND labour.at < \(question.until)
                AND \(question.reach.condition(person: "labour.person_id"))
                AND \(question.filter.condition(person: "labour.person_id")))
        """
    }
}
