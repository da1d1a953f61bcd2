import Kernel
package import Live
import Synchronization

/// The agents whose wires are open at this node, by session.
package final class ControlDesk: Sendable {
    private struct Looking: Hashable {
        let session: ControlID
        let person: PersonID
    }

    private struct State {
        var wires: [ControlID: AgentWire] = [:]
        /// Computers that are known, whether there is a session at them or not.
        var machines: [MachineID: AgentWire] = [:]
        /// A request has one session at a time.
        var sessions: [RequestID: ControlID] = [:]
        /// How many streams somebody has open.
        var looking: [Looking: Int] = [:]
    }

    private let state = Mutex(State())

    func wire(_ session: ControlID) -> AgentWire? { state.withLock { $0.wires[session] } }

    /// - Returns: an older wire of the same agent, which is over.
    func put(_ wire: AgentWire, for session: ControlID) -> AgentWire? {
        state.withLock { state in
            let old = state.wires.updateValue(wire, forKey: session)
            return old === wire ? nil : old
        }
    }

    func remove(_ wire: AgentWire, of session: ControlID) {
        state.withLock { state in
            guard state.wires[session] === wire else { return }
            state.wires[session] = nil
            if let known = state.sessions.first(where: { $0.value == session }) { state.sessions[known.key] = nil }
        }
    }

    /// - Returns: an older wire of the same computer, which is over.
    func put(_ wire: AgentWire, for machine: MachineID) -> AgentWire? {
        state.withLock { state in
            let old = state.machines.updateValue(wire, forKey: machine)
            return old === wire ? nil : old
        }
    }

    func remove(_ wire: AgentWire, of machine: MachineID) {
        state.withLock { if $0.machines[machine] === wire { $0.machines[machine] = nil } }
    }

    func know(_ request: RequestID, of session: ControlID) {
        state.withLock { if $0.wires[session] != nil { $0.sessions[request] = session } }
    }

    /// A signal of this node or another: what happens to a request, and what people may do, may end what is open.
    package func hear(_ signal: LiveSignal) {
        let concerned = state.withLock { state -> [AgentWire] in
            switch signal {
            case .hint(let hint):
                hint.topics.compactMap { topic in
                    if topic.hasPrefix("machine/") { return state.machines[MachineID(String(topic.dropFirst(8)))] }
                    guard topic.hasPrefix("request/"),
                        let session = state.sessions[RequestID(String(topic.dropFirst(8)))]
                    else { return nil as AgentWire? }
                    return state.wires[session]
                }
            case .ended: Array(state.wires.values)
            // What was missed may have been about any of them.
            case .reload: Array(state.wires.values) + state.machines.values
            case .reconnect(let people):
                Array(state.wires.values) + state.machines.values.filter { $0.isOf(people) }
            case .typing: []
            }
        }
        for wire in concerned { wire.look() }
    }

    func opened(_ viewer: Admitted) {
        state.withLock { $0.looking[Looking(session: viewer.session, person: viewer.person), default: 0] += 1 }
    }

    /// - Returns: whether it was the last one.
    func closed(_ viewer: Admitted) -> Bool {
        state.withLock { state in
            let key = Looking(session: viewer.session, person: viewer.person), left = (state.looking[key] ?? 1) - 1
            state.looking[key] = left > 0 ? left : nil
            return left <= 0
        }
    }

    func looks(_ viewer: Admitted) -> Bool {
        state.withLock { $0.looking[Looking(session: viewer.session, person: viewer.person)] != nil }
    }

    func look(_ session: ControlID) { wire(session)?.look() }
    func end(_ session: ControlID, _ why: ControlSession.End) { wire(session)?.end(why, of: session) }
}
