import Kernel

/// The columns that reports tell totals by. A count leads to the list of what it counts, narrowed by its row.
enum TotalsColumn: Sendable {
    case registered, working, cancelled, solved, due, met, late, metShare
    case answerMedian, answerNinth, solutionMedian, solutionNinth, answered, answerLate
    case planned, plan, plannedFact, difference, over, fact
    case rated, rating, stars(Int)

    var key: String {
        switch self {
        case .stars(let stars): "column.stars-\(stars)"
        default: "column.\(self)"
        }
    }

    var kind: Report.Kind {
        switch self {
        case .metShare: .share
        case .answerMedian, .answerNinth, .solutionMedian, .solutionNinth, .plan, .plannedFact, .difference, .fact:
            .minutes
        case .rating: .decimal
        default: .count
        }
    }

    func cell(_ totals: Totals, _ filter: Filter?) -> Report.Cell {
        func count(_ count: Int, _ kind: Drill.Kind) -> Report.Cell { .count(count, filter.map { Drill(kind, $0) }) }
        switch self {
        case .registered: return count(totals.registered, .registered)
        case .working: return count(totals.working, .working)
        case .cancelled: return count(totals.cancelled, .cancelled)
        case .solved: return count(totals.solved, .solved)
        case .due: return .count(totals.due)
        case .met: return count(totals.met, .met)
        case .late: return count(totals.late, .late)
        case .metShare: return .share(totals.met, of: totals.due)
        case .answered: return count(totals.answers.count, .answered)
        case .answerLate: return count(totals.answersLate, .answerLate)
        case .answerMedian: return .minutes(totals.answers.median)
        case .answerNinth: return .minutes(totals.answers.percentile(90))
        case .solutionMedian: return .minutes(totals.solutions.median)
        case .solutionNinth: return .minutes(totals.solutions.percentile(90))
        case .planned: return count(totals.planned, .planned)
        case .plan: return .minutes(totals.planned > 0 ? totals.plan : nil)
        case .plannedFact: return .minutes(totals.planned > 0 ? totals.plannedFact : nil)
        case .difference: return .minutes(totals.planned > 0 ? totals.plannedFact - totals.plan : nil)
        case .over: return count(totals.over, .over)
        case .fact: return .minutes(totals.fact)
        case .rated: return count(totals.rated, .rated)
        case .rating: return .decimal(totals.rating)
        case .stars(let stars):
            var drill = filter.map { Drill(.rated, $0) }
            drill?.rating = stars
            return .count(totals.stars[stars - 1], drill)
        }
    }
}

extension Cut {
    /// The table of this cut with a row of totals.
    func table(_ title: String, _ columns: [TotalsColumn], _ question: Question, _ words: ReportWords) -> Report.Table {
        Report.Table(
            columns: [.init(title: title, kind: .text)] + columns.map { .init(title: words($0.key), kind: $0.kind) },
            rows: rows.map { row in
                .init(cells: [.text(row.name)] + columns.map { $0.cell(row.totals, row.filter) }, depth: row.depth)
            },
            total: [.text(words("total"))] + columns.map { $0.cell(total, question.filter) })
    }

    /// Lying bars of the largest, the roots of trees only.
    func strips(
        _ words: ReportWords, atMost limit: Int = 12, fill: Chart.Fill = .plain, kind: Drill.Kind? = nil,
        _ value: (Totals) -> Int?, _ shown: (Totals) -> String
    ) -> Chart {
        let top = rows.filter { $0.depth == 0 && (value($0.totals) ?? 0) > 0 }
            .sorted { (value($0.totals) ?? 0) > (value($1.totals) ?? 0) }.prefix(limit)
        return .strips(
            Chart.Strips(
                strips: top.map { row in
                    let drill = kind.flatMap { kind in row.filter.map { Drill(kind, $0) } }
                    return .init(
                        name: row.name, words: shown(row.totals), value: value(row.totals) ?? 0, drill: drill)
                }, fill: fill))
    }
}
