import Kernel
import Sheets
import Web

/// A report as a workbook: the large numbers first, then each table on a sheet of its own.
extension Workbook {
    static let type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    init(
        _ report: Report, title: String, chosen: [String], comments: [PersonID: String], _ words: ReportWords
    ) {
        var sheets: [Sheet] = []
        if !report.tiles.isEmpty {
            var first = Sheet(
                name: words("sheet.summary"),
                columns: [.init(words("column.figure"), .text), .init(words("column.value"), .text)],
                rows: report.tiles.map { tile in
                    [
                        .text([tile.label, tile.under].filter { !$0.isEmpty }.joined(separator: ", ")),
                        tile.value.sheet(words),
                    ]
                })
            first.intro = [title] + chosen
            sheets.append(first)
        }
        for part in report.parts {
            var sheet = Sheet(part.title, part.table, words)
            if sheets.isEmpty { sheet.intro = [title] + chosen }
            sheets.append(sheet)
        }
        if !report.comments.isEmpty {
            sheets.append(Self.sheet(of: report.comments, names: comments, words))
        }
        self.init(title: title, sheets: sheets)
    }

    private static func sheet(
        of comments: [Report.Comment], names: [PersonID: String], _ words: ReportWords
    ) -> Sheet {
        Sheet(
            name: words("ratings.comments"),
            columns: [
                .init(words("column.moment"), .moment), .init(words("column.rating"), .count),
                .init(words("column.comment"), .text), .init(words("column.number"), .count),
                .init(words("column.subject"), .text), .init(words("column.client"), .text),
                .init(words("column.specialist"), .text),
            ],
            rows: comments.map { comment in
                [
                    words.sheet(comment.at), .count(comment.rating), .text(comment.text), .count(Int(comment.number)),
                    .text(comment.subject), .text(names[comment.client] ?? ""),
                    .text(comment.assignee.flatMap { names[$0] } ?? ""),
                ]
            })
    }
}

extension ReportWords {
    func sheet(_ moment: Instant) -> Sheet.Value {
        let (date, minute) = dates.zone.local(moment)
        return .moment(date, minute: minute)
    }
}

extension Sheet {
    init(_ title: String, _ table: Report.Table, _ words: ReportWords) {
        self.init(
            name: title, columns: table.columns.map { Column($0.title, $0.kind.sheet) },
            rows: table.rows.map { row in
                row.cells.enumerated().map { index, cell in cell.sheet(words, depth: index == 0 ? row.depth : 0) }
            },
            total: table.total.map { $0.map { $0.sheet(words) } })
    }
}

extension Report.Kind {
    fileprivate var sheet: Sheet.Kind {
        switch self {
        case .text: .text
        case .count: .count
        case .minutes: .minutes
        case .share: .share
        case .decimal: .decimal
        case .date: .date
        case .moment: .moment
        }
    }
}

extension Report.Cell {
    fileprivate func sheet(_ words: ReportWords, depth: Int = 0) -> Sheet.Value {
        switch value {
        case .text(let text): .text(text, depth: depth)
        case .count(let count): .count(count)
        case .minutes(let minutes): .minutes(minutes)
        case .share(let part, let whole): .share(Double(part) / Double(max(1, whole)))
        case .decimal(let number): .decimal(number)
        case .date(let date): .date(date)
        case .moment(let moment): words.sheet(moment)
        case .none: .none
        }
    }
}
