import AgentProtocol
import CX11

/// The clipboard as text in UTF-8: what programs here copy, and what comes from the other side.
final class Clipboard {
    /// In words of four bytes: one more than is carried.
    private static let mostWords = AgentMessage.clipboardBytes / 4 + 1

    private let screen: Screen
    private let window: Window
    private let atoms: (clipboard: Atom, utf8: Atom, targets: Atom, drop: Atom, plain: Atom, parts: Atom)
    private let event: Int32
    private var text = ""
    /// Something was copied at this computer; whether it was longer than what is carried.
    private let copied: (String, _ isCut: Bool) -> Void
    /// A long text that comes in parts; so much of it as is carried, and one byte more.
    private var parts: [UInt8]?

    init(_ screen: Screen, copied: @escaping (String, _ isCut: Bool) -> Void) {
        (self.screen, self.copied) = (screen, copied)
        window = XCreateSimpleWindow(screen.display, screen.root, 0, 0, 1, 1, 0, 0, 0)
        atoms = (
            screen.atom("CLIPBOARD"), screen.atom("UTF8_STRING"), screen.atom("TARGETS"), screen.atom("OKNO_CLIPBOARD"),
            screen.atom("text/plain;charset=utf-8"), screen.atom("INCR")
        )
        var (first, errors): (Int32, Int32) = (0, 0)
        XSelectInput(screen.display, window, PropertyChangeMask)
        XFixesQueryExtension(screen.display, &first, &errors)
        event = first + XFixesSelectionNotify
        XFixesSelectSelectionInput(screen.display, window, atoms.clipboard, UInt(XFixesSetSelectionOwnerNotifyMask))
    }

    func put(_ text: String) {
        self.text = text
        XSetSelectionOwner(screen.display, atoms.clipboard, window, UInt(CurrentTime))
        XFlush(screen.display)
    }

    func heard(_ event: XEvent) {
        var event = event
        if event.type == self.event {
            // Who owns it now: window, subtype and owner follow one another in the event.
            let owner = withUnsafeBytes(of: &event) { $0.loadUnaligned(as: XFixesSelectionNotifyEvent.self).owner }
            parts = nil
            if owner != window, owner != 0 {
                XConvertSelection(
                    screen.display, atoms.clipboard, atoms.utf8, atoms.drop, window, UInt(CurrentTime))
            }
        } else if event.type == SelectionNotify, event.xselection.requestor == window, event.xselection.property != 0 {
            read()
        } else if event.type == PropertyNotify, event.xproperty.window == window, event.xproperty.atom == atoms.drop,
            event.xproperty.state == PropertyNewValue, parts != nil
        {
            readPart()
        } else if event.type == SelectionRequest, event.xselectionrequest.owner == window {
            answer(event.xselectionrequest)
        }
    }

    private func read() {
        var (type, format): (Atom, Int32) = (0, 0)
        var (count, left): (UInt, UInt) = (0, 0)
        var data: UnsafeMutablePointer<UInt8>?
        XGetWindowProperty(
            screen.display, window, atoms.drop, 0, Self.mostWords, 0, UInt(AnyPropertyType), &type, &format, &count,
            &left, &data)
        defer { if let data { XFree(data) } }
        // Deleting it is the sign for the owner to begin with the parts.
        if type == atoms.parts { parts = [] }
        XDeleteProperty(screen.display, window, atoms.drop)
        guard let data, type == atoms.utf8, format == 8 else { return }
        give(Array(UnsafeBufferPointer(start: data, count: Int(count))))
    }

    private func readPart() {
        var (type, format): (Atom, Int32) = (0, 0)
        var (count, left): (UInt, UInt) = (0, 0)
        var data: UnsafeMutablePointer<UInt8>?
        XGetWindowProperty(
            screen.display, window, atoms.drop, 0, Self.mostWords, 0, atoms.utf8, &type, &format, &count, &left, &data)
        defer { if let data { XFree(data) } }
        XDeleteProperty(screen.display, window, atoms.drop)
        guard let data, type == atoms.utf8, format == 8 else { return parts = nil }
        let room = AgentMessage.clipboardBytes + 1 - (parts?.count ?? 0)
        parts?.append(contentsOf: UnsafeBufferPointer(start: data, count: min(Int(count), room)))
        // An empty part is the end. The rest of what is too long is taken too, or its owner would wait, and thrown away.
        guard count == 0, let whole = parts else { return }
        parts = nil
        give(whole)
    }

    private func give(_ bytes: [UInt8]) {
        guard let (text, isCut) = ClipboardText.carried(bytes) else { return }
        copied(text, isCut)
    }

    private func answer(_ request: XSelectionRequestEvent) {
        let property = request.property == 0 ? request.target : request.property
        var given = true
        if request.target == atoms.targets {
            let list: [Atom] = [atoms.targets, atoms.utf8, atoms.plain]
            list.withUnsafeBytes { bytes in
                _ = XChangeProperty(
                    screen.display, request.requestor, property, Atom(XA_ATOM), 32, PropModeReplace,
                    bytes.bindMemory(to: UInt8.self).baseAddress, Int32(list.count))
            }
        } else if request.target == atoms.utf8 || request.target == atoms.plain {
            let bytes = Array(text.utf8)
            XChangeProperty(
                screen.display, request.requestor, property, request.target, 8, PropModeReplace, bytes,
                Int32(bytes.count))
        } else {
            given = false
        }
        var reply = XEvent()
        reply.xselection.type = SelectionNotify
        reply.xselection.requestor = request.requestor
        reply.xselection.selection = request.selection
        reply.xselection.target = request.target
        reply.xselection.property = given ? property : 0
        reply.xselection.time = request.time
        XSendEvent(screen.display, request.requestor, 0, 0, &reply)
        XFlush(screen.display)
    }
}
