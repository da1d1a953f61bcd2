import Hummingbird
package import Live
import Logging
import OknoApp
import ServiceLifecycle

extension Office {
    /// Runs a server of the office while the body runs.
    /// - Parameters:
    ///   - changing: what is otherwise than in a server that people use.
    ///   - body: gets the port.
    package func serving(
        _ certificates: Certificates? = nil, changing: (inout LiveConfiguration) -> Void = { _ in },
        _ body: (Int) async throws -> Void
    ) async throws {
        let node = installation, (ports, opened) = AsyncStream.makeStream(of: Int.self)
        var logger = Logger(label: "test"), configuration = node.liveConfiguration(certificates)
        logger.logLevel = .critical
        changing(&configuration)
        let app = Application(
            responder: node.door(node.router()), server: .live(configuration),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { opened.yield($0.localAddress?.port ?? 0) }, logger: logger)
        let group = ServiceGroup(services: [node.hub, app], logger: logger)
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            for await port in ports {
                try await body(port)
                break
            }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }
}
