package import Files
import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import Storage
package import Web

/// Files of requests: coming in by parts, going out only through the request they belong to.
extension Requests {
    @Sendable func beginUpload(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer()
        let id: UploadID = try form.requiredID("id")
        guard let size = try form.int("size", in: 0...Int.max) else { throw WebError.missing(field: "size") }
        let offset = try await beginUpload(id, name: form.raw("name") ?? "", size: Int64(size), by: viewer)
        return try site.json(["id": id.text, "offset": offset], status: .created)
    }

    @Sendable func uploadOffset(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        try site.json(["offset": try await received(try context.id("upload"), by: try context.viewer())])
    }

    @Sendable func uploadPart(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        guard let offset = request.headers[HTTPField.Name("Upload-Offset")!].flatMap(Int64.init), offset >= 0 else {
            throw WebError.missing(field: "offset")
        }
        let received = try await append(
            to: try context.id("upload"), at: offset, request.body, by: try context.viewer())
        return try site.json(["offset": received])
    }

    @Sendable func endUpload(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        try await dropUpload(try context.id("upload"), by: try context.viewer())
        return Response(status: .noContent)
    }

    private func stored(_ context: WebContext) async throws -> StoredFile {
        let number = try context.number("number"), viewer = try context.viewer()
        let file: UploadID = try context.id("file")
        return try await database.read { tx in
            let seen = try Self.find(number, for: viewer, tx)
            let notes: SQL = seen.standing.isStaff ? "" : " AND is_note = 0"
            let stored = try tx.one(
                """
                SELECT name, type, hash, size FROM attachment WHERE id = \(file) AND request_id = \(seen.request.id)\(notes)
                    AND NOT EXISTS (SELECT 1 FROM message WHERE message.id = attachment.message_id AND removed_at IS NOT NULL)
                """
            ) { row in try StoredFile(name: row[0], type: row[1], hash: row[2], size: row[3]) }
            guard let stored else { throw RequestError.notFound }
            return stored
        }
    }

    @Sendable func download(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let stored = try await stored(context)
        return try await files.answer(stored, request, context)
    }

    @Sendable func preview(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        guard let answer = try await files.answerPreview(of: stored(context), request, context) else {
            throw RequestError.notFound
        }
        return answer
    }
}

/// A file of a message as it was stored.
package struct StoredFile: Sendable {
    package let name: String, type: String, hash: String, size: Int64

    package init(name: String, type: String, hash: String, size: Int64) {
        (self.name, self.type, self.hash, self.size) = (name, type, hash, size)
    }
}

/// Files go out the same way from every conversation; the caller has checked who may have them.
extension FileStore {
    /// Pictures and sounds by their first bytes are shown and played; everything else is downloaded. Neither may run anything here.
    package func answer(
        _ stored: StoredFile, _ request: Hummingbird.Request, _ context: WebContext
    ) async throws -> Response {
        let path = object(stored.hash)
        let shown =
            FileStore.pictureType(ofFile: path)
            ?? (stored.type.hasPrefix("audio/") ? FileStore.soundType(ofFile: path) : nil)
        let name = stored.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "file"
        return try await send(
            path, type: shown ?? "application/octet-stream", size: stored.size,
            disposition: "\(shown == nil ? "attachment" : "inline"); filename*=UTF-8''\(name)", request, context)
    }

    /// nil for what is no picture.
    package func answerPreview(
        of stored: StoredFile, _ request: Hummingbird.Request, _ context: WebContext
    ) async throws -> Response? {
        guard FileStore.pictureType(ofFile: object(stored.hash)) != nil, let path = await preview(of: stored.hash)
        else {
            return nil
        }
        let size = (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64) ?? nil
        return try await send(path, type: "image/webp", size: size ?? 0, disposition: "inline", request, context)
    }

    private func send(
        _ path: String, type: String, size: Int64, disposition: String, _ request: Hummingbird.Request,
        _ context: WebContext
    ) async throws -> Response {
        var headers: HTTPFields = [
            .contentType: type, .contentDisposition: disposition, .cacheControl: "private, max-age=31536000, immutable",
            .acceptRanges: "bytes",
        ]
        headers[HTTPField.Name("Content-Security-Policy")!] =
            "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"
        headers[HTTPField.Name("X-Content-Type-Options")!] = "nosniff"
        guard let range = FileStore.range(request.headers[.range], size: size) else {
            return Response(
                status: .ok, headers: headers, body: try await FileIO().loadFile(path: path, context: context))
        }
        headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound)/\(size)"
        let body = try await FileIO().loadFile(path: path, range: range, context: context)
        return Response(status: .partialContent, headers: headers, body: body)
    }

    /// One range of a `Range` header: «bytes=100-», «bytes=0-99», «bytes=-500». Anything else gets the whole file.
    static func range(_ header: String?, size: Int64) -> ClosedRange<Int>? {
        guard let header, size > 0, let match = header.wholeMatch(of: /bytes=(\d*)-(\d*)/) else { return nil }
        switch (Int(match.1), Int(match.2)) {
        case (let from?, let to?) where from <= to && from < size: return from...min(to, Int(size) - 1)
        case (let from?, nil) where from < size: return from...(Int(size) - 1)
        case (nil, let last?) where last > 0: return max(0, Int(size) - last)...(Int(size) - 1)
        default: return nil
        }
    }
}
