import Connection
import EventLog
import Files
import Kernel
import Notices
import People
import Recordings
import Requests
import Storage
import Talks

/// Once a day: what nobody will come back for is removed. Facts about people and requests are not among it.
struct Sweeping: Sendable {
    static let kind = "sweep", key = "daily"

    let database: Database
    let files: FileStore
    let recordings: Recordings
    let now: @Sendable () -> Instant

    /// Sets the timer unless it is set already.
    func schedule() async throws {
        let moment = now()
        try await database.write(in: .installation) { tx in
            guard try !tx.exists("SELECT 1 FROM timer WHERE kind = \(Self.kind) AND key = \(Self.key)") else { return }
            try Timers.set(Self.kind, key: Self.key, due: moment + Minutes(10), in: tx)
        }
    }

    func run(_ timer: DueTimer) async throws {
        let moment = now()
        let abandoned = try await database.write(in: .installation) { tx -> Requests.Abandoned in
            guard try Timers.finish(timer, at: moment, in: tx) else { return Requests.Abandoned() }
            try Timers.set(Self.kind, key: Self.key, due: moment + .days(1), in: tx)
            return try Self.sweep(at: moment, in: tx)
        }
        try await recordings.sweep()
        for upload in abandoned.uploads { files.drop(upload) }
        for hash in abandoned.contents { files.discard(hash, unlessNewerThan: moment - .days(2)) }
    }

    private static func sweep(at now: Instant, in tx: any WriteTransaction) throws -> Requests.Abandoned {
        let abandoned = try Requests.dropAbandoned(before: now - .days(2), held: { try Talks.held($0, tx) }, in: tx)
        try tx.run("DELETE FROM session WHERE seen_at < \(now - Accounts.sessionLife - .days(30))")
        try tx.run("DELETE FROM session WHERE ended_at < \(now - .days(90))")
        try tx.run("DELETE FROM sign_in_guard WHERE since_at < \(now - .days(2)) AND until_at < \(now)")
        try Requests.dropDrafts(before: now - .days(90), in: tx)
        try Notices.sweep(at: now, in: tx)
        try ConnectionRoom.sweep(at: now, in: tx)
        try Node.sweep(at: now, in: tx)
        return abandoned
    }
}
