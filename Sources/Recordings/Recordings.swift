package import Files
package import Kernel
package import Storage
package import Web

package enum RecordingTag {}
package typealias RecordingID = ID<RecordingTag>

/// Recordings of screens and of calls: kept in parts of some seconds, each of which can be entered, so that a place in an hour is found by one row
/// and one read. Who may watch is answered by the room that records.
package struct Recordings: Sendable {
    package let database: Database
    let site: Site
    package let store: RecordingStore

    package init(database: Database, site: Site, store: RecordingStore) {
        (self.database, self.site, self.store) = (database, site, store)
    }
}

/// One recording as rows tell of it.
package struct Recording: Sendable, Equatable {
    /// Of what it is.
    package enum Kind: String, Sendable, SQLBindable, SQLReadable { case session, call }

    package let id: RecordingID
    package let began: Instant
    /// Milliseconds to the end of the last part.
    package let length: Int64
    /// Its time to be kept is over; that it was is told still.
    package let isRemoved: Bool

    package static func all(
        _ kind: Kind, of request: RequestID, _ tx: any ReadTransaction
    ) throws -> [Recording] {
        try tx.all(
            "\(columns) WHERE request_id = \(request) AND kind = \(kind) GROUP BY recording.id ORDER BY began_at", read)
    }

    package static func find(_ id: RecordingID, _ tx: any ReadTransaction) throws -> Recording? {
        try tx.one("\(columns) WHERE recording.id = \(id) GROUP BY recording.id", read)
    }

    /// «1:02:03»
    package static func time(_ milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000, hours = seconds / 3600
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let rest = "\(hours > 0 ? two(seconds / 60 % 60) : "\(seconds / 60 % 60)"):\(two(seconds % 60))"
        return hours > 0 ? "\(hours):\(rest)" : rest
    }

    private static let columns: SQL = """
        SELECT recording.id, began_at, removed_at, length, COALESCE(MAX(until_ms), 0)
        FROM recording LEFT JOIN recording_part ON recording_id = recording.id
        """

    private static func read(_ row: Row) throws -> Recording {
        let removed: Instant? = try row[2]
        return Recording(
            id: try row[0], began: try row[1], length: try row[3] ?? row[4] as Int64, isRemoved: removed != nil)
    }
}

/// One part of a recording: where it stands in time and in the file.
package struct RecordingPart: Sendable, Equatable {
    package let from: Int64, until: Int64
    let place: Int64, bytes: Int

    package enum Wanted: Sendable {
        /// The part that shows this moment.
        case at(Int64)
        /// The one behind the part that begins then.
        case after(Int64)
    }

    package static func find(_ wanted: Wanted, of id: RecordingID, _ tx: any ReadTransaction) throws -> RecordingPart? {
        let condition: SQL, order: SQL
        switch wanted {
        case .at(let moment): (condition, order) = ("from_ms <= \(moment)", "DESC")
        case .after(let start): (condition, order) = ("from_ms > \(start)", "ASC")
        }
        return try tx.one(
            """
            SELECT from_ms, until_ms, place, bytes FROM recording_part WHERE recording_id = \(id) AND \(condition)
            ORDER BY from_ms \(order) LIMIT 1
            """
        ) { row in try RecordingPart(from: row[0], until: row[1], place: row[2], bytes: row[3]) }
    }
}
