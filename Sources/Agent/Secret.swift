import Glibc

/// What proves a resident agent after a restart: a file of its user that nobody else may read, one for each server.
struct Secret {
    private let folder: String
    private let path: String

    static let ofMachine = "secret"

    init(_ surroundings: Surroundings, host: String) {
        folder = surroundings.configuration + "/okno"
        path = folder + "/agent-" + host.map { $0.isLetter || $0.isNumber || $0 == "." ? String($0) : "_" }.joined()
    }

    /// Of a whole computer: in the folder of its administrator.
    init(machine: String) { (folder, path) = (machine, "\(machine)/\(Self.ofMachine)") }

    /// One agent at a time lives by a secret: two would push each other out for ever. Held as long as the program runs; the file says
    /// which one it is.
    func hold() -> Bool {
        let descriptor = open(path + ".lock", O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return true }
        guard lockf(descriptor, F_TLOCK, 0) == 0 else {
            close(descriptor)
            return false
        }
        let mine = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        return Glibc.write(descriptor, mine, mine.count) == mine.count
    }

    func read() -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 200)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(validating: bytes[..<count], as: UTF8.self) : nil
    }

    /// Whole or not at all.
    func write(_ secret: String) -> Bool {
        mkdir(folder.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" }, 0o700)
        mkdir(folder, 0o700)
        let new = path + ".new"
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { return false }
        let bytes = Array(secret.utf8)
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count && fsync(descriptor) == 0
        close(descriptor)
        return isWritten && rename(new, path) == 0
    }

    func forget() { unlink(path) }
}
