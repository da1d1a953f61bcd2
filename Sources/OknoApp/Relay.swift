import EventLog
import Kernel
import Live
import Logging
import ServiceLifecycle
import Storage
import StoragePostgres

/// Carries hints between the nodes of one installation over PostgreSQL's LISTEN and NOTIFY. On SQLite there is one node.
struct Relay: Service {
    let engine: PostgresEngine
    let hub: LiveHub
    let database: Database
    let wake: Wake
    let node: String
    let logger: Logger

    func run() async throws {
        let engine = engine, mark = mark
        hub.onPublish { signal in
            let payload = "\(mark) \(signal.text)"
            // NOTIFY takes no more; whoever missed a hint reads again at the next one.
            guard payload.utf8.count < 8000 else { return }
            Task { await engine.notify(payload) }
        }
        var isFirst = true
        for await notification in engine.notifications().cancelOnGracefulShutdown() {
            switch notification {
            case .connected:
                if !isFirst { await reloadAll() }
                isFirst = false
            case .payload(let payload): take(payload)
            }
        }
    }

    /// Tells our own announcements from those of others; the name may hold spaces.
    private var mark: String { node.filter { !$0.isWhitespace } }

    private func take(_ payload: String) {
        let parts = payload.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0] != mark, let signal = LiveSignal(parts[1]) else { return }
        hub.deliver(signal)
        if case .hint = signal { wake.up() }
    }

    /// After a break nobody knows what was missed: every page reads its live parts again.
    private func reloadAll() async {
        let organisations: [OrganisationID] =
            (try? await database.read { tx in
                try tx.all("SELECT key FROM lane WHERE key <> ''") { row in OrganisationID(try row[0]) }
            }) ?? []
        for organisation in organisations { hub.deliver(.reload(organisation)) }
        wake.up()
    }
}
