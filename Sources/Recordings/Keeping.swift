import Files
package import Kernel
import NIOPosix
package import Storage
import Web

extension Recordings {
    /// Begins a recording, or goes on with it: an agent may come again, also to another node.
    /// - Returns: when it began, which all its times are counted from.
    package func begin(
        _ id: RecordingID, of request: RequestID, in organisation: OrganisationID
    ) async throws -> Instant {
        let now = site.now()
        return try await database.write(in: organisation) { tx in
            try Self.begin(id, .session, of: request, in: organisation, at: now, tx)
            return try tx.value("SELECT began_at FROM recording WHERE id = \(id)") ?? now
        }
    }

    /// The same in a transaction of whoever allows it. One that was begun stays as it is.
    package static func begin(
        _ id: RecordingID, _ kind: Recording.Kind, of request: RequestID, in organisation: OrganisationID,
        at now: Instant, _ tx: any WriteTransaction
    ) throws {
        try tx.run(
            """
            INSERT INTO recording (id, organisation_id, request_id, kind, began_at)
            VALUES (\(id), \(organisation), \(request), \(kind), \(now)) ON CONFLICT (id) DO NOTHING
            """)
    }

    /// Keeps a part: first the bytes on the disk, then the row that names them. Nothing is kept of what was removed already.
    /// - Parameter isWanted: asked in the transaction of the row, since much may have changed while the bytes were written.
    /// - Returns: whether it was kept.
    @discardableResult
    package func keep(
        _ bytes: [UInt8], from: Int64, until: Int64, of id: RecordingID, in organisation: OrganisationID,
        isWanted: @escaping @Sendable (any WriteTransaction) throws -> Bool = { _ in true }
    ) async throws -> Bool {
        let isThere: SQL = "SELECT 1 FROM recording WHERE id = \(id) AND removed_at IS NULL"
        guard try await database.read({ tx in try tx.exists(isThere) }) else { return false }
        let place = try await aside { try store.append(bytes, to: id.text) }
        let (goesOn, isKept) = try await database.write(in: organisation) { tx in
            guard try tx.exists(isThere) else { return (false, false) }
            guard try isWanted(tx) else { return (true, false) }
            try tx.run(
                """
                INSERT INTO recording_part (recording_id, from_ms, until_ms, place, bytes)
                VALUES (\(id), \(from), \(max(from, until)), \(place), \(bytes.count))
                ON CONFLICT (recording_id, from_ms) DO NOTHING
                """)
            return (true, true)
        }
        // It was removed meanwhile, and the bytes have made its file anew.
        if !goesOn { try await aside { store.remove(id.text) } }
        return isKept
    }

    package func read(_ part: RecordingPart, of id: RecordingID) async throws -> [UInt8] {
        try await aside { try store.read(id.text, at: part.place, count: part.bytes) }
    }

    /// Waits for the disk on a thread that may wait.
    private func aside<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    /// Removes what has been kept as long as its organisation wished, counted from its last part: what is being recorded is never
    /// removed. That it was recorded, and how long, stays.
    package func sweep() async throws {
        let now = site.now(), usual = RecordingPolicy().days
        let due = try await database.read { tx in
            try tx.all(
                """
                SELECT id, recording.organisation_id, began_at, COALESCE(days, \(usual)), (
                    SELECT COALESCE(MAX(until_ms), 0) FROM recording_part WHERE recording_id = recording.id)
                FROM recording
                LEFT JOIN recording_policy ON recording_policy.organisation_id = recording.organisation_id
                WHERE removed_at IS NULL AND began_at < \(now - .days(RecordingPolicy.daysKept.lowerBound))
                """
            ) { row in
                var policy = RecordingPolicy()
                policy.days = try row[3]
                let last = Instant(milliseconds: (try row[2] as Instant).milliseconds + (try row[4] as Int64))
                return try (
                    id: row[0] as RecordingID, organisation: row[1] as OrganisationID,
                    isDue: last < policy.removesBefore(now)
                )
            }.filter(\.isDue)
        }
        for (id, organisation, _) in due {
            // First the file: what a crash leaves undone is found again by the row.
            try await aside { store.remove(id.text) }
            try await database.write(in: organisation) { tx in
                let length: Int64 = try Recording.find(id, tx)?.length ?? 0
                try tx.run("UPDATE recording SET removed_at = \(now), length = \(length) WHERE id = \(id)")
                try tx.run("DELETE FROM recording_part WHERE recording_id = \(id)")
            }
        }
    }
}
