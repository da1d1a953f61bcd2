import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Recordings: each is one file that only grows. What lies where is known by whoever appends; a tail that was being written when the
/// machine went is named by nobody and is passed over.
package struct RecordingStore: Sendable {
    private let folder: String

    /// Makes the folder. Throws when it cannot be made.
    package init(root: String) throws {
        folder = "\(root)/recordings"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    private func path(_ name: String) -> String { "\(folder)/\(name)" }

    /// Puts bytes at the end; they are on the disk when it returns.
    /// - Returns: where they begin.
    package func append(_ bytes: [UInt8], to name: String) throws -> Int64 {
        let file = open(path(name), O_WRONLY | O_CREAT | O_APPEND, 0o600)
        guard file >= 0 else { throw FileStore.Fault.unreadable(name) }
        defer { close(file) }
        // An agent that comes again may find its old wire still writing.
        guard flock(file, LOCK_EX) == 0 else { throw FileStore.Fault.unreadable(name) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw FileStore.Fault.unreadable(name) }
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes
            while !rest.isEmpty {
                let count = Glibc.write(file, rest.baseAddress, rest.count)
                guard count > 0 else {
                    if count < 0, errno == EINTR { continue }
                    throw FileStore.Fault.full
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            }
        }
        guard fdatasync(file) == 0 else { throw FileStore.Fault.full }
        if facts.st_size == 0 { try FileStore.synchronise(folder) }
        return Int64(facts.st_size)
    }

    /// One read, wherever it lies.
    package func read(_ name: String, at place: Int64, count: Int) throws -> [UInt8] {
        let file = open(path(name), O_RDONLY)
        guard file >= 0 else { throw FileStore.Fault.unreadable(name) }
        defer { close(file) }
        var have = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { part, filled in
            while have < count {
                let more = pread(file, part.baseAddress! + have, count - have, off_t(place) + off_t(have))
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { break }
                have += more
            }
            filled = have
        }
        guard have == count else { throw FileStore.Fault.unreadable(name) }
        return bytes
    }

    package func remove(_ name: String) { unlink(path(name)) }
}
