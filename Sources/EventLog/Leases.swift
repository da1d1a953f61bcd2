package import Kernel
package import Storage

/// The right to do a thing that only one node may do at a time, taken for a while and renewed.
package enum Lease {
    /// Takes or renews a lease.
    /// - Returns: whether `holder` has it until `now + seconds`.
    package static func take(
        _ name: String, for seconds: Int64, by holder: String, at now: Instant, in tx: any WriteTransaction
    ) throws -> Bool {
        let until = Instant(milliseconds: now.milliseconds + seconds * 1000)
        let changed = try tx.run(
            """
            INSERT INTO lease (name, holder, until_at) VALUES (\(name), \(holder), \(until))
            ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until_at = excluded.until_at
            WHERE lease.holder = excluded.holder OR lease.until_at <= \(now)
            """)
        return changed == 1
    }

    package static func give(back name: String, by holder: String, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM lease WHERE name = \(name) AND holder = \(holder)")
    }
}

/// A running server program. Its heartbeat shows the others that it lives.
package enum Node {
    /// A node that was not seen for so long is dead: what it held is free.
    package static let deadAfter: Int64 = 30_000

    package static func beat(_ id: String, address: String, at now: Instant, in tx: any WriteTransaction) throws {
        try tx.run(
            """
            INSERT INTO node (id, address, started_at, seen_at) VALUES (\(id), \(address), \(now), \(now))
            ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, address = excluded.address
            """)
    }

    package static func leave(_ id: String, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM node WHERE id = \(id)")
    }

    package static func living(at now: Instant, _ tx: any ReadTransaction) throws -> [String] {
        try tx.all("SELECT id FROM node WHERE seen_at > \(now.milliseconds - deadAfter) ORDER BY started_at") { row in
            try row[0]
        }
    }

    /// Forgets nodes that died without leaving.
    package static func sweep(at now: Instant, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM node WHERE seen_at <= \(now.milliseconds - deadAfter)")
    }
}
