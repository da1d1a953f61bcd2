import AgentProtocol
import Kernel
import Live
import NIOCore
import RFB
import Recordings
import Synchronization
import Web

/// One more viewer of an agent, which looks in order to keep. Its bytes are taken one after the other, apart from the event loop; the
/// agent may send more only when they are on the disk, so that a slow disk or a moving picture slows the recording and nothing else.
final class Recorder: Sendable {
    /// Bytes on their way, and those of a second: a film on the client's screen must not fill the client's line.
    static let window = 256 << 10
    private static let perSecond = 2 << 20
    /// A part that is larger (made smaller) or lasts longer (milliseconds) is closed: a memory and a fall of the server have their measure.
    static let largestPart = 8 << 20, longestPart: Int64 = 30_000

    /// What was heard and is not taken yet: never more than the window.
    private struct Heard {
        var bytes = ByteBuffer()
        var credit = 0
        var isDue = false
    }

    private struct State {
        var heard = Heard()
        /// Bytes that the agent may still send.
        var toCome = Recorder.window
    }

    let channel: UInt32
    private let state = Mutex(State())
    private let wake: AsyncStream<Void>.Continuation

    init(
        channel: UInt32, of session: ControlSession, at room: RemoteControl,
        say: @escaping @Sendable (AgentMessage) -> Void
    ) {
        self.channel = channel
        let (stream, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.wake = wake
        Task { [self] in
            var film = Film(session, channel, room) { message in
                if case .credit(_, let more) = message { self.state.withLock { $0.toCome += Int(more) } }
                say(message)
            }
            do {
                try await film.begin()
                for await _ in stream {
                    let heard = state.withLock { state in
                        defer { state.heard = Heard() }
                        return state.heard
                    }
                    if heard.credit > 0 { film.credit(heard.credit) }
                    if heard.bytes.readableBytes > 0 { try await film.take(heard.bytes) }
                    if heard.isDue { try await film.tick() }
                }
                try await film.end()
            } catch {
                // What is kept so far stays; the channel is closed, and a new recorder begins after a pause.
                say(.close(channel: channel, .finished, words: ""))
            }
        }
    }

    /// - Returns: false when the agent sent more than it may: nothing of it is taken.
    func came(_ bytes: ByteBuffer) -> Bool {
        let isKept = state.withLock { state in
            state.toCome -= bytes.readableBytes
            guard state.toCome >= 0 else { return false }
            state.heard.bytes.writeImmutableBuffer(bytes)
            return true
        }
        if isKept { wake.yield() }
        return isKept
    }

    func credit(_ more: UInt32) {
        state.withLock { $0.heard.credit += Int(more) }
        wake.yield()
    }

    func tick() {
        state.withLock { $0.heard.isDue = true }
        wake.yield()
    }

    func stop() { wake.finish() }

    /// What is being recorded: messages become parts, each of which begins with the whole screen.
    private struct Film {
        let session: ControlSession
        let channel: UInt32
        let room: RemoteControl
        let say: @Sendable (AgentMessage) -> Void
        private var recorder = RFBRecorder(format: .wide)
        private var began = Instant(milliseconds: 0)
        private var draft: PartDraft?
        private var toGo = 0, taken = 0
        private var waiting = ByteBuffer()
        /// Bytes that came since then.
        private var since = Instant(milliseconds: 0), came = 0

        init(
            _ session: ControlSession, _ channel: UInt32, _ room: RemoteControl,
            _ say: @escaping @Sendable (AgentMessage) -> Void
        ) {
            (self.session, self.channel, self.room, self.say) = (session, channel, room, say)
        }

        private var id: RecordingID { RecordingID(session.id.text) }
        private var now: Int64 { room.site.now().since(began) }

        mutating func begin() async throws {
            began = try await room.recordings.begin(id, of: session.request, in: session.organisation)
        }

        mutating func take(_ bytes: ByteBuffer) async throws {
            let count = bytes.readableBytes
            for step in try recorder.take(bytes, at: now) {
                switch step {
                case .send(let bytes): send(bytes)
                case .begun: break
                case .message(let message, let isEntry): try await keep(message, isEntry: isEntry)
                }
            }
            try await slowDown(count)
            taken += count
            guard taken >= Recorder.window / 4 else { return }
            say(.credit(channel: channel, UInt32(taken)))
            taken = 0
        }

        private mutating func slowDown(_ count: Int) async throws {
            let now = room.site.now()
            if now.since(since) >= 1000 { (since, came) = (now, 0) }
            came += count
            guard came > Recorder.perSecond else { return }
            try await Task.sleep(for: .milliseconds(max(0, 1000 - now.since(since))))
            (since, came) = (room.site.now(), 0)
        }

        mutating func tick() async throws {
            try await closeIfLong(at: now)
            // An agent that takes nothing is asked nothing more.
            guard waiting.readableBytes == 0 else { return }
            if let question = recorder.tick(at: now) { send(question) }
        }

        mutating func credit(_ more: Int) {
            toGo += more
            flush()
        }

        private mutating func send(_ bytes: ByteBuffer) {
            waiting.writeImmutableBuffer(bytes)
            flush()
        }

        private mutating func flush() {
            guard let part = waiting.readBytes(length: min(toGo, waiting.readableBytes)), !part.isEmpty else { return }
            toGo -= part.count
            say(.data(channel: channel, part))
        }

        private mutating func keep(_ message: ByteBuffer, isEntry: Bool) async throws {
            let moment = now
            if isEntry, moment > draft?.from ?? -1 {
                try await close(at: moment)
                guard let screen = recorder.screen else { return }
                draft = try PartDraft(from: moment)
                add(screen.serverInit, at: moment)
            }
            add(message, at: moment)
            try await closeIfLong(at: moment)
        }

        /// The next part begins with the whole screen, which is asked for.
        private mutating func closeIfLong(at moment: Int64) async throws {
            guard let draft, draft.size > Recorder.largestPart || moment - draft.from > Recorder.longestPart else {
                return
            }
            recorder.wantEntry(at: moment)
            try await close(at: moment)
        }

        private func add(_ bytes: ByteBuffer, at moment: Int64) {
            bytes.withUnsafeReadableBytes { draft?.add($0, at: moment) }
        }

        private mutating func close(at moment: Int64) async throws {
            guard let draft else { return }
            self.draft = nil
            try await room.recordings.keep(
                draft.finish(), from: draft.from, until: moment, of: id, in: session.organisation)
        }

        /// The last part is kept when the session may have ended already: what was told then did not know of it.
        mutating func end() async throws {
            try await close(at: now)
            try await room.change(session.id, in: session.organisation) { [session, room] tx, _ in
                guard let ended = try RemoteControl.session(session.id, tx), ended.state == .ended else { return nil }
                let change = ControlChange(ended, by: nil, at: room.site.now(), tx)
                try change.tellRecorded()
                return change
            }
        }
    }
}

/// On the event loop of the agent's wire.
extension AgentWire {
    /// Channels of recorders lie above all others.
    private static let firstRecorder: UInt32 = 1 << 30
    /// Beats from a recorder that ended to the next one.
    private static let pause = 10

