package import Hummingbird
package import Kernel
import NIOCore

/// The fields of a form or of an address, parsed at the door: inside there are ids, instants and minutes.
package struct Form: Sendable {
    package static let largestBody = 1 << 20

    private var fields: [String: [String]] = [:]
    private var files: [String: FormFile] = [:]

    package init(_ fields: [String: [String]] = [:]) { self.fields = fields }

    /// Reads a body of either kind of form. Throws `tooLarge` over a megabyte and `notText` for broken UTF-8.
    package init(_ request: Request) async throws {
        let declared = request.headers[.contentLength].flatMap(Int.init) ?? 0
        guard declared <= Self.largestBody else { throw WebError.tooLarge }
        var body = ByteBuffer()
        for try await part in request.body {
            guard body.readableBytes + part.readableBytes <= Self.largestBody else { throw WebError.tooLarge }
            body.writeImmutableBuffer(part)
        }
        try self.init(body: body.readableBytesView, type: request.headers[.contentType])
    }

    /// Reads `multipart/form-data` when the type says so, urlencoded fields otherwise.
    package init(body: some Collection<UInt8>, type: String?) throws {
        guard let boundary = type.flatMap(Multipart.boundary) else {
            try self.init(encoded: body)
            return
        }
        self.init()
        try Multipart.parse(Array(body), boundary: boundary) { name, file, bytes in
            if let file {
                if !bytes.isEmpty { files[name] = FormFile(name: file, bytes: Array(bytes)) }
            } else {
                guard let text = String(validating: bytes, as: UTF8.self), !text.contains("\0") else {
                    throw WebError.notText
                }
                fields[name, default: []].append(text)
            }
        }
    }

    package init(encoded bytes: some Collection<UInt8>) throws(WebError) {
        // A copy in one piece: slices of other collections are several times slower to walk.
        for pair in Array(bytes).split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            let name = try Self.decoded(parts[0])
            fields[name, default: []].append(parts.count > 1 ? try Self.decoded(parts[1]) : "")
        }
    }

    /// The query of an address.
    package init(query request: Request) throws(WebError) {
        try self.init(encoded: Array((request.uri.query ?? "").utf8))
    }

    private static func decoded(_ bytes: some Collection<UInt8>) throws(WebError) -> String {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var rest = bytes.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.next().flatMap(hex), let low = rest.next().flatMap(hex) else { throw .notText }
                result.append(high << 4 | low)
            default: result.append(byte)
            }
        }
        guard !result.contains(0), let text = String(validating: result, as: UTF8.self) else { throw .notText }
        return text
    }

    private static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// A file that was chosen in a multipart form.
    package func file(_ name: String) -> FormFile? { files[name] }

    package func has(_ name: String) -> Bool { fields[name] != nil }

    package func raw(_ name: String) -> String? { fields[name]?.last }

    package func all(_ name: String) -> [String] { fields[name] ?? [] }

    package mutating func set(_ name: String, _ value: String) { fields[name] = [value] }

    /// One line, trimmed; nil when absent or empty.
    package func line(_ name: String, atMost limit: Int = 200) throws(WebError) -> String? {
        guard let text = raw(name).map(Text.line), !text.isEmpty else { return nil }
        guard text.count <= limit else { throw .tooLong(field: name, limit: limit) }
        return text
    }

    package func requiredLine(_ name: String, atMost limit: Int = 200) throws(WebError) -> String {
        guard let text = try line(name, atMost: limit) else { throw .missing(field: name) }
        return text
    }

    /// Text of several lines.
    package func text(_ name: String, atMost limit: Int = 20_000) throws(WebError) -> String? {
        guard let text = raw(name).map(Text.paragraphs), !text.isEmpty else { return nil }
        guard text.count <= limit else { throw .tooLong(field: name, limit: limit) }
        return text
    }

    package func requiredText(_ name: String, atMost limit: Int = 20_000) throws(WebError) -> String {
        guard let text = try text(name, atMost: limit) else { throw .missing(field: name) }
        return text
    }

    package func int(_ name: String, in range: ClosedRange<Int>) throws(WebError) -> Int? {
        guard let text = try line(name, atMost: 20) else { return nil }
        guard let number = Int(text.filter { $0 != "\u{A0}" && $0 != " " }), range.contains(number) else {
            throw .wrong(field: name)
        }
        return number
    }

    package func id<Of>(_ name: String) throws(WebError) -> ID<Of>? {
        guard let text = try line(name, atMost: 40) else { return nil }
        guard let id = ID<Of>(parsing: text) else { throw .wrong(field: name) }
        return id
    }

    package func requiredID<Of>(_ name: String) throws(WebError) -> ID<Of> {
        guard let id: ID<Of> = try id(name) else { throw .missing(field: name) }
        return id
    }

    package func ids<Of>(_ name: String) throws(WebError) -> [ID<Of>] {
        var ids: [ID<Of>] = []
        for text in all(name) where !text.isEmpty {
            guard let id = ID<Of>(parsing: text) else { throw .wrong(field: name) }
            ids.append(id)
        }
        return ids
    }

    package func code<Code: RawRepresentable<String>>(_ name: String, _: Code.Type = Code.self) throws(WebError)
        -> Code?
    {
        guard let text = try line(name, atMost: 60) else { return nil }
        guard let code = Code(rawValue: text) else { throw .wrong(field: name) }
        return code
    }

    package func requiredCode<Code: RawRepresentable<String>>(_ name: String, _: Code.Type = Code.self) throws(WebError)
        -> Code
    {
        guard let code: Code = try code(name) else { throw .missing(field: name) }
        return code
    }

    package func flag(_ name: String) -> Bool { ["on", "1", "true", "yes"].contains(raw(name) ?? "") }

    /// A local date and time as `<input type=datetime-local>` sends it: «2026-11-24T16:00».
    package func moment(_ name: String, in zone: Zone) throws(WebError) -> Instant? {
        guard let text = try line(name, atMost: 30) else { return nil }
        guard let match = text.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::\d{2})?/),
            let year = Int(match.1), let month = Int(match.2), let day = Int(match.3), let hour = Int(match.4),
            let minute = Int(match.5), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60
        else { throw .wrong(field: name) }
        return zone.instant(LocalDate(year: year, month: month, day: day), minute: hour * 60 + minute)
    }
}
