package import Kernel
package import Storage

/// Something that follows the log: it is shown every event of every organisation once it is committed, in order, and keeps its
/// place in the same transaction as what it wrote. A crash between two batches repeats nothing and skips nothing.
package protocol LogReader: Sendable {
    /// The name of its cursor; never changed after a release.
    var name: String { get }
    /// Takes in events of one organisation, in the organisation's lane. Throwing keeps the cursor where it was; the events come
    /// again, and `doctor` shows the reader as standing.
    func take(_ events: [Event], in tx: any WriteTransaction) throws
    /// What was taken in is committed: the moment to tell open pages of it. It may be lost.
    func committed(in organisation: OrganisationID)
}

extension LogReader {
    package func committed(in organisation: OrganisationID) {}
}

package enum LogReading {
    static let batch = 500

    /// Reads on in every lane that has something new for this reader.
    /// - Returns: how many events were taken.
    @discardableResult
    package static func advance(_ reader: any LogReader, on database: Database) async throws -> Int {
        let name = reader.name
        let behind: [OrganisationID] = try await database.read { tx in
            try tx.all(
                """
                SELECT lane.key FROM lane LEFT JOIN log_cursor ON log_cursor.lane = lane.key AND log_cursor.reader = \(name)
                WHERE lane.key <> '' AND lane.event_number > COALESCE(log_cursor.number, 0)
                """
            ) { row in try row[0] }
        }
        var taken = 0
        for organisation in behind {
            while true {
                let count = try await database.write(in: organisation) { tx -> Int in
                    let place: Int64 =
                        try tx.value("SELECT number FROM log_cursor WHERE reader = \(name) AND lane = \(organisation)")
                        ?? 0
                    let events = try EventLog.since(place, in: .organisation(organisation), atMost: batch, tx)
                    guard let last = events.last else { return 0 }
                    try reader.take(events, in: tx)
                    try tx.run(
                        """
                        INSERT INTO log_cursor (reader, lane, number) VALUES (\(name), \(organisation), \(last.number))
                        ON CONFLICT (reader, lane) DO UPDATE SET number = excluded.number
                        """)
                    return events.count
                }
                if count > 0 { reader.committed(in: organisation) }
                taken += count
                if count < batch { break }
            }
        }
        return taken
    }

    /// How far each reader is behind the log, for `doctor`: (reader, organisation, events not yet taken).
    package static func lag(_ tx: any ReadTransaction) throws -> [(reader: String, lane: String, events: Int64)] {
        try tx.all(
            """
            SELECT log_cursor.reader, log_cursor.lane, lane.event_number - log_cursor.number
            FROM log_cursor JOIN lane ON lane.key = log_cursor.lane WHERE lane.event_number > log_cursor.number
            """
        ) { row in try (row[0], row[1], row[2]) }
    }
}
