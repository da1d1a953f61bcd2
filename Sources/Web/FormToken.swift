import Secrets

/// The token of a session's forms on its way into a page. Pages are compressed, and the length of a compressed page tells what it
/// repeats (BREACH); so every page carries the token under a new mask: the mask in hexadecimal, then the token XOR the mask.
enum FormToken {
    static func masked(_ token: String) -> String {
        let bytes = Array(token.utf8), mask = Random.bytes(bytes.count)
        return hexadecimal(mask) + hexadecimal(zip(mask, bytes).map { $0 ^ $1 })
    }

    /// Whether a form shows this token, masked or as it is.
    static func matches(_ shown: String?, _ token: String) -> Bool {
        guard let shown, !token.isEmpty else { return false }
        return Vault.isSame(shown, token) || unmasked(shown).map { Vault.isSame($0, token) } ?? false
    }

    private static func unmasked(_ shown: String) -> String? {
        let digits = shown.utf8.compactMap { Character(UnicodeScalar($0)).hexDigitValue.map(UInt8.init) }
        guard digits.count == shown.utf8.count, digits.count.isMultiple(of: 4) else { return nil }
        let bytes = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        let half = bytes.count / 2
        return String(decoding: zip(bytes[..<half], bytes[half...]).map { $0 ^ $1 }, as: UTF8.self)
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
