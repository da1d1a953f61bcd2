import Kernel
import Requests
import Storage
import Web

/// What clients said at the end.
extension Report {
    static func ratings(
        _ question: Question, _ words: ReportWords, isWhole: Bool, _ tx: any ReadTransaction
    ) throws -> Report {
        let lines = try Cut.read(by: .line, question, words, isWhole: true, tx)
        let total = lines.total
        let good = total.stars[3] + total.stars[4], bad = total.stars[0] + total.stars[1]
        var report = Report()
        report.tiles = [
            Tile(label: words("tile.rating"), value: .decimal(total.rating), under: words("tile.rating.of")),
            Tile(label: words("tile.rated"), value: .count(total.rated, Drill(.rated, question.filter))),
            Tile(label: words("tile.good"), value: .share(good, of: total.rated), tone: "ok"),
            Tile(label: words("tile.bad"), value: .share(bad, of: total.rated), tone: bad > 0 ? "late" : ""),
        ]
        let columns: [TotalsColumn] =
            [.rated, .rating] + (1...5).reversed().map { TotalsColumn.stars($0) }
        report.parts = [
            stars(total, question, words),
            Part(title: words("by.line"), table: lines.table(words("column.line"), columns, question, words)),
        ]
        if question.reach.seesOthers {
            let people = try Cut.read(by: .specialist, question, words, isWhole: isWhole, tx)
            report.parts.append(
                Part(
                    title: words("by.specialist"),
                    table: people.table(words("column.specialist"), columns, question, words)))
        }
        let limit = isWhole ? 5000 : 50
        report.comments = try comments(question, atMost: limit, tx)
        if report.comments.count >= limit {
            let all: Int? = try tx.value(
                "SELECT COUNT(*) FROM \(question.facts(.rated)) AND fact.has_comment = 1 AND fact.rating IS NOT NULL")
            report.moreComments = max(0, (all ?? 0) - report.comments.count)
        }
        return report
    }

    private static func stars(_ total: Totals, _ question: Question, _ words: ReportWords) -> Part {
        let order = (1...5).reversed()
        let names = order.map { words.text("reports.stars", count: $0) }
        let cells = order.map { TotalsColumn.stars($0).cell(total, question.filter) }
        return Part(
            title: words("ratings.stars"),
            chart: .strips(
                Chart.Strips(
                    strips: zip(order, names).map { stars, name in
                        let count = total.stars[stars - 1]
                        return .init(
                            name: name,
                            words: "\(words.text.number(count)) · \(words.percent(count, of: total.rated))",
                            value: count, drill: cells[5 - stars].drill)
                    })),
            table: Table(
                columns: [
                    .init(title: words("column.rating"), kind: .text),
                    .init(title: words("column.rated"), kind: .count),
                    .init(title: words("column.share"), kind: .share),
                ],
                rows: zip(order, names).map { stars, name in
                    .init(cells: [.text(name), cells[5 - stars], .share(total.stars[stars - 1], of: total.rated)])
                },
                total: [
                    .text(words("total")), .count(total.rated, Drill(.rated, question.filter)),
                    .share(total.rated, of: total.rated),
                ]))
    }

    /// The newest comments, the words of which this viewer may read in the requests themselves.
    private static func comments(
        _ question: Question, atMost limit: Int, _ tx: any ReadTransaction
    ) throws -> [Comment] {
        let found = try tx.all(
            """
            SELECT fact.request_id, fact.rating, fact.rated_at, fact.client_id, fact.assignee_id
            FROM \(question.facts(.rated)) AND fact.has_comment = 1 AND fact.rating IS NOT NULL
            ORDER BY fact.rated_at DESC, fact.request_id LIMIT \(limit)
            """
        ) { row in
            try (
                id: row[0] as RequestID, rating: row[1] as Int, at: row[2] as Instant, client: row[3] as PersonID,
                assignee: row[4] as PersonID?
            )
        }
        var texts: [RequestID: Requests.RatingComment] = [:]
        for start in stride(from: 0, to: found.count, by: 1000) {
            let portion = found[start..<min(start + 1000, found.count)].map(\.id)
            texts.merge(try Requests.ratingComments(of: portion, for: question.viewer, tx)) { $1 }
        }
        return found.compactMap { fact in
            texts[fact.id].map { comment in
                Comment(
                    rating: fact.rating, text: comment.text, number: comment.number, subject: comment.subject,
                    at: fact.at, client: fact.client, assignee: fact.assignee)
            }
        }
    }
}
