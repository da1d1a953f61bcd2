import Foundation

/// A small file that came inside a form. Large ones are uploaded by themselves, never in memory.
package struct FormFile: Sendable, Equatable {
    package let name: String
    package let bytes: [UInt8]
}

/// `multipart/form-data` (RFC 7578) of a body that is small enough to be held whole.
enum Multipart {
    /// The boundary that a Content-Type names; nil for any other type.
    static func boundary(of contentType: String) -> String? {
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        return contentType.firstMatch(of: /boundary="?([^";\s]{1,70})/.ignoresCase()).map { String($0.1) }
    }

    /// Hands over each part: the name of its field, the name of its file if it is one, its bytes.
    static func parse(_ body: [UInt8], boundary: String, _ each: (String, String?, ArraySlice<UInt8>) throws -> Void)
        throws
    {
        let data = Data(body), mark = Data("--\(boundary)".utf8), gap = Data("\r\n\r\n".utf8)
        guard var start = data.range(of: mark)?.upperBound else { throw WebError.notText }
        while let end = data.range(of: Data("\r\n".utf8) + mark, in: start..<data.count)?.lowerBound {
            guard let head = data.range(of: gap, in: start..<end) else { throw WebError.notText }
            guard let lines = String(data: data[start..<head.lowerBound], encoding: .utf8) else {
                throw WebError.notText
            }
            if let name = parameter("name", in: lines) {
                try each(name, parameter("filename", in: lines), body[head.upperBound..<end])
            }
            start = end + 2 + mark.count
        }
    }

    private static func parameter(_ name: String, in head: String) -> String? {
        guard
            let line = head.split(separator: "\r\n").first(where: { $0.lowercased().hasPrefix("content-disposition:") })
        else { return nil }
        for part in line.split(separator: ";").dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0].trimmingCharacters(in: .whitespaces).lowercased() == name {
                return pair[1].trimmingCharacters(in: .whitespaces).trimmingCharacters(
                    in: CharacterSet(charactersIn: "\""))
            }
        }
        return nil
    }
}
