import EventLog
import Kernel
import People
import Storage
import Web

/// Who works on a line now, who did, and who changed it when.
struct StaffPage {
    struct Refused {
        var person: PersonID?
        var name = ""
        var faults: [String: any RoomError] = [:]
    }

    let model: Model
    let title: String

    init(_ line: Line, refused: Refused? = nil, _ workload: Workload, _ words: LineWords, _ tx: any ReadTransaction)
        throws
    {
        let text = words.text
        let spans = try Lines.competenceSpans(on: line.id, tx)
        let present = try workload.present(line.id, tx)
        let open = try workload.ofStaff(line.id, tx), counts = try Lines.counts(of: line.id, tx)
        let changes = try EventLog.about(line.id.text, atMost: 200, tx)
            .filter { $0.kind == .competenceGiven || $0.kind == .competenceTaken }.prefix(50)
        let ids = Set(
            spans.map(\.person) + changes.compactMap(\.actor) + changes.compactMap(\.whom)
                + [refused?.person].compactMap(\.self))
        let people = try Names.shown(ids, to: words.viewer, text, tx)
        let now = spans.filter { $0.until == nil }
            .sorted {
                ($0.level.order, people[$0.person]?.name ?? "") < ($1.level.order, people[$1.person]?.name ?? "")
            }
        let staying = Set(now.map(\.person))
        let former = spans.filter { $0.until != nil && !staying.contains($0.person) }
        model = words.head(line, tab: "staff", topics: counts.topics, staff: counts.staff).merging([
            "any": !now.isEmpty, "has_former": !former.isEmpty, "has_history": !changes.isEmpty,
            "staff": now.compactMap { span in
                people[span.person].map { Self.row(span, $0, open: open[span.person], present[span.person], words) }
            },
            "levels_about": CompetenceLevel.allCases.map { level -> Model in
                [
                    "code": level.rawValue, "name": words.level(level),
                    "about": text("lines.level.\(level.rawValue).about"),
                ]
            },
            "errors": (refused?.faults ?? [:]).mapValues { text($0.key, $0.details) } as Model,
            "chosen": [
                "id": refused?.person?.text ?? "",
                "name": refused?.person.flatMap { people[$0]?.name } ?? refused?.name ?? "",
            ] as Model,
            "former": former.map { span -> Model in
                [
                    "name": people[span.person]?.name ?? "", "href": "/people/\(span.person)",
                    "level": words.level(span.level),
                    "span": words.span(span.from, span.until ?? words.dates.now),
                ]
            },
            "history": changes.map { Self.change($0, people, words) },
        ]) { $1 }
        title = line.clientName
    }

    private static func row(
        _ span: CompetenceSpan, _ person: ShownPerson, open: Int?, _ present: (dot: String, key: String)?,
        _ words: LineWords
    ) -> Model {
        [
            "id": span.id.text, "person": person.id.text, "href": "/people/\(person.id)", "name": person.name,
            "initials": person.monogram, "hue": person.hue, "position": person.position,
            "presence": present.map { ["kind": $0.dot, "word": words.text($0.key)] as Model } ?? false,
            "since": words.text("lines.staff.since", ["date": words.dates.day(span.from)]),
            "open": open.map { words.text("lines.staff.open", count: $0) } ?? "", "level": words.level(span.level),
            "levels": CompetenceLevel.allCases.map { level -> Model in
                ["code": level.rawValue, "name": words.level(level), "selected": level == span.level]
            },
        ]
    }

    private static func change(_ event: Event, _ people: [PersonID: ShownPerson], _ words: LineWords) -> Model {
        let before = event.data["from"].flatMap(CompetenceLevel.init(rawValue:))
        let level = event.data["level"].flatMap(CompetenceLevel.init(rawValue:)).map(words.level) ?? ""
        let name = event.whom.flatMap { people[$0]?.name } ?? ""
        let key = event.kind == .competenceTaken ? "removed" : before == nil ? "added" : "level"
        return [
            "what": words.text("lines.history.\(key)", ["name": name]), "from": before.map(words.level) ?? "",
            "to": event.kind == .competenceTaken ? "" : level,
            "who": event.actor.flatMap { people[$0]?.name } ?? "", "when": words.dates.moment(event.at),
        ]
    }
}

/// One dated row: a person at a level on a line.
struct CompetenceSpan: Sendable {
    let id: ID<CompetenceLevel>
    let person: PersonID
    let level: CompetenceLevel
    let from: Instant
    let until: Instant?
}

extension Lines {
    /// Present and past, the latest first.
    static func competenceSpans(on line: LineID, _ tx: any ReadTransaction) throws -> [CompetenceSpan] {
        try tx.all(
            """
            SELECT id, person_id, level, from_at, until_at FROM competence WHERE line_id = \(line)
            ORDER BY COALESCE(until_at, from_at) DESC, id
            """
        ) { row in try CompetenceSpan(id: row[0], person: row[1], level: row[2], from: row[3], until: row[4]) }
    }
}

extension Event {
    fileprivate var whom: PersonID? { data["person"].map { PersonID($0) } }
}

extension CompetenceLevel {
    fileprivate var order: Int { Self.allCases.firstIndex(of: self)! }
}
