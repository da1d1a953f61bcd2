import Storage
import Testing

@Suite struct MigrationTests {
    @Test(arguments: Backend.available)
    func theSecondTimeNothingHappens(on backend: Backend) async throws {
        try await Installation.with(backend, migrated: false) { office async throws in
            #expect(try await office.first.migrate(Installation.migrations) == Installation.migrations.map(\.number))
            #expect(try await office.second.migrate(Installation.migrations).isEmpty)
        }
    }

    @Test(arguments: Backend.available)
    func aDatabaseOfANewerOknoIsRefused(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let known = StorageSchema.migrations
            await #expect(throws: StorageError.newerSchema(found: 9001, known: known.last!.number)) {
                try await office.second.migrate(known)
            }
        }
    }

    @Test(arguments: Backend.available)
    func aFailingStepLeavesNothingOfItself(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let broken =
                Installation.migrations + [
                    Migration(9002, "half", ["CREATE TABLE half (id TEXT)", "CREATE TABLE thing (id TEXT)"])
                ]
            await #expect(throws: StorageError.self) { try await office.first.migrate(broken) }
            #expect(
                try await office.first.migrate(
                    Installation.migrations + [Migration(9002, "half", ["CREATE TABLE half (id TEXT)"])]) == [9002])
        }
    }

    @Test(arguments: Backend.available)
    func twoNodesThatStartTogetherDoNotCollide(on backend: Backend) async throws {
        try await Installation.with(backend, migrated: false) { office async throws in
            let applied = try await withThrowingTaskGroup(of: [Int].self) { group in
                for node in office.nodes { group.addTask { try await node.migrate(Installation.migrations) } }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(applied.sorted() == Installation.migrations.map(\.number))
        }
    }

    /// The node that did not migrate holds statements prepared for the old table.
    @Test(arguments: Backend.available)
    func aNodeGoesOnAfterAnotherHasMigrated(on backend: Backend) async throws {
        try await Installation.with(backend) { office async throws in
            let lane = Lane.installation
            try await office.first.write(in: lane) { tx in try tx.run("INSERT INTO thing (id, name) VALUES ('a', 'a')")
            }
            func look() async throws -> String? {
                try await office.first.read { tx in try tx.value("SELECT * FROM thing") }
            }
            #expect(try await look() == "a")
            try await office.second.migrate(
                Installation.migrations + [
                    Migration(9002, "one more column", ["ALTER TABLE thing ADD COLUMN extra TEXT"])
                ])
            // The first try may fail, and heals the connection.
            for _ in 0..<4 { _ = try? await look() }
            #expect(try await look() == "a")
        }
    }
}
