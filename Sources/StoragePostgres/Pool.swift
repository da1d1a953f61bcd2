import Dispatch
import Storage
import Synchronization

/// A bounded set of connections. Who finds none free waits in line. While the database is away nobody waits long: one attempt
/// after another is made in the background, with growing pauses, and the first that succeeds ends the outage.
final class Pool: Sendable {
    private struct State {
        var idle: [Connection] = []
        /// Connections that exist or are being opened.
        var count = 0
        var waiting: [Waiter] = []
        /// Why the last attempt to connect failed; nil while the database answers.
        var outage: String?
        var isClosed = false
        var isSweeping = false
    }

    private struct Waiter {
        let atLast: Deadline
        /// The same while the database is away.
        let shortly: Deadline
        let continuation: CheckedContinuation<Connection, any Error>
    }

    private let url: String
    private let limits: PostgresLimits
    private let state = Mutex(State())
    /// Blocking work that belongs to no connection yet, and the clock of those who wait.
    private let opening = DispatchQueue(label: "okno.postgres.opening")
    private let clock = DispatchQueue(label: "okno.postgres.clock")

    init(url: String, limits: PostgresLimits) {
        self.url = url
        self.limits = limits
    }

    var counts: (open: Int, idle: Int, waiting: Int) {
        state.withLock { ($0.count, $0.idle.count, $0.waiting.count) }
    }

    /// A connection of one's own, to be given back.
    /// - Throws: `StorageError.unavailable` when none came free in time, or soon while the database is away.
    func borrow() async throws -> Connection {
        try await withCheckedThrowingContinuation { continuation in
            let answer: Result<Connection, any Error>? = state.withLock { state in
                guard !state.isClosed else { return .failure(StorageError.unavailable("the database is closed")) }
                while state.waiting.isEmpty, let connection = state.idle.popLast() {
                    if !connection.hasEnded { return .success(connection) }
                    state.count -= 1
                }
                state.waiting.append(
                    Waiter(
                        atLast: Deadline(milliseconds: limits.queueMilliseconds),
                        shortly: Deadline(milliseconds: limits.outageMilliseconds), continuation: continuation))
                return nil
            }
            if let answer { return continuation.resume(with: answer) }
            openIfAllowed()
            sweepLater()
        }
    }

    func giveBack(_ connection: Connection) {
        guard !connection.needsReplacement else { return discard(connection) }
        serve(connection)
    }

    /// Opens one connection now, for the start of the program: the error says what is wrong with the address.
    func openFirst() async throws {
        let connection = try await onQueue(opening) { [url, limits] in try Connection(url, limits) }
        state.withLock { $0.count += 1 }
        serve(connection)
    }

    func close() {
        let waiters = state.withLock { state in
            defer { (state.idle, state.waiting, state.isClosed) = ([], [], true) }
            state.count -= state.idle.count
            return state.waiting
        }
        for waiter in waiters {
            waiter.continuation.resume(throwing: StorageError.unavailable("the database is closed"))
        }
    }

    /// Hands a free connection to the first in line, or keeps it.
    private func serve(_ connection: Connection) {
        let waiter: Waiter? = state.withLock { state in
            if state.isClosed {
                state.count -= 1
                return nil
            }
            if !state.waiting.isEmpty { return state.waiting.removeFirst() }
            state.idle.append(connection)
            return nil
        }
        waiter?.continuation.resume(returning: connection)
    }

    /// A connection broke: the idle ones have most likely broken with it.
    private func discard(_ broken: Connection) {
        state.withLock { state in
            state.count -= 1
            if broken.isBroken {
                state.count -= state.idle.count
                state.idle = []
            }
        }
        openIfAllowed()
    }

    private func openIfAllowed() {
        let isAllowed = state.withLock { state in
            // During an outage one attempt is under way already.
            guard !state.isClosed, state.outage == nil, !state.waiting.isEmpty, state.count < limits.connections else {
                return false
            }
            state.count += 1
            return true
        }
        if isAllowed { DispatchQueue.global().async { self.open() } }
    }

    private func open() {
        do {
            let connection = try Connection(url, limits)
            serve(connection)
        } catch {
            let isFirst = state.withLock { state in
                state.count -= 1
                defer { state.outage = "\(error)" }
                return state.outage == nil
            }
            if isFirst { retry(after: 50) }
        }
    }

    /// The one attempt at a time of an outage.
    private func retry(after milliseconds: Int) {
        opening.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [self] in
            if state.withLock({ $0.isClosed }) { return }
            do {
                let connection = try Connection(url, limits)
                state.withLock { state in
                    state.outage = nil
                    state.count += 1
                }
                serve(connection)
                for _ in 1..<limits.connections { openIfAllowed() }
            } catch {
                state.withLock { $0.outage = "\(error)" }
                retry(after: min(milliseconds * 2, limits.longestPauseMilliseconds))
            }
        }
    }

    /// Looks after those who wait, four times a second while somebody does.
    private func sweepLater() {
        let starts = state.withLock { state in
            defer { state.isSweeping = true }
            return !state.isSweeping
        }
        if starts { clock.asyncAfter(deadline: .now() + .milliseconds(250)) { self.sweep() } }
    }

    private func sweep() {
        let (late, reason) = state.withLock { state -> ([Waiter], String) in
            let isAway = state.outage != nil
            let late = state.waiting.filter { isAway ? $0.shortly.isOver : $0.atLast.isOver }
            state.waiting.removeAll { isAway ? $0.shortly.isOver : $0.atLast.isOver }
            state.isSweeping = false
            return (late, state.outage ?? "all connections are busy")
        }
        for waiter in late { waiter.continuation.resume(throwing: StorageError.unavailable(reason)) }
        if state.withLock({ !$0.waiting.isEmpty }) { sweepLater() }
    }
}

/// Runs blocking work on a queue.
func onQueue<Value: Sendable>(_ queue: DispatchQueue, _ body: @escaping @Sendable () throws -> Value) async throws
    -> Value
{
    try await withCheckedThrowingContinuation { continuation in
        queue.async { continuation.resume(with: Result { try body() }) }
    }
}
