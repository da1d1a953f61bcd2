import Kernel
import Storage
import Web

/// All figures by line, topic, unit, specialist, client or origin.
extension Report {
    static func cuts(
        by dimension: Dimension, _ question: Question, _ words: ReportWords, isWhole: Bool, _ tx: any ReadTransaction
    ) throws -> Report {
        let cut = try Cut.read(by: dimension, question, words, isWhole: isWhole, tx)
        let columns: [TotalsColumn] = [
            .registered, .working, .solved, .late, .metShare, .answerMedian, .solutionMedian, .fact, .rated, .rating,
        ]
        var table = cut.table(words("column.\(dimension.rawValue)"), columns, question, words)
        table.shown = 200
        return Report(
            parts: [
                Part(
                    title: words("by.\(dimension.rawValue)"), note: words("cuts.note"),
                    chart: cut.strips(words, kind: .registered, { $0.registered }) {
                        words.text.number($0.registered)
                    },
                    table: table)
            ])
    }

    static func read(
        _ address: ReportAddress, _ question: Question, _ words: ReportWords, isWhole: Bool = false,
        _ tx: any ReadTransaction
    ) throws -> Report {
        switch address.kind {
        case .work: try work(question, words, tx)
        case .deadlines: try deadlines(question, words, tx)
        case .plan: try plan(question, words, isWhole: isWhole, tx)
        case .speed: try speed(question, words, isWhole: isWhole, tx)
        case .ratings: try ratings(question, words, isWhole: isWhole, tx)
        case .specialists: try specialists(question, words, isWhole: isWhole, tx)
        case .load: try load(question, words, tx)
        case .cuts: try cuts(by: address.dimension, question, words, isWhole: isWhole, tx)
        }
    }
}

/// Which report over what: all that its address says.
struct ReportAddress: Sendable, Equatable {
    var kind: ReportKind
    var dimension = Dimension.line
    var filter: Filter

    var query: String { (kind == .cuts ? "by=\(dimension.rawValue)&" : "") + filter.query }
    var href: String { "/reports/\(kind.rawValue)?\(query)" }
    func file(_ form: String) -> String { "/reports/\(kind.rawValue)/\(form)?\(query)" }
}
