import Foundation

/// What a backup says of itself, in `manifest.json`.
package struct Manifest: Codable, Sendable {
    package var version: String
    /// Milliseconds since 1970.
    package var madeAt: Int64
    /// «sqlite» or «postgres»: a backup is restored into the database it came from.
    package var database: String
    package var schema: Int
    package var tables: [String: Int]
    /// SHA-256 of the database's file and of the key.
    package var databaseHash: String
    package var keyHash: String
    /// Attachments are named by their own SHA-256, so the list of names is the list of hashes.
    package var objects: [String]
    package var objectBytes: Int64

    static let name = "manifest.json"

    func write(to folder: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(to: URL(fileURLWithPath: "\(folder)/\(Self.name)"), options: .atomic)
    }

    static func read(_ folder: String) throws -> Manifest {
        guard let data = FileManager.default.contents(atPath: "\(folder)/\(name)") else {
            throw InstallationFault("\(folder) is no backup: it has no \(name).")
        }
        do { return try JSONDecoder().decode(Manifest.self, from: data) } catch {
            throw InstallationFault("\(folder)/\(name) cannot be read; the backup is incomplete.")
        }
    }

    var databaseFile: String { database == "sqlite" ? "okno.db" : "database.dump" }

    package var summary: String {
        """
        \(tables["request"] ?? 0) requests, \(tables["message"] ?? 0) messages, \(tables["event"] ?? 0) events, \
        \(tables["person"] ?? 0) people; \(objects.count) files, \(objectBytes) bytes
        """
    }
}
