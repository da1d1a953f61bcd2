import CX11

package struct Box: Equatable, Sendable {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(_ x: Int, _ y: Int, _ width: Int, _ height: Int) {
        (self.x, self.y, self.width, self.height) = (x, y, width, height)
    }

    func contains(_ x: Int, _ y: Int) -> Bool {
        x >= self.x && x < self.x + width && y >= self.y && y < self.y + height
    }
}

/// A window of ours: no window manager moves, hides or covers it, and if something comes before it, it comes back.
class Pane {
    static let paper: UInt32 = 0xFFFFFF, ink: UInt32 = 0x1D2430, grey: UInt32 = 0x5A6472
    static let red: UInt32 = 0xC62828, green: UInt32 = 0x1B7F3B

    let screen: Screen
    let window: Window
    private let canvas: OpaquePointer?
    private(set) var box: Box
    private var lastRaised = 0

    init(_ screen: Screen, _ box: Box, back: UInt32, name: String) {
        (self.screen, self.box) = (screen, box)
        var attributes = XSetWindowAttributes()
        attributes.override_redirect = 1
        attributes.background_pixel = screen.colour(back).pixel
        attributes.event_mask =
            ExposureMask | ButtonPressMask | ButtonReleaseMask | Button1MotionMask | KeyPressMask | VisibilityChangeMask
            | StructureNotifyMask
        window = XCreateWindow(
            screen.display, screen.root, Int32(box.x), Int32(box.y), UInt32(box.width), UInt32(box.height), 0, 0, 1,
            nil,
            UInt(CWOverrideRedirect | CWBackPixel | CWEventMask), &attributes)
        XStoreName(screen.display, window, name)
        canvas = XftDrawCreate(
            screen.display, window, XDefaultVisual(screen.display, screen.number),
            XDefaultColormap(screen.display, screen.number))
    }

    /// What programs that read the screen aloud say.
    func call(_ name: String) {
        let bytes = Array(name.utf8)
        _ = bytes.withUnsafeBufferPointer {
            XChangeProperty(
                screen.display, window, XInternAtom(screen.display, "_NET_WM_NAME", 0),
                XInternAtom(screen.display, "UTF8_STRING", 0), 8, Int32(PropModeReplace), $0.baseAddress,
                Int32($0.count))
        }
    }

    func show() {
        screen.add(self)
        XMapRaised(screen.display, window)
        XFlush(screen.display)
    }

    func hide() {
        screen.remove(self)
        if let canvas { XftDrawDestroy(canvas) }
        XDestroyWindow(screen.display, window)
        XFlush(screen.display)
    }

    // What a kind of window does for itself.
    func paint() {}
    func pressed(x: Int, y: Int, onScreen: (x: Int, y: Int)) {}
    func dragged(onScreen: (x: Int, y: Int)) {}
    func key(_ symbol: KeySym, isControl: Bool) {}
    func screenChanged() {}

    func heard(_ event: inout XEvent) {
        switch event.type {
        case Expose: if event.xexpose.count == 0 { paint() }
        case VisibilityNotify: if event.xvisibility.state != VisibilityUnobscured { raise() }
        case UnmapNotify: XMapRaised(screen.display, window)
        case ButtonPress:
            let button = event.xbutton
            guard button.button == 1, button.send_event == 0 else { return }
            pressed(x: Int(button.x), y: Int(button.y), onScreen: (Int(button.x_root), Int(button.y_root)))
        case MotionNotify: dragged(onScreen: (Int(event.xmotion.x_root), Int(event.xmotion.y_root)))
        case KeyPress:
            guard event.xkey.send_event == 0 else { return }
            key(XLookupKeysym(&event.xkey, 0), isControl: event.xkey.state & UInt32(ControlMask) != 0)
        default: break
        }
    }

    /// Two windows that both want to be the first must not fight without end.
    private func raise() {
        let now = Int(Clock.milliseconds)
        guard now - lastRaised > 200 else { return }
        lastRaised = now
        XRaiseWindow(screen.display, window)
    }

    func move(_ box: Box) {
        self.box = box
        XMoveResizeWindow(
            screen.display, window, Int32(box.x), Int32(box.y), UInt32(box.width), UInt32(box.height))
    }

    func clear() { XClearWindow(screen.display, window) }

    func fill(_ box: Box, _ rgb: UInt32) {
        var colour = screen.colour(rgb)
        XftDrawRect(canvas, &colour, Int32(box.x), Int32(box.y), UInt32(box.width), UInt32(box.height))
    }

    func write(_ text: String, x: Int, y: Int, _ rgb: UInt32 = Pane.ink, isBold: Bool = false) {
        var colour = screen.colour(rgb)
        let bytes = Array(text.utf8)
        XftDrawStringUtf8(
            canvas, &colour, isBold ? screen.bold : screen.font, Int32(x), Int32(y), bytes, Int32(bytes.count))
    }

    func button(_ box: Box, _ text: String, _ rgb: UInt32) {
        fill(box, rgb)
        write(text, x: box.x + 14, y: box.y + box.height / 2 + 5, Pane.paper, isBold: true)
    }
}
