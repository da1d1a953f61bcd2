import Foundation
import GRDB
import Kernel
package import Storage

/// SQLite as the embedded database: one file in WAL mode, one writing connection, a few reading ones.
///
/// Durability: `synchronous=FULL`, so a commit returns after the WAL is on the disk. Only this process may write the file while
/// it runs: Debian's SQLite 3.40.1 can corrupt a WAL that two connections of different processes reset at once.
package final class SQLiteEngine: StorageEngine {
    private let pool: DatabasePool
    package let path: String
    package var dialect: Dialect { .sqlite }

    /// Opens the file, making it and its folder when they are missing.
    /// Throws `StorageError.unavailable` when the file cannot be opened.
    package init(path: String, readers: Int = 4) throws {
        self.path = path
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = readers
        configuration.foreignKeysEnabled = true
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA cache_size = -16000")
            try db.execute(sql: "PRAGMA temp_store = MEMORY")
            try db.execute(sql: "PRAGMA mmap_size = 268435456")
            // A page that many acts change is carried over into the file once for all of them: 32 MB of WAL, and not 4.
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
        }
        do {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            pool = try DatabasePool(path: path, configuration: configuration)
            // Opening a pool sets NORMAL, whatever the configuration said: a commit would return before it is on the disk.
            try pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2 else {
                    throw StorageError.unavailable("SQLite refuses synchronous=FULL")
                }
            }
        } catch {
            throw SQLiteEngine.storageError(error)
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any ReadTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.read { db in try body(SQLiteTransaction(db, lane: .installation)) }
        } catch {
            throw Self.storageError(error)
        }
    }

    package func run(_ acts: [Act], in lane: Lane) async {
        await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
            pool.asyncWriteWithoutTransaction { db in
                Self.run(acts, in: lane, on: db)
                done.resume()
            }
        }
    }

    private static func run(_ acts: [Act], in lane: Lane, on db: GRDB.Database) {
        if acts.count > 1, runTogether(acts, in: lane, on: db) { return }
        runEach(acts, in: lane, on: db)
    }

    /// The ordinary case: every act succeeds. It goes without savepoints, since FTS5 writes what it has gathered at each of
    /// them, which was a third of the time of a registration.
    /// - Returns: false when an act failed. Nothing was kept then, and nobody was told.
    private static func runTogether(_ acts: [Act], in lane: Lane, on db: GRDB.Database) -> Bool {
        do {
            try db.execute(cached: "BEGIN IMMEDIATE TRANSACTION")
            let transaction = try SQLiteTransaction(db, taking: lane)
            var kept: [Act.Outcome] = []
            for act in acts {
                let outcome = act.run(in: transaction)
                if let failure = outcome.error ?? transaction.failure { throw failure }
                kept.append(outcome)
            }
            try transaction.storeCounters()
            try db.execute(cached: "COMMIT TRANSACTION")
            for outcome in kept { outcome.finish() }
            return true
        } catch {
            if db.isInsideTransaction { try? db.rollback() }
            return false
        }
    }

    /// Each act in a savepoint of its own, so that the failure of one undoes no other.
    private static func runEach(_ acts: [Act], in lane: Lane, on db: GRDB.Database) {
        var kept: [Act.Outcome] = [], open = acts[...]
        do {
            try db.execute(cached: "BEGIN IMMEDIATE TRANSACTION")
            let transaction = try SQLiteTransaction(db, taking: lane)
            while let act = open.first {
                // The last or only act needs no savepoint of its own when nothing before it must survive its failure.
                let alone = acts.count == 1
                if !alone { try db.execute(cached: "SAVEPOINT act") }
                let counters = transaction.counters
                let outcome = act.run(in: transaction)
                if outcome.error == nil && transaction.failure == nil {
                    if !alone { try db.execute(cached: "RELEASE SAVEPOINT act") }
                    kept.append(outcome)
                } else {
                    // A full disk makes SQLite roll the whole transaction back by itself.
                    guard db.isInsideTransaction else { throw outcome.error ?? StorageError.full }
                    if !alone {
                        try db.execute(cached: "ROLLBACK TO SAVEPOINT act")
                        try db.execute(cached: "RELEASE SAVEPOINT act")
                    }
                    transaction.counters = counters
                    if alone { try db.rollback() }
                    // An act that went on after a refused statement, as if nothing had happened, fails with its error.
                    if outcome.error == nil, let failure = transaction.failure {
                        outcome.fail(failure)
                    } else {
                        outcome.finish()
                    }
                    transaction.failure = nil
                }
                open = open.dropFirst()
            }
            guard !kept.isEmpty else {
                if db.isInsideTransaction { try db.rollback() }
                return
            }
            try transaction.storeCounters()
            try db.execute(cached: "COMMIT TRANSACTION")
            for outcome in kept { outcome.finish() }
        } catch {
            if db.isInsideTransaction { try? db.rollback() }
            let failure = storageError(error)
            for outcome in kept { outcome.fail(failure) }
            for act in open { act.fail(failure) }
        }
    }

    package func migrate<Value: Sendable>(
        _ body: @escaping @Sendable (any WriteTransaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await pool.write { db in try body(SQLiteTransaction(db, lane: .installation)) }
        } catch {
            throw Self.storageError(error)
        }
    }

    package func settings() async throws -> [(name: String, value: String)] {
        // Asked of the writing connection: its durability is the one that counts.
        try await pool.writeWithoutTransaction { db in
            let names = ["journal_mode", "synchronous", "foreign_keys", "page_count", "page_size", "freelist_count"]
            var settings = [
                (name: "sqlite_version", value: try String.fetchOne(db, sql: "SELECT sqlite_version()") ?? "")
            ]
            for name in names {
                settings.append((name, try String.fetchOne(db, sql: "PRAGMA \(name)") ?? ""))
            }
            return settings
        }
    }

    /// A copy of the live database in one file, made page by page while work goes on, and checked by reading it back.
    /// Throws when the copy fails SQLite's own integrity check.
    package func backup(to file: String) async throws { try await backup(to: file) { _ in } }

    /// - Parameter inspect: is shown the finished copy.
    /// - Returns: what it says.
    package func backup<Value: Sendable>(
        to file: String, _ inspect: @escaping @Sendable (any ReadTransaction) throws -> Value
    ) async throws -> Value {
        let copy = try DatabaseQueue(path: file)
        try pool.backup(to: copy)
        let verdict = try await copy.read { db in try String.fetchOne(db, sql: "PRAGMA integrity_check") }
        guard verdict == "ok" else { throw StorageError.failed("the copy is damaged: \(verdict ?? "no answer")") }
        // Pages that came from a WAL database say so; without it the copy is one file, whatever opens it next.
        try await copy.writeWithoutTransaction { db in try db.execute(sql: "PRAGMA journal_mode = DELETE") }
        let value = try await copy.read { db in try inspect(SQLiteTransaction(db, lane: .installation)) }
        try copy.close()
        return value
    }

    package func close() async throws { try pool.close() }

    static func storageError(_ error: any Error) -> any Error {
        guard let error = error as? DatabaseError else { return error }
        let message = error.message ?? "\(error.resultCode)"
        return switch error.resultCode {
        case .SQLITE_CONSTRAINT: StorageError.constraint(message)
        case .SQLITE_FULL: StorageError.full
        case .SQLITE_IOERR, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_CANTOPEN, .SQLITE_READONLY:
            StorageError.unavailable(message)
        default: StorageError.failed(message)
        }
    }
}

extension GRDB.Database {
    func execute(cached sql: String) throws { try cachedStatement(sql: sql).execute() }
}
