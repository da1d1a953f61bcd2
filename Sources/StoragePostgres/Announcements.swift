import Dispatch
import Storage
import Synchronization

/// Payloads on their way to the other nodes, sent together by whoever gets there first.
final class Announcements: Sendable {
    /// Beyond this the oldest are dropped: they are hints, and readers catch up by number.
    private static let limit = 10_000
    private static let perStatement = 100

    private struct State {
        var waiting: [String] = []
        var isSending = false
        var isClosed = false
        var streams: [AsyncStream<PostgresNotification>.Continuation] = []
    }

    private let channel: String
    private let pool: Pool
    private let state = Mutex(State())

    init(channel: String, pool: Pool) { (self.channel, self.pool) = (channel, pool) }

    var name: String { channel }

    func add(_ payload: String) {
        let starts = state.withLock { state in
            guard !state.isClosed else { return false }
            if state.waiting.count >= Self.limit { state.waiting.removeFirst(Self.limit / 10) }
            state.waiting.append(payload)
            defer { state.isSending = true }
            return !state.isSending
        }
        if starts { Task { await drain() } }
    }

    /// A stream of listening to be finished when the engine is closed.
    func ends(with stream: AsyncStream<PostgresNotification>.Continuation) {
        let isClosed = state.withLock { state in
            state.streams.append(stream)
            return state.isClosed
        }
        if isClosed { stream.finish() }
    }

    func close() {
        let streams = state.withLock { state in
            (state.waiting, state.isClosed) = ([], true)
            return state.streams
        }
        for stream in streams { stream.finish() }
    }

    private func drain() async {
        while let payloads = take() {
            do { try await send(payloads) } catch {
                state.withLock { state in
                    if !state.isClosed { state.waiting.insert(contentsOf: payloads, at: 0) }
                }
                try? await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    private func take() -> [String]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isSending = false
                return nil
            }
            let payloads = Array(state.waiting.prefix(Self.perStatement))
            state.waiting.removeFirst(payloads.count)
            return payloads
        }
    }

    private func send(_ payloads: [String]) async throws {
        let connection = try await pool.borrow()
        try await onQueue(connection.queue) { [channel, pool] in
            defer { pool.giveBack(connection) }
            // Hints need not wait for the disk.
            let statements: [SQL] =
                ["BEGIN", "SET LOCAL synchronous_commit = off"]
                + payloads.map { "SELECT pg_notify(\(channel), \($0))" } + ["COMMIT"]
            do { _ = try connection.ask(statements.map { Statement($0) }) } catch StorageError.failed {
                // A payload that PostgreSQL does not take is lost, not sent again for ever.
                _ = try connection.ask([Statement("ROLLBACK")])
            } catch {
                if !connection.isBroken { _ = try? connection.ask([Statement("ROLLBACK")]) }
                throw error
            }
        }
    }
}
