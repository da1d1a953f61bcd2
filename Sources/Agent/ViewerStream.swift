import AgentProtocol
import Glibc

/// The picture of one viewer: bytes between its back end and the connection, within the credit of both sides.
final class ViewerStream {
    /// What the server may have on the way to us.
    static let credit = 64 * 1024
    private static let piece = 32 * 1024

    let session: UInt32
    private let channel: UInt32
    private let feed: Feed
    private var input: ViewerInput
    private var mayBeSent: Int
    private var mayCome = ViewerStream.credit
    private var waiting: [UInt8] = []
    private var taken = 0
    private let hands: VirtualInput

    init(channel: UInt32, _ opening: Opening, _ feed: Feed, _ hands: VirtualInput) {
        (self.channel, session, self.feed, self.hands) = (channel, opening.session, feed, hands)
        input = ViewerInput(isControl: opening.isControl)
        mayBeSent = Int(opening.credit)
    }

    var socket: Int32 { feed.socket }
    var events: Int16 { Int16((mayBeSent > 0 ? POLLIN : 0) | (waiting.isEmpty ? 0 : POLLOUT)) }

    /// Whether keys of the viewer wait for their turn.
    var waits: Bool { hands.waits }

    func hold(_ isHeld: Bool) {
        input.isHeld = isHeld
        if isHeld { hands.hold() }
    }

    func allow(control: Bool) {
        guard !control else { return }
        input.isControl = false
        hands.letGo()
    }

    /// Ctrl-Alt-Del as if the viewer had pressed it; false when it may not.
    func pressAttention() -> Bool {
        if input.mayPress { hands.pressAttention() }
        return input.mayPress
    }

    func give(_ more: UInt32) { mayBeSent = min(mayBeSent + Int(more), 1 << 30) }

    /// Bytes of the viewer; false when it breaks the rules.
    func heard(_ bytes: [UInt8]) -> Bool {
        mayCome -= bytes.count
        taken += bytes.count
        guard mayCome >= 0, let passed = try? input.pass(bytes, taking: hands.take) else { return false }
        waiting += passed
        return true
    }

    /// Moves what can be moved; false when the back end has ended.
    func step(_ connection: Connection) -> Bool {
        if hands.waits { hands.step() }
        if feed.socket < 0 {
            guard feed.connect() else { return false }
            if feed.socket < 0 { return true }
        }
        while !waiting.isEmpty {
            let count = waiting.withUnsafeBytes {
                Glibc.send(feed.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else {
                if errno == EAGAIN { break }
                return false
            }
            waiting.removeFirst(count)
        }
        if waiting.isEmpty, !hands.waits, taken > 0 {
            connection.send(.credit(channel: channel, UInt32(taken)))
            mayCome += taken
            taken = 0
        }
        while mayBeSent > 0, !connection.isFull {
            var bytes = [UInt8](repeating: 0, count: min(mayBeSent, Self.piece))
            let count = bytes.withUnsafeMutableBytes { recv(feed.socket, $0.baseAddress, $0.count, 0) }
            if count < 0 { return errno == EAGAIN || errno == EINTR }
            guard count > 0 else { return false }
            bytes.removeLast(bytes.count - count)
            mayBeSent -= count
            connection.send(.data(channel: channel, bytes))
        }
        return true
    }
}
