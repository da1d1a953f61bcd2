import EventLog
import Foundation
package import Kernel
package import Storage
import Web

/// The production calendar of an organisation: days off, shortened and moved days, year by year. Deadlines that were promised stay as
/// they are when it changes.
extension LinesRoom {
    /// Sets a day, or changes it; what a person has set is sure.
    package func setCalendarDay(_ day: CalendarDay, by viewer: Viewer) async throws {
        guard day.title.count <= 120 else { throw WebError.tooLong(field: "title", limit: 120) }
        try await changeCalendar(by: viewer) { now, tx in
            let known = try Lines.productionCalendar(of: viewer.organisation, tx).first { $0.day == day.day }
            guard known != day else { return nil }
            try Self.write([day], in: viewer.organisation, tx)
            return try EventLog.append(
                .calendarDaySet, by: viewer.person, at: now,
                data: ["day": day.day.description, "kind": day.kind.rawValue], in: tx)
        }
    }

    /// The day is like others of its weekday again.
    package func removeCalendarDay(_ day: LocalDate, by viewer: Viewer) async throws {
        try await changeCalendar(by: viewer) { now, tx in
            let removed = try tx.run(
                """
                DELETE FROM calendar_day
                WHERE organisation_id = \(viewer.organisation) AND line_id IS NULL AND day = \(day.description)
                """)
            guard removed > 0 else { return nil }
            return try EventLog.append(
                .calendarDayRemoved, by: viewer.person, at: now, data: ["day": day.description], in: tx)
        }
    }

    /// Takes in whole years from a text: what was said of the days of these years before is replaced.
    /// - Returns: how many days were taken in.
    package func importCalendar(_ text: String, by viewer: Viewer) async throws -> Int {
        guard let days = try? CalendarText.parse(text), !days.isEmpty else { throw LineError.calendarUnreadable }
        try await changeCalendar(by: viewer) { now, tx in
            try Self.replace(with: days, by: viewer, at: now, tx)
        }
        return days.count
    }

    /// The calendar of a year that Okno is delivered with.
    package func takeDeliveredCalendar(_ year: Int, by viewer: Viewer) async throws {
        guard let days = Self.delivered(site.share)[year] else { throw LineError.notFound }
        try await changeCalendar(by: viewer) { now, tx in try Self.replace(with: days, by: viewer, at: now, tx) }
    }

    /// The years that lie beside the program.
    static func delivered(_ share: String) -> [Int: [CalendarDay]] {
        let folder = share + "/calendar"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        let days = names.filter { $0.hasSuffix(".json") }.compactMap { name in
            (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)).flatMap { try? CalendarText.parse($0) }
        }
        return Dictionary(grouping: days.joined(), by: \.day.year)
    }

    /// A line that begins to follow a calendar which nobody has filled gets the delivered one.
    static func fillCalendar(
        from share: String, by viewer: Viewer, at now: Instant, _ tx: any WriteTransaction
    ) throws -> Int64? {
        guard try Lines.productionCalendar(of: viewer.organisation, tx).isEmpty else { return nil }
        let days = delivered(share).values.joined()
        return days.isEmpty ? nil : try replace(with: Array(days), by: viewer, at: now, tx)
    }

    private static func replace(
        with days: [CalendarDay], by viewer: Viewer, at now: Instant, _ tx: any WriteTransaction
    ) throws -> Int64? {
        let days = days.sorted { $0.day < $1.day }
        guard let first = days.first?.day, let last = days.last?.day else { return nil }
        for year in Set(days.map(\.day.year)).sorted() {
            try tx.run(
                """
                DELETE FROM calendar_day WHERE organisation_id = \(viewer.organisation) AND line_id IS NULL
                    AND day >= \("\(year)-01-01") AND day <= \("\(year)-12-31")
                """)
        }
        try write(days, in: viewer.organisation, tx)
        return try EventLog.append(
            .calendarImported, by: viewer.person, at: now,
            data: ["total": String(days.count), "from": first.description, "to": last.description], in: tx)
    }

    private static func write(
        _ days: [CalendarDay], in organisation: OrganisationID, _ tx: any WriteTransaction
    ) throws {
        for day in days {
            try tx.send(
                """
                INSERT INTO calendar_day (organisation_id, day, kind, hours, title, is_unsure)
                VALUES (\(organisation), \(day.day.description), \(day.kind.rawValue), '', \(day.title), \(day.isUnsure))
                ON CONFLICT (organisation_id, day) WHERE line_id IS NULL DO UPDATE SET kind = excluded.kind,
                    title = excluded.title, is_unsure = excluded.is_unsure
                """)
        }
    }

    /// One act on what all lines share.
    private func changeCalendar(
        by viewer: Viewer, _ body: @escaping @Sendable (Instant, any WriteTransaction) throws -> Int64?
    ) async throws {
        guard viewer.isAdministrator else { throw LineError.notFound }
        let now = site.now()
        let number = try await database.write(in: viewer.organisation) { tx in try body(now, tx) }
        if let number { bell.ring(viewer.organisation, number, topics: ["calendar"]) }
    }
}

extension Lines {
    /// The days of the organisation's production calendar, in order.
    package static func productionCalendar(
        of organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [CalendarDay] {
        try tx.all(
            """
            SELECT day, kind, title, is_unsure FROM calendar_day
            WHERE organisation_id = \(organisation) AND line_id IS NULL ORDER BY day
            """
        ) { row -> CalendarDay? in
            guard let day = CalendarText.date(try row[0] as String), let kind = DayKind(rawValue: try row[1]) else {
                return nil
            }
            return CalendarDay(day, kind, title: try row[2], isUnsure: try row[3])
        }.compactMap(\.self)
    }
}

extension SpecialDays {
    /// Own days by line, and those of the production calendar under nil.
    static func read(
        _ lines: [LineID], in organisation: OrganisationID?, _ tx: any ReadTransaction
    ) throws -> [LineID?: SpecialDays] {
        guard let organisation, !lines.isEmpty else { return [:] }
        var days: [LineID?: SpecialDays] = [:]
        try tx.query(
            """
            SELECT line_id, day, kind, hours FROM calendar_day
            WHERE organisation_id = \(organisation) AND (line_id IS NULL OR line_id IN (\(lines)))
            """
        ) { row in
            guard let day = CalendarText.date(try row[1] as String) else { return }
            let line: LineID? = try row[0], kind: String = try row[2]
            if line == nil {
                days[nil, default: SpecialDays()].production[day] = DayKind(rawValue: kind)
            } else {
                days[line, default: SpecialDays()].own[day] = WorkingHours.intervals(try row[3])
            }
        }
        return days
    }
}
