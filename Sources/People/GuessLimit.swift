import Kernel
import Storage

/// How often a password may be guessed. Counted for an account from one address, with pauses that grow; and, far more generously,
/// for an address, because a whole office may sit behind it. An account that came in from that address before is let through the
/// second limit, so that a guesser in an office does not lock out colleagues.
enum GuessLimit {
    struct Count: Equatable, Sendable {
        var failures: Int
        var since: Instant, until: Instant
        static func none(at now: Instant) -> Count { Count(failures: 0, since: now, until: now) }
    }

    enum Scope: Sendable {
        case account, address

        /// Failures without a pause.
        var free: Int { self == .account ? 5 : 200 }
        /// Failures are forgotten so long after the first of them.
        var memory: Minutes { self == .account ? .hours(12) : Minutes(30) }

        /// The pause after so many failures: doubling from half a minute to fifteen; for an address a minute.
        func pause(after failures: Int) -> Int64 {
            guard failures >= free else { return 0 }
            return self == .account ? min(30_000 << Int64(min(failures - free, 6)), 900_000) : 60_000
        }
    }

    /// Counts an attempt before its password is looked at, so that many at once gain nothing. nil while the pause lasts.
    static func attempt(_ count: Count, _ scope: Scope, at now: Instant) -> Count? {
        guard now >= count.until else { return nil }
        var next = count.since + scope.memory <= now ? Count.none(at: now) : count
        next.failures += 1
        next.until = Instant(milliseconds: now.milliseconds + scope.pause(after: next.failures))
        return next
    }

    static func read(_ key: String, at now: Instant, _ tx: any ReadTransaction) throws -> Count {
        try tx.one("SELECT failures, since_at, until_at FROM sign_in_guard WHERE key = \(key)") { row in
            try Count(failures: row[0], since: row[1], until: row[2])
        } ?? .none(at: now)
    }

    static func write(_ count: Count, _ key: String, in tx: any WriteTransaction) throws {
        try tx.run(
            """
            INSERT INTO sign_in_guard (key, failures, since_at, until_at)
            VALUES (\(key), \(count.failures), \(count.since), \(count.until))
            ON CONFLICT (key) DO UPDATE SET failures = excluded.failures, since_at = excluded.since_at, until_at = excluded.until_at
            """)
    }

    /// A right password clears the account's count and takes its own attempt off the address.
    static func forgive(account: String, address: String, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM sign_in_guard WHERE key = \(account)")
        try tx.run("UPDATE sign_in_guard SET failures = failures - 1 WHERE key = \(address) AND failures > 0")
    }

    static func sweep(at now: Instant, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM sign_in_guard WHERE since_at < \(now - Minutes.days(1))")
    }
}
