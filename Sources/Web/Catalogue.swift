import Foundation
package import Kernel

/// All texts in one language. Keys are `room.word`; a counted text has its plural forms.
package struct Catalogue: Sendable {
    private enum Entry: Sendable {
        case text(String)
        case counted([String: String])
    }

    package let language: Language
    private var entries: [String: Entry] = [:]

    /// Reads every `*.json` of a folder. Throws when a file is not a flat object of texts and plural forms.
    package init(language: Language, folder: String) throws {
        self.language = language
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() where file.hasSuffix(".json") {
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))
            guard let object = try JSONSerialization.jsonObject(with: data) as? [String: Any] else {
                throw CatalogueError.notFlat(file)
            }
            for (key, value) in object {
                switch value {
                case let text as String: entries[key] = .text(text)
                case let forms as [String: String]: entries[key] = .counted(forms)
                default: throw CatalogueError.notFlat("\(file): \(key)")
                }
            }
        }
    }

    package enum CatalogueError: Error { case notFlat(String) }

    package var keys: Set<String> { Set(entries.keys) }

    /// The placeholders of a text, for the test that compares languages.
    package func placeholders(of key: String) -> Set<String> {
        let texts: [String] =
            switch entries[key] {
            case .text(let text)?: [text]
            case .counted(let forms)?: Array(forms.values)
            case nil: []
            }
        return Set(texts.flatMap { text in text.matches(of: /\{([a-z]+)\}/).map { String($0.1) } })
    }

    /// The text with its placeholders («{name}») filled. A missing key shows itself, so that it is seen.
    package func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String {
        guard let entry = entries[key] else { return "[\(key)]" }
        switch entry {
        case .text(let text): return Self.fill(text, values)
        case .counted(let forms): return Self.fill(forms["other"] ?? forms["many"] ?? "", values)
        }
    }

    /// The text in the plural form of `count`, which also fills «{n}».
    package func callAsFunction(_ key: String, count: Int, _ values: [String: String] = [:]) -> String {
        guard case .counted(let forms)? = entries[key] else { return self(key, values) }
        let form = Self.pluralForm(of: count, in: language)
        let values = values.merging(["n": number(count)]) { $1 }
        return Self.fill(forms[form] ?? forms["other"] ?? forms["many"] ?? "[\(key)]", values)
    }

    /// CLDR plural rules for whole numbers of the two languages.
    package static func pluralForm(of count: Int, in language: Language) -> String {
        let count = abs(count)
        switch language {
        case .english: return count == 1 ? "one" : "other"
        case .russian:
            switch (count % 10, count % 100) {
            case (1, let hundreds) where hundreds != 11: return "one"
            case (2...4, let hundreds) where !(12...14).contains(hundreds): return "few"
            default: return "many"
            }
        }
    }

    /// 12 345 with a space that does not break (Russian), 12,345 (English).
    package func number(_ number: Int) -> String {
        let digits = String(abs(number))
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result += language == .russian ? "\u{A0}" : "," }
            result.append(digit)
        }
        return number < 0 ? "−" + result : result
    }

    /// One walk over the text: what is put in is not looked into again.
    private static func fill(_ text: String, _ values: [String: String]) -> String {
        guard !values.isEmpty, text.utf8.contains(UInt8(ascii: "{")) else { return text }
        var result = "", rest = text[...]
        while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
            let close = rest[open...].utf8.firstIndex(of: UInt8(ascii: "}"))
        {
            let name = rest[rest.index(after: open)..<close]
            result += rest[..<open]
            result += values[String(name)] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}
