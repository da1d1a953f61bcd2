package import Logging
package import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The server's certificate chain and key, read again when their files change: a renewed certificate is served to the next
/// connection without a restart. Run it as a service, or call `reload()`.
package final class Certificates: Service {
    private let chain: String
    private let key: String
    private let interval: TimeAmount
    private let logger: Logger
    private let state: Mutex<State>

    private struct State {
        var context: NIOSSLContext
        var stamps: [String]
    }

    /// - Parameters:
    ///   - chain: PEM file, the server's certificate first.
    ///   - key: PEM file of the private key, without a password.
    ///   - interval: how often the files are looked at.
    /// - Throws: when the files cannot be read or do not belong together.
    package init(chain: String, key: String, interval: TimeAmount = .seconds(10), logger: Logger) throws {
        (self.chain, self.key, self.interval, self.logger) = (chain, key, interval, logger)
        let stamps = [Self.stamp(chain), Self.stamp(key)]
        state = Mutex(State(context: try Self.load(chain, key), stamps: stamps))
    }

    package func run() async throws {
        while !Task.isShuttingDownGracefully {
            try? await cancelWhenGracefulShutdown { [interval] in
                try await Task.sleep(for: .nanoseconds(interval.nanoseconds))
            }
            if Task.isCancelled { return }
            reload()
        }
    }

    /// Reads the files if they have changed. Files that do not fit, as in the middle of a renewal, leave the old certificate in
    /// service and are tried again at the next call.
    /// - Returns: whether a new certificate is in service.
    @discardableResult
    package func reload() -> Bool {
        let stamps = [Self.stamp(chain), Self.stamp(key)]
        guard state.withLock({ $0.stamps != stamps }) else { return false }
        do {
            let context = try Self.load(chain, key)
            state.withLock { $0 = State(context: context, stamps: stamps) }
            logger.info("certificate read again", metadata: ["file": "\(chain)"])
            return true
        } catch {
            logger.error(
                "certificate not readable, the old one stays", metadata: ["file": "\(chain)", "error": "\(error)"])
            return false
        }
    }

    func handler() -> NIOSSLServerHandler { NIOSSLServerHandler(context: state.withLock { $0.context }) }

    private static func load(_ chain: String, _ key: String) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(chain).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: key, format: .pem)))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        return try NIOSSLContext(configuration: configuration)
    }

    /// What changes when a file is rewritten or replaced.
    private static func stamp(_ path: String) -> String {
        var status = stat()
        guard stat(path, &status) == 0 else { return "" }
        return "\(status.st_ino) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}
