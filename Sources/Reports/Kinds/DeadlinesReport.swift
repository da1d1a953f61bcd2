import Kernel
import Storage
import Web

/// Deadlines of what was solved: kept and missed.
extension Report {
    static func deadlines(_ question: Question, _ words: ReportWords, _ tx: any ReadTransaction) throws -> Report {
        let course = try Course.read(question, tx)
        let lines = try Cut.read(by: .line, question, words, isWhole: true, tx)
        let total = lines.total, late = try Hung.read(question, tx).reasons[.late] ?? 0
        var overdue = Drill(.hung, question.filter)
        overdue.reason = .late
        var report = Report()
        report.tiles = [
            Tile(
                label: words("tile.met-share"), value: .share(total.met, of: total.due),
                under: words("tile.of-due", ["count": words.text.number(total.due)])),
            Tile(label: words("tile.met"), value: .count(total.met, Drill(.met, question.filter)), tone: "ok"),
            Tile(
                label: words("tile.late"), value: .count(total.late, Drill(.late, question.filter)),
                tone: total.late > 0 ? "late" : ""),
            Tile(
                label: words("tile.overdue"), value: .count(late, overdue), under: words("tile.now"),
                tone: late > 0 ? "late" : ""),
        ]
        let columns: [TotalsColumn] = [.solved, .due, .met, .late, .metShare, .answerLate]
        report.parts = [
            keeping(course, question, words),
            Part(
                title: words("by.line"), chart: .bars(kept(lines, words)),
                table: lines.table(words("column.line"), columns, question, words)),
        ]
        if question.reach.seesOthers {
            let people = try Cut.read(by: .specialist, question, words, isWhole: false, tx)
            report.parts.append(
                Part(
                    title: words("by.specialist"),
                    table: people.table(words("column.specialist"), columns, question, words)))
        }
        return report
    }

    /// How many of each slot's solutions came in time; what has no deadline is told in the table by line.
    private static func keeping(_ course: Course, _ question: Question, _ words: ReportWords) -> Part {
        let step = question.period.step
        func drills(_ kind: Drill.Kind) -> [Drill] {
            course.slots.map { slot in
                var drill = Drill(kind, question.filter.over(slot.from, slot.until))
                drill.hour = slot.hour
                return drill
            }
        }
        let met = course.counts.map(\.met), late = course.counts.map(\.late)
        let (metDrills, lateDrills) = (drills(.met), drills(.late))
        let (allMet, allLate) = (met.reduce(0, +), late.reduce(0, +))
        return Part(
            title: words("deadlines.course"),
            chart: .bars(
                Chart.Bars(
                    labels: course.slots.map { words.label($0, step) },
                    names: course.slots.map { words.name($0, step) },
                    series: [
                        .init(name: words("column.met"), fill: .met, values: met, drills: metDrills),
                        .init(name: words("column.late"), fill: .late, values: late, drills: lateDrills),
                    ], isStacked: true)),
            table: Table(
                columns: [
                    .init(title: words("column.\(step.rawValue)"), kind: .text),
                    .init(title: words("column.met"), kind: .count), .init(title: words("column.late"), kind: .count),
                    .init(title: words("column.metShare"), kind: .share),
                ],
                rows: course.slots.indices.map { index in
                    .init(cells: [
                        .text(words.name(course.slots[index], step)), .count(met[index], metDrills[index]),
                        .count(late[index], lateDrills[index]), .share(met[index], of: met[index] + late[index]),
                    ])
                },
                total: [
                    .text(words("total")), .count(allMet, Drill(.met, question.filter)),
                    .count(allLate, Drill(.late, question.filter)), .share(allMet, of: allMet + allLate),
                ]))
    }

    private static func kept(_ lines: Cut, _ words: ReportWords) -> Chart.Bars {
        Chart.Bars(
            labels: lines.rows.map(\.name), names: lines.rows.map(\.name),
            series: [
                .init(
                    name: words("column.met"), fill: .met, values: lines.rows.map(\.totals.met),
                    drills: lines.rows.map { $0.filter.map { Drill(.met, $0) } }),
                .init(
                    name: words("column.late"), fill: .late, values: lines.rows.map(\.totals.late),
                    drills: lines.rows.map { $0.filter.map { Drill(.late, $0) } }),
            ], isStacked: true)
    }
}
