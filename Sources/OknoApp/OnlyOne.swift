import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Lets one process at a time work with a SQLite file: two that write its log at once could damage it (fixed only in SQLite 3.51.3).
enum OnlyOne {
    private static let held = Mutex<[String: Int32]>([:])

    /// Takes the file until it is given back, at the latest by the end of this process.
    static func take(_ database: String) throws {
        let folder = (database as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try held.withLock { held in
            guard held[database] == nil else { return }
            let descriptor = open(database + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            guard descriptor >= 0 else {
                throw InstallationFault("\(database).lock cannot be made: \(String(cString: strerror(errno))).")
            }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                close(descriptor)
                throw InstallationFault("Another okno works with \(database), most likely the server. Stop it first.")
            }
            held[database] = descriptor
        }
    }

    static func give(back database: String) {
        if let descriptor = held.withLock({ $0.removeValue(forKey: database) }) { close(descriptor) }
    }
}
