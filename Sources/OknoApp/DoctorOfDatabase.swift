import EventLog
import Foundation
import Kernel
import Notices
import Storage
import StoragePostgres
import StorageSQLite

extension Doctor {
    /// Opens the database only when it is there: an examination makes nothing.
    func database() async -> [Finding] {
        let name = settings.databaseName
        if !settings.isPostgres, !FileManager.default.fileExists(atPath: settings.database) {
            return [
                Finding(
                    .warning, "there is no database \(name) yet", "okno setup makes it with the first organisation.")
            ]
        }
        // A live SQLite file is examined by the server that has it open.
        if !settings.isPostgres, let server = OperatorClient(settings) {
            do { return [Finding(.ok, "the server works on port \(server.port)")] + (try server.examination()) } catch {
                return [
                    Finding(
                        .failure, "the server on port \(server.port) does not answer: \(error.plain)",
                        "Look into its log, start it again.")
                ]
            }
        }
        let engine: any StorageEngine
        do { engine = try await Installation.open(settings) } catch {
            return [
                Finding(
                    .failure, "\(error.plain)", "Check that the database runs and that the settings name it rightly.")
            ]
        }
        let findings = await examine(engine)
        try? await engine.close()
        return findings
    }

    func examine(_ engine: any StorageEngine) async -> [Finding] {
        var findings = [Finding(.ok, "the database \(settings.databaseName) answers")]
        do {
            findings += durability(try await engine.settings())
            findings += try await engine.read { tx in try contents(tx) }
        } catch {
            findings.append(
                Finding(
                    .failure, "the database cannot be read: \(error.plain)",
                    "Look into its own log; restore a backup if it is damaged."))
        }
        return findings
    }

    private func durability(_ found: [(name: String, value: String)]) -> [Finding] {
        let wanted: [String: (values: [String], why: String)] =
            settings.isPostgres
            ? [
                "fsync": (["on"], "without it what was acknowledged may be lost"),
                "synchronous_commit": (
                    ["on", "remote_apply", "remote_write", "local"], "without it the last changes may be lost"
                ),
                "full_page_writes": (["on"], "without it a crash may tear pages"),
            ]
            : [
                "journal_mode": (["wal"], "the server works in WAL mode"),
                "synchronous": (["2", "3"], "without FULL the last changes may be lost"),
            ]
        return found.map { name, value in
            guard let want = wanted[name] else { return Finding(.ok, "\(name) = \(value)") }
            return want.values.contains(value)
                ? Finding(.ok, "\(name) = \(value)")
                : Finding(
                    .failure, "\(name) = \(value): \(want.why)", "Set \(name) = \(want.values[0]) in the database.")
        }
    }

    private func contents(_ tx: any ReadTransaction) throws -> [Finding] {
        let isOurs = try tx.exists(
            tx.dialect == .sqlite
                ? "SELECT 1 FROM sqlite_master WHERE name = 'migration'"
                : "SELECT 1 FROM pg_tables WHERE tablename = 'migration' AND schemaname = current_schema()")
        guard isOurs else {
            return [Finding(.warning, "the database is empty", "okno setup makes the first organisation.")]
        }
        var findings = try schema(tx)
        guard findings.allSatisfy({ $0.level != .failure }) else { return findings }
        let gaps = try Inspection.gaps(tx)
        findings.append(
            gaps.isEmpty
                ? Finding(.ok, "event and request numbers have no gaps")
                : Finding(
                    .failure, "numbers have gaps: \(gaps.joined(separator: "; "))",
                    "Restore the newest backup and keep this database for examination."))
        findings += try clock(tx) + readers(tx) + mail(tx) + nodes(tx)
        return findings
    }

    private func schema(_ tx: any ReadTransaction) throws -> [Finding] {
        let known = Installation.migrations.map(\.number).max() ?? 0
        let found: Int = try tx.value("SELECT MAX(number) FROM migration") ?? 0
        if found > known {
            return [
                Finding(
                    .failure, "the database was written by a newer Okno (schema \(found), this program knows \(known))",
                    "Install the newer program.")
            ]
        }
        let done: [Int] = try tx.all("SELECT number FROM migration") { row in try row[0] }
        let missing = Set(Installation.migrations.map(\.number)).subtracting(done).count
        return missing == 0
            ? [Finding(.ok, "the schema is up to date (\(found))")]
            : [
                Finding(
                    .warning, "\(missing) steps of the schema are still to be made",
                    "okno migrate, or the next start of the server, makes them.")
            ]
    }

    private func clock(_ tx: any ReadTransaction) throws -> [Finding] {
        var findings: [Finding] = []
        if now.milliseconds < 1_735_689_600_000 {
            findings.append(
                Finding(
                    .failure, "the clock of this machine shows a time before 2025", "Set it, and let it be kept by NTP."
                ))
        }
        if tx.dialect == .postgres,
            let theirs: Int64 = try tx.value("SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)")
        {
            let difference = abs(Instant.now().milliseconds - theirs)
            if difference > 2000 {
                findings.append(
                    Finding(
                        .warning, "the clocks of this machine and of the database differ by \(difference) ms",
                        "Let both be kept by NTP."))
            }
        }
        if let newest: Instant = try tx.value("SELECT MAX(at) FROM event"), newest.since(now) > 60_000 {
            findings.append(
                Finding(
                    .failure, "the newest event lies \(newest.since(now) / 1000) s in the future",
                    "The clock went back; set it rightly before people work on."))
        }
        return findings.isEmpty ? [Finding(.ok, "the clock agrees with the database")] : findings
    }

    private func readers(_ tx: any ReadTransaction) throws -> [Finding] {
        let late = try LogReading.lag(tx).filter { $0.events > 1000 }
        guard let worst = late.max(by: { $0.events < $1.events }) else {
            return [Finding(.ok, "readers of the log keep up")]
        }
        return [
            Finding(
                .warning, "the reader “\(worst.reader)” is \(worst.events) events behind",
                "If the server runs, its log says why the reader stands.")
        ]
    }

    private func mail(_ tx: any ReadTransaction) throws -> [Finding] {
        guard settings.mail != nil, try tx.exists("SELECT 1 FROM migration WHERE number = 81") else { return [] }
        let state = try MailState.read(tx)
        guard let fault = state.fault else { return [Finding(.ok, "letters leave; \(state.waiting) wait")] }
        return [
            Finding(
                .warning, "the mail server takes no letters, \(state.waiting) wait: \(fault)",
                "Look at smtp-host and the other settings of mail. Letters are tried for three days.")
        ]
    }

    private func nodes(_ tx: any ReadTransaction) throws -> [Finding] {
        let nodes: [(name: String, seen: Instant)] = try tx.all("SELECT id, seen_at FROM node ORDER BY id") { row in
            try (row[0], row[1])
        }
        return nodes.map { node in
            let age = now.since(node.seen)
            return age < Node.deadAfter
                ? Finding(.ok, "the node \(node.name) lives")
                : Finding(
                    .warning,
                    "the node \(node.name) was last seen \(age / 60_000) minutes ago and did not leave in order",
                    "Start it again; its work has gone to the others.")
        }
    }
}
