import Storage

/// A transaction as room code sees it. Statements that need no answer of their own wait here and travel with the next one.
final class PostgresTransaction: WriteTransaction {
    let dialect = Dialect.postgres
    let lane: Lane
    /// nil when the transaction is over: it must not be used outside of its closure.
    private var connection: Connection?
    private let keepsStatements: Bool
    private let hasTimeLimit: Bool

    /// Goes ahead of the next statement.
    private var ahead: [Statement]
    /// What the present act has sent without asking for an answer; goes after `ahead`.
    private var unasked: [Statement] = []
    /// Beyond this a round trip is cheap beside the statements.
    private static let mostUnasked = 64
    private(set) var hasBegun = false
    /// The error that ended the present act: after it PostgreSQL takes nothing but a rollback.
    private(set) var failure: StorageError?
    private var counters: Counters?

    struct Counters: Equatable {
        var event: Int64
        var request: Int64
    }

    init(_ connection: Connection, _ lane: Lane, begin: SQL, isMigration: Bool = false) {
        self.connection = connection
        self.lane = lane
        keepsStatements = !isMigration
        hasTimeLimit = !isMigration
        ahead = [Statement(begin)]
    }

    func query(_ sql: SQL, _ each: (Row) throws -> Void) throws {
        let answer = try ask(sql)
        for row in answer.rows { try each(Row(PostgresRow(answer: answer, row: row))) }
    }

    @discardableResult
    func run(_ sql: SQL) throws -> Int { try ask(sql).changed }

    func send(_ sql: SQL) throws {
        if let failure { throw failure }
        guard unasked.count < Self.mostUnasked else {
            try ask(sql)
            return
        }
        unasked.append(Statement(sql, isKept: keepsStatements))
    }

    func nextEventNumber() throws -> Int64 {
        guard counters != nil else { throw StorageError.failed("no numbers outside of lanes") }
        counters!.event += 1
        return counters!.event
    }

    func nextRequestNumber() throws -> Int64 {
        guard counters != nil else { throw StorageError.failed("no numbers outside of lanes") }
        counters!.request += 1
        return counters!.request
    }

    @discardableResult
    private func ask(_ sql: SQL) throws -> Answer {
        if let failure { throw failure }
        guard let connection else { throw StorageError.failed("a transaction was used after its end") }
        let statements = ahead + unasked + [Statement(sql, isKept: keepsStatements)]
        (ahead, unasked) = ([], [])
        hasBegun = true
        do {
            return try connection.ask(statements, timeLimit: hasTimeLimit)
        } catch let error as StorageError {
            failure = error
            throw error
        }
    }

    // MARK: A batch of acts

    /// Takes the lane's row, which makes the transaction the only one of its lane, and reads the counters.
    func takeLane() throws {
        let key = lane.key
        func take() throws -> Counters? {
            try one("SELECT event_number, request_number FROM lane WHERE key = \(key) FOR UPDATE") { row in
                Counters(event: try row[0], request: try row[1])
            }
        }
        if let found = try take() {
            counters = found
        } else {
            try run("INSERT INTO lane (key) VALUES (\(key)) ON CONFLICT DO NOTHING")
            counters = try take()
        }
        (committed, beforeAct) = (counters, counters)
    }

    private var committed: Counters?
    private var beforeAct: Counters?
    private var hasSavepoint = false

    /// Starts an act. Without a savepoint its failure is that of the whole transaction.
    func beginAct(savepoint: Bool) {
        beforeAct = counters
        if savepoint && !hasSavepoint {
            ahead.append(Statement("SAVEPOINT act"))
            hasSavepoint = true
        }
    }

    /// Ends an act that succeeded.
    /// - Returns: false when one of its statements was refused.
    func keepAct() -> Bool {
        guard failure == nil else { return false }
        // Without a savepoint the commit brings the answers.
        guard hasSavepoint else { return true }
        if !unasked.isEmpty {
            guard (try? ask("RELEASE SAVEPOINT act")) != nil else { return false }
        } else if hasSentSavepoint {
            ahead.append(Statement("RELEASE SAVEPOINT act"))
        } else {
            ahead.removeLast()
        }
        hasSavepoint = false
        return true
    }

    /// Undoes the act; its savepoint stays for the next one.
    func undoAct() {
        counters = beforeAct
        failure = nil
        unasked = []
        if hasSavepoint && hasSentSavepoint { ahead.append(Statement("ROLLBACK TO SAVEPOINT act")) }
    }

    /// An act that ran nothing leaves its savepoint unsent.
    private var hasSentSavepoint: Bool { ahead.last?.text != "SAVEPOINT act" }

    // MARK: The end

    /// Writes the counters and commits, in one round trip.
    func commit() throws {
        if let counters, counters != committed {
            try send(
                """
                UPDATE lane SET event_number = \(counters.event), request_number = \(counters.request)
                WHERE key = \(lane.key)
                """)
        }
        let answer = try ask("COMMIT")
        guard answer.command == "COMMIT" else { throw StorageError.failed("a commit was turned into a rollback") }
        end()
    }

    /// Ends without keeping anything; what goes wrong with it is only the connection's matter.
    func rollback() {
        guard let connection = end(), hasBegun, !connection.isBroken else { return }
        _ = try? connection.ask([Statement("ROLLBACK")])
    }

    /// Ends a reading: the answer is not waited for here, `Connection.receive` must follow when the result is true.
    func sendEnd() -> Bool {
        guard let connection = end(), hasBegun, !connection.isBroken else { return false }
        return (try? connection.send([Statement("COMMIT")])) != nil
    }

    @discardableResult
    private func end() -> Connection? {
        defer { connection = nil }
        return connection
    }
}
