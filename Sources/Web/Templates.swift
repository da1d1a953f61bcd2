import Foundation
package import Kernel
public import Mustache

/// What a template is filled with. The head of each template file lists its fields.
package typealias Model = [String: any Sendable]

/// The page templates, compiled once a language: `[[key]]` becomes the catalogue's text at loading, so it costs nothing later.
package struct Templates: Sendable {
    private let libraries: [Language: MustacheLibrary]

    package enum Fault: Error, Equatable { case unknownKey(String, template: String), missing(String) }

    package init(folder: String, catalogues: [Language: Catalogue]) throws {
        MustacheContentTypes.register(PageText(), named: "PAGE")
        var libraries: [Language: MustacheLibrary] = [:]
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mustache") }
        for (language, catalogue) in catalogues {
            var library = MustacheLibrary()
            let known = catalogue.keys
            for path in paths {
                let name = String(path.dropLast(".mustache".count))
                var text = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
                for match in text.matches(of: /\[\[([a-z0-9.\-]+)\]\]/).reversed() {
                    let key = String(match.1)
                    guard known.contains(key) else { throw Fault.unknownKey(key, template: name) }
                    text.replaceSubrange(match.range, with: Self.escaped(catalogue(key)))
                }
                // For an indented partial the library counts the characters of all that it renders, again and again.
                text.replace(/(^|\n)[ \t]+{{>/) { "\($0.1){{>" }
                try library.register("{{% CONTENT_TYPE: PAGE}}\n" + text, named: name)
            }
            libraries[language] = library
        }
        self.libraries = libraries
    }

    package func render(_ name: String, _ model: Model, in language: Language) throws -> String {
        guard let text = libraries[language]?.render(model, withTemplate: name) else { throw Fault.missing(name) }
        return text
    }

    private static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }
}

/// An empty text is nothing: a section over it is not rendered.
extension String: @retroactive MustacheCustomRenderable {
    public var renderText: String { self }
    public var isNull: Bool { isEmpty }
}

/// Text on its way into a page. The library's own escaping goes character by character, which took a tenth of a page's time.
private struct PageText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        guard text.utf8.contains(where: { Self.escape($0) != nil }) else { return text }
        var result: [UInt8] = []
        result.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            if let escape = Self.escape(byte) { result += escape.utf8 } else { result.append(byte) }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func escape(_ byte: UInt8) -> String? {
        switch byte {
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "\""): "&quot;"
        case UInt8(ascii: "'"): "&#39;"
        default: nil
        }
    }
}
