import Kernel
import Storage
import Web

/// All lines of the organisation with what an administrator looks for: who works on them, for whom, how much is open.
struct IndexPage {
    let model: Model

    init(_ workload: Workload, _ words: LineWords, _ tx: any ReadTransaction) throws {
        let organisation = words.viewer.organisation
        let lines = try Lines.all(in: organisation, tx)
        let staff = try Lines.staffCounts(in: organisation, tx)
        let audiences = try Lines.audienceCounts(in: organisation, tx)
        let work = try workload.ofLines(organisation, tx)
        let open = lines.filter { !$0.isArchived }, archived = lines.filter(\.isArchived)
        model = [
            "can_edit": true, "any": !open.isEmpty, "has_archived": !archived.isEmpty,
            "lines": open.map { Self.row($0, staff[$0.id] ?? 0, audiences[$0.id], work[$0.id], words) },
            "archived": archived.map { Self.archived($0, work[$0.id], words) },
        ]
    }

    private static func row(
        _ line: Line, _ staff: Int, _ audience: (units: Int, people: Int)?, _ work: Workload.Count?, _ words: LineWords
    ) -> Model {
        let text = words.text
        return [
            "id": line.id.text, "href": "/lines/\(line.id)", "name": line.clientName, "icon": line.icon,
            "staff_name": line.staffName == line.clientName ? "" : line.staffName, "about": line.description,
            "working": line.isOpen(at: words.dates.now), "hours": words.hours(of: line),
            "audience": line.isForEverybody
                ? text("lines.audience.everyone.word") : Self.audience(audience ?? (0, 0), text),
            "staff": text("lines.staff.count", count: staff), "no_staff": staff == 0, "on_line": "",
            "open": work.map { text.number($0.open) } ?? "0", "open_href": "/requests?view=all&line=\(line.id)",
            "late": work.flatMap { $0.late > 0 ? text("lines.late", count: $0.late) : nil } ?? "",
        ]
    }

    private static func audience(_ counts: (units: Int, people: Int), _ text: Catalogue) -> String {
        [
            counts.units > 0 ? text("lines.audience.units.count", count: counts.units) : nil,
            counts.people > 0 ? text("lines.audience.people.count", count: counts.people) : nil,
        ].compactMap(\.self).joined(separator: ", ")
    }

    private static func archived(_ line: Line, _ work: Workload.Count?, _ words: LineWords) -> Model {
        [
            "href": "/lines/\(line.id)", "name": line.clientName, "icon": line.icon,
            "when": line.archivedAt.map { words.text("lines.archived.since", ["date": words.dates.day($0)]) } ?? "",
            "total": work.map { words.text("lines.archived.total", count: $0.total) } ?? "",
        ]
    }
}

extension Lines {
    static func audienceCounts(
        in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [LineID: (units: Int, people: Int)] {
        let rows: [(LineID, (Int, Int))] = try tx.all(
            """
            SELECT line_id, COUNT(unit_id), COUNT(person_id) FROM line_audience
            WHERE organisation_id = \(organisation) GROUP BY line_id
            """
        ) { row in (try row[0], (try row[1], try row[2])) }
        return Dictionary(uniqueKeysWithValues: rows).mapValues { (units: $0.0, people: $0.1) }
    }

    /// How many can be given requests of each line.
    static func staffCounts(
        in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [LineID: Int] {
        let rows: [(LineID, Int)] = try tx.all(
            """
            SELECT competence.line_id, COUNT(*) FROM competence
            WHERE competence.organisation_id = \(organisation) AND competence.level IN ('main', 'reserve') AND \(isAtWork)
            GROUP BY competence.line_id
            """
        ) { row in try (row[0], row[1]) }
        return Dictionary(uniqueKeysWithValues: rows)
    }
}
