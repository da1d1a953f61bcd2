import Kernel
import Storage
import Web

/// When in the week requests come.
extension Report {
    static func load(_ question: Question, _ words: ReportWords, _ tx: any ReadTransaction) throws -> Report {
        let course = try Course.read(question, tx)
        let week = course.week, days = week.map { $0.reduce(0, +) }
        let hours = (0..<24).map { hour in week.reduce(0) { $0 + $1[hour] } }
        let total = days.reduce(0, +)
        func drill(_ weekday: Int?, _ hour: Int?) -> Drill {
            var drill = Drill(.registered, question.filter)
            (drill.weekday, drill.hour) = (weekday.map { $0 + 1 }, hour)
            return drill
        }
        let busyDay = days.indices.max { days[$0] < days[$1] } ?? 0
        let busyHour = hours.indices.max { hours[$0] < hours[$1] } ?? 0
        let dayNames = (1...7).map { words("weekday.\($0)") }
        // Days that are still to come had no chance of a request.
        let today = question.viewer.zone.local(question.now).date
        let passed = max(1, min(question.period.until, today).daysSince1970 - question.period.from.daysSince1970 + 1)
        var report = Report()
        report.tiles = [
            Tile(label: words("tile.registered"), value: .count(total, drill(nil, nil))),
            Tile(label: words("tile.per-day"), value: .decimal(Double(total) / Double(passed))),
            Tile(
                label: words("tile.busy-day"), value: .text(total > 0 ? words("weekday-name.\(busyDay + 1)") : "—"),
                under: words.text("reports.requests", count: days[busyDay])),
            Tile(
                label: words("tile.busy-hour"),
                value: .text(
                    total > 0
                        ? words(
                            "slot.hour",
                            ["from": Dates.clock(busyHour * 60), "until": Dates.clock((busyHour + 1) * 60)]) : "—"),
                under: words.text("reports.requests", count: hours[busyHour])),
        ]
        report.parts = [
            Part(
                title: words("load.week"),
                chart: .heat(
                    Chart.Heat(
                        rows: dayNames, columns: (0..<24).map { String($0) }, values: week,
                        drills: (0..<7).map { day in (0..<24).map { drill(day, $0) } })),
                table: Table(
                    columns: [.init(title: words("column.hour"), kind: .text)]
                        + (dayNames + [words("total")]).map { .init(title: $0, kind: .count) },
                    rows: (0..<24).map { hour in
                        .init(
                            cells: [
                                .text(
                                    words(
                                        "slot.hour",
                                        ["from": Dates.clock(hour * 60), "until": Dates.clock((hour + 1) * 60)]))
                            ] + (0..<7).map { .count(week[$0][hour], drill($0, hour)) }
                                + [.count(hours[hour], drill(nil, hour))])
                    },
                    total: [.text(words("total"))] + (0..<7).map { .count(days[$0], drill($0, nil)) }
                        + [.count(total, drill(nil, nil))]))
        ]
        return report
    }
}
