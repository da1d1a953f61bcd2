import Files
package import Kernel
import Lines
package import NIOCore
package import Storage
import Web

/// Files come before the message that carries them: in parts, resumed where they were cut, only by the person who began.
extension Requests {
    package struct Upload: Sendable {
        package let id: UploadID
        let name: String
        let size: Int64
        let hash: String?
    }

    /// Announces a file. Repeating it with the same id is the same upload.
    /// - Returns: how many bytes have come already.
    package func beginUpload(_ id: UploadID, name: String, size: Int64, by viewer: Viewer) async throws -> Int64 {
        guard size <= largestFile, size >= 0 else { throw RequestError.fileTooLarge }
        let now = site.now(), name = Self.fileName(name)
        try await database.write(in: viewer.organisation) { tx in
            if try Self.upload(id, by: viewer, tx) != nil { return }
            let isTaken = try tx.exists(
                "SELECT 1 FROM upload WHERE id = \(id) UNION ALL SELECT 1 FROM attachment WHERE id = \(id)")
            if isTaken { throw RequestError.uploadUnknown }
            try tx.run(
                """
                INSERT INTO upload (id, organisation_id, person_id, name, size, made_at)
                VALUES (\(id), \(viewer.organisation), \(viewer.person), \(name), \(size), \(now))
                """)
        }
        return try await received(id, by: viewer)
    }

    /// Writes one part. Its bytes are on the disk when this returns; the last part makes the file complete.
    /// - Returns: how many bytes have come.
    package func append<Parts: AsyncSequence>(
        to id: UploadID, at offset: Int64, _ parts: Parts, by viewer: Viewer
    ) async throws -> Int64
    where Parts.Element == ByteBuffer {
        let known = try await database.read { tx in try Self.upload(id, by: viewer, tx) }
        guard let upload = known else { throw RequestError.uploadUnknown }
        if upload.hash != nil { return upload.size }
        var received = offset
        do {
            let file = try files.append(to: id, at: offset)
            for try await part in parts {
                received += Int64(part.readableBytes)
                guard received <= upload.size else { throw RequestError.fileTooLarge }
                try part.withUnsafeReadableBytes { try file.write($0) }
            }
            try file.synchronise()
        } catch FileStore.Fault.offset {
            throw RequestError.uploadOffset
        } catch FileStore.Fault.full {
            throw StorageError.full
        }
        if received == upload.size { try await finish(upload, by: viewer) }
        return received
    }

    package func received(_ id: UploadID, by viewer: Viewer) async throws -> Int64 {
        guard let upload = try await database.read({ tx in try Self.upload(id, by: viewer, tx) }) else {
            throw RequestError.uploadUnknown
        }
        return upload.hash == nil ? files.received(id) : upload.size
    }

    package func dropUpload(_ id: UploadID, by viewer: Viewer) async throws {
        let dropped = try await database.write(in: viewer.organisation) { tx in
            try tx.run("DELETE FROM upload WHERE id = \(id) AND person_id = \(viewer.person)")
        }
        if dropped > 0 { files.drop(id) }
    }

    private func finish(_ upload: Upload, by viewer: Viewer) async throws {
        let hash = try files.finish(upload.id)
        try await database.write(in: viewer.organisation) { tx in
            _ = try tx.run("UPDATE upload SET hash = \(hash) WHERE id = \(upload.id)")
        }
    }

    /// Files that were sent, or begun, and never put into a message.
    package struct Abandoned: Sendable {
        package var uploads: [UploadID] = []
        /// Hashes of complete ones that nothing else holds.
        package var contents: [String] = []
        package init() {}
    }

