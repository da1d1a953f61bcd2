import NIOCore

/// The timer of one connection. Its moment moves with every request, so a later moment costs a store and not a new timer.
/// Used on the event loop only.
final class Alarm {
    private let loop: any EventLoop
    private var ring: (() -> Void)?
    private var moment: NIODeadline?
    private var armed: (task: Scheduled<Void>, at: NIODeadline)?

    init(_ loop: any EventLoop, ring: @escaping () -> Void) {
        self.loop = loop
        self.ring = ring
    }

    func set(_ time: TimeAmount) {
        let new = loop.now + time
        moment = new
        if let armed, armed.at <= new { return }
        armed?.task.cancel()
        arm(new)
    }

    func clear() { moment = nil }

    /// Forgets what to do, which breaks the cycle with the handler.
    func stop() {
        armed?.task.cancel()
        (armed, ring, moment) = (nil, nil, nil)
    }

    private func arm(_ at: NIODeadline) {
        armed = (loop.assumeIsolated().scheduleTask(deadline: at) { self.fire() }, at)
    }

    private func fire() {
        armed = nil
        guard let moment else { return }
        if moment > loop.now { return arm(moment) }
        self.moment = nil
        ring?()
    }
}
