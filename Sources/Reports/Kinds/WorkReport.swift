import Kernel
import Storage
import Web

/// Requests: come, done, in work, hanging and why.
extension Report {
    static func work(_ question: Question, _ words: ReportWords, _ tx: any ReadTransaction) throws -> Report {
        let course = try Course.read(question, tx)
        let total = Totals.sum(try Totals.read(question, by: .line, tx).values)
        let hung = try Hung.read(question, tx)
        var report = Report()
        report.tiles = [
            Tile(label: words("tile.registered"), value: .count(total.registered, Drill(.registered, question.filter))),
            Tile(label: words("tile.solved"), value: .count(total.solved, Drill(.solved, question.filter))),
            Tile(
                label: words("tile.open"), value: .count(hung.open, Drill(.open, question.filter)),
                under: words("tile.now")),
            Tile(
                label: words("tile.hung"), value: .count(hung.hanging, Drill(.hung, question.filter)),
                under: words("tile.now"), tone: hung.hanging > 0 ? "wait" : ""),
        ]
        report.parts = [
            flow(course, total, question, words), states(total, question, words), hanging(hung, question, words),
        ]
        return report
    }

    private static func flow(
        _ course: Course, _ total: Totals, _ question: Question, _ words: ReportWords
    ) -> Part {
        let step = question.period.step
        let drills = course.slots.map { slot in
            { (kind: Drill.Kind) -> Drill in
                var drill = Drill(kind, question.filter.over(slot.from, slot.until))
                drill.hour = slot.hour
                return drill
            }
        }
        let bars = Chart.Bars(
            labels: course.slots.map { words.label($0, step) }, names: course.slots.map { words.name($0, step) },
            series: [
                .init(
                    name: words("column.registered"), fill: .plain, values: course.counts.map(\.registered),
                    drills: drills.map { $0(.registered) }),
                .init(
                    name: words("column.solved"), fill: .hatch, values: course.counts.map(\.solved),
                    drills: drills.map { $0(.solved) }),
            ])
        let table = Table(
            columns: [
                .init(title: words("column.\(step.rawValue)"), kind: .text),
                .init(title: words("column.registered"), kind: .count),
                .init(title: words("column.solved"), kind: .count),
            ],
            rows: course.slots.indices.map { index in
                .init(cells: [
                    .text(words.name(course.slots[index], step)),
                    .count(course.counts[index].registered, drills[index](.registered)),
                    .count(course.counts[index].solved, drills[index](.solved)),
                ])
            },
            total: [
                .text(words("total")), .count(total.registered, Drill(.registered, question.filter)),
                .count(total.solved, Drill(.solved, question.filter)),
            ])
        return Part(title: words("work.flow"), chart: .bars(bars), table: table)
    }

    private static func states(_ total: Totals, _ question: Question, _ words: ReportWords) -> Part {
        let kinds: [(Drill.Kind, Int)] = [
            (.working, total.working), (.confirming, total.confirming), (.closed, total.closed),
            (.cancelled, total.cancelled),
        ]
        return Part(
            title: words("work.states"), note: words("work.states.note"),
            chart: .strips(
                Chart.Strips(
                    strips: kinds.map { kind, count in
                        .init(
                            name: words("state.\(kind.rawValue)"), words: words.text.number(count), value: count,
                            drill: Drill(kind, question.filter))
                    })),
            table: Table(
                columns: [
                    .init(title: words("column.state"), kind: .text),
                    .init(title: words("column.registered"), kind: .count),
                    .init(title: words("column.share"), kind: .share),
                ],
                rows: kinds.map { kind, count in
                    .init(cells: [
                        .text(words("state.\(kind.rawValue)")), .count(count, Drill(kind, question.filter)),
                        .share(count, of: total.registered),
                    ])
                },
                total: [
                    .text(words("total")), .count(total.registered, Drill(.registered, question.filter)),
                    .share(total.registered, of: total.registered),
                ]))
    }

    private static func hanging(_ hung: Hung, _ question: Question, _ words: ReportWords) -> Part {
        func drill(_ reason: Hanging) -> Drill {
            var drill = Drill(.hung, question.filter)
            drill.reason = reason
            return drill
        }
        return Part(
            title: words("work.hung"), note: words("work.hung.note"),
            chart: .strips(
                Chart.Strips(
                    strips: Hanging.allCases.map { reason in
                        let count = hung.reasons[reason] ?? 0
                        return .init(
                            name: words("hung.\(reason.rawValue)"), words: words.text.number(count), value: count,
                            drill: drill(reason))
                    }, fill: .hatch)),
            table: Table(
                columns: [
                    .init(title: words("column.reason"), kind: .text), .init(title: words("column.hung"), kind: .count),
                ],
                rows: Hanging.allCases.map { reason in
                    .init(cells: [
                        .text(words("hung.\(reason.rawValue)")), .count(hung.reasons[reason] ?? 0, drill(reason)),
                    ])
                },
                total: [.text(words("total")), .count(hung.hanging, Drill(.hung, question.filter))]))
    }
}
