import AgentProtocol
import CX11
import Synchronization

/// The connection to the X server, with fonts, colours and the windows of ours that are on it.
final class Screen {
    let display: OpaquePointer
    let root: Window
    let number: Int32
    let font: UnsafeMutablePointer<XftFont>
    let bold: UnsafeMutablePointer<XftFont>
    /// Something refused what was asked for last.
    private static let refused = Atomic(false)
    let spareKeys: SpareKeys
    /// Whether keys and pointer can be moved from afar: the X server knows XTEST.
    let takesInput: Bool
    private var panes: [Window: Pane] = [:]
    /// Pause was pressed.
    var stops: () -> Void = {}
    /// Its size or its monitors are others now.
    var changed: () -> Void = {}
    /// Events that belong to no window of ours.
    var heard: (XEvent) -> Void = { _ in }

    init?(_ name: String) {
        guard let display = XOpenDisplay(name) else { return nil }
        // A window that went away meanwhile, a key that somebody else has grabbed: no reason to end.
        XSetErrorHandler { _, _ in
            Screen.refused.store(true, ordering: .relaxed)
            return 0
        }
        let number = XDefaultScreen(display)
        guard let font = XftFontOpenName(display, number, "sans-11"),
            let bold = XftFontOpenName(display, number, "sans-12:bold")
        else { return nil }
        (self.display, self.number, self.font, self.bold) = (display, number, font, bold)
        root = XRootWindow(display, number)
        spareKeys = SpareKeys(display)
        var facts = (Int32(0), Int32(0), Int32(0), Int32(0))
        takesInput = XTestQueryExtension(display, &facts.0, &facts.1, &facts.2, &facts.3) != 0
        XSelectInput(display, root, StructureNotifyMask)
        XRRSelectInput(
            display, root, Int32(RRScreenChangeNotifyMask | RRCrtcChangeNotifyMask | RROutputChangeNotifyMask))
    }

    deinit {
        spareKeys.clear()
        XCloseDisplay(display)
    }

    var socket: Int32 { XConnectionNumber(display) }
    var width: Int { Int(XDisplayWidth(display, number)) }
    var height: Int { Int(XDisplayHeight(display, number)) }
    private var pauseCode: KeyCode { XKeysymToKeycode(display, KeySym(XK_Pause)) }

    var monitors: [Monitor] {
        var count: Int32 = 0
        guard let found = XRRGetMonitors(display, root, 1, &count) else { return [] }
        defer { XRRFreeMonitors(found) }
        return (0..<Int(count)).map { found[$0] }.sorted { $0.primary > $1.primary }.map { monitor in
            var name = ""
            if let text = XGetAtomName(display, monitor.name) {
                name = String(cString: text)
                XFree(text)
            }
            return Monitor(
                name: name, x: UInt16(clamping: monitor.x), y: UInt16(clamping: monitor.y),
                width: UInt16(clamping: monitor.width), height: UInt16(clamping: monitor.height))
        }
    }

    /// Takes the key Pause, whatever is held with it, from all other programs.
    /// - Returns: false where this cannot be: there is no such key, or somebody else has it.
    func takePause() -> Bool {
        guard pauseCode != 0 else { return false }
        if grabs(pauseCode, UInt32(AnyModifier)) { return true }
        // One combination of it is somebody's. Alone, then, whether Caps Lock and Num Lock are on or not.
        return [0, LockMask, Mod2Mask, LockMask | Mod2Mask].filter { !grabs(pauseCode, UInt32($0)) }.isEmpty
    }

    func givePause() {
        if pauseCode != 0 { XUngrabKey(display, Int32(pauseCode), UInt32(AnyModifier), root) }
        XFlush(display)
    }

    /// Does any program wait for Ctrl-Alt-Del: then the grab of the same keys is refused.
    var attentionIsHeard: Bool {
        let code = XKeysymToKeycode(display, KeySym(XK_Delete)), keys = UInt32(ControlMask | Mod1Mask)
        guard code != 0, grabs(code, keys) else { return true }
        XUngrabKey(display, Int32(code), keys, root)
        XSync(display, 0)
        return false
    }

    private func grabs(_ code: KeyCode, _ modifiers: UInt32) -> Bool {
        XSync(display, 0)
        Self.refused.store(false, ordering: .relaxed)
        XGrabKey(display, Int32(code), modifiers, root, 0, GrabModeAsync, GrabModeAsync)
        XSync(display, 0)
        return !Self.refused.load(ordering: .relaxed)
    }

    func atom(_ name: String) -> Atom { XInternAtom(display, name, 0) }

    func add(_ pane: Pane) { panes[pane.window] = pane }
    func remove(_ pane: Pane) { panes[pane.window] = nil }

    func colour(_ rgb: UInt32) -> XftColor {
        var wanted = XRenderColor(
            red: UInt16(rgb >> 16 & 0xFF) * 257, green: UInt16(rgb >> 8 & 0xFF) * 257, blue: UInt16(rgb & 0xFF) * 257,
            alpha: 0xFFFF)
        var colour = XftColor()
        XftColorAllocValue(
            display, XDefaultVisual(display, number), XDefaultColormap(display, number), &wanted, &colour)
        return colour
    }

    /// Takes what the X server has said. To be called before waiting, as Xlib reads ahead.
    func pump() {
        while XPending(display) > 0 {
            var event = XEvent()
            XNextEvent(display, &event)
            if XRRUpdateConfiguration(&event) != 0 || event.type == ConfigureNotify && event.xany.window == root {
                for pane in panes.values { pane.screenChanged() }
                changed()
            } else if event.type == KeyPress, event.xkey.keycode == UInt32(pauseCode) {
                stops()
            } else if let pane = panes[event.xany.window] {
                pane.heard(&event)
            } else {
                heard(event)
            }
        }
        XFlush(display)
    }
}
