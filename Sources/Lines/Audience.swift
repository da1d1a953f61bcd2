import EventLog
package import Kernel
package import Storage

/// Who may ask a line.
package enum Audience: Sendable, Equatable {
    case everybody
    /// People of these units, with the units below them, and these people by name.
    case chosen(units: [UnitID], people: [PersonID])

    var code: String { self == .everybody ? "all" : "chosen" }

    var units: [UnitID] { if case .chosen(let units, _) = self { units } else { [] } }
    var people: [PersonID] { if case .chosen(_, let people) = self { people } else { [] } }

    func check() throws(LineError) {
        if self != .everybody, units.isEmpty, people.isEmpty { throw .audienceEmpty }
    }

    /// Each id once, in order, so that two audiences compare.
    var tidied: Audience {
        self == .everybody ? .everybody : .chosen(units: Set(units).sorted(), people: Set(people).sorted())
    }
}

extension Lines {
    package static func audience(of line: Line, _ tx: any ReadTransaction) throws -> Audience {
        let rows: [(UnitID?, PersonID?)] = try tx.all(
            "SELECT unit_id, person_id FROM line_audience WHERE line_id = \(line.id)"
        ) { row in try (row[0], row[1]) }
        guard !line.isForEverybody else { return .everybody }
        return Audience.chosen(units: rows.compactMap(\.0), people: rows.compactMap(\.1)).tidied
    }
}

extension LinesRoom {
    package func setAudience(_ id: LineID, to audience: Audience, by viewer: Viewer) async throws {
        try audience.check()
        try await change(id, by: viewer) { line, now, tx in
            try Self.open(line, to: audience, by: viewer, at: now, tx)
        }
    }

    static func open(
        _ line: Line, to audience: Audience, by viewer: Viewer, at now: Instant, _ tx: any WriteTransaction
    ) throws -> Int64? {
        let before = try Lines.audience(of: line, tx), audience = audience.tidied
        guard before != audience else { return nil }
        try tx.run("UPDATE line SET audience = \(audience.code) WHERE id = \(line.id)")
        try write(audience, of: line.id, in: line.organisation, tx)
        return try EventLog.append(
            .lineAudienceChanged, by: viewer.person, at: now, subject: line.id.text,
            data: [
                "from": before.code, "to": audience.code, "units": String(audience.units.count),
                "people": String(audience.people.count),
            ], in: tx)
    }

    static func write(
        _ audience: Audience, of id: LineID, in organisation: OrganisationID, _ tx: any WriteTransaction
    ) throws {
        let audience = audience.tidied
        try checkKnown(audience, in: organisation, tx)
        try tx.run("DELETE FROM line_audience WHERE line_id = \(id)")
        let units: [SQL] = audience.units.map { "(\(id), \(organisation), \($0), NULL)" }
        let people: [SQL] = audience.people.map { "(\(id), \(organisation), NULL, \($0))" }
        let rows = units + people
        // In portions: a statement may bind only so many values.
        for start in stride(from: 0, to: rows.count, by: portion) {
            let values = SQL.joined(Array(rows[start..<min(start + portion, rows.count)]), by: ", ")
            try tx.run("INSERT INTO line_audience (line_id, organisation_id, unit_id, person_id) VALUES \(values)")
        }
    }

    private static let portion = 1000

    private static func checkKnown(
        _ audience: Audience, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws {
        for start in stride(from: 0, to: audience.units.count, by: portion) {
            let ids = Array(audience.units.dropFirst(start).prefix(portion))
            let known: Int? = try tx.value(
                "SELECT COUNT(*) FROM unit WHERE organisation_id = \(organisation) AND id IN (\(ids))")
            guard known == ids.count else { throw LineError.audienceUnknown }
        }
        for start in stride(from: 0, to: audience.people.count, by: portion) {
            let ids = Array(audience.people.dropFirst(start).prefix(portion))
            let known: Int? = try tx.value(
                "SELECT COUNT(*) FROM person WHERE organisation_id = \(organisation) AND id IN (\(ids))")
            guard known == ids.count else { throw LineError.audienceUnknown }
        }
    }
}
