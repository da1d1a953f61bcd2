/// A whole answer of HTTP/1.1, as much of it as the doctor reads.
struct HTTPWords: Sendable {
    let status: Int
    let headers: [String: String]
    let body: String

    /// nil while it is not whole, or is none.
    init?(_ bytes: [UInt8]) {
        guard let end = Self.end(of: bytes, after: 0, "\r\n\r\n") else { return nil }
        let lines = String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\r\n")
        let first = (lines.first ?? "").split(separator: " ")
        guard first.count >= 2, first[0].hasPrefix("HTTP/1."), let status = Int(first[1]) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2 else { continue }
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let rest = bytes[end...]
        if let length = headers["content-length"].flatMap(Int.init) {
            guard rest.count >= length else { return nil }
        } else if headers["transfer-encoding"]?.lowercased() == "chunked" {
            guard Self.end(of: bytes, after: end - 2, "\r\n0\r\n\r\n") != nil else { return nil }
        }
        (self.status, self.headers, body) = (status, headers, String(decoding: rest.prefix(4096), as: UTF8.self))
    }

    /// The place behind the sign.
    private static func end(of bytes: [UInt8], after start: Int, _ sign: String) -> Int? {
        let sign = Array(sign.utf8)
        var place = start
        while place + sign.count <= bytes.count {
            if bytes[place..<(place + sign.count)].elementsEqual(sign) { return place + sign.count }
            place += 1
        }
        return nil
    }
}
