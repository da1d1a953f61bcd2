package import AgentProtocol
package import NIOCore
import Synchronization

/// A computer that shows what the bench wants shown. It keeps to the credit it is given.
package final class RelayAgent: Sendable {
    package enum Flow: Sendable {
        case nothing
        /// Small messages that are looked at.
        case probes
        /// So many bytes a second.
        case paced(Int)
        case full
    }

    private struct State {
        var channel: (any Channel)?
        var flow = Flow.nothing
        var credit: [UInt32: Int] = [:]
        /// Bytes that should have gone, when they are paced.
        var due: [UInt32: Double] = [:]
        var frames: [UInt32: ByteBuffer] = [:]
        var ticking: RepeatedTask?
        /// Of the last tick: a busy machine's come late.
        var ticked = NIODeadline.now()
    }

    /// As much of the picture as an agent reads at once.
    static let piece = 32 << 10
    /// The same for all: to make one of its own for each would hold up the sending of the others.
    private static let picture = (0..<piece).map { _ in UInt8.random(in: 0...255) }
    private static let tick = TimeAmount.milliseconds(5)
    package let welcomed = Client.loops.any().makePromise(of: Void.self)
    private let state = Mutex(State())

    package init() {}

    package var talk: RelayTalk {
        RelayTalk(
            opened: { channel in self.state.withLock { $0.channel = channel } },
            heard: { _, message in
                guard let message = try? AgentMessage(decoding: message.readableBytesView) else { return }
                self.heard(message)
            },
            drained: { self.pump() })
    }

    private func heard(_ message: AgentMessage) {
        switch message {
        case .welcome: welcomed.succeed()
        case .ask(let session, let question):
            say(.answer(session: session, to: question.number, .granted(question.asked)))
        case .open(let channel, let opening):
            say(.opened(channel: channel, .x11vnc, credit: 64 << 10))
            state.withLock { $0.credit[channel] = Int(opening.credit) }
        case .credit(let channel, let more):
            state.withLock { $0.credit[channel]? += Int(more) }
            pump()
        case .close(let channel, _, _): state.withLock { $0.credit[channel] = nil }
        case .ping(let number): say(.pong(number))
        default: break
        }
    }

    package func say(_ message: AgentMessage) {
        state.withLock { $0.channel }?.writeAndFlush(RelaySocket.frame(message.encoded()), promise: nil)
    }

    package func flow(_ flow: Flow) {
        state.withLock { state in
            (state.flow, state.due, state.ticked) = (flow, [:], .now())
            state.ticking?.cancel()
            state.ticking = nil
            guard let loop = state.channel?.eventLoop else { return }
            switch flow {
            case .nothing, .full: break
            case .probes, .paced:
                state.ticking = loop.scheduleRepeatedTask(
                    initialDelay: .microseconds(.random(in: 0...5000)), delay: Self.tick
                ) { [weak self] _ in self?.onTick() }
            }
        }
        pump()
    }

    private func onTick() {
        let (channel, probes) = state.withLock { state -> ((any Channel)?, [UInt32]) in
            switch state.flow {
            case .probes:
                for number in state.credit.keys { state.credit[number]? -= RelayStamp.bytes }
                return (state.channel, Array(state.credit.keys))
            case .paced(let rate):
                let now = NIODeadline.now(), more = Double(rate) * Double((now - state.ticked).nanoseconds) / 1e9
                state.ticked = now
                // What was held back for long is not made up for in one gush.
                let most = Double(8 * Self.piece)
                for number in state.credit.keys { state.due[number] = min(state.due[number, default: 0] + more, most) }
            case .nothing, .full: break
            }
            return (nil, [])
        }
        for number in probes {
            let stamp = Array(RelayStamp.now().readableBytesView)
            channel?.writeAndFlush(
                RelaySocket.frame(AgentMessage.data(channel: number, stamp).encoded()), promise: nil)
        }
        pump()
    }

    /// Sends what may and should go.
    private func pump() {
        let (channel, frames) = state.withLock { state -> ((any Channel)?, [ByteBuffer]) in
            guard let channel = state.channel, channel.isWritable else { return (nil, []) }
            var frames: [ByteBuffer] = []
            for (number, credit) in state.credit {
                var left = credit
                while left >= Self.piece {
                    switch state.flow {
                    case .full: break
                    case .paced where state.due[number, default: 0] >= Double(Self.piece):
                        state.due[number]? -= Double(Self.piece)
                    default: left = 0
                    }
                    guard left > 0 else { break }
                    left -= Self.piece
                    state.credit[number]? -= Self.piece
                    frames.append(frame(number, &state))
                }
            }
            return (channel, frames)
        }
        for frame in frames { channel?.write(frame, promise: nil) }
        if !frames.isEmpty { channel?.flush() }
    }

    private func frame(_ number: UInt32, _ state: inout State) -> ByteBuffer {
        if let known = state.frames[number] { return known }
        let made = RelaySocket.frame(AgentMessage.data(channel: number, Self.picture).encoded())
        state.frames[number] = made
        return made
    }

    package func close() { state.withLock { $0.channel }?.close(promise: nil) }
}
