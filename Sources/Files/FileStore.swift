import Crypto
import Foundation
package import Kernel
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif
#if canImport(Glibc)
    import Glibc
#endif

/// Files by content: `objects/ab/cd…` named by SHA-256, so the same file is kept once; `pending/<id>` while it is still coming.
/// A folder on one node, or one that all nodes share.
package struct FileStore: Sendable {
    package let root: String

    package enum Fault: Error, Equatable { case offset(have: Int64), full, unreadable(String) }

    /// Makes the folders. Throws when they cannot be made.
    package init(root: String) throws {
        self.root = root
        for folder in ["objects", "pending", "previews"] {
            try FileManager.default.createDirectory(
                atPath: "\(root)/\(folder)", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
    }

    /// How many bytes of an upload have come; 0 when nothing has.
    package func received(_ upload: UploadID) -> Int64 {
        var facts = stat()
        return stat(pending(upload), &facts) == 0 ? Int64(facts.st_size) : 0
    }

    /// Opens an upload for writing on at `offset`. Throws `offset` when so many bytes have not come or more have.
    package func append(to upload: UploadID, at offset: Int64) throws -> PendingFile {
        let have = received(upload)
        guard have == offset else { throw Fault.offset(have: have) }
        let file = try PendingFile(path: pending(upload))
        // While a connection that was cut still hangs, its part may go on being written: one writer at a time.
        guard file.isOurs, received(upload) == offset else { throw Fault.offset(have: received(upload)) }
        return file
    }

    package func drop(_ upload: UploadID) { unlink(pending(upload)) }

    /// Brings a complete upload under the name of its content; file and folder are on the disk when it returns.
    /// - Returns: the hash in hexadecimal.
    package func finish(_ upload: UploadID) throws -> String {
        let path = pending(upload)
        guard
            FileManager.default.fileExists(atPath: path) || FileManager.default.createFile(atPath: path, contents: nil)
        else {
            throw Fault.full
        }
        let hash = try Self.hash(ofFile: path)
        let target = object(hash)
        let folder = (target as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Self.synchronise(path)
        guard rename(path, target) == 0 else { throw Fault.unreadable(String(cString: strerror(errno))) }
        try Self.synchronise(folder)
        try Self.synchronise("\(root)/objects")
        return hash
    }

    /// Removes a content that no row names, with its preview. One that came again meanwhile stays.
    package func discard(_ hash: String, unlessNewerThan moment: Instant) {
        var facts = stat()
        guard stat(object(hash), &facts) == 0, Int64(facts.st_mtim.tv_sec) * 1000 < moment.milliseconds else { return }
        unlink(object(hash))
        unlink("\(root)/previews/\(hash).webp")
    }

    package func object(_ hash: String) -> String { "\(root)/objects/\(hash.prefix(2))/\(hash.dropFirst(2))" }

    package static func hash(ofFile path: String) throws -> String {
        guard let file = FileHandle(forReadingAtPath: path) else { throw Fault.unreadable(path) }
        defer { try? file.close() }
        var checksum = SHA256()
        while let part = try file.read(upToCount: 1 << 20), !part.isEmpty { checksum.update(data: part) }
        return checksum.finalize().map { byte in
            String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    private func pending(_ upload: UploadID) -> String { "\(root)/pending/\(upload.text)" }

    static func synchronise(_ path: String) throws {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { throw Fault.unreadable(path) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw Fault.full }
    }

    // MARK: pictures

    /// Types that a browser may show as a picture; everything else is only downloaded.
    package static let pictureTypes: Set<String> = ["image/png", "image/jpeg", "image/gif", "image/webp"]

    /// A small picture of a picture, made once by a child process with limits, never in the server's own memory.
    /// - Returns: the path of a WebP, or nil when the file is no picture that can be read.
    package func preview(of hash: String) async -> String? {
        let path = "\(root)/previews/\(hash).webp"
        if FileManager.default.fileExists(atPath: path) { return path }
        let draft = "\(root)/previews/\(hash).\(UInt32.random(in: 0...UInt32.max)).webp"
        // ulimit: 1 GiB of memory, 10 s of processor time, 64 MiB of output.
        let command =
            "ulimit -v 1048576 -t 10 -f 131072; exec vipsthumbnail \"$1\" --size '720x480>' --output \"$2[Q=80,strip]\""
        let result = try? await Subprocess.run(
            .path("/bin/sh"), arguments: ["-c", command, "preview", object(hash), draft], output: .discarded,
            error: .discarded)
        guard result?.terminationStatus.isSuccess == true, rename(draft, path) == 0 else {
            unlink(draft)
            return nil
        }
        return path
    }

    /// The type by the file's first bytes; nil for what is not a picture of ours.
    package static func pictureType(ofFile path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        let head = [UInt8]((try? file.read(upToCount: 12)) ?? Data())
        if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) { return "image/png" }
        if head.starts(with: [0xFF, 0xD8, 0xFF]) { return "image/jpeg" }
        if head.starts(with: Array("GIF8".utf8)) { return "image/gif" }
        if head.starts(with: Array("RIFF".utf8)), head.count == 12, head[8...].elementsEqual("WEBP".utf8) {
            return "image/webp"
        }
        return nil
    }

    /// The type of a recorded voice by the file's first bytes.
    package static func soundType(ofFile path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? file.close() }
        let head = [UInt8]((try? file.read(upToCount: 12)) ?? Data())
        if head.starts(with: [0x1A, 0x45, 0xDF, 0xA3]) { return "audio/webm" }
        if head.starts(with: Array("OggS".utf8)) { return "audio/ogg" }
        if head.dropFirst(4).starts(with: Array("ftyp".utf8)) { return "audio/mp4" }
        if head.starts(with: Array("ID3".utf8)) || head.starts(with: [0xFF, 0xFB]) { return "audio/mpeg" }
        if head.starts(with: Array("RIFF".utf8)), head.dropFirst(8).starts(with: Array("WAVE".utf8)) {
            return "audio/wav"
        }
        return nil
    }
}

/// A file that is still coming.
package final class PendingFile {
    private let descriptor: CInt
    /// False while somebody else writes the same file.
    let isOurs: Bool

    init(path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard descriptor >= 0 else { throw FileStore.Fault.unreadable(path) }
        isOurs = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }

    /// Throws `full` when the disk takes no more.
    package func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            guard count > 0 else {
                if count < 0, errno == EINTR { continue }
                throw FileStore.Fault.full
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Puts what was written on the disk, so that an acknowledged part is never asked for again.
    package func synchronise() throws { guard fdatasync(descriptor) == 0 else { throw FileStore.Fault.full } }

    deinit { close(descriptor) }
}
