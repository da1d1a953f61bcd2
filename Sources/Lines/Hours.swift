import EventLog
package import Kernel
import Storage

extension LinesRoom {
    /// Replaces the weekly hours. Deadlines that were computed before stay as they were promised.
    package func setHours(_ id: LineID, to hours: WorkingHours, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { line, now, tx in
            try Self.setHours(line, to: hours, by: viewer, at: now, tx)
        }
    }

    static func setHours(
        _ line: Line, to hours: WorkingHours, by viewer: Viewer, at now: Instant, _ tx: any WriteTransaction
    ) throws -> Int64? {
        guard line.hours != hours else { return nil }
        try write(hours, of: line.id, in: line.organisation, tx)
        return try EventLog.append(
            .lineHoursChanged, by: viewer.person, at: now, subject: line.id.text,
            data: ["minutes": String(hours.weekly.count)], in: tx)
    }

    static func write(
        _ hours: WorkingHours, of id: LineID, in organisation: OrganisationID, _ tx: any WriteTransaction
    ) throws {
        try tx.run("DELETE FROM line_hours WHERE line_id = \(id)")
        let rows: [SQL] = hours.days.sorted { $0.key < $1.key }.flatMap { day, intervals in
            intervals.map { "(\(id), \(organisation), \(day), \($0.from), \($0.until))" }
        }
        guard !rows.isEmpty else { return }
        try tx.run(
            """
            INSERT INTO line_hours (line_id, organisation_id, weekday, from_minute, until_minute)
            VALUES \(SQL.joined(rows, by: ", "))
            """)
    }
}

extension WorkingHours {
    /// Open time of an ordinary week.
    package var weekly: Minutes {
        Minutes(days.values.joined().reduce(0) { $0 + $1.until - $1.from })
    }
}
