import Kernel
import Synchronization

/// One request that is held open where no socket passes: what has happened to its topics since, and who waits for it.
final class HeldPoll: Sendable {
    private struct State {
        var watched: Set<String>
        /// Up to where the page knows everything.
        let known: Int64
        /// The newest event of the organisation that was heard of.
        var newest: Int64
        /// Topics that changed, with the number of the event.
        var changed: [String: Int64] = [:]
        var mustReload = false
        var isOver = false
        var waiting: CheckedContinuation<Void, Never>?
    }

    let viewer: LiveViewer
    /// What it asked for: never less than what it may watch.
    let topics: Set<String>
    private let state: Mutex<State>

    init(_ viewer: LiveViewer, _ topics: [String], after seq: Int64) {
        self.viewer = viewer
        self.topics = Set(topics)
        state = Mutex(State(watched: Set(topics), known: seq, newest: seq))
    }

    /// What it may watch is known now, and the organisation's newest event: a page that is behind reads everything again.
    func allow(_ topics: [String], newest: Int64) {
        change { state in
            state.watched.formIntersection(topics)
            state.mustReload = state.mustReload || newest > state.known
            state.newest = max(state.newest, newest)
            state.changed = state.changed.filter { topics.contains($0.key) }
            return state.mustReload || !state.changed.isEmpty
        }
    }

    func take(_ signal: LiveSignal) {
        change { state in
            switch signal {
            case .hint(let hint) where hint.organisation == viewer.organisation:
                state.newest = max(state.newest, hint.seq)
                for topic in hint.topics where state.watched.contains(topic) {
                    state.changed[topic] = max(state.changed[topic] ?? 0, hint.seq)
                }
                return !state.changed.isEmpty
            case .reload(viewer.organisation): state.mustReload = true
            case .ended(let sessions): return sessions.contains(viewer.session)
            case .reconnect(let people): state.mustReload = state.mustReload || people.contains(viewer.person)
            case .hint, .reload, .typing: return false
            }
            return state.mustReload
        }
    }

    /// Nothing more is waited for.
    func end() { change { _ in true } }

    private func change(_ body: (inout State) -> Bool) {
        let waiting = state.withLock { state in
            guard body(&state) || state.isOver else { return nil as CheckedContinuation<Void, Never>? }
            state.isOver = true
            let waiting = state.waiting
            state.waiting = nil
            return waiting
        }
        waiting?.resume()
    }

    /// Until there is something to say, for so long at most.
    func wait(_ most: Duration) async {
        let alarm = Task {
            try? await Task.sleep(for: most)
            end()
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiting in
                let isOver = state.withLock { state in
                    if !state.isOver { state.waiting = waiting }
                    return state.isOver
                }
                if isOver { waiting.resume() }
            }
        } onCancel: {
            end()
        }
        alarm.cancel()
    }

    /// One hint a line, as a socket would have sent them; without news the number up to which there are none.
    /// - Parameter newest: an event up to which it has taken everything.
    func words(newest: Int64) -> String {
        let state = state.withLock { $0 }, newest = max(newest, state.newest)
        if state.mustReload { return LiveFrame.words(LiveFrame.reload(seq: newest)) }
        let hints = state.changed.sorted { ($0.value, $0.key) < ($1.value, $1.key) }
            .map { LiveFrame.words(LiveFrame.hint($0.key, seq: $0.value)) }
        return (hints + [LiveFrame.words(LiveFrame.nothing(seq: newest))]).joined(separator: "\n")
    }
}
