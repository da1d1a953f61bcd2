import Foundation
import Storage
import StoragePostgres
import StorageSQLite

/// A database that tests run on: a SQLite file, or PostgreSQL with two nodes. Each office gets one of its own.
package enum Engine: String, Sendable, CaseIterable, CustomStringConvertible {
    case sqlite = "SQLite", postgres = "PostgreSQL"

    /// The address of a PostgreSQL server that tests may make schemas in.
    package static let server = ProcessInfo.processInfo.environment["OKNO_TEST_POSTGRES"]

    package static var available: [Engine] { server == nil ? [.sqlite] : allCases }

    package var description: String { rawValue }

    /// An empty database and what opens one more connection pool to it: on PostgreSQL each node has its own.
    func makeDatabase(in folder: String) async throws -> (
        name: String, open: @Sendable () async throws -> any StorageEngine
    ) {
        switch self {
        case .sqlite:
            let name = "\(folder)/okno.db"
            return (name, { try SQLiteEngine(path: name) })
        case .postgres:
            guard let server = Self.server else { throw StorageError.unavailable("OKNO_TEST_POSTGRES names no server") }
            let schema = "office_" + UUID().uuidString.lowercased().replacingOccurrences(of: "-", with: "")
            let door = try await PostgresEngine(url: server)
            _ = try await door.migrate { tx in try tx.run(.trusted("CREATE SCHEMA \(schema)")) }
            try await door.close()
            let name = server + (server.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(schema)"
            return (
                name,
                {
                    var limits = PostgresLimits()
                    limits.connections = 4
                    return try await PostgresEngine(url: name, limits: limits, channel: schema)
                }
            )
        }
    }

    /// Removes what `makeDatabase` made outside of the folder.
    func drop(_ name: String) async throws {
        guard self == .postgres, let server = Self.server, let schema = name.split(separator: "%3D").last else {
            return
        }
        let door = try await PostgresEngine(url: server)
        _ = try await door.migrate { tx in try tx.run(.trusted("DROP SCHEMA \(schema) CASCADE")) }
        try await door.close()
    }
}
