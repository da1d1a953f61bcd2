import Kernel
import Storage
import Web

/// Labour planned for what was solved against labour spent on it.
extension Report {
    static func plan(
        _ question: Question, _ words: ReportWords, isWhole: Bool, _ tx: any ReadTransaction
    ) throws -> Report {
        let lines = try Cut.read(by: .line, question, words, isWhole: true, tx)
        let topics = try Cut.read(by: .topic, question, words, isWhole: true, tx)
        let total = lines.total
        var report = Report()
        report.tiles = [
            Tile(
                label: words("tile.plan"), value: .minutes(total.plan),
                under: words.text("reports.tile.planned", count: total.planned)),
            Tile(
                label: words("tile.fact"), value: .minutes(total.plannedFact),
                under: words("tile.fact-all", ["time": words.length(total.fact)])),
            Tile(label: words("tile.fact-share"), value: .share(total.plannedFact, of: total.plan)),
            Tile(
                label: words("tile.over"), value: .count(total.over, Drill(.over, question.filter)),
                tone: total.over > 0 ? "wait" : ""),
        ]
        let columns: [TotalsColumn] = [.solved, .planned, .plan, .plannedFact, .difference, .over]
        report.parts = [
            Part(
                title: words("by.line"),
                chart: .bars(
                    Chart.Bars(
                        labels: lines.rows.map(\.name), names: lines.rows.map(\.name),
                        series: [
                            .init(name: words("column.plan"), fill: .plain, values: lines.rows.map(\.totals.plan)),
                            .init(
                                name: words("column.plannedFact"), fill: .hatch,
                                values: lines.rows.map(\.totals.plannedFact)),
                        ], isTime: true)),
                table: lines.table(words("column.line"), columns, question, words)),
            Part(title: words("by.topic"), table: topics.table(words("column.topic"), columns, question, words)),
        ]
        if question.reach.seesOthers {
            let people = try Cut.read(by: .specialist, question, words, isWhole: isWhole, tx)
            report.parts.append(
                Part(
                    title: words("by.specialist"),
                    table: people.table(words("column.specialist"), columns, question, words)))
        }
        return report
    }
}
