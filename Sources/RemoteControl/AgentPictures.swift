import AgentProtocol
import Live
import NIOCore
import Synchronization

/// The streams of the viewers; on the event loop of the agent's wire.
extension AgentWire {
    /// Whose the bytes of a channel are.
    private enum Taker {
        case viewer(ViewerWire, isOwed: Bool)
        /// It was sent more than it may be.
        case flooded, other, nobody
    }

    /// Bytes of a picture go on as they lie in the frame, without their head: everything about them is decided under one lock.
    func data(_ channel: UInt32, _ frame: ByteBuffer, _ wire: Wire) {
        var bytes = frame
        bytes.moveReaderIndex(forwardBy: AgentMessage.headBytes)
        let count = bytes.readableBytes
        let taker = state.withLock { state -> Taker in
            guard state.session != nil || state.machine != nil else { return .nobody }
            guard let viewer = state.streams.viewer(channel) else { return .other }
            guard state.streams.came(count, on: channel) else { return .flooded }
            return .viewer(viewer, isOwed: state.streams.isOwed(channel))
        }
        switch taker {
        case .viewer(let viewer, let isOwed):
            viewer.send(bytes)
            if isOwed { giveCredit(channel) }
        case .flooded:
            say(.close(channel: channel, .fault, words: ""))
            drop(channel, ViewerWire.over)
        case .other:
            if let recorder = recorder(channel) {
                if !recorder.came(bytes) { stopRecording(.fault) }
            } else if isFile(channel) {
                came(bytes, on: channel)
            }
        case .nobody: wire.close(1002)
        }
    }

    func open(_ viewer: ViewerWire) {
        // A wire that has just closed does nothing any more.
        guard wire != nil else { return viewer.close(ViewerWire.again) }
        onLoop { agent in
            let (opening, monitors, abilities) = agent.state.withLock { state in
                guard !state.isOver, state.wire != nil, state.agreed.contains(.view) else {
                    return (nil as (UInt32, Bool)?, [Monitor](), Rights())
                }
                let isControl = state.agreed.contains(.control)
                return ((state.streams.add(viewer, isControl: isControl), isControl), state.monitors, state.agreed)
            }
            guard let (channel, isControl) = opening else { return viewer.close(ViewerWire.again) }
            viewer.joined(channel)
            viewer.send(SideWords.state(abilities))
            if !monitors.isEmpty { viewer.send(SideWords.screens(monitors)) }
            agent.say(
                .open(
                    channel: channel,
                    Opening(session: agent.number, isControl: isControl, credit: UInt32(ViewerStreams.window))))
        }
    }

    func heard(_ bytes: ByteBuffer, from channel: UInt32) {
        onLoop { agent in
            let frames = agent.state.withLock { try? $0.streams.went(bytes, on: channel) }
            guard let frames else {
                agent.say(.close(channel: channel, .fault, words: ""))
                return agent.drop(channel, ViewerWire.over)
            }
            agent.send(frames, channel)
        }
    }

    /// Keys and pointer wait at the viewer until the agent takes more.
    func send(_ frames: [ByteBuffer], _ channel: UInt32) {
        let (wire, viewer, waits) = state.withLock {
            ($0.wire, $0.streams.viewer(channel), $0.streams.waits(channel))
        }
        for frame in frames { wire?.send(frame) }
        viewer?.pause(waits)
    }

    func drained(_ channel: UInt32) { onLoop { $0.giveCredit(channel) } }

    private func giveCredit(_ channel: UInt32) {
        let more = state.withLock { state -> Int in
            guard let viewer = state.streams.viewer(channel), !viewer.isFull else { return 0 }
            return state.streams.owed(channel)
        }
        if more > 0 { say(.credit(channel: channel, UInt32(more))) }
    }

    func parted(_ channel: UInt32) {
        onLoop { agent in
            guard agent.state.withLock({ $0.streams.remove(channel) }) != nil else { return }
            agent.say(.close(channel: channel, .finished, words: ""))
        }
    }

    func drop(_ channel: UInt32, _ code: UInt16) {
        state.withLock { $0.streams.remove(channel) }?.close(code)
    }

    func heard(clipboard text: String) {
        let viewers = state.withLock { $0.agreed.contains(.clipboard) ? $0.streams.viewers : [] }
        for viewer in viewers { viewer.pass(.clipboard(text)) }
    }

    private func onLoop(_ act: @escaping @Sendable (AgentWire) -> Void) {
        guard let loop = wire?.eventLoop else { return }
        if loop.inEventLoop { act(self) } else { loop.execute { act(self) } }
    }
}
