import AgentProtocol
import Live
import NIOCore
import Synchronization

/// The streams of the viewers; on the event loop of the agent's wire.
extension AgentWire {
    /// Bytes of a picture go on as they lie in the frame, without their head.
    func picture(_ channel: UInt32, _ frame: ByteBuffer, _ wire: Wire) {
        var bytes = frame
        bytes.moveReaderIndex(forwardBy: AgentMessage.headBytes)
        if let recorder = recorder(channel) {
            if !recorder.came(bytes) { stopRecording(.fault) }
            return
        }
        if isFile(channel) { return came(bytes, on: channel) }
        let count = bytes.readableBytes
        let (viewer, isKept) = state.withLock { state in
            (state.streams.viewer(channel), state.streams.came(count, on: channel))
        }
        guard let viewer else { return }
        guard isKept else {
            say(.close(channel: channel, .fault, words: ""))
            return drop(channel, ViewerWire.over)
        }
        viewer.send(bytes)
        giveCredit(channel)
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
