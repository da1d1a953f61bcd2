import Kernel
import Logging
import Notices
import ServiceLifecycle
import Storage
import Web

/// Takes what waits to be sent out of the house, on the one node that holds the lease. What it needs to know is in the database.
struct Delivering: Service {
    static let lease = "delivery"

    /// One visit each: how many were due, and how many at most are taken at once.
    let visits: [(name: String, portion: Int, visit: @Sendable () async throws -> Int)]
    let tenure: Tenure
    let logger: Logger

    func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for (name, portion, visit) in visits {
                group.addTask { await deliver(name, portion, visit) }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func deliver(_ name: String, _ portion: Int, _ visit: @Sendable () async throws -> Int) async {
        while !Task.isCancelled {
            if tenure.holds(Self.lease) {
                do {
                    if try await visit() >= portion { continue }
                } catch {
                    logger.error("delivery failed", metadata: ["what": "\(name)", "cause": "\(error)"])
                }
            }
            try? await Task.sleep(for: .seconds(2))
        }
    }
}

extension Installation {
    func delivering(_ tenure: Tenure) -> Delivering {
        var visits: [(name: String, portion: Int, visit: @Sendable () async throws -> Int)] = []
        if let outbox = notices.outbox {
            let posting = Posting(outbox, database: database, now: site.now)
            visits.append(("mail", Posting.portion, { try await posting.visit() }))
        }
        if let pushing = Pushing(notices) { visits.append(("push", Pushing.portion, { try await pushing.visit() })) }
        return Delivering(visits: visits, tenure: tenure, logger: logger)
    }
}
