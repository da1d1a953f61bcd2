import CX11

/// Which key writes a symbol, and what has to be otherwise meanwhile.
struct Stroke {
    struct Change {
        /// Keys of one modifier; the first is pressed where one is missing.
        var symbols: [UInt32]
        var isDown: Bool
    }

    var code: KeyCode
    /// Of the layout that has to be set; nil: as it is.
    var group: UInt32?
    var changes: [Change] = []
}

/// The keys of the X server with their layouts and its state of now.
struct Keymap: ~Copyable {
    private static let shift = [UInt32(XK_Shift_L), UInt32(XK_Shift_R)], level3 = [UInt32(XK_ISO_Level3_Shift)]

    private let keyboard: XkbDescPtr?
    private let level3Mask: UInt32
    private var state = XkbStateRec()

    init(_ screen: Screen) {
        keyboard = XkbGetMap(
            screen.display, UInt32(XkbKeyTypesMask | XkbKeySymsMask | XkbModifierMapMask), UInt32(XkbUseCoreKbd))
        level3Mask = XkbKeysymToModifiers(screen.display, KeySym(XK_ISO_Level3_Shift))
        XkbGetState(screen.display, UInt32(XkbUseCoreKbd), &state)
    }

    deinit { if let keyboard { XkbFreeKeyboard(keyboard, 0, 1) } }

    /// With the least change: in the layout of now first, without a modifier more or less first. nil when no key bears the symbol.
    func stroke(_ symbol: UInt32) -> Stroke? {
        guard let keyboard else { return nil }
        let codes = keyboard.pointee.min_key_code...keyboard.pointee.max_key_code
        let now = UInt32(state.group), groups = [now] + (0..<4).filter { $0 != now }, wanted = Keysym.canonical(symbol)
        // Tab with Shift is a stroke of Tab, though its key has another name then. On the keypad the name is what counts.
        if !Keysym.writes(symbol), !Keysym.isOnKeypad(symbol),
            let code = codes.first(where: { writes($0, now << 13) == wanted })
        {
            return Stroke(code: code)
        }
        let twists = [(0, 0), (UInt32(ShiftMask), 0), (0, level3Mask), (UInt32(ShiftMask), level3Mask)]
        for group in groups {
            for (shift, level3) in twists {
                let modifiers = UInt32(state.mods) ^ shift ^ level3
                guard let code = codes.first(where: { writes($0, modifiers | group << 13) == wanted })
                else { continue }
                var changes: [Stroke.Change] = []
                if shift != 0 { changes.append(.init(symbols: Self.shift, isDown: modifiers & shift != 0)) }
                if level3 != 0 { changes.append(.init(symbols: Self.level3, isDown: modifiers & level3 != 0)) }
                return Stroke(code: code, group: group == now ? nil : group, changes: changes)
            }
        }
        return nil
    }

    private func writes(_ code: KeyCode, _ coreState: UInt32) -> UInt32? {
        var (used, symbol) = (UInt32(0), KeySym(NoSymbol))
        guard XkbTranslateKeyCode(keyboard, code, coreState, &used, &symbol) != 0 else { return nil }
        return Keysym.canonical(UInt32(truncatingIfNeeded: symbol))
    }
}

/// Keys that bear nothing, for letters that no key bears. The one that was struck longest ago is given away first, and not before it has
/// rested: programs ask late what a key writes, and those that are busy ask later.
final class SpareKeys {
    enum Loan { case key(KeyCode), later, never }

    private static let restMilliseconds: UInt64 = 1_000

    private let display: OpaquePointer
    private var lent: Set<KeyCode> = []
    private var struckAt: [KeyCode: UInt64] = [:]

    init(_ display: OpaquePointer) { self.display = display }

    func lend(to symbol: UInt32) -> Loan {
        // One that bears a letter though it is not lent was left behind by an agent that was killed.
        guard Keysym.writes(symbol),
            let key = keys().min(by: { ($0.isEmpty ? 0 : 1, time($0.code)) < ($1.isEmpty ? 0 : 1, time($1.code)) })
        else { return .never }
        guard key.isEmpty || time(key.code) + Self.restMilliseconds <= Clock.milliseconds else { return .later }
        put(KeySym(Keysym.canonical(symbol)), on: key.code)
        lent.insert(key.code)
        return .key(key.code)
    }

    /// Any key, whoever it belongs to.
    func struck(_ code: KeyCode) { struckAt[code] = Clock.milliseconds }

    /// As they were.
    func clear() {
        guard !lent.isEmpty else { return }
        for key in keys() where !key.isEmpty { put(KeySym(NoSymbol), on: key.code) }
        lent = []
        XFlush(display)
    }

    private func put(_ symbol: KeySym, on code: KeyCode) {
        var symbols = [symbol, symbol]
        XChangeKeyboardMapping(display, Int32(code), 2, &symbols, 1)
        XSync(display, 0)
    }

    private func time(_ code: KeyCode) -> UInt64 { struckAt[code] ?? 0 }

    /// Those that bear nothing, and those that bear one letter alone: given here, or in Unicode, as no layout's key does.
    private func keys() -> [(code: KeyCode, isEmpty: Bool)] {
        var (first, last, width) = (Int32(0), Int32(0), Int32(0))
        XDisplayKeycodes(display, &first, &last)
        guard let map = XGetKeyboardMapping(display, KeyCode(first), last - first + 1, &width) else { return [] }
        defer { XFree(map) }
        return (first...last).compactMap { code in
            let symbols = (0..<Int(width)).map { map[Int(code - first) * Int(width) + $0] }
            guard let letter = symbols.first, symbols.allSatisfy({ $0 == letter || $0 == KeySym(NoSymbol) }),
                letter == KeySym(NoSymbol)
                    || symbols.count > 1 && symbols[1] == letter
                        && (letter > 0x100_0000 || lent.contains(KeyCode(code)))
            else { return nil }
            return (KeyCode(code), letter == KeySym(NoSymbol))
        }
    }
}