    func recorder(_ channel: UInt32) -> Recorder? {
        guard channel > Self.firstRecorder else { return nil }
        return state.withLock { $0.recorder?.channel == channel ? $0.recorder : nil }
    }

    /// Begins, goes on or ends, as the session says.
    func record(_ session: ControlSession?) {
        guard let session else { return stopRecording() }
        let begun = state.withLock { state -> Recorder? in
            guard state.recorder == nil, state.wire != nil, !state.isOver, state.beats >= state.recordsFrom else {
                return nil
            }
            state.recorders += 1
            let recorder = Recorder(
                channel: Self.firstRecorder + 2 * state.recorders, of: session, at: room,
                say: { [weak self] in self?.said($0) })
            state.recorder = recorder
            return recorder
        }
        guard let begun else { return }
        let opening = Opening(session: number, isControl: false, credit: UInt32(Recorder.window))
        say(.open(channel: begun.channel, opening))
        tick(begun)
    }

    /// A recorder's word; its last one is that it is over.
    func said(_ message: AgentMessage) {
        say(message)
        if case .close(let channel, _, _) = message { forgetRecorder(channel) }
    }

    private func tick(_ recorder: Recorder) {
        guard let loop = state.withLock({ $0.wire?.eventLoop }) else { return }
        loop.scheduleTask(in: .milliseconds(250)) { [weak self] in
            guard let self, self.recorder(recorder.channel) != nil else { return }
            recorder.tick()
            self.tick(recorder)
        }
    }

    func stopRecording(_ why: Ending = .finished) {
        guard let channel = state.withLock({ $0.recorder?.channel }), let recorder = forgetRecorder(channel) else {
            return
        }
        recorder.stop()
        say(.close(channel: channel, why, words: ""))
    }

    /// - Parameter channel: of whom: an older one may come to its end when the next has begun.
    @discardableResult
    private func forgetRecorder(_ channel: UInt32) -> Recorder? {
        state.withLock { state in
            guard let recorder = state.recorder, recorder.channel == channel else { return nil }
            (state.recorder, state.recordsFrom) = (nil, state.beats + Self.pause)
            return recorder
        }
    }
}
