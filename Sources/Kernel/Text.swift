import Foundation

/// Text as people compare it: for search, for sorting and for sign-in names.
package enum Text {
    /// Lower case, ё→е, compatibility forms composed: «Ёлка» and «елка» are one word.
    package static func folded(_ text: some StringProtocol) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for character in text.precomposedStringWithCompatibilityMapping.lowercased() {
            result.append(character == "ё" ? "е" : character)
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
        let kept = text.unicodeScalars.map { scalar -> Unicode.Scalar in
            scalar.properties.generalCategory == .control ? " " : scalar
        }.filter { !isDirectionOverride($0) }
        var line = String(String.UnicodeScalarView(kept))
        while let range = line.range(of: "  ") { line.replaceSubrange(range, with: " ") }
        return line.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The same for text of several lines: new lines and tabs stay.
    package static func paragraphs(_ text: some StringProtocol) -> String {
        let kept = text.replacingOccurrences(of: "\r\n", with: "\n").unicodeScalars.filter { scalar in
            (scalar.properties.generalCategory != .control || scalar == "\n" || scalar == "\t")
                && !isDirectionOverride(scalar)
        }
        return String(String.UnicodeScalarView(kept)).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private static func isDirectionOverride(_ scalar: Unicode.Scalar) -> Bool {
        (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
}
