import Storage

extension PostgresEngine {
    /// What `doctor` shows. Values are the server's own words.
    package func settings() async throws -> [(name: String, value: String)] {
        let names = [
            "server_version", "fsync", "synchronous_commit", "full_page_writes", "data_checksums", "wal_sync_method",
            "max_connections", "server_encoding", "TimeZone",
        ]
        let counts = pool.counts
        let found = try await read { tx in
            var found: [[String]] = []
            for name in names {
                found.append([name, try tx.value("SELECT current_setting(\(name), true)") ?? "unknown"])
            }
            found.append([
                "collation",
                try tx.value("SELECT datcollate FROM pg_database WHERE datname = current_database()") ?? "",
            ])
            found.append([
                "database_bytes", try tx.value("SELECT CAST(pg_database_size(current_database()) AS TEXT)") ?? "",
            ])
            return found
        }
        return found.map { ($0[0], $0[1]) } + [
            ("connections_open", "\(counts.open)"), ("connections_idle", "\(counts.idle)"),
        ]
    }

    /// Refuses a server that is too old, or that may lose or tear what it has acknowledged.
    func checkServer() async throws {
        let (version, settings) = try await read { tx in
            let version: Int = try tx.value("SELECT CAST(current_setting('server_version_num') AS BIGINT)") ?? 0
            let settings = try ["fsync", "full_page_writes", "server_encoding"].map { name in
                try tx.value("SELECT current_setting(\(name))") ?? ""
            }
            return (version, settings)
        }
        guard version >= 130_000 else {
            throw StorageError.failed("PostgreSQL 13 or newer is needed, this is \(version / 10_000)")
        }
        guard settings[0] == "on" else { throw StorageError.failed("fsync is off: acknowledged changes could be lost") }
        guard settings[1] == "on" else {
            throw StorageError.failed("full_page_writes is off: pages could be torn by a crash")
        }
        guard settings[2] == "UTF8" else {
            throw StorageError.failed("the database is not in UTF-8 but in \(settings[2])")
        }
    }
}
