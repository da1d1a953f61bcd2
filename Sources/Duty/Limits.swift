import EventLog
package import Kernel
import Lines
package import Storage

/// After how many minutes without activity somebody on a line is away.
extension Duty {
    /// What was said of the organisation and of its lines; absent is nothing said.
    package struct Limits: Sendable, Equatable {
        package var organisation: Minutes?
        package var lines: [LineID: Minutes] = [:]

        package func inForce(on line: LineID) -> Minutes { lines[line] ?? organisation ?? IdleRule.usual }
    }

    package static func limits(in organisation: OrganisationID, _ tx: any ReadTransaction) throws -> Limits {
        var limits = Limits()
        try tx.query("SELECT line_id, idle_minutes FROM duty_rule WHERE organisation_id = \(organisation)") { row in
            let line: String = try row[0]
            if line.isEmpty { limits.organisation = try row[1] } else { limits.lines[LineID(line)] = try row[1] }
        }
        return limits
    }

    /// What is in force on each of these lines.
    package static func limits(
        of lines: [LineID], in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [LineID: Minutes] {
        let limits = try limits(in: organisation, tx)
        return Dictionary(lines.map { ($0, limits.inForce(on: $0)) }, uniquingKeysWith: { $1 })
    }
}

extension DutyRoom {
    package static let longestLimit = 480

    /// - Parameters:
    ///   - line: nil for all lines that say nothing of their own.
    ///   - minutes: nil leaves it to the organisation, and to Okno's usual.
    package func setLimit(_ minutes: Minutes?, of line: LineID?, by viewer: Viewer) async throws {
        guard line.map(viewer.leads) ?? viewer.isAdministrator else { throw DutyError.notFound }
        try await change(in: viewer.organisation, by: viewer.person) { change in
            if let line, try Lines.find(line, in: viewer.organisation, change.tx) == nil { throw DutyError.notFound }
            try Self.setLimit(minutes, of: line, change.organisation, by: viewer.person, at: change.at, change.tx)
        }
    }

    package static func setLimit(
        _ minutes: Minutes?, of line: LineID?, _ organisation: OrganisationID, by person: PersonID, at now: Instant,
        _ tx: any WriteTransaction
    ) throws {
        let limits = try Duty.limits(in: organisation, tx)
        let before = line.map { limits.lines[$0] } ?? limits.organisation
        guard before != minutes else { return }
        let key = line?.text ?? ""
        if let minutes {
            try tx.run(
                """
                INSERT INTO duty_rule (organisation_id, line_id, idle_minutes) VALUES (\(organisation), \(key), \(minutes))
                ON CONFLICT (organisation_id, line_id) DO UPDATE SET idle_minutes = excluded.idle_minutes
                """)
        } else {
            try tx.run("DELETE FROM duty_rule WHERE organisation_id = \(organisation) AND line_id = \(key)")
        }
        try EventLog.append(
            .dutyRuleChanged, by: person, at: now, subject: line?.text ?? organisation.text,
            data: ["from": before.map { String($0.count) }, "to": minutes.map { String($0.count) }], in: tx)
    }
}
