import Foundation

/// Text as people compare it: for search, for sorting and for sign-in names.
package enum Text {
    /// Lower case, ё→е, compatibility forms composed: «Ёлка» and «елка» are one word.
    package static func folded(_ text: some StringProtocol) -> String {
        if let plain = plainFolded(text) { return String(decoding: plain, as: UTF8.self) }
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for character in text.precomposedStringWithCompatibilityMapping.lowercased() {
            result.append(character == "ё" ? "е" : character)
        }
        return result
    }

    /// The same for text of ASCII and Russian letters only, nearly all text here: tables of Unicode cost twenty times as much.
    /// Bytes of UTF-8; nil for any other text.
    package static func plainFolded(_ text: some StringProtocol) -> [UInt8]? {
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            var value = scalar.value
            switch value {
            case 0x41...0x5A, 0x410...0x42F: value += 0x20
            case 0x00...0x7F, 0x430...0x44F: break
            case 0x401, 0x451: value = 0x435
            default: return nil
            }
            if value < 0x80 {
                result.append(UInt8(value))
            } else {
                result.append(UInt8(0xC0 | value >> 6))
                result.append(UInt8(0x80 | value & 0x3F))
            }
        }
        return result
    }

    /// A key that orders names under the binary collation of both databases: «ё» directly after «е».
    package static func sortKey(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text.precomposedStringWithCanonicalMapping.lowercased() {
            result += character == "ё" ? "е\u{FFFF}" : String(character)
        }
        return result
    }

    /// Removes what has no place in a line of text: control characters, marks that reverse the direction, outer space.
    package static func line(_ text: some StringProtocol) -> String {
        if isClean(text, lines: false) { return String(text) }
        let kept = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control ? " " : scalar
        }.filter { !isDirectionOverride($0) }
        var line = String(String.UnicodeScalarView(kept))
        while let range = line.range(of: "  ") { line.replaceSubrange(range, with: " ") }
        return line.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The same for text of several lines: new lines and tabs stay.
    package static func paragraphs(_ text: some StringProtocol) -> String {
        if isClean(text, lines: true) { return String(text) }
        let kept = text.replacingOccurrences(of: "\r\n", with: "\n").unicodeScalars.filter { scalar in
            (scalar.properties.generalCategory != .control || scalar == "\n" || scalar == "\t")
                && !isDirectionOverride(scalar)
        }
        return String(String.UnicodeScalarView(kept)).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether nothing is to be removed, as far as ASCII and Russian letters tell; other text is looked at letter by letter.
    private static func isClean(_ text: some StringProtocol, lines: Bool) -> Bool {
        var isFirst = true, wasSpace = true
        for scalar in text.unicodeScalars {
            let isSpace = scalar == " " || lines && (scalar == "\n" || scalar == "\t")
            switch scalar.value {
            case _ where isSpace: if isFirst || wasSpace && !lines { return false }
            case 0x21...0x7E, 0x400...0x45F: break
            default: return false
            }
            (isFirst, wasSpace) = (false, isSpace)
        }
        return !wasSpace
    }

    private static func isDirectionOverride(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}
