import Kernel
import People
import Storage
import Web

/// Who stands on which step of the ladder, for the administrator: the newest check of each person on each device.
struct SummaryPage {
    let model: Model

    init(
        _ question: ConnectionRoom.Question, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates,
        _ tx: any ReadTransaction
    ) throws {
        let counts = try ConnectionRoom.counts(in: viewer.organisation, tx)
        let rows = try ConnectionRoom.seated(question, in: viewer.organisation, tx)
        let people = try Names.shown(rows.map(\.person), to: viewer, text, tx)
        let total = counts.values.reduce(0, +)
        func href(_ way: Way?) -> String {
            let parts = [way.map { "way=\($0.rawValue)" }, question.trouble.map { "trouble=\($0.rawValue)" }]
            let query = parts.compactMap(\.self).joined(separator: "&")
            return "/connection/summary" + (query.isEmpty ? "" : "?\(query)")
        }
        let ways = [(nil, total)] + Way.allCases.map { way -> (Way?, Int) in (way, counts[way] ?? 0) }
        model = [
            "ways": ways.map { way, count -> Model in
                [
                    "label": text("connection.seat.\(way?.rawValue ?? "all")"), "count": text.number(count),
                    "href": href(way), "current": way == question.way,
                ]
            },
            "way": question.way?.rawValue ?? "",
            "steps": Step.allCases.map { step -> Model in
                [
                    "code": step.rawValue, "label": text("connection.step.\(step.rawValue)"),
                    "current": step == question.trouble,
                ]
            },
            "rows": rows.map { row -> Model in
                let person = people[row.person], verdict = Verdict(row.results)
                return [
                    "name": person?.name ?? "", "initials": person?.monogram ?? "", "hue": person?.hue ?? 0,
                    "unit": person?.unit ?? "", "href": "/people/\(row.person)",
                    "device": row.device.isEmpty ? text("connection.device.unknown") : row.device,
                    "way": text("connection.seat.\(row.way.rawValue)"),
                    "tone": row.way == .relay ? "ok" : row.way == .socket ? "wait" : "late",
                    "troubles": verdict.troubles.map { text("connection.step.\($0.rawValue)") }.joined(separator: ", "),
                    "delay": row.figures[.delay].map { text("connection.ms", ["n": text.number($0)]) } ?? "—",
                    "at": dates.short(row.at),
                ]
            },
            "nobody": rows.isEmpty, "filtered": question.way != nil || question.trouble != nil, "any": total > 0,
        ]
    }
}
