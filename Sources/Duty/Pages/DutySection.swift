import Kernel
import Lines
import People
import Web

/// One line of the report: its people, what each was, for how long.
struct DutySection {
    let range: DutyRange, until: Instant
    let isDay: Bool, isToday: Bool
    let viewer: Viewer
    let people: [PersonID: ShownPerson]
    let text: Catalogue, dates: Dates

    /// nil for a line without anybody.
    func model(_ line: Line, _ spans: [DutySpan], staff: [PersonID]) -> Model? {
        let byPerson = Dictionary(grouping: spans, by: \.person)
        let everybody = Set(staff).union(byPerson.keys)
        guard !everybody.isEmpty else { return nil }
        let rows = everybody.map { row($0, line, byPerson[$0] ?? [], isStaff: staff.contains($0)) }
            .sorted { ($0.order, $0.name) < ($1.order, $1.name) }
        let present = rows.count { $0.order == 0 }
        return [
            "name": line.staffName, "icon": line.icon, "rows": rows.map(\.model),
            "count": isToday ? text("duty.present", count: present) : "",
            "nobody": isToday && present == 0 && !line.isArchived ? text("duty.nobody") : "",
        ]
    }

    private struct Row { let order: Int, name: String, model: Model }

    private func row(_ person: PersonID, _ line: Line, _ spans: [DutySpan], isStaff: Bool) -> Row {
        let shown = people[person], name = shown?.name ?? ""
        let sums = DutySums.of(spans, from: range.from, until: until)
        let now = spans.last { $0.until == nil }
        let state = now?.state ?? .away
        let mayChange = viewer.leads(line.id) && isToday && isStaff
        let days = Set(spans.filter { $0.state != .away }.flatMap(daysOf)).count
        return Row(
            order: DutyState.allCases.firstIndex(of: state) ?? 9, name: name,
            model: [
                "id": person.text, "line": line.id.text, "name": name, "initials": shown?.monogram ?? "",
                "hue": shown?.hue ?? 0, "href": viewer.isAdministrator ? "/people/\(person)" : "",
                "now": isToday
                    ? [
                        "dot": state.dot, "words": text("duty.state.\(state.rawValue)"),
                        "since": now.map { text("duty.since", ["time": dates.short($0.from)]) } ?? "",
                        "why": now.map { why($0) } ?? "",
                    ] as Model : false,
                "parts": isDay ? parts(spans) : [], "hasParts": isDay,
                "sums": DutyState.allCases.filter { $0 != .away }.map { state -> Model in
                    [
                        "code": state.rawValue, "label": text("duty.state.\(state.rawValue)"),
                        "time": length(sums[state]),
                    ]
                },
                "days": isDay ? "" : text.number(days),
                "spans": isDay ? spans.filter { $0.state != .away }.map(span) : [],
                "anySpans": isDay && spans.contains { $0.state != .away },
                "change": mayChange
                    ? DutyState.allCases.map {
                        [
                            "code": $0.rawValue, "label": text("duty.state.\($0.rawValue)"), "icon": $0.icon,
                            "current": $0 == state,
                        ]
                            as Model
                    } : [],
                "mayChange": mayChange,
            ])
    }

    private func length(_ milliseconds: Int64?) -> String {
        guard let milliseconds, milliseconds >= 60_000 else { return "—" }
        return dates.labour(Minutes(Int(milliseconds / 60_000)))
    }

    private func daysOf(_ span: DutySpan) -> [Int] {
        let first = dates.zone.local(max(span.from, range.from)).date.daysSince1970
        let end = min(span.until ?? until, until)
        let last = dates.zone.local(Instant(milliseconds: max(end.milliseconds - 1, span.from.milliseconds))).date
            .daysSince1970
        return first <= last ? Array(first...last) : [first]
    }

    /// Rectangles of the drawing: minutes of the day; the height says the state too.
    private func parts(_ spans: [DutySpan]) -> [Model] {
        spans.filter { $0.state != .away }.compactMap { span in
            let start = Int(max(span.from, range.from).since(range.from) / 60_000)
            let end = Int(min(span.until ?? until, until).since(range.from) / 60_000)
            guard end > start || span.until == nil else { return nil }
            return [
                "code": span.state.rawValue, "from": start, "length": max(2, end - start), "words": words(span),
            ]
        }
    }

    /// «9:02 — 12:00»
    private func words(_ span: DutySpan) -> String {
        let from = dates.time(max(span.from, range.from))
        let end = span.until.map { dates.time(min($0, range.until)) } ?? text("duty.still")
        return "\(text("duty.state.\(span.state.rawValue)")): \(from)\u{A0}— \(end)"
    }

    private func span(_ span: DutySpan) -> Model {
        ["words": words(span), "why": why(span)]
    }

    private func why(_ span: DutySpan) -> String {
        span.why == .hand || span.why == .start ? "" : text("duty.why.\(span.why.rawValue)")
    }
}
