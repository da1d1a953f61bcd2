import Duty
import Kernel
import Lines
import Storage

/// Who belongs to which line at a moment, and where each was since the day began.
struct Crew: Sendable {
    var staff: [LineID: [PersonID]] = [:]
    /// Spans of the day up to the moment, by their beginning.
    var spans: [DutySpan] = []
    let at: Instant

    static func read(
        _ at: Instant, _ lines: [LineID], since day: Instant, in organisation: OrganisationID,
        _ tx: any ReadTransaction
    ) throws -> Crew {
        var crew = Crew(at: at)
        guard !lines.isEmpty else { return crew }
        try tx.query(
            """
            SELECT DISTINCT competence.line_id, competence.person_id FROM competence
            WHERE competence.organisation_id = \(organisation) AND competence.line_id IN (\(lines))
                AND competence.level IN ('main', 'reserve') AND \(held("competence", at))
                AND EXISTS (SELECT 1 FROM role_assignment WHERE role_assignment.person_id = competence.person_id
                    AND role_assignment.role = 'specialist' AND \(held("role_assignment", at)))
                AND NOT EXISTS (SELECT 1 FROM absence WHERE absence.person_id = competence.person_id
                    AND \(held("absence", at)))
            ORDER BY competence.line_id, competence.person_id
            """
        ) { row in crew.staff[try row[0], default: []].append(try row[1]) }
        // A span that begins at the moment belongs to it.
        let end = Instant(milliseconds: at.milliseconds + 1)
        crew.spans = try Duty.spans(lines: lines, from: day, until: end, tx)
        return crew
    }

    private static func held(_ table: SQL, _ at: Instant) -> SQL {
        "\(table).from_at <= \(at) AND (\(table).until_at IS NULL OR \(table).until_at > \(at))"
    }

    private func holds(_ span: DutySpan) -> Bool { span.until.map { $0 > at } ?? true }

    /// Where everybody of a line is just then.
    func present(_ line: LineID) -> [DutySpan] { spans.filter { $0.line == line && holds($0) } }

    func onDuty(_ line: LineID) -> [PersonID] {
        present(line).filter { $0.state == .on || $0.state == .busy }.map(\.person)
    }

    func isAttended(_ line: LineID) -> Bool { !onDuty(line).isEmpty }

    /// A person's spans of the day on the lines that a viewer may look at.
    func spans(of person: PersonID, on isSeen: (LineID) -> Bool) -> [DutySpan] {
        spans.filter { $0.person == person && isSeen($0.line) }
    }

    func isNow(_ span: DutySpan) -> Bool { holds(span) }
}
