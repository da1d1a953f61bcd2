package import Kernel
package import Storage
import Web

extension ConnectionRoom {
    /// Checks of one person in a day: a page that runs wild fills no disk.
    static let mostInADay = 200
    /// Checks of one person on one device that are older than a day.
    static let mostOnDevice = 10
    /// How long a check tells anything.
    static let daysKept = 90

    /// Keeps what a page found. The same check told again, after a microphone was tried, is the same row.
    package func keep(_ check: Check, on device: String, in session: SessionID, by viewer: Viewer) async throws {
        let now = site.now()
        try await database.write(in: viewer.organisation) { tx in
            let known: PersonID? = try tx.value("SELECT person_id FROM connection_check WHERE id = \(check.id)")
            guard known ?? viewer.person == viewer.person else { throw WebError.notFound }
            let today: Int = try tx.value(
                """
                SELECT COUNT(*) FROM connection_check WHERE person_id = \(viewer.person) AND at > \(now - Minutes.days(1))
                """)!
            guard known != nil || today < Self.mostInADay else { throw ConnectionError.tooOften }
            let way = Way.of(check.results).rawValue
            try tx.run(
                """
                INSERT INTO connection_check (id, organisation_id, person_id, session_id, at, way, device)
                VALUES (\(check.id), \(viewer.organisation), \(viewer.person), \(session), \(now), \(way), \(device))
                ON CONFLICT (id) DO UPDATE SET way = excluded.way
                """)
            for (step, outcome) in check.results {
                try tx.send(
                    """
                    INSERT INTO connection_step (check_id, step, outcome) VALUES (\(check.id), \(step), \(outcome))
                    ON CONFLICT (check_id, step) DO UPDATE SET outcome = excluded.outcome
                    """)
            }
            for (figure, value) in check.figures {
                try tx.send(
                    """
                    INSERT INTO connection_figure (check_id, figure, value) VALUES (\(check.id), \(figure), \(value))
                    ON CONFLICT (check_id, figure) DO UPDATE SET value = excluded.value
                    """)
            }
            let old = try tx.all(
                """
                SELECT id, at FROM connection_check WHERE person_id = \(viewer.person) AND session_id = \(session)
                ORDER BY at DESC, id DESC
                """
            ) { row in (id: try row[0] as CheckID, at: try row[1] as Instant) }
            try Self.drop(
                old.dropFirst(Self.mostOnDevice).filter { $0.at < now - Minutes.days(1) }.map(\.id), in: tx)
        }
    }

    /// Removes what tells nothing any more.
    package static func sweep(at now: Instant, in tx: any WriteTransaction) throws {
        try drop(
            tx.all("SELECT id FROM connection_check WHERE at < \(now - Minutes.days(daysKept))") { row in try row[0] },
            in: tx)
    }

    private static func drop(_ checks: [CheckID], in tx: any WriteTransaction) throws {
        for start in stride(from: 0, to: checks.count, by: 500) {
            let some = Array(checks[start..<min(start + 500, checks.count)])
            try tx.run("DELETE FROM connection_step WHERE check_id IN (\(some))")
            try tx.run("DELETE FROM connection_figure WHERE check_id IN (\(some))")
            try tx.run("DELETE FROM connection_check WHERE id IN (\(some))")
        }
    }
}

/// The newest check of a person on a device.
struct Seated: Sendable {
    let id: CheckID
    let person: PersonID
    let at: Instant
    let way: Way
    let device: String
    var results: [Step: Outcome] = [:]
    var figures: [Figure: Int] = [:]
}

extension ConnectionRoom {
    struct Question: Sendable, Equatable {
        var way: Way?
        /// Only chairs where this step is in trouble.
        var trouble: Step?
    }

    static let mostRows = 300

    /// The newest check of each device that somebody of the organisation sat at: few are older, and each asks one step of an index.
    static func newest(in organisation: OrganisationID) -> SQL {
        """
        connection_check WHERE organisation_id = \(organisation) AND NOT EXISTS (
            SELECT 1 FROM connection_check AS later WHERE later.person_id = connection_check.person_id
            AND later.session_id = connection_check.session_id
            AND (later.at, later.id) > (connection_check.at, connection_check.id))
        """
    }

    static func counts(in organisation: OrganisationID, _ tx: any ReadTransaction) throws -> [Way: Int] {
        var counts: [Way: Int] = [:]
        try tx.query("SELECT way, COUNT(*) FROM \(newest(in: organisation)) GROUP BY way") { row in
            counts[Way(rawValue: try row[0]) ?? .pages] = try row[1]
        }
        return counts
    }

    static func seated(
        _ question: Question, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [Seated] {
        let way: SQL = question.way.map { "AND way = \($0.rawValue)" } ?? ""
        let troubles = Outcome.allCases.filter(\.isTrouble).map(\.rawValue)
        let trouble: SQL =
            question.trouble.map { step in
                """
                AND EXISTS (SELECT 1 FROM connection_step WHERE check_id = connection_check.id AND step = \(step)
                    AND outcome IN (\(troubles)))
                """
            } ?? ""
        var rows = try tx.all(
            """
            SELECT id, person_id, at, way, device FROM \(newest(in: organisation)) \(way) \(trouble)
            ORDER BY at DESC, id DESC LIMIT \(mostRows)
            """
        ) { row in
            try Seated(
                id: row[0], person: row[1], at: row[2], way: Way(rawValue: row[3]) ?? .pages, device: row[4])
        }
        let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.id, $0) })
        guard !rows.isEmpty else { return [] }
        try tx.query(
            "SELECT check_id, step, outcome FROM connection_step WHERE check_id IN (\(rows.map(\.id)))"
        ) { row in
            guard let place = places[try row[0]], let step = Step(rawValue: try row[1]) else { return }
            rows[place].results[step] = Outcome(rawValue: try row[2])
        }
        try tx.query(
            "SELECT check_id, figure, value FROM connection_figure WHERE check_id IN (\(rows.map(\.id)))"
        ) { row in
            guard let place = places[try row[0]], let figure = Figure(rawValue: try row[1]) else { return }
            rows[place].figures[figure] = try row[2]
        }
        return rows
    }
}
