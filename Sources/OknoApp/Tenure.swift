import EventLog
import Kernel
import Logging
import People
import ServiceLifecycle
import Storage
import Synchronization

/// This node's place among the others: its heartbeat, and the leases of the work that only one node may do. One durable write
/// every ten seconds keeps them all.
final class Tenure: Service {
    /// Longer than three beats, so that one slow commit does not hand the work over.
    static let leaseSeconds: Int64 = 35

    private let database: Database
    private let node: String
    private let address: String
    private let names: [String]
    private let now: @Sendable () -> Instant
    private let logger: Logger
    private let held = Mutex<[String: Instant]>([:])

    init(
        _ database: Database, node: String, address: String, leases names: [String], logger: Logger,
        now: @escaping @Sendable () -> Instant
    ) {
        (self.database, self.node, self.address, self.names) = (database, node, address, names)
        (self.logger, self.now) = (logger, now)
    }

    func holds(_ name: String) -> Bool {
        let now = now()
        return held.withLock { $0[name].map { $0 > now } ?? false }
    }

    func run() async throws {
        // Whoever was here before this node ended is not known to be here now.
        _ = try? await forgetPresence()
        while !Task.isShuttingDownGracefully {
            do { try await beat() } catch {
                logger.warning("heartbeat failed", metadata: ["cause": "\(error)"])
            }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(10)) }
            if Task.isCancelled { break }
        }
        _ = try? await forgetPresence()
        await leave()
    }

    private func forgetPresence() async throws {
        let node = node
        try await database.write(in: .installation) { tx in try Presence.forget(node, in: tx) }
    }

    func beat() async throws {
        let now = now(), node = node, address = address, names = names
        let taken = try await database.write(in: .installation) { tx in
            try Node.beat(node, address: address, at: now, in: tx)
            return try names.filter { try Lease.take($0, for: Self.leaseSeconds, by: node, at: now, in: tx) }
        }
        let until = Instant(milliseconds: now.milliseconds + Self.leaseSeconds * 1000)
        held.withLock { $0 = Dictionary(uniqueKeysWithValues: taken.map { ($0, until) }) }
    }

    private func leave() async {
        held.withLock { $0 = [:] }
        let node = node, names = names
        _ = try? await database.write(in: .installation) { tx in
            for name in names { try Lease.give(back: name, by: node, in: tx) }
            try Node.leave(node, in: tx)
        }
    }
}
