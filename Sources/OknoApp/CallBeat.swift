import Calls
import Logging
import ServiceLifecycle

/// Keeps the calls of this node, and ends those of nodes that are no more.
struct CallBeat: Service {
    let calls: Calls
    let logger: Logger

    func run() async throws {
        while !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: Calls.beatPause) }
            if Task.isCancelled || Task.isShuttingDownGracefully { return }
            do { try await calls.beat() } catch {
                logger.warning("calls were not looked after", metadata: ["cause": "\(error)"])
            }
        }
    }
}
