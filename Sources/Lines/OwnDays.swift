import EventLog
package import Kernel
import Storage
import Web

/// A day of one line that is not like others: closed, or with other hours.
package struct OwnDay: Sendable, Equatable {
    package let day: LocalDate
    /// None: closed.
    package let hours: [WorkingHours.Interval]
    package let title: String

    package init(_ day: LocalDate, _ hours: [WorkingHours.Interval] = [], title: String = "") {
        (self.day, self.hours, self.title) = (day, hours, title)
    }
}

/// What makes a line's calendar its own. Deadlines that were promised stay.
extension LinesRoom {
    /// Whether the organisation's production calendar holds for the line. One that nobody has filled is filled with the delivered years.
    package func follow(_ follows: Bool, on line: LineID, by viewer: Viewer) async throws {
        let share = site.share
        try await change(line, by: viewer) { line, now, tx in
            guard line.followsCalendar != follows else { return nil }
            if follows { _ = try Self.fillCalendar(from: share, by: viewer, at: now, tx) }
            try tx.run("UPDATE line SET follows_calendar = \(follows) WHERE id = \(line.id)")
            return try EventLog.append(
                .calendarFollowed, by: viewer.person, at: now, subject: line.id.text,
                data: ["state": follows ? "on" : "off"], in: tx)
        }
    }

    package func setDay(_ day: OwnDay, on line: LineID, by viewer: Viewer) async throws {
        guard day.title.count <= 120 else { throw WebError.tooLong(field: "title", limit: 120) }
        try await change(line, by: viewer) { line, now, tx in
            guard try !Lines.ownDays(of: line.id, tx).contains(day) else { return nil }
            let hours = WorkingHours.text(day.hours), kind = day.hours.isEmpty ? "off" : "hours"
            try tx.run(
                """
                INSERT INTO calendar_day (organisation_id, line_id, day, kind, hours, title)
                VALUES (\(line.organisation), \(line.id), \(day.day.description), \(kind), \(hours), \(day.title))
                ON CONFLICT (line_id, day) DO UPDATE SET kind = excluded.kind, hours = excluded.hours,
                    title = excluded.title
                """)
            return try EventLog.append(
                .calendarDaySet, by: viewer.person, at: now, subject: line.id.text,
                data: ["day": day.day.description, "kind": kind], in: tx)
        }
    }

    package func removeDay(_ day: LocalDate, on line: LineID, by viewer: Viewer) async throws {
        try await change(line, by: viewer) { line, now, tx in
            let removed = try tx.run("DELETE FROM calendar_day WHERE line_id = \(line.id) AND day = \(day.description)")
            guard removed > 0 else { return nil }
            return try EventLog.append(
                .calendarDayRemoved, by: viewer.person, at: now, subject: line.id.text,
                data: ["day": day.description], in: tx)
        }
    }
}

extension Lines {
    static func ownDays(of line: LineID, _ tx: any ReadTransaction) throws -> [OwnDay] {
        try tx.all("SELECT day, hours, title FROM calendar_day WHERE line_id = \(line) ORDER BY day") {
            row -> OwnDay? in
            guard let day = CalendarText.date(try row[0] as String) else { return nil }
            return OwnDay(day, WorkingHours.intervals(try row[1]), title: try row[2])
        }.compactMap(\.self)
    }
}
