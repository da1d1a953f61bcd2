package import Kernel
import NIOCore
import ServiceLifecycle
import Synchronization

/// The open sockets of this process, and the way to tell the pages what has changed.
///
/// Every call returns at once and may be made from anywhere, after the commit. Nothing here is durable: a page that missed a hint
/// notices by the event number when it connects again. Run it as a service: at shutdown it waits until the sockets have been told.
package final class LiveHub: Service {
    private let state = Mutex(State())

    private struct State {
        var shards: [ObjectIdentifier: NIOLoopBound<LiveShard>] = [:]
        var counters = LiveCounters()
        var sockets: [PersonID: Int] = [:]
        /// People who have been told to be here and not yet to be gone.
        var here: Set<PersonID> = []
        var presence: (@Sendable (LiveViewer, Bool) -> Void)?
        var absence: Duration = .seconds(20)
        var relay: (@Sendable (LiveSignal) -> Void)?
        /// Requests held open for pages where no socket passes.
        var polls = HeldPolls()
        /// Who else wants to know, besides pages.
        var listeners: [@Sendable (LiveSignal) -> Void] = []
        var isLeaving = false
    }

    package init() {}

    /// Where signals that began in this process go besides its own sockets: to the other nodes. Called on the caller's thread, so
    /// it must not wait. What comes from other nodes is handed to `deliver`, which is not relayed.
    package func onPublish(_ relay: @escaping @Sendable (LiveSignal) -> Void) { state.withLock { $0.relay = relay } }

    /// Who else is told of every signal at this node. Called on the thread of whoever signals, so it must not wait.
    package func onSignal(_ tell: @escaping @Sendable (LiveSignal) -> Void) {
        state.withLock { $0.listeners.append(tell) }
    }

    /// Tells the watchers of the topics, here and on other nodes. Hints of one topic that follow each other closely become one.
    package func publish(_ hint: Hint) { publish(.hint(hint)) }

    /// Tells every page of the organisation to read its live parts again.
    package func publishReload(_ organisation: OrganisationID) { publish(.reload(organisation)) }

    /// Closes the sockets of sessions that have ended.
    package func endSessions(_ sessions: [SessionID]) { publish(.ended(sessions)) }

    /// Makes the pages of people whose rights have changed connect again, so that their topics are checked anew.
    package func reconnect(_ people: [PersonID]) { publish(.reconnect(people)) }

    /// Tells the watchers of a topic that somebody else is typing. Pages send this over their sockets by themselves.
    package func typing(organisation: OrganisationID, topic: String, person: PersonID) {
        publish(.typing(organisation, topic: topic, person: person))
    }

    package func publish(_ signal: LiveSignal) {
        deliver(signal)
        state.withLock { $0.relay }?(signal)
    }

    /// Tells the sockets of this process only.
    package func deliver(_ signal: LiveSignal) {
        let (shards, listeners) = state.withLock { state in
            if case .hint = signal { state.counters.hints += 1 }
            for poll in state.polls.concerned(by: signal) { poll.take(signal) }
            return (Array(state.shards.values), state.listeners)
        }
        for shard in shards { shard.eventLoop.execute { shard.value.deliver(signal) } }
        for tell in listeners { tell(signal) }
    }

    package func deliver(_ hint: Hint) { deliver(.hint(hint)) }

    package var counters: LiveCounters { state.withLock { $0.counters } }

    /// Waits for shutdown, then until the sockets are closed, at most three seconds.
    package func run() async throws {
        try? await gracefulShutdown()
        let polls = state.withLock { state in
            state.isLeaving = true
            return state.polls.all
        }
        for poll in polls { poll.end() }
        for _ in 0..<60 where counters.connected > 0 { try? await Task.sleep(for: .milliseconds(50)) }
    }

    // MARK: Without a socket

    /// Requests of one person that are held at once: a few windows.
    package static let pollsOfPerson = 20
    /// How long a request is held: shorter than proxies wait.
    package static let longestPoll = Duration.seconds(25)

    /// Waits until one of the topics changes, for so long at most. The person counts as being here meanwhile, as with a socket.
    /// - Parameters:
    ///   - seq: the number of the last event that the page knows.
    ///   - mayWatch: as `LiveConfiguration.mayWatch`.
    /// - Returns: hints as a socket sends them, one a line; nil when the person has too many requests held.
    package func poll(
        _ viewer: LiveViewer, topics: [String], after seq: Int64, hold: Duration,
        mayWatch: @Sendable (LiveViewer, [String]) async throws -> (allowed: [String], seq: Int64)
    ) async throws -> String? {
        let poll = HeldPoll(viewer, topics.filter(TopicKey.isWellFormed), after: seq)
        let isWelcome = state.withLock { state in
            guard state.polls.count(of: viewer.person) < Self.pollsOfPerson else { return false }
            state.polls.add(poll)
            return true
        }
        guard isWelcome else { return nil }
        opened(by: viewer)
        defer {
            _ = state.withLock { $0.polls.remove(poll) }
            closed(by: viewer)
        }
        let (allowed, newest) = try await mayWatch(viewer, topics)
        poll.allow(allowed, newest: newest)
        await poll.wait(state.withLock { $0.isLeaving } ? .zero : min(hold, Self.longestPoll))
        return poll.words(newest: state.withLock { $0.polls.remove(poll) })
    }

    // MARK: For the sockets

    /// Called on the loop.
    func shard(of loop: any EventLoop, limits: LiveLimits) -> LiveShard {
        let key = ObjectIdentifier(loop)
        if let shard = state.withLock({ $0.shards[key] }) { return shard.value }
        let shard = LiveShard(loop, hub: self, limits: limits)
        let bound = NIOLoopBound(shard, eventLoop: loop)
        state.withLock { $0.shards[key] = bound }
        return shard
    }

    func hasRoom(for person: PersonID, _ limits: LiveLimits) -> Bool {
        state.withLock { $0.sockets[person, default: 0] < limits.socketsOfPerson }
    }

    func onPresence(_ tell: @escaping @Sendable (LiveViewer, Bool) -> Void, after absence: Duration) {
        state.withLock { ($0.presence, $0.absence) = (tell, absence) }
    }

    func opened(by viewer: LiveViewer) {
        let tell = state.withLock { state in
            state.sockets[viewer.person, default: 0] += 1
            state.counters.connected += 1
            state.counters.opened += 1
            return state.here.insert(viewer.person).inserted ? state.presence : nil
        }
        tell?(viewer, true)
    }

    func closed(by viewer: LiveViewer) {
        let (isLast, absence) = state.withLock { state in
            let left = state.sockets[viewer.person, default: 1] - 1
            state.sockets[viewer.person] = left > 0 ? left : nil
            state.counters.connected -= 1
            return (left <= 0, state.absence)
        }
        guard isLast else { return }
        Task {
            try? await Task.sleep(for: absence)
            let tell = state.withLock { state in
                state.sockets[viewer.person] == nil && state.here.remove(viewer.person) != nil ? state.presence : nil
            }
            tell?(viewer, false)
        }
    }

    func count(_ change: (inout LiveCounters) -> Void) { state.withLock { change(&$0.counters) } }
}

/// Figures of this process since its start.
package struct LiveCounters: Sendable, Equatable {
    /// Sockets open now, and requests held in place of one.
    package var connected = 0
    /// Sockets opened.
    package var opened = 0
    /// Sockets cut off: dead, not reading, or talking too much.
    package var dropped = 0
    /// Hints published here and received from other nodes.
    package var hints = 0
}
