import Synchronization

/// Bytes that may pass: so many in a second, and as many at once after a pause. Time is handed in, in nanoseconds of a clock that only goes
/// forward.
package struct Allowance: Sendable {
    package let rate: Int
    private var left: Int
    private var at: UInt64

    package init(rate: Int, at now: UInt64) { (self.rate, left, at) = (rate, rate, now) }

    /// For what is thrown away when it is too much: all of it passes or nothing. What is larger than the bytes of a second passes when nothing
    /// else did for a second, and is paid afterwards.
    package mutating func take(_ bytes: Int, at now: UInt64) -> Bool {
        refill(now)
        guard left >= min(bytes, rate) else { return false }
        left -= bytes
        return true
    }

    /// For what has come already: it counts, and what is too much is to be waited for.
    /// - Returns: nanoseconds for which nothing more should come.
    package mutating func spend(_ bytes: Int, at now: UInt64) -> Int64 {
        refill(now)
        left -= bytes
        return left >= 0 ? 0 : Int64(Double(-left) / Double(rate) * 1e9)
    }

    private mutating func refill(_ now: UInt64) {
        // A long debt is paid in more than one second.
        let passed = now > at ? min(now - at, 60_000_000_000) : 0
        let more = Int(Double(passed) / 1e9 * Double(rate))
        // Parts of a byte would be lost by a reading at every packet.
        if more > 0 { (left, at) = (min(rate, left + more), max(at, now)) }
    }
}

/// What relayed sessions may use of the network: each so much, and all together so much.
package final class RelayRate: Sendable {
    /// Bytes a second.
    package let ofSession: Int
    private let all: Mutex<Allowance>

    package init(ofSession: Int = 10_000_000, ofAll: Int = 500_000_000) {
        self.ofSession = ofSession
        all = Mutex(Allowance(rate: ofAll, at: 0))
    }

    package func take(_ bytes: Int, at now: UInt64) -> Bool { all.withLock { $0.take(bytes, at: now) } }
    package func spend(_ bytes: Int, at now: UInt64) -> Int64 { all.withLock { $0.spend(bytes, at: now) } }
}
