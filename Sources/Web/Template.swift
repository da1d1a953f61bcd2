/// One page template, taken apart once: Mustache without lambdas, inheritance and changed delimiters.
///
/// `{{name}}` and `{{a.b}}` are values, escaped; `{{{name}}}` is one that is HTML already; `{{.}}` is the item of a list. `{{#name}}…{{/name}}`
/// is filled for each item of a list, once for an object, a true flag or a text that is not empty; `{{^name}}…{{/name}}` where that would
/// be filled for none. `{{> room/_name}}` is another template, `{{! … }}` says something to the reader. A name that the object lacks
/// is looked up in the objects around it. A tag that stands alone on its line leaves no line.
package struct Template: Sendable {
    indirect enum Part: Sendable {
        case text(String)
        case value([String])
        case html([String])
        case section([String], [Part])
        case inverted([String], [Part])
        case partial(String)
    }

    package enum Fault: Error, Equatable {
        /// A tag without an end, a section that is closed by another name or not at all.
        case unclosed(String)
    }

    let parts: [Part]

    package init(_ text: String) throws {
        var reader = Reader(Array(text.utf8))
        parts = try reader.parts(until: nil)
    }
}

/// Reads the tags of a template from its bytes.
private struct Reader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func parts(until section: String?) throws -> [Template.Part] {
        var parts: [Template.Part] = []
        while true {
            let begin = place
            guard let open = find(UInt8(ascii: "{"), times: 2, from: place) else {
                guard section == nil else { throw Template.Fault.unclosed(section!) }
                append(begin..<bytes.count, to: &parts)
                place = bytes.count
                return parts
            }
            let isHTML = open + 2 < bytes.count && bytes[open + 2] == UInt8(ascii: "{")
            let signs = isHTML ? 3 : 2
            let inner = open + signs
            guard let close = find(UInt8(ascii: "}"), times: signs, from: inner) else {
                throw Template.Fault.unclosed(text(open..<min(open + 40, bytes.count)))
            }
            let tag = text(inner..<close)
            let sign = isHTML ? "{" : tag.first ?? " "
            let name = sign == "!" ? "" : trimmed("#^/>&".contains(sign) ? tag.dropFirst() : tag[...])
            var end = close + signs, before = open
            if "#^/>!".contains(sign), let line = wholeLine(around: open..<end, notBefore: begin) {
                (before, end) = (line.lowerBound, line.upperBound)
            }
            append(begin..<before, to: &parts)
            place = end
            switch sign {
            case "!": break
            case "#": parts.append(.section(path(name), try self.parts(until: name)))
            case "^": parts.append(.inverted(path(name), try self.parts(until: name)))
            case "/":
                guard name == section else { throw Template.Fault.unclosed(section ?? name) }
                return parts
            case ">": parts.append(.partial(name))
            case "{", "&": parts.append(.html(path(name)))
            default: parts.append(.value(path(name)))
            }
        }
    }

    /// The line of a tag with its end, when nothing but space stands beside it.
    private func wholeLine(around tag: Range<Int>, notBefore begin: Int) -> Range<Int>? {
        let isSpace: (UInt8) -> Bool = {
            $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r")
        }
        var start = tag.lowerBound, end = tag.upperBound
        while start > begin, isSpace(bytes[start - 1]) { start -= 1 }
        guard start == 0 || bytes[start - 1] == UInt8(ascii: "\n") else { return nil }
        while end < bytes.count, isSpace(bytes[end]) { end += 1 }
        guard end == bytes.count || bytes[end] == UInt8(ascii: "\n") else { return nil }
        return start..<min(end + 1, bytes.count)
    }

    private func append(_ range: Range<Int>, to parts: inout [Template.Part]) {
        if !range.isEmpty { parts.append(.text(text(range))) }
    }

    /// Where so many of a sign stand beside each other. A plain loop: what is made of closures takes a debug build, on which all tests
    /// run, a hundred times as long.
    private func find(_ sign: UInt8, times: Int, from start: Int) -> Int? {
        var at = start, found = 0
        while at < bytes.count, found < times {
            found = bytes[at] == sign ? found + 1 : 0
            at += 1
        }
        return found == times ? at - times : nil
    }

    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
    private func trimmed(_ text: Substring) -> String {
        guard text.utf8.contains(where: { $0 <= 0x20 }) else { return String(text) }
        return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
    private func path(_ name: String) -> [String] { name == "." ? [] : name.split(separator: ".").map(String.init) }
}
