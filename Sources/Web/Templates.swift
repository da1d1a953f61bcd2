import Foundation
package import Kernel

/// What a template is filled with. The head of each template file lists its fields.
package typealias Model = [String: any Sendable]

/// The page templates, read once a language: `[[key]]` becomes the catalogue's text at loading, so it costs nothing later.
package struct Templates: Sendable {
    private let libraries: [Language: [String: Template]]

    package enum Fault: Error, Equatable { case unknownKey(String, template: String), missing(String) }

    package init(folder: String, catalogues: [Language: Catalogue]) throws {
        var libraries: [Language: [String: Template]] = [:]
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".mustache") }
        let known = catalogues.mapValues(\.keys), sign = /\[\[([a-z0-9.\-]+)\]\]/
        for path in paths {
            let name = String(path.dropLast(".mustache".count))
            let text = try String(contentsOfFile: folder + "/" + path, encoding: .utf8)
            let matches = text.matches(of: sign)
            for (language, catalogue) in catalogues {
                var said = "", place = text.startIndex
                for match in matches {
                    let key = String(match.1)
                    guard known[language]!.contains(key) else { throw Fault.unknownKey(key, template: name) }
                    said += text[place..<match.range.lowerBound]
                    said += Self.escaped(catalogue(key))
                    place = match.range.upperBound
                }
                said += text[place...]
                libraries[language, default: [:]][name] = try Template(said)
            }
        }
        self.libraries = libraries
    }

    package func render(_ name: String, _ model: Model, in language: Language) throws -> String {
        guard let library = libraries[language], let template = library[name] else { throw Fault.missing(name) }
        return Rendering.render(template, model, with: library)
    }

    private static func escaped(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x26 || $0 == 0x3C || $0 == 0x3E || $0 == 0x22 }) else { return text }
        return text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }
}