    /// - Parameter held: which of some contents other rooms hold.
    package static func dropAbandoned(
        before moment: Instant, held: ([String]) throws -> [String] = { _ in [] }, in tx: any WriteTransaction
    ) throws -> Abandoned {
        var abandoned = Abandoned(), hashes: Set<String> = []
        try tx.query("DELETE FROM upload WHERE made_at < \(moment) RETURNING id, hash") { row in
            abandoned.uploads.append(try row[0])
            if let hash: String = try row[1] { hashes.insert(hash) }
        }
        guard !hashes.isEmpty else { return abandoned }
        let sought = hashes.sorted()
        let kept: [String] = try tx.all(
            """
            SELECT hash FROM attachment WHERE hash IN (\(sought))
            UNION SELECT hash FROM upload WHERE hash IN (\(sought))
            """
        ) { row in try row[0] }
        abandoned.contents = hashes.subtracting(kept).subtracting(try held(sought)).sorted()
        return abandoned
    }

    static func upload(_ id: UploadID, by viewer: Viewer, _ tx: any ReadTransaction) throws -> Upload? {
        try tx.one(
            """
            SELECT id, name, size, hash FROM upload
            WHERE id = \(id) AND person_id = \(viewer.person) AND organisation_id = \(viewer.organisation)
            """
        ) { row in try Upload(id: row[0], name: row[1], size: row[2], hash: row[3]) }
    }

    /// A complete file that a message takes over.
    package struct Claimed: Sendable {
        package let id: UploadID, name: String, size: Int64, type: String, hash: String
    }

    /// Takes complete uploads of this person out of the waiting room; the caller keeps them in the same transaction.
    package static func claim(
        _ uploads: [UploadID], by viewer: Viewer, in tx: any WriteTransaction
    ) throws -> [Claimed] {
        try uploads.prefix(50).map { id in
            guard let upload = try upload(id, by: viewer, tx) else { throw RequestError.uploadUnknown }
            guard let hash = upload.hash else { throw RequestError.uploadUnfinished }
            try tx.run("DELETE FROM upload WHERE id = \(id)")
            return Claimed(id: id, name: upload.name, size: upload.size, type: type(of: upload.name), hash: hash)
        }
    }

    /// Turns uploads into attachments of a message.
    /// - Returns: the names, for search.
    static func attach(
        _ uploads: [UploadID], to message: MessageID, of request: Request, isNote: Bool, by viewer: Viewer,
        at now: Instant, in tx: any WriteTransaction
    ) throws -> [String] {
        let files = try claim(uploads, by: viewer, in: tx)
        if !files.isEmpty {
            try ConditionRule.check(files: files.map(\.size), Lines.conditions(of: request.line, tx))
        }
        return try files.map { file in
            try tx.run(
                """
                INSERT INTO attachment (id, message_id, request_id, name, size, type, hash, is_note, at)
                VALUES (\(file.id), \(message), \(request.id), \(file.name), \(file.size), \(file.type), \(file.hash), \(isNote),
                    \(now))
                """)
            return file.name
        }
    }

    /// What a file is called: the last part of any path, without marks that deceive.
    package static func fileName(_ name: String) -> String {
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let line = Text.line(last).trimmingPrefix(while: { $0 == "." })
        return line.isEmpty ? "file" : String(line.prefix(180))
    }

    /// A guess by the ending, for the icon and the preview; never trusted for showing.
    static func type(of name: String) -> String {
        switch name.split(separator: ".").last?.lowercased() {
        case "png": "image/png"
        case "jpg", "jpeg": "image/jpeg"
        case "gif": "image/gif"
        case "webp": "image/webp"
        case "webm", "weba": "audio/webm"
        case "ogg", "oga", "opus": "audio/ogg"
        case "m4a": "audio/mp4"
        case "mp3": "audio/mpeg"
        case "wav": "audio/wav"
        case "pdf": "application/pdf"
        case "txt", "log", "md", "csv": "text/plain"
        case "doc", "docx", "odt", "rtf": "application/msword"
        case "xls", "xlsx", "ods": "application/vnd.ms-excel"
        case "zip", "7z", "rar", "gz": "application/zip"
        default: "application/octet-stream"
        }
    }
}
