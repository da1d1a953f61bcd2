import Kernel
import NIOCore

/// The sockets of one event loop and what they watch. Used on that loop only, so it needs no lock.
final class LiveShard {
    private struct Watchers {
        var sockets: Set<LiveSocket> = []
        var sentAt = NIODeadline.uptimeNanoseconds(0)
        /// The newest hint that waits for its turn.
        var pending: Int64?
    }

    private let loop: any EventLoop
    private unowned let hub: LiveHub
    private var sockets: Set<LiveSocket> = []
    private var watched: [TopicKey: Watchers] = [:]
    private var ticking: Scheduled<Void>?
    private let beat: TimeAmount

    init(_ loop: any EventLoop, hub: LiveHub, limits: LiveLimits) {
        (self.loop, self.hub) = (loop, hub)
        beat = .nanoseconds(min(1_000_000_000, limits.ping.nanoseconds / 4))
    }

    // MARK: Sockets

    func join(_ socket: LiveSocket) {
        sockets.insert(socket)
        hub.opened(by: socket.viewer)
        if ticking == nil {
            beatOn()
        }
    }

    func leave(_ socket: LiveSocket) {
        unwatch(socket)
        guard sockets.remove(socket) != nil else { return }
        hub.closed(by: socket.viewer)
        if sockets.isEmpty {
            ticking?.cancel()
            ticking = nil
        }
    }

    private func beatOn() {
        ticking = loop.assumeIsolated().scheduleTask(in: beat) {
            let now = self.loop.now
            for socket in self.sockets { socket.tick(now) }
            if !self.sockets.isEmpty { self.beatOn() }
        }
    }

    func countDropped() { hub.count { $0.dropped += 1 } }

    // MARK: Topics

    func watch(_ socket: LiveSocket, _ topics: [String]) {
        unwatch(socket)
        for topic in topics {
            let key = TopicKey(organisation: socket.viewer.organisation, topic: topic)
            watched[key, default: Watchers()].sockets.insert(socket)
            // The key of the table, so that its text is kept once.
            if let index = watched.index(forKey: key) { socket.topics.append(watched[index].key) }
        }
    }

    func unwatch(_ socket: LiveSocket) {
        for key in socket.topics {
            guard let index = watched.index(forKey: key) else { continue }
            watched.values[index].sockets.remove(socket)
            if watched.values[index].sockets.isEmpty { watched.remove(at: index) }
        }
        socket.topics = []
    }

    // MARK: Signals

    func deliver(_ signal: LiveSignal) {
        switch signal {
        case .hint(let hint):
            for topic in hint.topics {
                note(TopicKey(organisation: hint.organisation, topic: topic), seq: hint.seq)
            }
        case .reload(let organisation):
            send(LiveFrame.reload, to: sockets.filter { $0.viewer.organisation == organisation })
        case .ended(let sessions):
            let sessions = Set(sessions)
            for socket in sockets where sessions.contains(socket.viewer.session) { socket.close(1008) }
        case .reconnect(let people):
            let people = Set(people)
            for socket in sockets where people.contains(socket.viewer.person) { socket.bye() }
        case .typing(let organisation, let topic, let person):
            guard let watchers = watched[TopicKey(organisation: organisation, topic: topic)] else { return }
            let frame = LiveFrame.typing(topic, person: person)
            for socket in watchers.sockets where socket.viewer.person != person { socket.whisper(frame) }
        }
    }

    /// Sends a hint at once, or, when one of the same topic has just been sent, merges it with those that follow. The more watch,
    /// the longer the pause (20 ms, and a second for ten thousand), since every hint makes each of them read again.
    private func note(_ key: TopicKey, seq: Int64) {
        guard let index = watched.index(forKey: key) else { return }
        if let pending = watched.values[index].pending {
            watched.values[index].pending = max(pending, seq)
            return
        }
        let pause = TimeAmount.microseconds(20_000 + 100 * Int64(watched.values[index].sockets.count))
        let due = watched.values[index].sentAt + pause
        let now = loop.now
        if due <= now {
            watched.values[index].sentAt = now
            send(LiveFrame.hint(key.topic, seq: seq), to: watched.values[index].sockets)
        } else {
            watched.values[index].pending = seq
            loop.assumeIsolated().scheduleTask(deadline: due) { self.flush(key) }
        }
    }

    private func flush(_ key: TopicKey) {
        guard let index = watched.index(forKey: key), let seq = watched.values[index].pending else { return }
        watched.values[index].pending = nil
        watched.values[index].sentAt = loop.now
        send(LiveFrame.hint(key.topic, seq: seq), to: watched.values[index].sockets)
    }

    /// In portions, so that requests of the same loop are served between them.
    private func send(_ frame: ByteBuffer, to receivers: Set<LiveSocket>) {
        if receivers.count <= 256 {
            for socket in receivers { socket.send(frame) }
        } else {
            send(frame, to: Array(receivers)[...])
        }
    }

    private func send(_ frame: ByteBuffer, to receivers: ArraySlice<LiveSocket>) {
        for socket in receivers.prefix(256) { socket.send(frame) }
        let rest = receivers.dropFirst(256)
        if !rest.isEmpty { loop.assumeIsolated().execute { self.send(frame, to: rest) } }
    }
}
