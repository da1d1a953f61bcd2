import EventLog
import Kernel
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Wakes everybody who waits for something new in the log.
final class Wake: Sendable {
    private let waiting = Mutex<[AsyncStream<Void>.Continuation]>([])

    func up() { for continuation in waiting.withLock({ $0 }) { continuation.yield() } }

    /// One waiter's calls; calls that come while it is busy become one.
    func calls() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        waiting.withLock { $0.append(continuation) }
        return stream
    }
}

/// Leads one reader along the log: at once when something happens here or on another node, and every two seconds in any case.
struct Following: Service {
    /// Under load a reader takes what came meanwhile in one commit, and not each event in its own.
    static let pause = Duration.milliseconds(100)

    let reader: any LogReader
    let database: Database
    let tenure: Tenure
    let wake: Wake
    let logger: Logger

    static func lease(_ reader: any LogReader) -> String { "reader/\(reader.name)" }

    func run() async throws {
        let calls = wake.calls()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await follow(calls) }
            group.addTask { [wake] in
                while (try? await Task.sleep(for: .seconds(2))) != nil { wake.up() }
            }
            try? await gracefulShutdown()
            group.cancelAll()
        }
    }

    private func follow(_ calls: AsyncStream<Void>) async {
        var hasFailed = false
        for await _ in calls {
            guard tenure.holds(Self.lease(reader)) else { continue }
            do {
                try await LogReading.advance(reader, on: database)
                hasFailed = false
                try? await Task.sleep(for: Self.pause)
            } catch {
                // It stands where it stood and tries again; said once, shown by doctor.
                if !hasFailed {
                    logger.error(
                        "reader of the log stands", metadata: ["reader": "\(reader.name)", "cause": "\(error)"])
                }
                hasFailed = true
                try? await Task.sleep(for: .seconds(1))
            }
        }
    }
}
