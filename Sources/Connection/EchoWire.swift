package import Kernel
package import Live
import NIOCore
import Synchronization

/// The other end of the check of media over a WebSocket. A text is sent back as it is; bytes are counted; `count` asks how many there
/// were, `send N` asks for N kilobytes and the word `sent` after them.
package final class EchoWires: Sendable {
    /// Wires of one person at once: a check in two windows, and one that has just been closed.
    static let mostOfPerson = 4

    private let open = Mutex<[PersonID: Int]>([:])

    package init() {}

    /// nil when the person has enough of them.
    package func listener(for person: PersonID) -> (any WireListener)? {
        guard open.withLock({ $0[person, default: 0] < Self.mostOfPerson }) else { return nil }
        return EchoWire(of: person, self)
    }

    /// A place is taken by a wire that is open, not by one that may never come about.
    fileprivate func enter(_ person: PersonID) -> Bool {
        open.withLock { open in
            guard open[person, default: 0] < Self.mostOfPerson else { return false }
            open[person, default: 0] += 1
            return true
        }
    }

    fileprivate func leave(_ person: PersonID) {
        open.withLock { open in
            let left = open[person, default: 1] - 1
            open[person] = left > 0 ? left : nil
        }
    }
}

final class EchoWire: WireListener {
    /// Bytes in each direction, after which the wire is closed: a check and a second one, not a way to move files.
    static let most = 64 << 20
    /// A check asks some dozens of times.
    static let mostTexts = 1000

    private struct State {
        /// Taken in and handed out.
        var heard = 0, spoken = 0
        /// Bytes that are still asked for.
        var owed = 0
        var texts = 0
        /// It has taken a place of its person.
        var isIn = false
    }

    private static let portion = ByteBuffer(bytes: (0..<(16 << 10)).map { _ in UInt8.random(in: 0...255) })

    private let person: PersonID
    private let wires: EchoWires
    private let state = Mutex(State())

    init(of person: PersonID, _ wires: EchoWires) { (self.person, self.wires) = (person, wires) }

    func opened(_ wire: Wire) {
        guard wires.enter(person) else { return wire.close(1013) }
        state.withLock { $0.isIn = true }
    }

    func closed(_ wire: Wire) {
        let wasIn = state.withLock { state in
            state.owed = 0
            defer { state.isIn = false }
            return state.isIn
        }
        if wasIn { wires.leave(person) }
    }

    func drained(_ wire: Wire) { pour(wire) }

    func heard(_ message: WireMessage, on wire: Wire) {
        // An answer to somebody who reads none would wait here.
        guard mayAsk(message, wire) else { return wire.close(1008) }
        switch message {
        case .bytes(let bytes):
            let heard = state.withLock { state in
                state.heard += bytes.readableBytes
                return state.heard
            }
            if heard > Self.most { wire.close(1008) }
        case .text(let text) where text == "count":
            wire.send(String(state.withLock { $0.heard }))
        case .text(let text) where text.hasPrefix("send "):
            guard let kilobytes = Int(text.dropFirst(5)), (1...Self.most >> 10).contains(kilobytes) else {
                return wire.close(1008)
            }
            state.withLock { $0.owed += kilobytes << 10 }
            pour(wire)
        case .text(let text):
            guard text.utf8.count <= 64 else { return wire.close(1008) }
            wire.send(text)
        }
    }

    private func mayAsk(_ message: WireMessage, _ wire: Wire) -> Bool {
        guard case .text = message else { return true }
        return !wire.isFull
            && state.withLock { state in
                state.texts += 1
                return state.isIn && state.texts <= Self.mostTexts
            }
    }

    /// As much as the other end takes; the rest when it has read.
    private func pour(_ wire: Wire) {
        while !wire.isFull {
            let (isOwed, isLast, isOver) = state.withLock { state in
                guard state.owed > 0 else { return (false, false, false) }
                state.owed -= min(state.owed, Self.portion.readableBytes)
                state.spoken += Self.portion.readableBytes
                return (true, state.owed == 0, state.spoken > Self.most)
            }
            guard isOwed else { return }
            if isOver { return wire.close(1008) }
            wire.send(Self.portion)
            if isLast { wire.send("sent") }
        }
    }
}
