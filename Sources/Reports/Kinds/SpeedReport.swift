import Kernel
import Storage

/// First answer and solution in the line's working time.
extension Report {
    static func speed(
        _ question: Question, _ words: ReportWords, isWhole: Bool, _ tx: any ReadTransaction
    ) throws -> Report {
        let lines = try Cut.read(by: .line, question, words, isWhole: true, tx)
        let total = lines.total
        var report = Report()
        report.tiles = [
            Tile(label: words("tile.answer-median"), value: .minutes(total.answers.median), under: words("tile.half")),
            Tile(
                label: words("tile.answer-ninth"), value: .minutes(total.answers.percentile(90)),
                under: words("tile.ninth")),
            Tile(
                label: words("tile.solution-median"), value: .minutes(total.solutions.median), under: words("tile.half")
            ),
            Tile(
                label: words("tile.solution-ninth"), value: .minutes(total.solutions.percentile(90)),
                under: words("tile.ninth")),
        ]
        let columns: [TotalsColumn] = [
            .answered, .answerMedian, .answerNinth, .solved, .solutionMedian, .solutionNinth,
        ]
        report.parts = [
            classes(total, question, words),
            Part(
                title: words("by.line"),
                chart: lines.strips(words, kind: .answered, { $0.answers.median }) { totals in
                    words("speed.strip", ["time": words.length(totals.answers.median ?? 0)])
                },
                table: lines.table(words("column.line"), columns, question, words)),
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

    private static func classes(_ total: Totals, _ question: Question, _ words: ReportWords) -> Part {
        let names = Spread.classes.map { name(of: $0, words) }
        func drills(_ kind: Drill.Kind) -> [Drill] {
            Spread.classes.indices.map { index in
                var drill = Drill(kind, question.filter)
                drill.speed = index
                return drill
            }
        }
        let answers = Spread.classes.map(total.answers.count(in:))
        let solutions = Spread.classes.map(total.solutions.count(in:))
        let (answerDrills, solutionDrills) = (drills(.answered), drills(.solved))
        return Part(
            title: words("speed.classes"), note: words("speed.note"),
            chart: .bars(
                Chart.Bars(
                    labels: names, names: names,
                    series: [
                        .init(name: words("speed.answers"), fill: .plain, values: answers, drills: answerDrills),
                        .init(name: words("speed.solutions"), fill: .hatch, values: solutions, drills: solutionDrills),
                    ])),
            table: Table(
                columns: [
                    .init(title: words("column.time"), kind: .text),
                    .init(title: words("speed.answers"), kind: .count),
                    .init(title: words("speed.solutions"), kind: .count),
                ],
                rows: names.indices.map { index in
                    .init(cells: [
                        .text(names[index]), .count(answers[index], answerDrills[index]),
                        .count(solutions[index], solutionDrills[index]),
                    ])
                },
                total: [
                    .text(words("total")), .count(total.answers.count, Drill(.answered, question.filter)),
                    .count(total.solutions.count, Drill(.solved, question.filter)),
                ]))
    }

    /// «15–30 мин»
    static func name(of range: Range<Int>, _ words: ReportWords) -> String {
        if range.lowerBound == 0 { return words("speed.under", ["time": words.length(range.upperBound)]) }
        if range.upperBound == Int.max { return words("speed.over", ["time": words.length(range.lowerBound)]) }
        let isHours = range.lowerBound >= 60, unit = isHours ? 60 : 1
        return words(
            isHours ? "speed.hours" : "speed.minutes",
            ["from": String(range.lowerBound / unit), "until": String(range.upperBound / unit)])
    }
}
