package import EventLog
import Kernel
import Logging
import ServiceLifecycle
import Storage

/// What is done when a timer of a kind is due. It ends with `Timers.finish` in the transaction that did the work.
package typealias TimerHandler = @Sendable (DueTimer) async throws -> Void

/// Does what timers say, on the one node that holds the lease.
struct Timekeeping: Service {
    static let lease = "timers"
    static let portion = 20

    let handlers: [String: TimerHandler]
    let database: Database
    let tenure: Tenure
    let logger: Logger
    let now: @Sendable () -> Instant

    func run() async throws {
        while !Task.isShuttingDownGracefully {
            // A full portion may have more behind it.
            if tenure.holds(Self.lease), await tick() >= Self.portion { continue }
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            if Task.isCancelled { return }
        }
    }

    /// - Returns: how many timers were due.
    @discardableResult
    func tick() async -> Int {
        let moment = now()
        guard let due = try? await database.read({ tx in try Timers.due(at: moment, atMost: Self.portion, tx) }) else {
            return 0
        }
        for timer in due {
            // A kind that this version does not know waits for one that does.
            guard let handler = handlers[timer.kind] else {
                await postpone(timer)
                continue
            }
            do { try await handler(timer) } catch {
                logger.error(
                    "timer failed", metadata: ["kind": "\(timer.kind)", "tries": "\(timer.tries)", "cause": "\(error)"])
                await postpone(timer)
            }
        }
        return due.count
    }

    private func postpone(_ timer: DueTimer) async {
        let moment = now()
        _ = try? await database.write(in: .installation) { tx in try Timers.postpone(timer, at: moment, in: tx) }
    }
}
