import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// The requests behind a number, newest first. One that the viewer has worked on and may see no longer is counted, and nothing is
/// told of it but that.
struct ReportList: Sendable {
    struct Row: Sendable {
        let id: RequestID, line: LineID, client: PersonID, assignee: PersonID?
        let state: String
        let registered: Instant, solved: Instant?, deadline: Instant?
        let isLate: Bool
        let answerMinutes: Int?, solveMinutes: Int?, plan: Int?, fact: Int, rating: Int?
        let reason: Hanging?
        /// nil for what the viewer may not see any more.
        var title: (number: Int64, subject: String)?
    }

    var total = 0
    var rows: [Row] = []
    var lines: [LineID: String] = [:]
    var people: [PersonID: ShownPerson] = [:]

    static let pageSize = 50
    /// More than this is not put into one file.
    static let largestFile = 20_000

    static func read(
        _ drill: Drill, page: Int, size: Int = pageSize, _ question: Question, _ words: ReportWords,
        _ tx: any ReadTransaction
    ) throws -> ReportList {
        var list = ReportList()
        let facts = drill.facts(question)
        list.total = try tx.value("SELECT COUNT(*) FROM \(facts)") ?? 0
        let found = try tx.all(
            """
            SELECT fact.request_id, fact.line_id, fact.client_id, fact.assignee_id, fact.state, fact.registered_at,
                fact.solved_at, fact.deadline_at, fact.missed, fact.answer_minutes, fact.solve_minutes, fact.plan_minutes,
                fact.fact_minutes, fact.rating, \(drill.kind == .hung ? Hanging.reason(at: question.now) : "NULL")
            FROM \(facts) ORDER BY \(drill.moment) DESC, fact.request_id DESC LIMIT \(size) OFFSET \((page - 1) * size)
            """
        ) { row in
            try Row(
                id: row[0], line: row[1], client: row[2], assignee: row[3], state: row[4], registered: row[5],
                solved: row[6], deadline: row[7], isLate: row[8], answerMinutes: row[9], solveMinutes: row[10],
                plan: row[11], fact: row[12], rating: row[13], reason: row[14])
        }
        for start in stride(from: 0, to: found.count, by: 1000) {
            let portion = found[start..<min(start + 1000, found.count)]
            let titles = try Requests.titles(of: portion.map(\.id), for: question.viewer, tx)
            let ids = Set(portion.map(\.client) + portion.compactMap(\.assignee))
            list.people.merge(try Names.shown(ids, to: words.viewer, words.text, tx)) { $1 }
            for var row in portion {
                row.title = titles[row.id]
                list.rows.append(row)
            }
        }
        list.lines = Dictionary(
            try Lines.all(in: question.viewer.organisation, tx).map { ($0.id, $0.staffName) },
            uniquingKeysWith: { first, _ in first })
        return list
    }

    /// The list as a table, for a file.
    func table(_ words: ReportWords) -> Report.Table {
        let hang = rows.contains { $0.reason != nil }
        let reason: [(String, Report.Kind)] = hang ? [("reason", .text)] : []
        let columns: [(String, Report.Kind)] =
            [
                ("subject", .text), ("number", .count), ("state", .text), ("line", .text), ("client", .text),
                ("specialist", .text), ("moment-registered", .moment), ("moment-solved", .moment),
                ("deadline", .moment),
                ("answer", .minutes), ("solution", .minutes), ("plan", .minutes), ("fact", .minutes),
                ("rating", .count),
            ] + reason
        func moment(_ moment: Instant?) -> Report.Cell { moment.map { Report.Cell(.moment($0)) } ?? .none }
        return Report.Table(
            columns: columns.map { .init(title: words("column.\($0)"), kind: $1) },
            rows: rows.map { row in
                guard let title = row.title else {
                    return .init(cells: [.text(words("list.hidden"))] + columns.dropFirst().map { _ in .none })
                }
                let hangs: [Report.Cell] = hang ? [.text(row.reason.map { words("hung.\($0.rawValue)") } ?? "")] : []
                return .init(
                    cells: [
                        .text(title.subject), .count(Int(title.number)), .text(words("request-state.\(row.state)")),
                        .text(lines[row.line] ?? ""), .text(people[row.client]?.name ?? words("somebody")),
                        .text(row.assignee.map { people[$0]?.name ?? words("somebody") } ?? ""), moment(row.registered),
                        moment(row.solved), moment(row.deadline), .minutes(row.answerMinutes),
                        .minutes(row.solveMinutes),
                        .minutes(row.plan), .minutes(row.fact), row.rating.map { .count($0) } ?? .none,
                    ] + hangs)
            })
    }
}
