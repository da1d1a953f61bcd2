import AgentProtocol
import Foundation
package import Live
import NIOCore
import Storage
import Synchronization

/// The wire of one page that looks: binary messages are the picture's stream, texts the words beside it.
package final class ViewerWire: WireListener {
    /// Codes of the end: take another token and come again; it is over.
    static let again: UInt16 = 4001, over: UInt16 = 4003

    private struct State {
        var wire: Wire?
        var channel: UInt32?
        var isPaused = false
    }

    let admitted: Admitted
    private let room: RemoteControl
    private let agent: AgentWire
    private let state = Mutex(State())

    init(_ room: RemoteControl, _ admitted: Admitted, at agent: AgentWire) {
        (self.room, self.admitted, self.agent) = (room, admitted, agent)
    }

    package func opened(_ wire: Wire) {
        state.withLock { $0.wire = wire }
        agent.open(self)
    }

    /// Its stream has a number.
    func joined(_ channel: UInt32) {
        let isOpen = state.withLock { state in
            state.channel = channel
            if state.wire != nil { room.desk.opened(admitted) }
            return state.wire != nil
        }
        guard isOpen else { return agent.parted(channel) }
        Task { [room, admitted] in try? await room.began(admitted) }
    }

    package func heard(_ message: WireMessage, on wire: Wire) {
        switch message {
        case .bytes(let bytes):
            // Nothing can be said to a picture that has not begun.
            guard let channel = state.withLock({ $0.channel }) else { return wire.close(Self.again) }
            agent.heard(bytes, from: channel)
        case .text(let text):
            guard let words = try? JSONDecoder().decode(SideWords.self, from: Data(text.utf8)) else {
                return wire.close(1007)
            }
            if words.end == true { return end() }
            agent.heard(words)
        }
    }

    private func end() {
        Task { [room, admitted] in
            guard
                let viewer = try? await room.database.read({ [room] tx in try room.signedIn(admitted.signIn, tx) })
            else { return }
            try? await room.end(admitted.session, by: viewer)
        }
    }

    package func drained(_ wire: Wire) {
        if let channel = state.withLock({ $0.channel }) { agent.drained(channel) }
    }

    package func closed(_ wire: Wire) {
        let channel = state.withLock { state in
            state.wire = nil
            return state.channel
        }
        guard let channel else { return }
        agent.parted(channel)
        guard room.desk.closed(admitted) else { return }
        Task { [room, admitted] in try? await room.paused(admitted) }
    }

    private var wire: Wire? { state.withLock { $0.wire } }
    var isFull: Bool { wire?.isFull ?? false }
    func send(_ bytes: ByteBuffer) { wire?.send(bytes) }
    func send(_ words: SideWords) { if let text = words.text { wire?.send(text) } }
    /// What the computer says; a page that does not read does not get it.
    func pass(_ words: SideWords) { if !isFull { send(words) } }
    func close(_ code: UInt16) { wire?.close(code) }

    func end(_ why: ControlSession.End) {
        send(SideWords(ended: why.rawValue))
        close(Self.over)
    }

    func pause(_ isPaused: Bool) {
        let wire = state.withLock { state in
            defer { state.isPaused = isPaused }
            return state.isPaused == isPaused ? nil : state.wire
        }
        if isPaused { wire?.pauseReading() } else { wire?.resumeReading() }
    }
}
