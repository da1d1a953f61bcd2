import EventLog
package import Kernel
import Storage
import Web

/// What an administrator says of a line.
package struct LineDetails: Sendable, Equatable {
    /// A year: beyond it a planned time says nothing.
    package static let longestPlanned = Minutes.days(366)

    package var clientName: String
    /// Empty: the same as for clients.
    package var staffName: String
    package var description: String
    package var icon: String
    package var zone: Zone
    package var ways: Set<Way>
    package var planned: Minutes

    package init(
        clientName: String, staffName: String = "", description: String = "", icon: String = "headset",
        zone: Zone = .moscow,
        ways: Set<Way> = Set(Way.allCases), planned: Minutes = .hours(8)
    ) {
        self.clientName = clientName
        self.staffName = staffName.isEmpty ? clientName : staffName
        self.description = description
        self.icon = icon
        self.zone = zone
        self.ways = ways
        self.planned = planned
    }

    init(_ line: Line) {
        self.init(
            clientName: line.clientName, staffName: line.staffName, description: line.description, icon: line.icon,
            zone: line.zone, ways: line.ways, planned: line.planned)
    }

    func check() throws(LineError) {
        guard !ways.isEmpty else { throw .waysEmpty }
        guard planned.count > 0, planned <= Self.longestPlanned else { throw .plannedWrong }
    }

    /// The fields in which two descriptions differ, by the codes that the log keeps.
    func differences(from other: LineDetails) -> [String] {
        [
            ("client-name", clientName == other.clientName), ("staff-name", staffName == other.staffName),
            ("description", description == other.description), ("icon", icon == other.icon),
            ("zone", zone == other.zone),
            ("ways", ways == other.ways), ("planned", planned == other.planned),
        ].filter { !$0.1 }.map(\.0)
    }
}

extension LinesRoom {
    @discardableResult
    package func createLine(
        _ details: LineDetails, audience: Audience = .everybody, hours: WorkingHours = .none, by viewer: Viewer
    ) async throws -> LineID {
        guard viewer.isAdministrator else { throw LineError.notFound }
        try details.check()
        try audience.check()
        let now = site.now(), id = LineID.new(at: now), organisation = viewer.organisation
        let number = try await database.write(in: organisation) { tx in
            try Self.checkName(details.clientName, besides: nil, in: organisation, tx)
            try tx.run(
                """
                INSERT INTO line (id, organisation_id, client_name, staff_name, description, icon, zone, audience, ways,
                    planned_minutes, sort, made_at)
                VALUES (\(id), \(organisation), \(details.clientName), \(details.staffName), \(details.description),
                    \(details.icon), \(details.zone.name), \(audience.code), \(Way.text(details.ways)),
                    \(details.planned), (SELECT COALESCE(MAX(sort), 0) + 1 FROM line WHERE organisation_id = \(organisation)),
                    \(now))
                """)
            try Self.write(audience, of: id, in: organisation, tx)
            try Self.write(hours, of: id, in: organisation, tx)
            return try EventLog.append(.lineMade, by: viewer.person, at: now, subject: id.text, in: tx)
        }
        bell.ring(organisation, number, topics: ["line/\(id)"])
        return id
    }

    package func changeLine(_ id: LineID, to details: LineDetails, by viewer: Viewer) async throws {
        try details.check()
        try await change(id, by: viewer) { line, now, tx in
            try Self.describe(line, as: details, by: viewer, at: now, tx)
        }
    }

    /// The page with all settings of a line: description, audience and hours in one act. `version` is what the page was made
    /// from; when somebody has changed the settings since, nothing is kept.
    func saveLine(
        _ id: LineID, _ details: LineDetails, _ audience: Audience, _ hours: WorkingHours, version: Int64,
        by viewer: Viewer
    ) async throws {
        try details.check()
        try audience.check()
        try await change(id, by: viewer) { line, now, tx in
            guard try Lines.version(of: line, tx) == version else { throw LineError.changedMeanwhile }
            let numbers = [
                try Self.describe(line, as: details, by: viewer, at: now, tx),
                try Self.open(line, to: audience, by: viewer, at: now, tx),
                try Self.setHours(line, to: hours, by: viewer, at: now, tx),
            ]
            return numbers.compactMap(\.self).last
        }
    }

    static func describe(
        _ line: Line, as details: LineDetails, by viewer: Viewer, at now: Instant, _ tx: any WriteTransaction
    ) throws -> Int64? {
        let fields = details.differences(from: LineDetails(line))
        guard !fields.isEmpty else { return nil }
        try checkName(details.clientName, besides: line.id, in: line.organisation, tx)
        try tx.run(
            """
            UPDATE line SET client_name = \(details.clientName), staff_name = \(details.staffName),
                description = \(details.description), icon = \(details.icon), zone = \(details.zone.name),
                ways = \(Way.text(details.ways)), planned_minutes = \(details.planned)
            WHERE id = \(line.id)
            """)
        return try EventLog.append(
            .lineChanged, by: viewer.person, at: now, subject: line.id.text,
            data: ["fields": fields.joined(separator: ",")], in: tx)
    }

    /// Two lines of one name would be two cards that a client cannot tell apart.
    static func checkName(
        _ name: String, besides line: LineID?, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws {
        let names: [(LineID, String)] = try tx.all(
            "SELECT id, client_name FROM line WHERE organisation_id = \(organisation) AND archived_at IS NULL"
        ) { row in try (row[0], row[1]) }
        let folded = Text.folded(name)
        guard !names.contains(where: { $0.0 != line && Text.folded($0.1) == folded }) else { throw LineError.nameTaken }
    }
}

extension Lines {
    /// Changes with the settings of a line: the number of the newest event that touched them.
    static func version(of line: Line, _ tx: any ReadTransaction) throws -> Int64 {
        let kinds: [EventKind] = [.lineMade, .lineChanged, .lineAudienceChanged, .lineHoursChanged]
        return try tx.value("SELECT MAX(number) FROM event WHERE subject_id = \(line.id) AND kind IN (\(kinds))") ?? 0
    }
}
