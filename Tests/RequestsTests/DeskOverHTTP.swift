import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import Logging
import NIOCore
import NIOEmbedded
import Testing
import Web

@testable import Requests
@testable import TestOffice

extension Answer {
    var text: String { body }
    func header(_ name: String) -> String { headers[HTTPField.Name(name)!] ?? "" }
    var json: [String: Any] { (try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]) ?? [:] }
}

extension Desk {
    /// One request through the whole way that the server has. Fields go into the body of a write and into the query of a read.
    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ fields: [(String, String)] = [], as who: Who? = .anna,
        htmx: Bool = false, headers: [String: String] = [:], body: RequestBody? = nil
    ) async throws -> Answer {
        var head: HTTPFields = [.acceptLanguage: "ru"]
        var fields = fields
        if let who {
            head[.cookie] = "okno=\(tokens[who]!)"
            let csrf = try await signedIn(who).csrf
            if body == nil { fields.append(("csrf", csrf)) } else { head[HTTPField.Name("X-CSRF")!] = csrf }
        }
        if htmx { head[HTTPField.Name("HX-Request")!] = "true" }
        if body == nil, method != .get { head[.contentType] = "application/x-www-form-urlencoded" }
        for (name, value) in headers { head[HTTPField.Name(name)!] = value }
        let encoded = fields.map { "\($0)=\(Self.encoded($1))" }.joined(separator: "&")
        let isRead = method == .get || method == .head
        let request = Hummingbird.Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: "localhost",
                path: isRead && !fields.isEmpty ? path + (path.contains("?") ? "&" : "?") + encoded : path,
                headerFields: head),
            body: body ?? RequestBody(buffer: ByteBuffer(string: isRead ? "" : encoded)))
        let door = office.desks[next() % office.desks.count]
        let context = WebContext(
            source: ApplicationRequestContextSource(channel: EmbeddedChannel(), logger: Logger(label: "test")))
        let response = try await door.respond(to: request, context: context)
        let paper = Paper()
        try await response.body.write(paper)
        return Answer(status: response.status.code, headers: response.headers, bytes: paper.bytes)
    }

    static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    /// Sends a file in parts of `size` bytes, as the page does.
    func upload(
        _ name: String, _ bytes: [UInt8], as who: Who = .anna, partsOf size: Int = 1 << 20, id: UploadID? = nil
    ) async throws -> UploadID {
        let id = id ?? .new()
        let begun = try await ask(
            .post, "/uploads", [("id", id.text), ("name", name), ("size", String(bytes.count))], as: who)
        #expect(begun.status == 201)
        var offset = 0
        repeat {
            let part = Array(bytes[offset..<min(offset + size, bytes.count)])
            let answer = try await append(part, to: id, at: offset, as: who)
            #expect(answer.status == 200)
            offset += part.count
        } while offset < bytes.count
        return id
    }

    func append(_ part: [UInt8], to id: UploadID, at offset: Int, as who: Who = .anna) async throws -> Answer {
        try await ask(
            .patch, "/uploads/\(id)", as: who,
            headers: ["Upload-Offset": String(offset), "Content-Type": "application/offset+octet-stream"],
            body: RequestBody(buffer: ByteBuffer(bytes: part)))
    }
}

private final class Paper: ResponseBodyWriter, @unchecked Sendable {
    private var buffer = ByteBuffer()
    var bytes: [UInt8] { Array(buffer.readableBytesView) }
    func write(_ part: ByteBuffer) async throws { buffer.writeImmutableBuffer(part) }
    func finish(_ trailers: HTTPFields?) async throws {}
}
