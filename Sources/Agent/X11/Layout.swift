import CX11

extension Screen {
    /// Sets the layout in which the back end's key for this symbol gives it. Of the keys that bear it a back end takes the one that needs
    /// no Shift, and of those the one of the first layout.
    func turnLayout(to symbol: UInt32) {
        guard Keysym.writes(symbol) else { return }
        var (first, last) = (Int32(0), Int32(0))
        XDisplayKeycodes(display, &first, &last)
        for level in Int32(0)..<2 {
            for group in Int32(0)..<4
            where (first...last).contains(where: { code in
                XkbKeycodeToKeysym(display, KeyCode(code), group, level) == KeySym(symbol)
            }) {
                return setLayout(UInt32(group))
            }
        }
    }

    private func setLayout(_ group: UInt32) {
        var state = XkbStateRec()
        XkbGetState(display, UInt32(XkbUseCoreKbd), &state)
        guard UInt32(state.group) != group else { return }
        XkbLockGroup(display, UInt32(XkbUseCoreKbd), group)
        // Before the back end, which has a connection of its own, presses the key.
        XSync(display, 0)
    }
}
