import CLibPQ
import Dispatch
import Storage

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One connection with its statements. Belongs to whoever borrowed it from the pool and is touched only on its queue.
///
/// It always is in libpq's pipeline mode: statements that need no answer of their own (BEGIN, SAVEPOINT, …) travel together with
/// the next one that does, in one round trip.
final class Connection: @unchecked Sendable {
    /// The thread that its waiting is done on.
    let queue = DispatchQueue(label: "okno.postgres")

    private let link: OpaquePointer
    private let limits: PostgresLimits
    private var prepared = PreparedStatements()
    /// What the server still owes an answer for, oldest first.
    private var expected: [Expected] = []
    /// The connection is lost, or its state is unknown: the pool throws it away.
    private(set) var isBroken = false

    private enum Expected {
        case preparation(Statement.Key, name: String)
        case answer(String)
        case end
    }

    /// Connects and prepares the session; waits at most for the connect timeout.
    init(_ url: String, _ limits: PostgresLimits) throws {
        link = try Link.open(url)
        self.limits = limits
        // From here on `deinit` closes the link, also when this fails.
        try Link.command(
            """
            SET statement_timeout = \(limits.statementMilliseconds);
            SET lock_timeout = \(limits.lockMilliseconds);
            SET idle_in_transaction_session_timeout = \(limits.idleInTransactionMilliseconds);
            SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
            SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'
            """, on: link)
        guard PQenterPipelineMode(link) == 1, PQsetnonblocking(link, 1) == 0 else {
            throw StorageError.unavailable("the connection does not take pipelines")
        }
    }

    deinit { PQfinish(link) }

    /// Whether the server said something to an idle connection: its end, as a rule. Costs one system call.
    var hasEnded: Bool {
        var descriptor = pollfd(fd: PQsocket(link), events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, 0) != 0
    }

    /// Sends the statements and waits for all answers, in one round trip.
    /// - Returns: the answer of the last one.
    /// - Throws: the error of the first that failed; those after it were not run.
    func ask(_ statements: [Statement], timeLimit: Bool = true) throws -> Answer {
        try send(statements)
        return try receive(timeLimit: timeLimit)
    }

    /// Sends without waiting. A call of `receive` must follow.
    func send(_ statements: [Statement]) throws {
        guard !isBroken else { throw lost() }
        for statement in statements { try enqueue(statement) }
        guard PQpipelineSync(link) == 1 else { throw lost() }
        expected.append(.end)
        try flush()
    }

    /// Reads what the statements sent last are answered with.
    func receive(timeLimit: Bool = true) throws -> Answer {
        let deadline = timeLimit ? Deadline(milliseconds: limits.statementMilliseconds + 5000) : nil
        var last: Answer?, failure: StorageError?
        for expectation in expected {
            guard let result = try next(before: deadline) else { throw lost() }
            let status = PQresultStatus(result)
            switch status {
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
                last = Answer(result)
                if case .preparation(let key, let name) = expectation { prepared.keep(key, name) }
            case PGRES_PIPELINE_SYNC:
                PQclear(result)
            case PGRES_PIPELINE_ABORTED:
                PQclear(result)
            default:
                if failure == nil {
                    var text: String?
                    if case .answer(let statement) = expectation { text = statement }
                    failure = StorageError(result: result, statement: text)
                    if StorageError.saysPreparedIsStale(result) { prepared.areStale = true }
                }
                PQclear(result)
            }
            // Every answer but the last one of a round trip is followed by an empty one.
            if case .end = expectation { continue }
            if let surplus = try next(before: deadline) {
                PQclear(surplus)
                throw lost()
            }
        }
        expected.removeAll(keepingCapacity: true)
        if PQstatus(link) != CONNECTION_OK { throw lost() }
        if let failure { throw failure }
        guard let last else { throw lost() }
        return last
    }

    /// Forgets what no longer fits, before the connection serves the next transaction.
    var needsReplacement: Bool { isBroken || prepared.areStale }

    private func enqueue(_ statement: Statement) throws {
        let key = statement.key
        var name = prepared.name(of: key)
        // Before the statement: the answer of the last one sent is the answer of the round trip.
        if let old = prepared.surplus() { try enqueue(Statement(.trusted("DEALLOCATE \(old)"), isKept: false)) }
        if name == nil {
            let fresh = statement.isKept ? prepared.freshName() : ""
            guard PQsendPrepare(link, fresh, statement.text, Int32(key.types.count), key.types) == 1 else {
                throw lost()
            }
            expected.append(statement.isKept ? .preparation(key, name: fresh) : .answer(statement.text))
            name = fresh
        }
        let isSent = EncodedValues.with(statement.values) { values in
            PQsendQueryPrepared(link, name!, values.count, values.pointers, values.lengths, values.formats, 1) == 1
        }
        guard isSent else { throw lost() }
        expected.append(.answer(statement.text))
    }

    private func flush() throws {
        let deadline = Deadline(milliseconds: limits.statementMilliseconds)
        while true {
            switch PQflush(link) {
            case 0: return
            case 1:
                // The server may have to be listened to before it takes more.
                try wait(for: POLLIN | POLLOUT, before: deadline)
                guard PQconsumeInput(link) == 1 else { throw lost() }
            default: throw lost()
            }
        }
    }

    private func next(before deadline: Deadline?) throws -> OpaquePointer? {
        while PQisBusy(link) == 1 {
            try wait(for: POLLIN, before: deadline)
            guard PQconsumeInput(link) == 1 else { throw lost() }
        }
        return PQgetResult(link)
    }

    private func wait(for events: Int32, before deadline: Deadline?) throws {
        var descriptor = pollfd(fd: PQsocket(link), events: Int16(events), revents: 0)
        let answer = poll(&descriptor, 1, deadline?.remaining ?? -1)
        if answer == 0 || (answer < 0 && errno != EINTR) { throw lost() }
    }

    private func lost() -> StorageError {
        isBroken = true
        return .unavailable("the connection to PostgreSQL was lost")
    }
}

/// A moment of the monotonic clock.
struct Deadline {
    private let at: DispatchTime

    init(milliseconds: Int) { at = .now() + .milliseconds(milliseconds) }

    var isOver: Bool { at <= .now() }

    /// Milliseconds from now, for `poll`.
    var remaining: Int32 {
        let now = DispatchTime.now().uptimeNanoseconds
        return at.uptimeNanoseconds > now ? Int32((at.uptimeNanoseconds - now) / 1_000_000 + 1) : 0
    }
}
