import Files
import Foundation
import Kernel
import Storage
import StoragePostgres
import StorageSQLite

/// Brings a backup into an empty place, and counts what arrived.
package enum Restore {
    /// Refuses a place where something lies already. Throws before anything is written when the backup is damaged.
    @discardableResult
    package static func run(from folder: String, into settings: Settings) async throws -> Manifest {
        let manifest = try Manifest.read(folder)
        try checkKind(manifest, settings)
        try checkHashes(manifest, folder)
        try await checkEmpty(settings)
        try FileManager.default.createDirectory(
            atPath: settings.data, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let source = try FileStore(root: folder + "/files"), target = try FileStore(root: settings.files)
        for hash in manifest.objects { _ = try Backup.copy(hash, from: source, to: target) }
        try copy(folder + "/" + manifest.databaseFile, settings, manifest)
        if manifest.database == "postgres" {
            try await PostgresTools(settings.database).restore("\(folder)/\(manifest.databaseFile)")
        }
        try copyKey(folder, settings)
        try await verify(manifest, settings)
        return manifest
    }

    private static func checkKind(_ manifest: Manifest, _ settings: Settings) throws {
        guard (manifest.database == "postgres") == settings.isPostgres else {
            throw InstallationFault(
                "The backup is of \(manifest.database), but the settings name \(settings.databaseName). Set the database accordingly."
            )
        }
        let known = Installation.migrations.map(\.number).max() ?? 0
        guard manifest.schema <= known else {
            throw InstallationFault(
                "The backup was made by a newer Okno (\(manifest.version)); install that one first.")
        }
    }

    private static func checkHashes(_ manifest: Manifest, _ folder: String) throws {
        for (file, hash) in [(manifest.databaseFile, manifest.databaseHash), ("okno.key", manifest.keyHash)] {
            guard (try? FileStore.hash(ofFile: "\(folder)/\(file)")) == hash else {
                throw InstallationFault("\(folder)/\(file) is not what the manifest says; the backup is damaged.")
            }
        }
    }

    private static func checkEmpty(_ settings: Settings) async throws {
        let manager = FileManager.default
        for path in [settings.data + "/okno.key"] + (settings.isPostgres ? [] : [settings.database])
        where manager.fileExists(atPath: path) {
            throw InstallationFault("\(path) is there already. Restore into an empty place; nothing was changed.")
        }
        let objects = (try? manager.contentsOfDirectory(atPath: settings.files + "/objects")) ?? []
        guard objects.isEmpty else {
            throw InstallationFault(
                "\(settings.files) holds files already. Restore into an empty place; nothing was changed.")
        }
        guard settings.isPostgres else { return }
        let engine = try await Installation.open(settings)
        let isUsed = try await engine.read { tx in
            try tx.exists("SELECT 1 FROM pg_tables WHERE schemaname = current_schema()")
        }
        try await engine.close()
        guard !isUsed else {
            throw InstallationFault(
                "The database \(settings.databaseName) has tables already. Make a new one; nothing was changed.")
        }
    }

    private static func copy(_ file: String, _ settings: Settings, _ manifest: Manifest) throws {
        guard manifest.database == "sqlite" else { return }
        try FileManager.default.createDirectory(
            atPath: (settings.database as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: file, toPath: settings.database)
    }

    private static func copyKey(_ folder: String, _ settings: Settings) throws {
        let key = FileManager.default.contents(atPath: folder + "/okno.key")
        guard
            FileManager.default.createFile(
                atPath: settings.data + "/okno.key", contents: key, attributes: [.posixPermissions: 0o600])
        else { throw InstallationFault("The key cannot be written into \(settings.data).") }
    }

    private static func verify(_ manifest: Manifest, _ settings: Settings) async throws {
        let engine = try await Installation.open(settings)
        let found = try await engine.read { tx in try Inspection.read(tx) }
        try await engine.close()
        let wrong = manifest.tables.filter { found.tables[$0.key] != $0.value }.map { table, rows in
            "\(table) has \(found.tables[table] ?? 0) rows instead of \(rows)"
        }
        let faults = wrong.sorted() + found.faults
        guard faults.isEmpty else {
            throw InstallationFault("The restored database is not sound: \(faults.joined(separator: "; ")).")
        }
    }
}
