import Foundation
import Storage
import StoragePostgres
import StorageSQLite
import Testing

/// The databases that every test of this target runs on.
enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case sqlite = "SQLite", postgres = "PostgreSQL"

    /// Both, unless OKNO_TEST_SQLITE_ONLY=1 leaves PostgreSQL out on purpose.
    static var available: [Backend] { isSQLiteOnly ? [.sqlite] : allCases }

    static let isSQLiteOnly = ProcessInfo.processInfo.environment["OKNO_TEST_SQLITE_ONLY"] == "1"

    /// The address of a server that tests may make schemas in.
    static var postgresURL: String {
        get throws {
            if let url = ProcessInfo.processInfo.environment["OKNO_TEST_POSTGRES"] { return url }
            throw Missing()
        }
    }

    struct Missing: Error, CustomStringConvertible {
        let description = """
            OKNO_TEST_POSTGRES is not set: run `export $(scripts/postgres start)`, or set OKNO_TEST_SQLITE_ONLY=1 to leave \
            PostgreSQL out
            """
    }

    var testDescription: String { rawValue }
}

/// A fresh database with two nodes on it. On SQLite both are the one process that may write.
struct Installation {
    let first: Database
    let second: Database
    /// Where another node would connect; nil on SQLite.
    var url: String?

    var nodes: [Database] { [first, second] }

    /// Tables of the tests, after those of the ground floor.
    static let migrations =
        StorageSchema.migrations + [
            Migration(
                9001, "things for tests",
                [
                    """
                    CREATE TABLE thing (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
                        number BIGINT, amount DOUBLE PRECISION, data BYTEA,
                        parent_id TEXT REFERENCES thing (id), later_id TEXT REFERENCES thing (id) DEFERRABLE INITIALLY DEFERRED)
                    """
                ])
        ]

    /// Makes the database, runs the body, removes everything.
    static func with(
        _ backend: Backend, migrated: Bool = true, _ body: (Installation) async throws -> Void
    ) async throws {
        switch backend {
        case .sqlite:
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("okno-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let database = Database(try SQLiteEngine(path: folder.appendingPathComponent("okno.sqlite").path))
            try await run(Installation(first: database, second: database), migrated, body)
            try await database.engine.close()
        case .postgres:
            try await withSchema(of: try Backend.postgresURL) { url in
                let nodes = try await (node(url), node(url))
                let office = Installation(first: Database(nodes.0), second: Database(nodes.1), url: url)
                try await run(office, migrated, body)
                try await nodes.0.close()
                try await nodes.1.close()
            }
        }
    }

    private static func run(
        _ installation: Installation, _ migrated: Bool, _ body: (Installation) async throws -> Void
    ) async throws {
        if migrated { try await installation.first.migrate(migrations) }
        try await body(installation)
    }

    private static func node(_ url: String) async throws -> PostgresEngine {
        var limits = PostgresLimits()
        limits.connections = 4
        return try await PostgresEngine(url: url, limits: limits)
    }

    /// A schema of its own in the server's database, and the address that leads there.
    static func withSchema(of url: String, _ body: (String) async throws -> Void) async throws {
        let schema = "test_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
        let door = try await PostgresEngine(url: url)
        _ = try await door.migrate { tx in try tx.run(.trusted("CREATE SCHEMA \(schema)")) }
        let result: Result<Void, any Error>
        do {
            try await body(url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)")
            result = .success(())
        } catch {
            result = .failure(error)
        }
        _ = try? await door.migrate { tx in try tx.run(.trusted("DROP SCHEMA \(schema) CASCADE")) }
        try await door.close()
        try result.get()
    }
}

/// What an act of a test throws when it is meant to fail.
struct Refused: Error, Equatable {}

/// Opens once; closures inside of transactions wait for it with their thread.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    func open() { semaphore.signal() }
    /// Looks without waiting, and leaves it open.
    var isOpen: Bool {
        guard semaphore.wait(timeout: .now()) == .success else { return false }
        semaphore.signal()
        return true
    }
    /// False when nobody opened it for ten seconds.
    @discardableResult func pass() -> Bool { semaphore.wait(timeout: .now() + 10) == .success }
}

extension Database {
    /// Keeps the lane busy until the gate opens, so that acts queue up and go as one batch.
    func occupy(_ lane: Lane, until gate: Gate) async throws -> Task<Void, any Error> {
        let started = AsyncStream.makeStream(of: Void.self)
        let task = Task {
            try await self.write(in: lane) { _ throws in
                started.continuation.finish()
                gate.pass()
            }
        }
        for await _ in started.stream {}
        return task
    }
}

extension Optional where Wrapped: Error {
    var isConstraint: Bool { if case .constraint = self as? StorageError { true } else { false } }
    var isUnavailable: Bool { if case .unavailable = self as? StorageError { true } else { false } }
    var isOurMistake: Bool { if case .failed = self as? StorageError { true } else { false } }
}
