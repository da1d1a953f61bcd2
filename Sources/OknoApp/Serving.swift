import Calls
import EventLog
import Hummingbird
import Kernel
import Live
import Logging
import NIOCore
import Notices
import Reports
import Requests
import ServiceLifecycle
import Storage
import StoragePostgres
import StorageSQLite
import UnixSignals
import Web

extension Installation {
    /// Everything that a node does until it is told to stop.
    package func serve(started: ContinuousClock.Instant = .now) async throws {
        let certificates = try settings.certificate.map { chain in
            do { return try Certificates(chain: chain, key: settings.key ?? "", logger: logger) } catch {
                throw InstallationFault("The certificate \(chain) and its key cannot be used: \(error)")
            }
        }
        let readers = readers
        let tenure = Tenure(
            database, node: settings.node, address: settings.address,
            leases: readers.map(Following.lease) + [Timekeeping.lease, Delivering.lease], logger: logger, now: site.now)
        try await tenure.beat()
        let sweeping = Sweeping(database: database, files: files, recordings: recordings, now: site.now)
        try await sweeping.schedule()
        try await requests.scheduleWarnings()
        try await calls.endLost()
        let operating = try Operator(self)

        var services: [any Service] = [DatabaseEnd(database: database), tenure]
        services += readers.map {
            Following(reader: $0, database: database, tenure: tenure, wake: wake, logger: logger)
        }
        services.append(
            Timekeeping(
                handlers: timerHandlers.merging([Sweeping.kind: { try await sweeping.run($0) }]) { $1 },
                database: database, tenure: tenure,
                logger: logger,
                now: site.now))
        services.append(delivering(tenure))
        services.append(CallBeat(calls: calls, logger: logger))
        if let engine = database.engine as? PostgresEngine {
            services.append(
                Relay(engine: engine, hub: hub, database: database, wake: wake, node: settings.node, logger: logger))
        }
        if let certificates { services.append(certificates) }
        services += [operating, hub, application(certificates, operating, started: started)]

        let group = ServiceGroup(
            configuration: .init(
                // Without a name it would print each service whole, texts and templates too, which was half of a start.
                services: services.map { .init(service: $0, serviceName: "\(type(of: $0))") },
                gracefulShutdownSignals: [.sigterm, .sigint],
                logger: logger))
        try await group.run()
    }

    private func application(
        _ certificates: Certificates?, _ operating: Operator, started: ContinuousClock.Instant
    ) -> some Service {
        let router = router()
        operating.addRoutes(to: router)
        let logger = logger, settings = settings
        // Hummingbird tells of its start what we tell below.
        var quiet = logger
        quiet.logLevel = max(.warning, logger.logLevel)
        return Application(
            responder: door(router), server: .live(liveConfiguration(certificates)),
            configuration: ApplicationConfiguration(
                address: .hostname(settings.host, port: settings.port), backlog: 4096, reuseAddress: true),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? settings.port
                operating.open(port: port)
                logger.info(
                    "serving",
                    metadata: [
                        "address": "\(settings.host):\(port)", "version": "\(Version.current)",
                        "tls": "\(certificates != nil)", "database": "\(settings.databaseName)",
                        "start_ms": "\((ContinuousClock.now - started) / .milliseconds(1))",
                    ])
            },
            logger: quiet)
    }
}

/// Closes the database after everything else has ended: services end in the reverse order of their start.
private struct DatabaseEnd: Service {
    let database: Database

    func run() async throws {
        try? await gracefulShutdown()
        try? await database.engine.close()
    }
}
