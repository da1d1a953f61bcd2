import EventLog
import Foundation
import Hummingbird
import Kernel
import NIOCore
import Storage
import Synchronization
import Web

/// The version of this program.
package enum Version {
    package static let current = "0.1.0"
}

/// `GET /health`: whether this server and its database work. The database is asked once a second at most, however many ask us.
final class Health: Sendable {
    private struct Verdict {
        var at = Instant(milliseconds: 0)
        var reads = false, writes = false
    }

    private let database: Database
    private let now: @Sendable () -> Instant
    private let last = Mutex(Verdict())

    init(database: Database, now: @escaping @Sendable () -> Instant) {
        self.database = database
        self.now = now
    }

    func addRoutes(to router: Router<WebContext>) {
        router.get("/health") { _, _ in try await self.answer() }
    }

    private func answer() async throws -> Response {
        let verdict = await verdict()
        let works = verdict.reads && verdict.writes
        let fields: [String: any Sendable] = [
            "status": works ? "ok" : "fault", "version": Version.current,
            "database": ["read": verdict.reads, "write": verdict.writes],
        ]
        let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
        return Response(
            status: works ? .ok : .serviceUnavailable,
            headers: [.contentType: "application/json", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    private func verdict() async -> Verdict {
        let moment = now()
        let known = last.withLock { $0 }
        if abs(moment.since(known.at)) < 1000 { return known }
        var verdict = Verdict(at: moment)
        verdict.reads = (try? await database.read { tx in try tx.exists("SELECT 1 FROM migration") }) ?? false
        if verdict.reads {
            // A row of its own: a lease that nobody takes.
            let wrote = try? await database.write(in: .installation) { tx in
                try Lease.take("health", for: 1, by: "health", at: moment, in: tx)
            }
            verdict.writes = wrote == true
        }
        last.withLock { $0 = verdict }
        return verdict
    }
}
