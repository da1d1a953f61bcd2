package import Kernel

/// The one database of an installation: an engine with lanes above it.
///
/// `read` sees a snapshot and waits for nobody. `write` queues the act in its lane; acts that wait together are run one after
/// another in one transaction with one durable commit, and the failure of one undoes no other. For that a closure may be run again
/// after its work was undone: it has no effect but on the database. When `write` returns, the act is on the disk.
package final class Database: Sendable {
    package let engine: any StorageEngine
    private let lanes: Lanes

    package init(_ engine: any StorageEngine) {
        self.engine = engine
        self.lanes = Lanes(engine)
    }

    package func read<Value: Sendable>(
        _ body: @escaping @Sendable (any ReadTransaction) throws -> Value
    ) async throws -> Value {
        try await engine.read(body)
    }

    @discardableResult
    package func write<Value: Sendable>(
        in lane: Lane, _ body: @escaping @Sendable (any WriteTransaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            lanes.enqueue(Act(body, continuation), in: lane)
        }
    }

    @discardableResult
    package func write<Value: Sendable>(
        in organisation: OrganisationID, _ body: @escaping @Sendable (any WriteTransaction) throws -> Value
    ) async throws -> Value {
        try await write(in: .organisation(organisation), body)
    }
}

/// What a driver does. One type for SQLite, one for PostgreSQL.
package protocol StorageEngine: Sendable {
    var dialect: Dialect { get }

    /// Runs a closure over a snapshot.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any ReadTransaction) throws -> Value) async throws -> Value

    /// Runs acts of one lane in one transaction: takes the lane's row first (making it when it is new), runs each act so that
    /// its failure undoes itself only, writes the lane's counters back, commits durably, and only then calls `finish` of each act.
    /// When the commit fails, every act of the batch fails.
    func run(_ acts: [Act], in lane: Lane) async

    /// Runs one closure outside of lanes, for migrations.
    func migrate<Value: Sendable>(_ body: @escaping @Sendable (any WriteTransaction) throws -> Value) async throws
        -> Value

    /// Facts about durability and health for `doctor`: name and value, in the database's own words.
    func settings() async throws -> [(name: String, value: String)]

    /// Ends all connections; what was acknowledged stays.
    func close() async throws
}

/// One waiting act: a closure and whom to tell about its end.
package struct Act: Sendable {
    private let body: @Sendable (any WriteTransaction) -> Outcome
    private let whenFailed: @Sendable (any Error) -> Void

    /// What became of an act inside its savepoint.
    package struct Outcome: Sendable {
        /// nil when the act succeeded and its savepoint is to be kept.
        package let error: (any Error)?
        /// Tells the waiting caller; to be called after the commit (or at once when the act itself failed).
        package let finish: @Sendable () -> Void
        /// Tells the waiting caller that the commit failed, so that nothing of the act was kept.
        package let fail: @Sendable (any Error) -> Void
    }

    init<Value: Sendable>(
        _ body: @escaping @Sendable (any WriteTransaction) throws -> Value,
        _ continuation: CheckedContinuation<Value, any Error>
    ) {
        self.body = { transaction in
            do {
                let value = try body(transaction)
                return Outcome(
                    error: nil, finish: { continuation.resume(returning: value) },
                    fail: { continuation.resume(throwing: $0) })
            } catch {
                return Outcome(
                    error: error, finish: { continuation.resume(throwing: error) },
                    fail: { continuation.resume(throwing: $0) })
            }
        }
        whenFailed = { continuation.resume(throwing: $0) }
    }

    package func run(in transaction: any WriteTransaction) -> Outcome { body(transaction) }

    /// The transaction could not be begun or committed: the act did not happen.
    package func fail(_ error: any Error) { whenFailed(error) }
}
