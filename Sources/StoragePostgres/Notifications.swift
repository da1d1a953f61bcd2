import CLibPQ
import Dispatch
import Storage
import Synchronization

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a listening node hears.
package enum PostgresNotification: Sendable, Equatable {
    /// Listening began, began again after a break, or went on after the reader was too slow: what was announced in between is
    /// lost, so read everything anew.
    case connected
    /// What a node, this one included, gave to `notify`.
    case payload(String)
}

extension PostgresEngine {
    /// Announces to all listening nodes. Returns at once; announcements travel together, and while the database is away up to
    /// ten thousand wait. Call it after the commit. At most 7,999 bytes: PostgreSQL takes no more.
    package func notify(_ payload: String) async {
        announcements.add(payload)
    }

    /// Listens over a connection of its own, which is opened again after a break, until the stream is dropped or
    /// the engine closed.
    package func notifications() -> AsyncStream<PostgresNotification> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: PostgresNotification.self, bufferingPolicy: .bufferingOldest(4096))
        let listener = Listener(url: url, channel: announcements.name, continuation: continuation)
        continuation.onTermination = { _ in listener.stop() }
        announcements.ends(with: continuation)
        listener.start()
        return stream
    }
}

/// The thread that waits for announcements.
private final class Listener: Sendable {
    private let url: String, channel: String
    private let continuation: AsyncStream<PostgresNotification>.Continuation
    private let isStopped = Mutex(false)
    private let queue = DispatchQueue(label: "okno.postgres.listener")

    init(url: String, channel: String, continuation: AsyncStream<PostgresNotification>.Continuation) {
        (self.url, self.channel, self.continuation) = (url, channel, continuation)
    }

    func start() { attempt(after: 0, pause: 100) }

    func stop() { isStopped.withLock { $0 = true } }

    private func attempt(after milliseconds: Int, pause: Int) {
        queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [self] in
            if isStopped.withLock({ $0 }) { return }
            let hasListened = listen()
            attempt(after: hasListened ? 100 : pause, pause: hasListened ? 100 : min(pause * 2, 2000))
        }
    }

    /// Listens until the connection breaks or the stream ends.
    /// - Returns: whether there was a connection.
    private func listen() -> Bool {
        guard let link = try? Link.open(url) else { return false }
        defer { PQfinish(link) }
        guard (try? Link.command("LISTEN \"\(channel)\"", on: link)) != nil else { return false }
        var hasLost = false
        func hand(_ notification: PostgresNotification) {
            if hasLost {
                guard case .enqueued = continuation.yield(.connected) else { return }
                hasLost = false
            }
            if case .dropped = continuation.yield(notification) { hasLost = true }
        }
        hand(.connected)
        while !isStopped.withLock({ $0 }) {
            // Wakes up now and then to see whether anybody still listens.
            var descriptor = pollfd(fd: PQsocket(link), events: Int16(POLLIN), revents: 0)
            let answer = poll(&descriptor, 1, 500)
            if answer < 0 && errno != EINTR { return true }
            if hasLost { hand(.connected) }
            guard answer > 0 else { continue }
            guard PQconsumeInput(link) == 1 else { return true }
            while let notification = PQnotifies(link) {
                hand(.payload(String(cString: notification.pointee.extra)))
                PQfreemem(notification)
            }
        }
        return true
    }
}
