import Kernel
import Storage
import StorageSQLite

/// What the machine can do at most, measured in the same run.
enum References {
    /// Durable commits of one row by eight writers in one lane, without HTTP and without pages.
    static func bareCommits(in folder: String) async throws -> Double {
        let database = Database(try SQLiteEngine(path: folder + "/bare.db"))
        try await database.migrate(
            StorageSchema.migrations + [Migration(1000, "bench", ["CREATE TABLE bare (id TEXT PRIMARY KEY)"])])
        let lane = Lane.organisation(OrganisationID.new())
        let (perSecond, _) = try await Load.run(clients: 8, for: .seconds(3)) { _, _ in
            try await database.write(in: lane) { tx in
                _ = try tx.run("INSERT INTO bare (id) VALUES (\(MessageID.new()))")
            }
        }
        try await database.engine.close()
        return perSecond
    }

    static func staticFiles(_ office: Office, _ client: Client) async throws -> Double {
        let call = Call.get(office.files + "/img/logo.svg")
        return try await Load.run(clients: 8, for: .seconds(3)) { index, _ in
            try await client.call(call, over: index, expecting: 200)
        }.perSecond
    }
}
