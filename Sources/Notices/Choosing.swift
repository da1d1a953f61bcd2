package import Kernel
package import Storage

/// How a person wishes to be told.
extension Choices {
    package static func of(_ person: PersonID, _ tx: any ReadTransaction) throws -> Choices {
        var choices = Choices()
        let habit = try tx.one(
            "SELECT quiet_from, quiet_until, every_minutes FROM notice_habit WHERE person_id = \(person)"
        ) { row in try (row[0] as Int?, row[1] as Int?, row[2] as Minutes) }
        if let (from, until, every) = habit {
            choices.quiet = from.flatMap { from in until.map { Quiet(from: from, until: $0) } }
            choices.every = every
        }
        try tx.query("SELECT kind, ways FROM notice_choice WHERE person_id = \(person)") { row in
            // A kind that this version does not know is nobody's choice.
            if let kind = NoticeKind(rawValue: try row[0]) { choices.ways[kind] = try row[1] }
        }
        return choices
    }
}

extension Notices {
    /// Keeps what a person has chosen; what is as usual needs no row, and follows the usual when that changes.
    package func choose(_ choices: Choices, by viewer: Viewer) async throws {
        let person = viewer.person
        try await database.write(in: viewer.organisation) { tx in
            try tx.run("DELETE FROM notice_choice WHERE person_id = \(person)")
            for (kind, ways) in choices.ways where ways != kind.usual {
                try tx.run(
                    "INSERT INTO notice_choice (person_id, kind, ways) VALUES (\(person), \(kind), \(ways))")
            }
            try tx.run(
                """
                INSERT INTO notice_habit (person_id, quiet_from, quiet_until, every_minutes)
                VALUES (\(person), \(choices.quiet?.from), \(choices.quiet?.until), \(choices.every))
                ON CONFLICT (person_id) DO UPDATE SET quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
                    every_minutes = excluded.every_minutes
                """)
        }
    }
}
