import CStemmer
import Kernel
import Synchronization

/// Words as search compares them: folded, and cut to their stem by Snowball, Russian or English by their letters.
package enum Words {
    /// A stemmer is not safe for two threads; making one is cheap but not free.
    private final class Stemmers: @unchecked Sendable {
        let russian = sb_stemmer_new("russian", "UTF_8")
        let english = sb_stemmer_new("english", "UTF_8")
    }
    private static let stemmers = Mutex(Stemmers())

    /// Stems in the order of the text; words of one letter and longer than 40 are kept as they are cut.
    package static func stems(of text: some StringProtocol) -> [String] {
        split(text).flatMap(forms)
    }

    /// For each word of a query what it may stand as in the index.
    package static func alternatives(of text: some StringProtocol) -> [[String]] { split(text).map(forms) }

    /// The stem, and for a word on «-ь» that Snowball took for a verb the word itself as well: «печать» is cut to «печа», but «печати» to
    /// «печат».
    private static func forms(of word: String) -> [String] {
        let stem = stem(word)
        guard word.hasSuffix("ь"), stem.utf8.count < word.utf8.count - 2 else { return [stem] }
        return [stem, String(word.dropLast())]
    }

    /// The words themselves, folded, not stemmed.
    package static func split(_ text: some StringProtocol) -> [String] {
        // Nearly all text is ASCII and Russian: there every byte beyond ASCII belongs to a letter.
        if let bytes = Text.plainFolded(text) {
            return bytes.split { !isPartOfWord($0) }.map { word in
                word.count <= 40
                    ? String(decoding: word, as: UTF8.self) : String(String(decoding: word, as: UTF8.self).prefix(40))
            }
        }
        // Folding would make «No» of «№», and glue it to the number.
        return Text.folded(String(text).replacing("№", with: " ")).split { !$0.isLetter && !$0.isNumber }
            .map { String($0.prefix(40)) }
    }

    private static func isPartOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"), 0x80...0xFF: true
        default: false
        }
    }

    package static func stem(_ word: String) -> String {
        guard let first = word.unicodeScalars.first, word.utf8.count > 2 else { return word }
        let isCyrillic = (0x0400...0x04FF).contains(first.value)
        guard isCyrillic || ("a"..."z").contains(first) else { return word }
        var word = word
        return stemmers.withLock { stemmers in
            let stemmer = isCyrillic ? stemmers.russian : stemmers.english
            return word.withUTF8 { bytes in
                guard let stem = sb_stemmer_stem(stemmer, bytes.baseAddress, Int32(bytes.count)) else {
                    return String(decoding: bytes, as: UTF8.self)
                }
                let count = Int(sb_stemmer_length(stemmer))
                return String(decoding: UnsafeBufferPointer(start: stem, count: count), as: UTF8.self)
            }
        }
    }
}
