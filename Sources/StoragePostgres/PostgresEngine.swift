import Dispatch
package import Storage

/// Limits of an engine, in milliseconds where nothing else is said.
package struct PostgresLimits: Sendable {
    /// How many connections this node opens at most; the listener for notifications is one more.
    package var connections = 8
    /// A statement that takes longer is cancelled by the server.
    package var statementMilliseconds = 30_000
    /// A lock that takes longer to get, such as a lane held by another node, fails the batch.
    package var lockMilliseconds = 10_000
    /// A transaction whose node is silent for longer is ended by the server, so that a dead node frees its lanes.
    package var idleInTransactionMilliseconds = 30_000
    /// How long a call waits in line for a connection.
    package var queueMilliseconds = 10_000
    /// How long a call waits while the database is away.
    package var outageMilliseconds = 1_000
    /// The longest pause between two attempts to connect.
    package var longestPauseMilliseconds = 2_000

    package init() {}
}

/// PostgreSQL 13 or newer behind `StorageEngine`. Several nodes, each with an engine of its own, work on one database.
///
/// Calls are synchronous libpq on a bounded set of connections, each with a thread of its own while it works.
/// A pooler in front of the server must keep sessions, because statements stay prepared.
package final class PostgresEngine: StorageEngine {
    package let dialect = Dialect.postgres
    let url: String
    let pool: Pool
    let announcements: Announcements

    /// Connects and refuses a server that could lose what it acknowledged.
    /// - Parameters:
    ///   - url: `postgresql://user@host:port/database?…`, anything that libpq takes.
    ///   - channel: the name of the LISTEN channel; engines of one installation use the same.
    /// - Throws: `.unavailable` when the server does not answer, `.failed` when it is too old or not durable.
    package init(url: String, limits: PostgresLimits = PostgresLimits(), channel: String = "okno") async throws {
        self.url = url
        pool = Pool(url: url, limits: limits)
        announcements = Announcements(channel: channel, pool: pool)
        try await pool.openFirst()
        do { try await checkServer() } catch {
            pool.close()
            throw error
        }
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any ReadTransaction) throws -> Value
    ) async throws -> Value {
        let connection = try await pool.borrow()
        return try await withCheckedThrowingContinuation { continuation in
            connection.queue.async { [pool] in
                let transaction = PostgresTransaction(
                    connection, .installation, begin: "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                let result = Result { try body(transaction) }
                let mustReceive = transaction.sendEnd()
                // The reader has what it wanted; the end of its transaction is awaited only by the connection.
                continuation.resume(with: result)
                if mustReceive { _ = try? connection.receive() }
                pool.giveBack(connection)
            }
        }
    }

    package func run(_ acts: [Act], in lane: Lane) async {
        do {
            let connection = try await pool.borrow()
            await withCheckedContinuation { continuation in
                connection.queue.async { [pool] in
                    let batch = Batch(acts, PostgresTransaction(connection, lane, begin: "BEGIN"))
                    batch.run(isLost: { connection.isBroken })
                    pool.giveBack(connection)
                    continuation.resume()
                }
            }
        } catch {
            for act in acts { act.fail(error) }
        }
    }

    /// One node at a time: the others wait for its lock.
    package func migrate<Value: Sendable>(
        _ body: @escaping @Sendable (any WriteTransaction) throws -> Value
    ) async throws -> Value {
        let connection = try await pool.borrow()
        return try await onQueue(connection.queue) { [pool] in
            defer { pool.giveBack(connection) }
            let transaction = PostgresTransaction(connection, .installation, begin: "BEGIN", isMigration: true)
            do {
                // A migration may take longer than any request, and so may the wait for another node's.
                try transaction.run("SET LOCAL statement_timeout = 0")
                try transaction.run("SET LOCAL lock_timeout = 0")
                try transaction.run("SET LOCAL idle_in_transaction_session_timeout = 0")
                _ = try transaction.exists("SELECT pg_advisory_xact_lock(\(Self.migrationLock))")
                let value = try body(transaction)
                try transaction.commit()
                return value
            } catch {
                transaction.rollback()
                throw error
            }
        }
    }

    /// Any number that nobody else uses in this database: "okno" in ASCII.
    private static let migrationLock: Int64 = 0x6F6B_6E6F

    package func close() async throws {
        announcements.close()
        pool.close()
    }
}
