import AgentProtocol
import Kernel
package import Live
import NIOCore
import Synchronization

/// The wire of one agent. What it says is of one session and of nothing else; the streams of the viewers hang on it, and everything about
/// them happens on its event loop.
package final class AgentWire: WireListener {
    /// So often an agent asks for a sign of life: after two without one it comes anew, which is sooner than a cut wire comes to itself.
    private static let ping: UInt16 = 2
    /// Bytes of a message of somebody who is not known yet: a greeting has one.
    static let strangerBytes = 4 << 10
    /// Messages of an agent that mean it well are a few in a second.
    static let messagesPerSecond = 100
    private static let greeting = TimeAmount.seconds(10), beat = TimeAmount.seconds(1), beatsUntilSeen = 30
    /// Every so many beats everything is read, though nothing told of a change.
    static let beatsUntilWhole = 5
    /// Seconds between tries to write that it is over.
    private static let pauses = [1, 2, 4, 8, 15, 30]

    struct State {
        var wire: Wire?
        var recorder: Recorder?
        /// Recorders that were begun, and the beat before which none is begun again.
        var recorders: UInt32 = 0, recordsFrom = 0
        var hasGreeted = false
        /// Messages other than pictures and their credit; each may cost an act or an answer.
        var talk = Allowance(rate: AgentWire.messagesPerSecond, at: NIODeadline.now().uptimeNanoseconds)
        var session: ControlID?
        /// The session's number on the wire: the agent of one session has this one.
        var number: UInt32 = 1
        /// A computer that is known, with a session or waiting for one.
        var machine: KnownMachine?
        var organisation: OrganisationID?
        var streams = ViewerStreams()
        var files = CarriedFiles()
        var agreed: Rights = []
        var abilities: Abilities = []
        var monitors: [Monitor] = []
        /// The last question that was put.
        var question = 0
        /// Whose names the person at the computer was told.
        var named: [PersonID] = []
        /// It came by its code and has not spoken since.
        var cameByCode = false
        var isLooking = false
        var looksAgain = false
        /// The next look is at everything.
        var looksWhole = true
        /// As of the last look at everything.
        var pulse: ControlPulse?
        var beats = 0
        var isOver = false
    }

    let room: RemoteControl
    let state = Mutex(State())

    init(_ room: RemoteControl) { self.room = room }

    package func opened(_ wire: Wire) {
        state.withLock { $0.wire = wire }
        wire.eventLoop.scheduleTask(in: Self.greeting) { [weak self] in
            guard let self, !self.isKnown else { return }
            wire.close(1002)
        }
    }

    package func drained(_ wire: Wire) {}

    package func closed(_ wire: Wire) {
        stopRecording()
        stopFiles()
        let (session, machine, viewers) = state.withLock { state in
            state.wire = nil
            defer { state.streams.empty() }
            return (state.session, state.machine, state.streams.viewers)
        }
        if let machine { leave(machine) }
        if let session { room.desk.remove(self, of: session) }
        for viewer in viewers { viewer.close(ViewerWire.again) }
    }

    package func heard(_ message: WireMessage, on wire: Wire) {
        guard case .bytes(let bytes) = message else { return wire.close(1003) }
        if bytes.getInteger(at: bytes.readerIndex) == AgentMessage.dataType,
            bytes.readableBytes > AgentMessage.headBytes,
            let channel = bytes.getInteger(at: bytes.readerIndex + 1, as: UInt32.self)
        {
            return data(channel, bytes, wire)
        }
        do {
            try heard(try AgentMessage(decoding: bytes.readableBytesView), wire)
        } catch {
            wire.close(1002)
        }
    }

    private func heard(_ message: AgentMessage, _ wire: Wire) throws {
        if case .hello(let hello) = message { return greet(hello, wire) }
        guard isKnown else { return wire.close(1002) }
        if case .credit = message {
        } else if !state.withLock({ $0.talk.take(1, at: NIODeadline.now().uptimeNanoseconds) }) {
            return wire.close(1008)
        }
        arrive()
        switch message {
        case .ping(let number): say(.pong(number))
        case .answer(let session, let question, let answer): heard(answer, to: question, of: session)
        case .opened(let channel, _, let credit), .credit(let channel, let credit):
            if let recorder = recorder(channel) { return recorder.credit(credit) }
            if isFile(channel) { return moreOfFile(Int(credit), on: channel) }
            let frames = state.withLock { $0.streams.credit(credit, on: channel) }
            send(frames, channel)
        case .close(let channel, _, _):
            if recorder(channel) != nil { return stopRecording() }
            if isFile(channel) { return heardOfFile(message) }
            drop(channel, ViewerWire.over)
        case .clipboard(number, let text): heard(clipboard: text)
        case .notice(number, let words):
            for viewer in state.withLock({ $0.streams.viewers }) { viewer.pass(.notice(words)) }
        case .screens(let monitors):
            let viewers = state.withLock { state in
                state.monitors = monitors
                return state.streams.viewers
            }
            for viewer in viewers { viewer.pass(.screens(monitors)) }
        case .end(let session, let why, _):
            let why: ControlSession.End = why == .person || why == .refused ? .person : .lost
            let present = state.withLock { $0.session }
            if !heardEnd(of: session, why), let present { over(why, of: present) }
        default: heardOfFile(message)
        }
    }

    func say(_ message: AgentMessage) { wire?.send(ByteBuffer(bytes: message.encoded())) }
    var wire: Wire? { state.withLock { $0.wire } }
    var number: UInt32 { state.withLock { $0.number } }
    private var isKnown: Bool { state.withLock { $0.session != nil || $0.machine != nil } }
    func hangUp(_ code: UInt16) { wire?.close(code) }

    // MARK: who it is

    private func greet(_ hello: Hello, _ wire: Wire) {
        let isFirst = state.withLock { state in
            defer { state.hasGreeted = true }
            return !state.hasGreeted
        }
        guard isFirst, hello.version >= 1 else { return refuse(.version, wire) }
        let room = room
        Task {
            let known: (session: ControlID, organisation: OrganisationID, secret: String)?
            do {
                if let machine = try await room.recognise(hello) { return wait(as: machine, hello, wire) }
                known = try await room.greet(hello)
            } catch {
                // A database that does not answer says nothing of the agent: it is to come again with what it has.
                return wire.close(1013)
            }
            guard let known else {
                // A guess costs a second and a connection.
                wire.eventLoop.scheduleTask(in: .seconds(1)) { self.refuse(.unknown, wire) }
                return
            }
            let isOpen = state.withLock { state in
                (state.session, state.organisation, state.abilities) = (
                    known.session, known.organisation, hello.abilities
                )
                state.cameByCode = !known.secret.isEmpty
                return state.wire != nil
            }
            guard isOpen else { return }
            wire.allow(messageBytes: AgentMessage.frameBytes)
            room.desk.put(self, for: known.session)?.wire?.close(1001)
            // It may have closed before it was there to be removed.
            guard state.withLock({ $0.wire != nil }) else { return room.desk.remove(self, of: known.session) }
            welcome(known.secret, wire)
        }
    }

    func welcome(_ secret: String, _ wire: Wire) {
        say(.welcome(Welcome(secret: secret, pingSeconds: Self.ping)))
        look()
        beat(wire)
    }

    /// The first words after the welcome: it has its secret.
    private func arrive() {
        let (session, machine, organisation) = state.withLock { state in
            defer { state.cameByCode = false }
            return state.cameByCode ? (state.session, state.machine, state.organisation) : (nil, nil, nil)
        }
        if let machine {
            return _ = Task { [room] in try? await room.arrived(machine.id, of: machine.organisation) }
        }
        guard let session, let organisation else { return }
        Task { [room] in try? await room.arrived(session, of: organisation) }
    }

    func refuse(_ why: Ending, _ wire: Wire) {
        wire.send(ByteBuffer(bytes: AgentMessage.end(session: 0, why, words: "").encoded()))
        wire.close(1008)
    }

    private func beat(_ wire: Wire) {
        wire.eventLoop.scheduleTask(in: Self.beat) { [weak self] in
            guard let self, self.state.withLock({ $0.wire != nil && (!$0.isOver || $0.machine != nil) })
            else { return }
            self.look(isWhole: false)
            self.beat(wire)
        }
    }

    // MARK: what the rows say

    /// Reads the session again: whether it goes on, who may look, what is to be asked.
    /// - Parameter isWhole: false: a beat, which reads all of it only when an act has changed something, and once in a while.
    func look(isWhole: Bool = true) {
        let begins = state.withLock { state in
            guard state.session != nil || state.machine != nil, !state.isOver else { return false }
            if isWhole { state.looksWhole = true }
            defer { state.isLooking = true }
            if state.isLooking { state.looksAgain = true }
            return !state.isLooking
        }
        guard begins else { return }
        Task {
            repeat {
                await lookOnce()
            } while state.withLock { state in
                defer { state.looksAgain = false }
                state.isLooking = state.looksAgain
                return state.looksAgain
            }
        }
    }

    private func lookOnce() async {
        guard await attend() else { return }
        let (id, organisation, viewers, question, named, isSeen) = state.withLock { state in
            state.beats += 1
            if state.beats % Self.beatsUntilWhole == 0 { state.looksWhole = true }
            return (
                state.session, state.organisation, state.streams.viewers, state.question, state.named,
                state.beats % Self.beatsUntilSeen == 0
            )
        }
        guard let id, let organisation else { return }
        if isSeen { try? await room.saw(id, of: organisation) }
        let (isWhole, known) = state.withLock { state in
            defer { state.looksWhole = false }
            return (state.looksWhole, state.pulse)
        }
        if !isWhole, let pulse = try? await room.pulse(of: id), pulse == known { return }
        // A database that does not answer for a moment ends nothing.
        guard
            let sight = try? await room.sight(
                of: id, watchedBy: viewers.map(\.admitted), after: question, named: named)
        else { return state.withLock { $0.looksWhole = true } }
        // A computer may have another session by now.
        let isPresent = state.withLock { state in
            guard state.session == id else { return false }
            state.pulse = sight.pulse
            return true
        }
        guard isPresent else { return }
        if let request = sight.request { room.desk.know(request, of: id) }
        if let why = sight.end { return over(why, of: id) }
        for (viewer, may) in zip(viewers, sight.may) where !may { viewer.close(ViewerWire.over) }
        apply(sight.agreed, isAsking: sight.isAsking)
        carry(sight)
        record(sight.recorded)
        if let names = sight.names {
            state.withLock { $0.named = sight.looking }
            say(.viewers(session: number, names))
        }
        if let asked = sight.asked {
            state.withLock { $0.question = sight.question }
            say(.ask(session: number, asked))
        }
    }

    /// Streams that were opened with other rights are opened anew by their pages.
    private func apply(_ agreed: Rights, isAsking: Bool) {
        let viewers = state.withLock { state -> [ViewerWire] in
            state.streams.isHeld = isAsking
            guard agreed != state.agreed else { return [] }
            state.agreed = agreed
            state.streams.disarm()
            return state.streams.viewers
        }
        for viewer in viewers { viewer.close(ViewerWire.again) }
    }

    private func heard(_ answer: Answer, to question: UInt32, of number: UInt32) {
        let (session, organisation) = state.withLock { state in
            (state.number == number ? state.session : nil, state.organisation)
        }
        guard let session, let organisation else { return }
        Task { [room] in try? await room.answer(answer, to: Int(question), in: session, of: organisation) }
    }

    // MARK: the end

    func end(_ why: ControlSession.End, of session: ControlID) { if stop(why, of: session) { part(why) } }

    /// Nobody sees anything any more, before anything is written.
    /// - Returns: whether it was not over yet.
    private func stop(_ why: ControlSession.End, of session: ControlID) -> Bool {
        let (isFirst, viewers) = state.withLock { state -> (Bool, [ViewerWire]) in
            // Of a session that was here before it is old news.
            guard state.session == session else { return (false, []) }
            defer {
                state.isOver = true
                state.streams.empty()
            }
            return (!state.isOver, state.streams.viewers)
        }
        guard isFirst else { return false }
        for viewer in viewers { viewer.end(why) }
        stopRecording()
        stopFiles()
        room.desk.remove(self, of: session)
        return true
    }

    private func part(_ why: ControlSession.End) {
        let ending: Ending = why == .specialist ? .specialist : why == .person ? .person : .finished
        if rest(ending) { return }
        say(.end(session: 0, ending, words: ""))
        wire?.close(1000)
    }

    /// The agent is told that it is over when that is written: until then it would say it again.
    private func over(_ why: ControlSession.End, of session: ControlID) {
        guard let organisation = state.withLock({ $0.organisation }), stop(why, of: session) else { return }
        Task {
            for pause in Self.pauses {
                do {
                    try await room.end(session, of: organisation, why: why)
                    return part(why)
                } catch {
                    try? await Task.sleep(for: .seconds(pause))
                }
            }
            wire?.close(1013)
        }
    }
}
