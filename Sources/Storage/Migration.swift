import Kernel

/// One frozen step of the schema. Forward only; never edited after a release; `why` is for the reader.
package struct Migration: Sendable {
    package let number: Int
    package let why: String
    /// Statements for both databases, and those that differ.
    package let common: [String], sqlite: [String], postgres: [String]

    package init(_ number: Int, _ why: String, _ common: [String], sqlite: [String] = [], postgres: [String] = []) {
        self.number = number
        self.why = why
        self.common = common
        self.sqlite = sqlite
        self.postgres = postgres
    }
}

extension Database {
    /// Brings the schema up to the newest of `migrations`, each in a transaction of its own.
    /// Throws `StorageError.newerSchema` when the database knows a migration that this program does not.
    /// - Returns: the numbers that were applied.
    @discardableResult
    package func migrate(_ migrations: [Migration]) async throws -> [Int] {
        let ordered = migrations.sorted { $0.number < $1.number }
        precondition(Set(ordered.map(\.number)).count == ordered.count, "two migrations share a number")
        let newest = ordered.last?.number ?? 0
        let dialect = engine.dialect
        let done = try await engine.migrate { tx in
            try tx.run(
                "CREATE TABLE IF NOT EXISTS migration (number BIGINT PRIMARY KEY, why TEXT NOT NULL, at BIGINT NOT NULL)"
            )
            return Set(try tx.all("SELECT number FROM migration") { row -> Int in try row[0] })
        }
        if let found = done.max(), found > newest { throw StorageError.newerSchema(found: found, known: newest) }
        var applied: [Int] = []
        for migration in ordered where !done.contains(migration.number) {
            let isNew = try await engine.migrate { tx in
                // Another node may have been faster since the list was read.
                guard try !tx.exists("SELECT 1 FROM migration WHERE number = \(migration.number)") else { return false }
                for statement in migration.common + (dialect == .sqlite ? migration.sqlite : migration.postgres) {
                    try tx.run(.trusted(statement))
                }
                try tx.run(
                    "INSERT INTO migration (number, why, at) VALUES (\(migration.number), \(migration.why), \(Instant.now()))"
                )
                return true
            }
            if isNew { applied.append(migration.number) }
        }
        return applied
    }
}
