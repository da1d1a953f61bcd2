import Duty
import EventLog
package import Kernel
import Lines
import Storage
import Web

/// Setting the rules of a line.
extension Routing {
    package func keep(_ settings: RoutingSettings, idle: Minutes?, of id: LineID, by viewer: Viewer) async throws {
        guard viewer.isAdministrator else { throw RoutingError.notFound }
        let now = site.now()
        let number = try await database.write(in: viewer.organisation) { tx -> Int64 in
            guard try Lines.find(id, in: viewer.organisation, tx) != nil else { throw RoutingError.notFound }
            if let target = settings.overflow?.line {
                guard target != id, try Lines.find(target, in: viewer.organisation, tx)?.isArchived == false else {
                    throw RoutingError.sameLine
                }
            }
            try DutyRoom.setLimit(idle, of: id, viewer.organisation, by: viewer.person, at: now, tx)
            let before = try Self.settings(in: viewer.organisation, tx)[id] ?? RoutingSettings()
            guard before != settings else { return try EventLog.newest(in: tx.lane, tx) }
            try Self.write(settings, of: id, in: viewer.organisation, tx)
            return try EventLog.append(
                .routingChanged, by: viewer.person, at: now, subject: id.text,
                data: ["fields": Self.changed(before, settings).joined(separator: ",")], in: tx)
        }
        bell.ring(viewer.organisation, number, topics: ["line/\(id)"])
    }

    private static func write(
        _ settings: RoutingSettings, of line: LineID, in organisation: OrganisationID, _ tx: any WriteTransaction
    ) throws {
        try tx.run(
            """
            INSERT INTO routing_rule (line_id, organisation_id, mode, first, most, accept_minutes, reserve_minutes, overflow_line,
                overflow_minutes, escalate_minutes, tells)
            VALUES (\(line), \(organisation), \(settings.mode.rawValue), \(settings.first.rawValue), \(settings.most),
                \(settings.accept), \(settings.reserve), \(settings.overflow?.line), \(settings.overflow?.after),
                \(settings.escalate), \(settings.tells))
            ON CONFLICT (line_id) DO UPDATE SET mode = excluded.mode, first = excluded.first, most = excluded.most,
                accept_minutes = excluded.accept_minutes, reserve_minutes = excluded.reserve_minutes,
                overflow_line = excluded.overflow_line, overflow_minutes = excluded.overflow_minutes,
                escalate_minutes = excluded.escalate_minutes, tells = excluded.tells
            """)
    }

    private static func changed(_ old: RoutingSettings, _ new: RoutingSettings) -> [String] {
        [
            ("mode", old.mode == new.mode), ("first", old.first == new.first), ("most", old.most == new.most),
            ("accept", old.accept == new.accept), ("reserve", old.reserve == new.reserve),
            ("overflow", old.overflow?.line == new.overflow?.line && old.overflow?.after == new.overflow?.after),
            ("escalate", old.escalate == new.escalate), ("tells", old.tells == new.tells),
        ].filter { !$0.1 }.map(\.0)
    }
}

/// Who answers for a client or a unit on a line, dated.
package struct Responsible: Sendable {
    package let id: ID<Responsible>
    package let unit: UnitID?
    package let client: PersonID?
    package let person: PersonID
    package let from: Instant
}

extension Routing {
    package func name(
        _ person: PersonID, for unit: UnitID?, or client: PersonID?, on line: LineID, by viewer: Viewer
    ) async throws {
        guard viewer.isAdministrator else { throw RoutingError.notFound }
        guard (unit == nil) != (client == nil) else { throw RoutingError.whomFirst }
        let now = site.now()
        try await database.write(in: viewer.organisation) { tx in
            guard try Lines.find(line, in: viewer.organisation, tx) != nil else { throw RoutingError.notFound }
            guard try Lines.staff(of: line, tx).contains(where: { $0.0 == person }) else {
                throw RoutingError.noSuchPerson
            }
            let isKnown =
                try unit.map {
                    try tx.exists("SELECT 1 FROM unit WHERE id = \($0) AND organisation_id = \(viewer.organisation)")
                }
                ?? tx.exists("SELECT 1 FROM person WHERE id = \(client) AND organisation_id = \(viewer.organisation)")
            guard isKnown else { throw RoutingError.whomFirst }
            let whose: SQL = unit.map { "unit_id = \($0)" } ?? "client_id = \(client)"
            try tx.run(
                "UPDATE responsible SET until_at = \(now) WHERE line_id = \(line) AND \(whose) AND until_at IS NULL")
            try tx.run(
                """
                INSERT INTO responsible (id, organisation_id, line_id, unit_id, client_id, person_id, from_at, by_id)
                VALUES (\(ID<Responsible>.new(at: now)), \(viewer.organisation), \(line), \(unit), \(client), \(person), \(now),
                    \(viewer.person))
                """)
            try EventLog.append(
                .responsibleNamed, by: viewer.person, at: now, subject: line.text,
                data: ["person": person.text, "unit": unit?.text, "client": client?.text], in: tx)
        }
    }

    package func end(_ id: ID<Responsible>, on line: LineID, by viewer: Viewer) async throws {
        guard viewer.isAdministrator else { throw RoutingError.notFound }
        let now = site.now()
        try await database.write(in: viewer.organisation) { tx in
            let person: PersonID? = try tx.value(
                """
                SELECT person_id FROM responsible WHERE id = \(id) AND line_id = \(line)
                    AND organisation_id = \(viewer.organisation) AND until_at IS NULL
                """)
            guard let person else { throw RoutingError.notFound }
            try tx.run("UPDATE responsible SET until_at = \(now) WHERE id = \(id)")
            try EventLog.append(
                .responsibleEnded, by: viewer.person, at: now, subject: line.text, data: ["person": person.text], in: tx
            )
        }
    }

    static func responsible(on line: LineID, _ tx: any ReadTransaction) throws -> [Responsible] {
        try tx.all(
            """
            SELECT id, unit_id, client_id, person_id, from_at FROM responsible WHERE line_id = \(line) AND until_at IS NULL
            ORDER BY from_at, id
            """
        ) { row in try Responsible(id: row[0], unit: row[1], client: row[2], person: row[3], from: row[4]) }
    }

    /// Who answers for a client: named for the client, then for the nearest unit above.
    static func responsible(
        for client: PersonID, of unit: UnitID?, on line: LineID, _ tx: any ReadTransaction
    ) throws -> [PersonID] {
        try tx.all(
            """
            SELECT responsible.person_id FROM responsible LEFT JOIN unit AS above ON above.id = responsible.unit_id
                LEFT JOIN unit AS own ON own.id = \(unit?.text ?? "")
            WHERE responsible.line_id = \(line) AND responsible.until_at IS NULL
                AND (responsible.client_id = \(client) OR substr(own.path, 1, length(above.path)) = above.path)
            ORDER BY CASE WHEN responsible.client_id IS NULL THEN 1 ELSE 0 END, length(above.path) DESC, responsible.id
            """
        ) { row in try row[0] }
    }
}
