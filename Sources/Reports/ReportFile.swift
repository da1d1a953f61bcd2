import Kernel
import People
import Sheets
import Storage

/// A whole report with its title and what it was narrowed to, in words, ready to be a file.
struct ReportFile: Sendable {
    let report: Report
    let title: String
    /// The period and each part of the filter, a line each.
    let chosen: [String]
    let name: String
    let workbook: Workbook

    static func read(
        _ address: ReportAddress, _ question: Question, _ words: ReportWords, _ tx: any ReadTransaction
    ) throws -> ReportFile {
        let report = try Report.read(address, question, words, isWhole: true, tx)
        let title = words("kind.\(address.kind.rawValue)")
        let chosen = try FilterWords(question, words, tx).lines
        let people = Set(report.comments.flatMap { [$0.client, $0.assignee].compactMap(\.self) })
        let names = try Names.shown(people, to: words.viewer, words.text, tx).mapValues(\.name)
        return ReportFile(
            report: report, title: title, chosen: chosen, name: name(title, question.period),
            workbook: Workbook(report, title: title, chosen: chosen, comments: names, words))
    }

    static func name(_ title: String, _ period: Period) -> String {
        title + " " + (period.count == 1 ? "\(period.from)" : "\(period.from) — \(period.until)")
    }
}
