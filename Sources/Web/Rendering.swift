/// Fills templates with a model. The values of a model are texts, numbers, flags, models, and lists of models or texts.
struct Rendering {
    private let templates: [String: Template]
    private var result = ""
    private var stack: [any Sendable] = []

    static func render(_ template: Template, _ model: Model, with templates: [String: Template]) -> String {
        var rendering = Rendering(templates: templates)
        rendering.result.reserveCapacity(16_384)
        rendering.stack = [model]
        rendering.fill(template.parts)
        return rendering.result
    }

    private init(templates: [String: Template]) { self.templates = templates }

    private mutating func fill(_ parts: [Template.Part]) {
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .value(let path): if let value = find(path) { Self.escape(Self.text(of: value), into: &result) }
            case .html(let path): if let value = find(path) { result += Self.text(of: value) }
            case .section(let path, let inner): if let value = find(path) { fill(inner, over: value) }
            case .inverted(let path, let inner): if find(path).map(Self.isNothing) ?? true { fill(inner) }
            case .partial(let name): if let template = templates[name] { fill(template.parts) }
            }
        }
    }

    private mutating func fill(_ parts: [Template.Part], over value: any Sendable) {
        let kind = type(of: value)
        if kind == Bool.self {
            if value as! Bool { fill(parts) }
        } else if kind == [Model].self {
            for item in value as! [Model] { fill(parts, with: item) }
        } else if kind == Model.self {
            fill(parts, with: value)
        } else if let items = value as? [any Sendable] {
            for item in items { fill(parts, with: item) }
        } else if !Self.isNothing(value) {
            fill(parts, with: value)
        }
    }

    private mutating func fill(_ parts: [Template.Part], with object: any Sendable) {
        stack.append(object)
        fill(parts)
        stack.removeLast()
    }

    /// What a name means here: the nearest object that has it.
    private func find(_ path: [String]) -> (any Sendable)? {
        guard let first = path.first else { return stack.last }
        for object in stack.reversed() where type(of: object) == Model.self {
            guard var value = (object as! Model)[first] else { continue }
            for name in path.dropFirst() {
                guard let inner = (value as? Model)?[name] else { return nil }
                value = inner
            }
            return value
        }
        return nil
    }

    /// An empty text is nothing: a section over it is not filled.
    private static func isNothing(_ value: any Sendable) -> Bool {
        let kind = type(of: value)
        if kind == String.self { return (value as! String).isEmpty }
        if kind == Bool.self { return !(value as! Bool) }
        if kind == Model.self { return false }
        if kind == [Model].self { return (value as! [Model]).isEmpty }
        return (value as? [any Sendable])?.isEmpty ?? false
    }

    private static func text(of value: any Sendable) -> String {
        type(of: value) == String.self ? value as! String : "\(value)"
    }

    private static func escape(_ text: String, into result: inout String) {
        guard text.utf8.contains(where: { escape(of: $0) != nil }) else {
            result += text
            return
        }
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            if let entity = escape(of: byte) { escaped += entity.utf8 } else { escaped.append(byte) }
        }
        result += String(decoding: escaped, as: UTF8.self)
    }

    private static func escape(of byte: UInt8) -> String? {
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
