import Kernel
import People
import Storage
import Web

/// The page of one report.
struct ReportPage {
    let model: Model
    let title: String

    init(
        _ address: ReportAddress, _ question: Question, saved: [SavedReport], _ words: ReportWords,
        _ tx: any ReadTransaction
    ) throws {
        let report = try Report.read(address, question, words, tx)
        let filter = try FilterWords(question, words, tx)
        let people = Set(report.comments.flatMap { [$0.client, $0.assignee].compactMap(\.self) })
        let names = try Names.shown(people, to: question.viewer, words.text, tx)
        title = words("kind.\(address.kind.rawValue)")
        var shown = filter.model
        shown["action"] = "/reports/\(address.kind.rawValue)"
        shown["clear"] = "/reports/\(address.kind.rawValue)"
        shown["hasBy"] = address.kind == .cuts
        shown["by"] = Self.dimensions(address, words)
        model = [
            "title": title, "period": words.period(question.period), "chosen": filter.lines, "filter": shown,
            "own": !question.reach.seesOthers,
            "tabs": ReportKind.allCases.map { kind in
                [
                    "href": ReportAddress(kind: kind, filter: address.filter).href,
                    "name": words("kind.\(kind.rawValue)"), "current": kind == address.kind,
                ] as Model
            },
            "savedHref": "/reports/saved", "savedCount": saved.isEmpty ? "" : words.text.number(saved.count),
            "xlsx": address.file("xlsx"), "csv": address.file("csv"),
            "save": [
                "id": SavedReportID.new(at: question.now).text, "kind": address.kind.rawValue, "query": address.query,
                "mayShare": question.viewer.leads,
                "name": "\(title), \(words("period.\(address.filter.preset.rawValue)"))",
            ] as Model,
            "tiles": report.tiles.map { Self.tile($0, words) },
            "parts": report.parts.enumerated().map { Self.part($1, id: "part-\($0)", words) },
            "comments": report.comments.map { Self.comment($0, names, words) }, "anyComments": !report.comments.isEmpty,
            "isRatings": address.kind == .ratings,
            "moreComments": report.moreComments > 0
                ? words.text("reports.more-comments", count: report.moreComments) : "",
        ]
    }

    private static func dimensions(_ address: ReportAddress, _ words: ReportWords) -> [Model] {
        Dimension.allCases.map {
            ["id": $0.rawValue, "name": words("by.\($0.rawValue)"), "current": $0 == address.dimension]
        }
    }

    private static func tile(_ tile: Report.Tile, _ words: ReportWords) -> Model {
        [
            "label": tile.label, "value": words.value(tile.value.value), "href": tile.value.drill?.href ?? "",
            "under": tile.under, "tone": tile.tone,
        ]
    }

    private static func part(_ part: Report.Part, id: String, _ words: ReportWords) -> Model {
        let isEmpty = part.table.rows.isEmpty || part.chart?.isEmpty == true
        return [
            "id": id, "title": part.title, "note": part.note, "nothing": isEmpty,
            "body": isEmpty || !part.note.isEmpty || part.chart != nil,
            "chart": part.chart.flatMap { $0.isEmpty ? nil : ChartModel($0, id: id, title: part.title, words).model }
                ?? false,
            "table": isEmpty ? false : table(part.table, id: id, words),
        ]
    }

    static func table(_ table: Report.Table, id: String, _ words: ReportWords) -> Model {
        func cells(_ cells: [Report.Cell], depth: Int = 0) -> [Model] {
            cells.enumerated().map { index, cell in
                [
                    "words": words.value(cell.value), "href": cell.drill?.href ?? "",
                    "number": table.columns[index].kind != .text, "nil": cell.value == .count(0), "head": index == 0,
                    "depth": min(depth, 6),
                ]
            }
        }
        let hidden = table.rows.count - table.shown
        return [
            "id": id,
            "columns": table.columns.map { ["title": $0.title, "number": $0.kind != .text] as Model },
            "rows": table.rows.prefix(table.shown).map { ["cells": cells($0.cells, depth: $0.depth)] as Model },
            "total": table.total.map { cells($0) } ?? [], "hasTotal": table.total != nil,
            "more": hidden > 0 ? words.text("reports.more-rows", count: hidden) : "",
        ]
    }

    private static func comment(
        _ comment: Report.Comment, _ names: [PersonID: ShownPerson], _ words: ReportWords
    ) -> Model {
        [
            "stars": (1...5).map { ["full": $0 <= comment.rating] as Model },
            "said": words.text("reports.stars", count: comment.rating), "low": comment.rating <= 2,
            "text": comment.text, "number": "№\u{A0}\(comment.number)", "href": "/requests/\(comment.number)",
            "subject": comment.subject, "when": words.dates.moment(comment.at),
            "client": names[comment.client]?.name ?? words("somebody"),
            "specialist": comment.assignee.map { names[$0]?.name ?? words("somebody") } ?? "",
        ]
    }
}
