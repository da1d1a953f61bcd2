import Foundation
import Kernel
import Testing

@testable import Web

let share = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../share/okno"
let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/../../Sources"

@Suite struct CatalogueTests {
    static let russian = Result { try Catalogue(language: .russian, folder: share + "/text/ru") }
    static let english = Result { try Catalogue(language: .english, folder: share + "/text/en") }

    @Test(arguments: [
        (0, "many", "other"), (1, "one", "one"), (2, "few", "other"), (4, "few", "other"), (5, "many", "other"),
        (10, "many", "other"),
        (11, "many", "other"), (12, "many", "other"), (14, "many", "other"), (15, "many", "other"),
        (20, "many", "other"),
        (21, "one", "other"), (22, "few", "other"), (25, "many", "other"), (100, "many", "other"),
        (101, "one", "other"),
        (102, "few", "other"), (111, "many", "other"), (112, "many", "other"), (121, "one", "other"),
        (1_001, "one", "other"),
        (1_000_000, "many", "other"), (-1, "one", "one"), (-3, "few", "other"),
    ])
    func pluralForms(_ count: Int, _ russian: String, _ english: String) {
        #expect(Catalogue.pluralForm(of: count, in: .russian) == russian)
        #expect(Catalogue.pluralForm(of: count, in: .english) == english)
    }

    @Test(arguments: [
        (0, "0", "0"), (999, "999", "999"), (1_000, "1\u{A0}000", "1,000"),
        (-1_234_567, "−1\u{A0}234\u{A0}567", "−1,234,567"),
    ])
    func numbers(_ number: Int, _ russian: String, _ english: String) throws {
        #expect(try Self.russian.get().number(number) == russian)
        #expect(try Self.english.get().number(number) == english)
    }

    @Test func bothLanguagesHaveTheSameKeys() throws {
        let russian = try Self.russian.get().keys, english = try Self.english.get().keys
        #expect(russian.subtracting(english).sorted() == [], "only in Russian")
        #expect(english.subtracting(russian).sorted() == [], "only in English")
        #expect(russian.count > 100)
    }

    @Test func bothLanguagesHaveTheSamePlaceholders() throws {
        let russian = try Self.russian.get(), english = try Self.english.get()
        let differing = russian.keys.filter {
            // «{n}» may be spelt out in the singular: «одна заявка».
            russian.placeholders(of: $0).subtracting(["n"]) != english.placeholders(of: $0).subtracting(["n"])
        }
        #expect(differing.sorted() == [])
    }

    @Test func countedTextsHaveEveryFormOfTheirLanguage() throws {
        for (language, forms) in [("ru", Set(["one", "few", "many"])), ("en", ["one", "other"])] {
            for (file, entries) in try Self.files(language) {
                for (key, value) in entries {
                    guard let counted = value as? [String: String] else { continue }
                    #expect(forms.isSubset(of: counted.keys), "\(language)/\(file): \(key)")
                }
            }
        }
    }

    @Test func noKeyIsInTwoFiles() throws {
        let keys = try Self.files("ru").flatMap { Array($0.1.keys) }
        #expect(Dictionary(grouping: keys, by: \.self).filter { $0.value.count > 1 }.keys.sorted() == [])
    }

    @Test func noTextIsEmptyOrHasMarkup() throws {
        for language in ["ru", "en"] {
            for (file, entries) in try Self.files(language) {
                for (key, value) in entries {
                    let texts = (value as? [String: String]).map { Array($0.values) } ?? [value as? String ?? ""]
                    for text in texts {
                        #expect(
                            !text.trimmingCharacters(in: .whitespaces).isEmpty && !text.contains("<"),
                            "\(language)/\(file): \(key)")
                    }
                }
            }
        }
    }

    @Test func everyKeyOfEveryTemplateExists() throws {
        let known = try Self.russian.get().keys
        var missing: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: share + "/templates")
        where path.hasSuffix(".mustache") {
            let text = try String(contentsOfFile: share + "/templates/" + path, encoding: .utf8)
            for match in text.matches(of: /\[\[([^\]]+)\]\]/) where !known.contains(String(match.1)) {
                missing.insert("\(path): \(match.1)")
            }
        }
        #expect(missing.sorted() == [])
    }

    /// Keys that the program names in full; those that are put together are met by the tests of their pages.
    @Test func everyKeyOfTheProgramExists() throws {
        let known = try Self.russian.get().keys
        var missing: Set<String> = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: sources) where path.hasSuffix(".swift") {
            let text = try String(contentsOfFile: sources + "/" + path, encoding: .utf8)
            for match in text.matches(of: /\btext\(\s*"([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)"/)
            where !known.contains(String(match.1)) {
                missing.insert("\(path): \(match.1)")
            }
        }
        #expect(missing.sorted() == [])
    }

    @Test func everyTemplateCompilesInBothLanguages() throws {
        _ = try Templates(
            folder: share + "/templates", catalogues: [.russian: Self.russian.get(), .english: Self.english.get()])
    }

    @Test func aMissingKeyShowsItself() throws {
        #expect(try Self.russian.get()("no.such.key") == "[no.such.key]")
    }

    private static func files(_ language: String) throws -> [(String, [String: Any])] {
        let folder = share + "/text/" + language
        return try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }.map {
            file in
            let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + file))
            return (file, try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any]))
        }
    }
}
