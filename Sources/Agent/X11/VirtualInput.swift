import AgentProtocol
import CX11

/// Keys and pointer of one viewer, which the X server takes by its extension XTEST (X.Org, "XTEST Extension Protocol"). Back ends only show:
/// x11vnc puts letters of other layouts on keys that bear nothing, some nineteen, and loses the rest; none knows the layout of the moment.
final class VirtualInput {
    private let screen: Screen
    /// Shift and its like, as the viewer holds them, with the keys that are down for them.
    private var held: [(symbol: UInt32, code: KeyCode)] = []
    private var buttons: UInt8 = 0
    /// What is not done yet, as a letter has to wait for a key.
    private var waiting: [ViewerEvent] = []

    init(_ screen: Screen) { self.screen = screen }

    deinit { letGo() }

    var waits: Bool { !waiting.isEmpty }

    func take(_ event: ViewerEvent) {
        waiting.append(event)
        if waiting.count == 1 { step() }
    }

    /// Does what can be done by now, one after another.
    func step() {
        waiting.removeFirst(waiting.prefix(while: act).count)
        XFlush(screen.display)
    }

    /// Of what waits only releases are done: what was pressed before a question must not press its buttons.
    func hold() {
        waiting.removeAll { event in
            switch event {
            case .key(_, let isDown): isDown
            case .pointer(let now, _, _): now != 0 || buttons == 0
            }
        }
    }

    /// false: not yet.
    private func act(_ event: ViewerEvent) -> Bool {
        switch event {
        case .pointer(let buttons, let x, let y): point(buttons, x, y)
        // The key of the person at the computer, and of nobody else; locks there are not the viewer's.
        case .key(let symbol, _) where symbol == UInt32(XK_Pause) || Keysym.locks(symbol): break
        case .key(let symbol, let isDown) where Keysym.modifies(symbol): hold(symbol, isDown)
        // A stroke is whole: on a slow way the computer would repeat a key whose release is late.
        case .key(let symbol, true): return strike(symbol)
        case .key: break
        }
        return true
    }

    /// Ctrl, Alt and Delete, pressed and let go.
    func pressAttention() {
        let keys = [UInt32(XK_Control_L), UInt32(XK_Alt_L)]
        for symbol in keys { take(.key(symbol: symbol, isDown: true)) }
        take(.key(symbol: UInt32(XK_Delete), isDown: true))
        for symbol in keys.reversed() { take(.key(symbol: symbol, isDown: false)) }
    }

    /// Nothing stays down of a viewer who is gone or may no more.
    func letGo() {
        waiting = []
        for key in held.reversed() { press(key.code, false) }
        held = []
        for number in UInt32(0)..<8 where buttons >> number & 1 == 1 { click(number + 1, false) }
        buttons = 0
        XFlush(screen.display)
    }

    // MARK: - Pointer

    private func point(_ now: UInt8, _ x: UInt16, _ y: UInt16) {
        XTestFakeMotionEvent(screen.display, screen.number, Int32(x), Int32(y), 0)
        for number in UInt32(0)..<8 where (now ^ buttons) >> number & 1 == 1 {
            click(number + 1, now >> number & 1 == 1)
        }
        buttons = now
    }

    private func click(_ button: UInt32, _ isDown: Bool) {
        XTestFakeButtonEvent(screen.display, button, isDown ? 1 : 0, 0)
    }

    // MARK: - Keys

    private func hold(_ symbol: UInt32, _ isDown: Bool) {
        if !isDown {
            for key in held where key.symbol == symbol { press(key.code, false) }
            held.removeAll { $0.symbol == symbol }
        } else if !held.contains(where: { $0.symbol == symbol }) {
            let code = XKeysymToKeycode(screen.display, KeySym(symbol))
            guard code != 0 else { return }
            held.append((symbol, code))
            press(code, true)
        }
    }

    /// false: not yet.
    private func strike(_ symbol: UInt32) -> Bool {
        if let stroke = Keymap(screen).stroke(symbol) {
            strike(stroke)
            return true
        }
        switch screen.spareKeys.lend(to: symbol) {
        case .key(let code): strike(Stroke(code: code))
        case .later: return false
        case .never: break
        }
        return true
    }

    private func strike(_ stroke: Stroke) {
        if let group = stroke.group { XkbLockGroup(screen.display, UInt32(XkbUseCoreKbd), group) }
        let undone = stroke.changes.flatMap { change($0) }
        press(stroke.code, true)
        press(stroke.code, false)
        for key in undone.reversed() { press(key.code, !key.isDown) }
        screen.spareKeys.struck(stroke.code)
    }

    /// Presses Shift or its like for one stroke, or lets go what the viewer holds of it; gives what has to be undone.
    private func change(_ change: Stroke.Change) -> [(code: KeyCode, isDown: Bool)] {
        let keys: [(code: KeyCode, isDown: Bool)] =
            change.isDown
            ? [(XKeysymToKeycode(screen.display, KeySym(change.symbols[0])), true)]
            : held.filter { change.symbols.contains($0.symbol) }.map { ($0.code, false) }
        for key in keys { press(key.code, key.isDown) }
        return keys
    }

    private func press(_ code: KeyCode, _ isDown: Bool) {
        if code != 0 { XTestFakeKeyEvent(screen.display, UInt32(code), isDown ? 1 : 0, 0) }
    }
}
