package import Files
import Foundation
import Kernel
package import Storage
import StoragePostgres
import StorageSQLite

/// A copy of an installation made while it works, and read back before it is called good.
package struct Backup: Sendable {
    private let settings: Settings
    private let database: Database
    private let files: FileStore

    package init(_ settings: Settings, database: Database, files: FileStore) {
        self.settings = settings
        self.database = database
        self.files = files
    }

    /// Makes the copy in a folder that does not exist yet or is empty. What is unfinished has no manifest.
    @discardableResult
    package func make(in folder: String) async throws -> Manifest {
        try prepare(folder)
        let sqlite = database.engine as? SQLiteEngine
        let file = "\(folder)/\(sqlite == nil ? "database.dump" : "okno.db")"
        // The database first: whatever file it names is complete on the disk by then and is never removed.
        let copied =
            if let sqlite { try await sqlite.backup(to: file) { try Copied(inspecting: $0) } } else {
                try await dump(to: file)
            }
        let bytes = try copy(copied.objects, to: folder)
        try copyPrivately(settings.data + "/okno.key", to: folder + "/okno.key")
        let manifest = Manifest(
            version: Version.current, madeAt: Instant.now().milliseconds,
            database: sqlite == nil ? "postgres" : "sqlite",
            schema: copied.schema, tables: copied.tables, databaseHash: try FileStore.hash(ofFile: file),
            keyHash: try FileStore.hash(ofFile: folder + "/okno.key"), objects: copied.objects, objectBytes: bytes)
        try manifest.write(to: folder)
        return manifest
    }

    struct Copied: Sendable {
        var tables: [String: Int]
        var objects: [String]
        var schema: Int

        /// Counts what is in a copy. Throws when its numbers have gaps or its rows refer to nothing.
        init(inspecting tx: any ReadTransaction) throws {
            let inspection = try Inspection.read(tx)
            guard inspection.faults.isEmpty else {
                throw InstallationFault("The copy is not sound: \(inspection.faults.joined(separator: "; ")).")
            }
            tables = inspection.tables
            objects = try Backup.objects(tx)
            schema = try tx.value("SELECT MAX(number) FROM migration") ?? 0
        }
    }

    private func dump(to file: String) async throws -> Copied {
        let tools = PostgresTools(settings.database)
        try await tools.dump(to: file)
        // Rows are counted in the dump, read from beginning to end; files that came meanwhile do no harm.
        var copied = try await database.read { tx in try Copied(inspecting: tx) }
        copied.tables = try await tools.rows(in: file)
        return copied
    }

    private func prepare(_ folder: String) throws {
        if let found = try? FileManager.default.contentsOfDirectory(atPath: folder), !found.isEmpty {
            throw InstallationFault("\(folder) is not empty; a backup wants a folder of its own.")
        }
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    fileprivate static func objects(_ tx: any ReadTransaction) throws -> [String] {
        try tx.all("SELECT hash FROM attachment UNION SELECT hash FROM upload WHERE hash IS NOT NULL ORDER BY 1") {
            row in
            try row[0]
        }
    }

    /// - Returns: bytes copied.
    private func copy(_ objects: [String], to folder: String) throws -> Int64 {
        let target = try FileStore(root: folder + "/files")
        var bytes: Int64 = 0
        for hash in objects { bytes += try Self.copy(hash, from: files, to: target) }
        return bytes
    }

    /// Copies one file and reads it back: its name is its hash.
    static func copy(_ hash: String, from source: FileStore, to target: FileStore) throws -> Int64 {
        let (from, to) = (source.object(hash), target.object(hash))
        if !FileManager.default.fileExists(atPath: to) {
            try FileManager.default.createDirectory(
                atPath: (to as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            do { try FileManager.default.copyItem(atPath: from, toPath: to) } catch {
                throw InstallationFault(
                    "The file \(from), which a message carries, cannot be copied: \(error.localizedDescription)")
            }
        }
        guard try FileStore.hash(ofFile: to) == hash else {
            throw InstallationFault("The file \(from) is damaged: its content is not what it was when it was received.")
        }
        let size = try FileManager.default.attributesOfItem(atPath: to)[.size] as? Int64
        return size ?? 0
    }

    private func copyPrivately(_ from: String, to: String) throws {
        guard let data = FileManager.default.contents(atPath: from),
            FileManager.default.createFile(atPath: to, contents: data, attributes: [.posixPermissions: 0o600])
        else { throw InstallationFault("\(from) cannot be copied to \(to).") }
    }
}

extension Backup {
    /// Through the server when one runs on these data, since only one process may write a live SQLite file; directly otherwise.
    /// - Returns: what the copy holds, in words.
    package static func make(in folder: String, _ settings: Settings) async throws -> String {
        if let server = OperatorClient(settings) { return try server.backup(to: folder) }
        if !settings.isPostgres, !FileManager.default.fileExists(atPath: settings.database) {
            throw InstallationFault("There is no database \(settings.databaseName); nothing to back up.")
        }
        let engine = try await Installation.open(settings)
        let manifest = try await Backup(settings, database: Database(engine), files: FileStore(root: settings.files))
            .make(in: folder)
        try await engine.close()
        return manifest.summary
    }
}
