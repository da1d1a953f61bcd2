import AgentProtocol
import Kernel
import Live
import NIOCore
import Synchronization

/// The wire of a computer that is known: it waits, and carries one session after the other, each under a number of its own.
extension AgentWire {
    /// Beats until a computer that waits is said to be there still, and is looked at though no hint told of anything.
    private static let beatsUntilNext = 30

    func wait(as machine: KnownMachine, _ hello: Hello, _ wire: Wire) {
        let isOpen = state.withLock { state in
            (state.machine, state.organisation, state.abilities) = (machine, machine.organisation, hello.abilities)
            state.cameByCode = !machine.secret.isEmpty
            return state.wire != nil
        }
        guard isOpen else { return leave(machine) }
        wire.allow(messageBytes: AgentMessage.frameBytes)
        room.desk.put(self, for: machine.id)?.hangUp(1001)
        guard state.withLock({ $0.wire != nil }) else { return leave(machine) }
        welcome(machine.secret, wire)
    }

    /// The wire has closed, or nobody is at it any more.
    func leave(_ machine: KnownMachine) {
        room.desk.remove(self, of: machine.id)
        Task { [room] in try? await room.saw(machine, isOpen: false) }
    }

    func isOf(_ people: [PersonID]) -> Bool {
        state.withLock { $0.machine }.map { people.contains($0.person) } ?? false
    }

    /// - Returns: whether there is a session to look after.
    func attend() async -> Bool {
        let (machine, session, beats, isDue) = state.withLock { state in
            guard state.machine != nil, state.session == nil else {
                return (state.machine, state.session, state.beats, false)
            }
            state.beats += 1
            // A hint that comes while this one is looked at is looked at after it.
            defer { state.looksWhole = false }
            return (state.machine, state.session, state.beats, state.looksWhole)
        }
        guard let machine else { return session != nil }
        let isSeen = beats % Self.beatsUntilNext == 0
        if isSeen { try? await room.saw(machine, isOpen: true) }
        guard session == nil else { return true }
        guard isDue || isSeen else { return false }
        do {
            switch try await room.standing(of: machine) {
            case .idle: return false
            case .gone:
                try await room.lapse(machine)
                dismiss()
                return false
            case .session(let id, let number):
                guard try await room.attach(id, of: machine.organisation) else { return false }
                return take(id, number)
            }
        } catch {
            // A database that does not answer for a moment ends nothing.
            state.withLock { $0.looksWhole = true }
            return false
        }
    }

    private func take(_ id: ControlID, _ number: UInt32) -> Bool {
        let isOpen = state.withLock { state in
            guard state.wire != nil, !state.isOver else { return false }
            (state.session, state.number, state.question) = (id, number, 0)
            (state.agreed, state.named, state.pulse, state.looksWhole) = ([], [], nil, true)
            return true
        }
        guard isOpen else { return false }
        room.desk.put(self, for: id)?.detach(id)
        return true
    }

    /// Another wire of the same computer has taken up the session.
    private func detach(_ id: ControlID) {
        let viewers = state.withLock { state -> [ViewerWire] in
            guard state.session == id else { return [] }
            defer { state.streams.empty() }
            state.session = nil
            return state.streams.viewers
        }
        stopRecording()
        stopFiles()
        for viewer in viewers { viewer.close(ViewerWire.again) }
    }

    /// A session is over, the computer waits for the next one.
    /// - Returns: false: this is no wire of a computer, and is over with its session.
    func rest(_ why: Ending) -> Bool {
        let number = state.withLock { state -> UInt32? in
            guard state.machine != nil else { return nil }
            (state.session, state.isOver, state.agreed, state.looksWhole) = (nil, false, [], true)
            return state.number
        }
        guard let number else { return false }
        say(.end(session: number, why, words: ""))
        look()
        return true
    }

    /// The person ended a session at the computer.
    /// - Returns: false: it is the one that the wire carries.
    func heardEnd(of number: UInt32, _ why: ControlSession.End) -> Bool {
        let (machine, session, carried) = state.withLock { ($0.machine, $0.session, $0.number) }
        guard let machine, session == nil || (number != carried && number != 0) else { return false }
        Task { [room] in
            do {
                try await room.end(number, at: machine, why: why)
                say(.end(session: number, .finished, words: ""))
            } catch {
                // It is told again when it comes anew.
                hangUp(1013)
            }
        }
        return true
    }

    /// It is known no more: its secret is worth nothing.
    private func dismiss() {
        guard
            let wire = state.withLock({ state in
                defer { state.isOver = true }
                return state.wire
            })
        else { return }
        refuse(.unknown, wire)
    }
}
