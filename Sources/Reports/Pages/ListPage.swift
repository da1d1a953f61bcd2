import Kernel
import People
import Storage
import Web

/// The requests behind a number.
struct ReportListPage {
    let model: Model
    let title: String

    init(_ drill: Drill, page: Int, _ question: Question, _ words: ReportWords, _ tx: any ReadTransaction) throws {
        let list = try ReportList.read(drill, page: page, question, words, tx)
        let filter = try FilterWords(question, words, tx)
        title = Self.title(drill, words)
        let last = max(1, (list.total + ReportList.pageSize - 1) / ReportList.pageSize)
        let first = (page - 1) * ReportList.pageSize
        model = [
            "title": title, "count": words.text.number(list.total),
            "counted": words.text("reports.requests", count: list.total), "chosen": Self.chosen(drill, filter, words),
            "back": "/reports/\(Self.report(of: drill).rawValue)?\(drill.filter.query)",
            "xlsx": "/reports/requests/xlsx?\(drill.query)",
            "csv": "/reports/requests/csv?\(drill.query)", "any": !list.rows.isEmpty,
            "now": Self.isNow(drill),
            "rows": list.rows.map { Self.row($0, list, words) },
            "paged": last > 1,
            "pages": words(
                "pages",
                [
                    "from": words.text.number(min(first + 1, list.total)),
                    "until": words.text.number(min(first + ReportList.pageSize, list.total)),
                    "total": words.text.number(list.total),
                ]),
            "previous": page > 1 ? "\(drill.href)&page=\(page - 1)" : "",
            "next": page < last ? "\(drill.href)&page=\(page + 1)" : "",
        ]
    }

    /// The report that tells most of what this is a part of.
    static func report(of drill: Drill) -> ReportKind {
        if drill.weekday != nil { return .load }
        if drill.speed != nil { return .speed }
        return switch drill.kind {
        case .met, .late, .undated, .answerLate: .deadlines
        case .planned, .over: .plan
        case .answered: .speed
        case .rated: .ratings
        case .labour: .specialists
        default: .work
        }
    }

    static func title(_ drill: Drill, _ words: ReportWords) -> String { words("list.\(drill.kind.rawValue)") }

    private static func isNow(_ drill: Drill) -> Bool { drill.kind == .open || drill.kind == .hung }

    /// What the list was narrowed to, a line each. What is open now has no period.
    private static func chosen(_ drill: Drill, _ filter: FilterWords, _ words: ReportWords) -> [String] {
        var lines = isNow(drill) ? Array(filter.lines.dropFirst()) : filter.lines
        if let rating = drill.rating { lines.append(words.text("reports.stars", count: rating)) }
        if let reason = drill.reason { lines.append(words("hung.\(reason.rawValue)")) }
        if let speed = drill.speed { lines.append(Report.name(of: Spread.classes[speed], words)) }
        if let weekday = drill.weekday { lines.append(words("weekday-name.\(weekday)")) }
        if let hour = drill.hour {
            lines.append(
                words("slot.hour", ["from": Dates.clock(hour * 60), "until": Dates.clock((hour + 1) * 60)]))
        }
        return lines
    }

    private static func row(_ row: ReportList.Row, _ list: ReportList, _ words: ReportWords) -> Model {
        guard let title = row.title else { return ["hidden": true] }
        return [
            "hidden": false, "href": "/requests/\(title.number)", "number": "№\u{A0}\(title.number)",
            "subject": title.subject, "reason": row.reason.map { words("hung.\($0.rawValue)") } ?? "",
            "state": words("request-state.\(row.state)"), "line": list.lines[row.line] ?? "",
            "client": list.people[row.client]?.name ?? words("somebody"),
            "specialist": row.assignee.map { list.people[$0]?.name ?? words("somebody") } ?? "—",
            "registered": words.dates.short(row.registered), "solved": row.solved.map(words.dates.short) ?? "—",
            "deadline": row.deadline.map(words.dates.short) ?? "—",
            "late": row.isLate, "answer": row.answerMinutes.map(words.length) ?? "—",
            "solution": row.solveMinutes.map(words.length) ?? "—", "fact": row.fact > 0 ? words.length(row.fact) : "—",
            "rating": row.rating.map { String($0) } ?? "—",
        ]
    }
}
