package import HTTPTypes
package import Kernel
package import NIOCore
import NIOWebSocket

/// A path of the port whose sockets belong to a room: the wire of a call, a computer that is helped. `LiveConfiguration.wires` holds
/// them by path.
package struct WireDoor: Sendable {
    /// Pages must come from an origin of ours; programs send no `Origin`.
    package var isForPages: Bool
    /// Bytes of one incoming message, until the listener allows others.
    package var messageBytes: Int
    /// Bytes written and not yet read by the other end from which on the wire counts as full.
    package var outboxBytes: Int
    /// What may come over such wires; a sender of more is made to wait. nil: it is not bounded here.
    package var rate: RelayRate?
    /// Who takes the socket, by the head of the request and the address of the client; nil is answered with 401, a throw with 503.
    package var admit: @Sendable (HTTPRequest, IPAddress?) async throws -> (any WireListener)?

    package init(
        isForPages: Bool = true, messageBytes: Int = 64 << 10, outboxBytes: Int = 256 << 10,
        admit: @escaping @Sendable (HTTPRequest, IPAddress?) async throws -> (any WireListener)?
    ) {
        (self.isForPages, self.messageBytes, self.outboxBytes) = (isForPages, messageBytes, outboxBytes)
        self.admit = admit
    }
}

package enum WireMessage: Sendable {
    case text(String)
    case bytes(ByteBuffer)
}

/// What a room does with a wire. Called on the event loop of the wire, one call after another.
package protocol WireListener: AnyObject, Sendable {
    func opened(_ wire: Wire)
    /// A whole message.
    func heard(_ message: WireMessage, on wire: Wire)
    /// It was full and is no more.
    func drained(_ wire: Wire)
    /// For any reason; nothing is sent any more.
    func closed(_ wire: Wire)
}

/// One open socket, to be used from any thread. What is sent from one thread arrives in its order.
package final class Wire: Sendable {
    package let eventLoop: any EventLoop
    private let channel: any Channel
    private let end: NIOLoopBound<WireEnd>

    init(_ channel: any Channel, end: WireEnd) {
        (self.channel, eventLoop) = (channel, channel.eventLoop)
        self.end = NIOLoopBound(end, eventLoop: channel.eventLoop)
    }

    /// More waits than `outboxBytes`. Nothing that is sent is held back for it: whoever sends looks here, and leaves out or waits.
    package var isFull: Bool { !channel.isWritable }

    package func send(_ text: String) { send(ByteBuffer(string: text), .text) }
    package func send(_ bytes: ByteBuffer) { send(bytes, .binary) }

    private func send(_ bytes: ByteBuffer, _ opcode: WebSocketOpcode) {
        onLoop { $0.write(bytes, opcode) }
    }

    /// Nothing more is taken from the network until `resumeReading`, so that the other end has to wait.
    package func pauseReading() { onLoop { $0.isPaused = true } }
    package func resumeReading() { onLoop { $0.resume() } }

    /// Bytes of one incoming message from now on: a listener that knows by now who is there lets more in, or less.
    package func allow(messageBytes: Int) { onLoop { $0.allow(messageBytes) } }

    /// Says why (RFC 6455, section 7.4) and closes.
    package func close(_ code: UInt16) { onLoop { $0.close(code) } }

    private func onLoop(_ act: @escaping @Sendable (WireEnd) -> Void) {
        if eventLoop.inEventLoop { act(end.value) } else { eventLoop.execute { act(self.end.value) } }
    }
}
