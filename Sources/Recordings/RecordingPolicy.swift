package import Kernel
package import Storage

/// What an organisation allows to be recorded, and for how long it is kept. Nothing, until an administrator says otherwise.
package struct RecordingPolicy: Sendable, Equatable {
    /// Sessions of remote control are recorded, and the person at the computer is told so before agreeing.
    package var sessions = false
    /// Calls are recorded when all who are in one agree.
    package var calls = false
    package var days = 30
    /// A client may watch the recordings of their own computer.
    package var clients = false

    package static let daysKept = 1...3650

    package init() {}

    package static func of(_ organisation: OrganisationID, _ tx: any ReadTransaction) throws -> RecordingPolicy {
        let found = try tx.one(
            "SELECT sessions, days, clients, calls FROM recording_policy WHERE organisation_id = \(organisation)"
        ) { row in
            var policy = RecordingPolicy()
            (policy.sessions, policy.days) = try (row[0] as Int != 0, row[1])
            (policy.clients, policy.calls) = try (row[2] as Int != 0, row[3] as Int != 0)
            return policy
        }
        return found ?? RecordingPolicy()
    }

    func store(for organisation: OrganisationID, by person: PersonID, at now: Instant, in tx: any WriteTransaction)
        throws
    {
        try tx.run(
            """
            INSERT INTO recording_policy (organisation_id, sessions, calls, days, clients, changed_at, by_id)
            VALUES (\(organisation), \(sessions ? 1 : 0), \(calls ? 1 : 0), \(days), \(clients ? 1 : 0), \(now), \(person))
            ON CONFLICT (organisation_id) DO UPDATE SET sessions = excluded.sessions, calls = excluded.calls,
                days = excluded.days, clients = excluded.clients, changed_at = excluded.changed_at, by_id = excluded.by_id
            """)
    }

    /// Before when a recording must have ended to be removed now.
    func removesBefore(_ now: Instant) -> Instant { now - .days(days) }
}
