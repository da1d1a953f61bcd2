/// Names of keys as X11 and RFB number them (X Window System Protocol, appendix A).
enum Keysym {
    /// From 0x6C0 on, small letters first, in the order of KOI8-R.
    private static let letters = Array(
        "юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ".unicodeScalars)
    /// From 0x6A1 on: letters of the neighbours, and ё.
    private static let others = Array("ђѓёєѕіїјљњћќґўџ№ЂЃЁЄЅІЇЈЉЊЋЌҐЎЏ".unicodeScalars)

    /// The same letter numbered by Unicode; nil: not of the Cyrillic ones that have a number of their own.
    static func unicode(ofCyrillic symbol: UInt32) -> UInt32? {
        switch symbol {
        case 0x6A1...0x6BF: 0x100_0000 | others[Int(symbol - 0x6A1)].value
        case 0x6C0...0x6FF: 0x100_0000 | letters[Int(symbol - 0x6C0)].value
        default: nil
        }
    }

    /// The same for all numbers of one letter.
    static func canonical(_ symbol: UInt32) -> UInt32 { unicode(ofCyrillic: symbol) ?? symbol }

    /// Shift and its like (0xFFE1...), AltGr and the other shifts of levels and groups.
    static func modifies(_ symbol: UInt32) -> Bool {
        (0xFFE1...0xFFEE).contains(symbol) || [0xFE03, 0xFE11, 0xFF7E].contains(symbol)
    }

    /// From KP_Space to KP_Equal: each key there bears two, and Num Lock chooses.
    static func isOnKeypad(_ symbol: UInt32) -> Bool { (0xFF80...0xFFBD).contains(symbol) }

    /// Caps Lock, Shift Lock, Num Lock, Scroll Lock.
    static func locks(_ symbol: UInt32) -> Bool { [0xFFE5, 0xFFE6, 0xFF7F, 0xFF14].contains(symbol) }

    /// Whether the key writes something, rather than being one of Shift, Enter or the arrows.
    static func writes(_ symbol: UInt32) -> Bool { (0x20..<0xFE00).contains(symbol) || symbol > 0x100_0000 }
}
