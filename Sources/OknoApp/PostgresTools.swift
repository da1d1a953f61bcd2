import Foundation
import Subprocess

/// `pg_dump` and `pg_restore` as children of ours. The password travels in the environment, not in the list of processes.
struct PostgresTools: Sendable {
    private let url: String
    private let password: String?

    init(_ url: String) {
        if let match = url.firstMatch(of: /:\/\/([^:@\/]*):([^@\/]*)@/) {
            password = String(match.2).removingPercentEncoding
            self.url = url.replacingCharacters(in: match.range, with: "://\(match.1)@")
        } else {
            (self.url, password) = (url, nil)
        }
    }

    func dump(to file: String) async throws {
        try await run(
            "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", "--file=\(file)", "--dbname=\(url)"])
    }

    func restore(_ file: String) async throws {
        try await run(
            "pg_restore",
            ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--dbname=\(url)", file])
    }

    /// Reads a dump from beginning to end and counts the rows of each table in it.
    func rows(in file: String) async throws -> [String: Int] {
        let count = """
            set -o pipefail
            pg_restore --data-only --file=- "$1" | awk '
                /^COPY / { split($2, name, "."); table = name[2]; gsub(/"/, "", table); rows[table] = 0; inside = 1; next }
                inside && $0 == "\\\\." { inside = 0; next }
                inside { rows[table]++ }
                END { for (table in rows) print table, rows[table] }'
            """
        let text = try await run("bash", ["-c", count, "rows", file])
        var rows: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let parts = line.split(separator: " ")
            if parts.count == 2 { rows[String(parts[0])] = Int(parts[1]) }
        }
        guard rows["migration"] != nil else { throw InstallationFault("The dump \(file) cannot be read back.") }
        return rows
    }

    @discardableResult
    private func run(_ program: String, _ arguments: [String]) async throws -> String {
        var environment = Environment.inherit
        if let password { environment = environment.updating(["PGPASSWORD": password]) }
        let result: ExecutionResult<Void, StringOutput<UTF8>, StringOutput<UTF8>>
        do {
            result = try await Subprocess.run(
                .name(program), arguments: Arguments(arguments), environment: environment,
                output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
        } catch {
            throw InstallationFault("\(program) cannot be started (\(error)). Install PostgreSQL's client programs.")
        }
        guard result.terminationStatus.isSuccess else {
            throw InstallationFault("\(program) failed: \(result.standardError ?? "")")
        }
        return result.standardOutput ?? ""
    }
}
