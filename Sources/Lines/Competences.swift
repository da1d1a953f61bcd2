import EventLog
package import Kernel
import People
import Storage

extension LinesRoom {
    /// Lets a person work on a line, from now. A level that is already held is closed and the new one opened, so that who knew
    /// what on a past day stays a query. Requests are not touched.
    package func giveCompetence(
        on id: LineID, to person: PersonID, _ level: CompetenceLevel, by viewer: Viewer
    ) async throws {
        try await change(id, by: viewer, touching: person) { line, now, tx in
            guard
                try tx.exists(
                    "SELECT 1 FROM person WHERE id = \(person) AND organisation_id = \(line.organisation)")
            else { throw LineError.personUnknown }
            let before = try Self.level(of: person, on: id, tx)
            guard before != level else { return nil }
            // The role comes with the first line, so that nobody is put on a line and then sees nothing of it.
            try Hand(organisation: line.organisation, person: viewer.person, at: now, tx: tx).give(
                .specialist, to: person)
            try Self.close(person, on: id, at: now, tx)
            try tx.run(
                """
                INSERT INTO competence (id, organisation_id, line_id, person_id, level, from_at, by_id)
                VALUES (\(ID<CompetenceLevel>.new(at: now)), \(line.organisation), \(id), \(person), \(level), \(now),
                    \(viewer.person))
                """)
            return try EventLog.append(
                .competenceGiven, by: viewer.person, at: now, subject: id.text,
                data: ["person": person.text, "level": level.rawValue, "from": before?.rawValue], in: tx)
        }
    }

    /// Ends a person's work on a line. What is assigned to them stays theirs.
    package func takeCompetence(on id: LineID, from person: PersonID, by viewer: Viewer) async throws {
        try await change(id, by: viewer, touching: person) { line, now, tx in
            guard let level = try Self.level(of: person, on: id, tx) else { throw LineError.personUnknown }
            try Self.close(person, on: id, at: now, tx)
            return try EventLog.append(
                .competenceTaken, by: viewer.person, at: now, subject: id.text,
                data: ["person": person.text, "level": level.rawValue], in: tx)
        }
    }

    private static func level(
        of person: PersonID, on line: LineID, _ tx: any ReadTransaction
    ) throws -> CompetenceLevel? {
        try tx.value(
            "SELECT level FROM competence WHERE line_id = \(line) AND person_id = \(person) AND until_at IS NULL")
    }

    private static func close(
        _ person: PersonID, on line: LineID, at now: Instant, _ tx: any WriteTransaction
    ) throws {
        try tx.run(
            "UPDATE competence SET until_at = \(now) WHERE line_id = \(line) AND person_id = \(person) AND until_at IS NULL"
        )
    }
}
