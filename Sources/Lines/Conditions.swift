import EventLog
package import Kernel
package import Storage
import Web

/// The conditions of a line: who may turn to it and how, what it says, who closes, what may be attached.
package struct Conditions: Sendable, Equatable {
    /// How a client reaches a specialist, and a specialist the client's computer.
    package enum Contact: String, Sendable, CaseIterable, SQLBindable, SQLReadable { case write, call, screen, control }

    /// For whom a way is open, among those whom the line is for.
    package enum Openness: Sendable, Equatable {
        case everybody, nobody
        /// People of these units and of those below them.
        case units([UnitID])

        package var code: String {
            switch self {
            case .everybody: "all"
            case .nobody: "nobody"
            case .units: "chosen"
            }
        }
    }

    /// Who may close a solved request without the client's word.
    package enum Closers: String, Sendable, CaseIterable, SQLBindable, SQLReadable { case staff, assignee, managers }

    package static let longestText = 1000, mostDays = 60, mostFiles = 50, largestMegabytes = 2000

    /// Said by Okno when a request is registered while the line works, and while it does not. Empty: nothing is said.
    package var greeting = "", closedText = ""
    package var mayChoose = false
    package var needsRating = true
    package var closers = Closers.staff
    /// After so many working days without the client's word a solved request closes by itself; nil: never.
    package var closeAfter: Int?
    /// Of one message; nil leaves it to the installation.
    package var largestFile: Int?
    package var mostFiles: Int?
    /// What is not named is open for everybody.
    package var ways: [Contact: Openness] = [:]

    package init() {}

    package func openness(_ contact: Contact) -> Openness { ways[contact] ?? .everybody }

    /// A function of values: `units` are the person's own with all above.
    package func isOpen(_ contact: Contact, to units: [UnitID]) -> Bool {
        switch openness(contact) {
        case .everybody: true
        case .nobody: false
        case .units(let open): !Set(open).isDisjoint(with: units)
        }
    }

    func check() throws {
        for (field, text) in [("greeting", greeting), ("closed_text", closedText)] where text.count > Self.longestText {
            throw WebError.tooLong(field: field, limit: Self.longestText)
        }
        for (field, value, most) in [
            ("close_after", closeAfter, Self.mostDays), ("largest_file", largestFile, Self.largestMegabytes),
            ("most_files", mostFiles, Self.mostFiles),
        ] {
            if let value, !(1...most).contains(value) { throw WebError.wrong(field: field) }
        }
        for (contact, openness) in ways {
            if case .units(let units) = openness, units.isEmpty {
                throw WebError.missing(field: "units_\(contact.rawValue)")
            }
        }
    }

    /// The fields in which two differ, by the codes that the log keeps.
    func differences(from other: Conditions) -> [String] {
        [
            ("greeting", greeting == other.greeting), ("closed-text", closedText == other.closedText),
            ("choose", mayChoose == other.mayChoose), ("rating", needsRating == other.needsRating),
            ("closers", closers == other.closers), ("close-after", closeAfter == other.closeAfter),
            ("file", largestFile == other.largestFile), ("files", mostFiles == other.mostFiles),
        ].filter { !$0.1 }.map(\.0) + Contact.allCases.filter { openness($0) != other.openness($0) }.map(\.rawValue)
    }
}

extension LinesRoom {
    package func setConditions(_ conditions: Conditions, on line: LineID, by viewer: Viewer) async throws {
        try conditions.check()
        var conditions = conditions
        conditions.ways = conditions.ways.filter { $0.value != .everybody }.mapValues { openness in
            if case .units(let units) = openness { .units(Set(units).sorted()) } else { openness }
        }
        let kept = conditions
        try await change(line, by: viewer) { line, now, tx in
            let fields = kept.differences(from: try Lines.conditions(of: line.id, tx))
            guard !fields.isEmpty else { return nil }
            try Self.write(kept, of: line, tx)
            var last: Int64?
            // A field of an event is short.
            for start in stride(from: 0, to: fields.count, by: 5) {
                last = try EventLog.append(
                    .conditionsChanged, by: viewer.person, at: now, subject: line.id.text,
                    data: ["fields": fields[start..<min(start + 5, fields.count)].joined(separator: ",")], in: tx)
            }
            return last
        }
    }

    private static func write(_ conditions: Conditions, of line: Line, _ tx: any WriteTransaction) throws {
        try tx.run(
            """
            INSERT INTO line_condition (line_id, organisation_id, greeting, closed_text, may_choose, needs_rating, closers,
                close_after, largest_file, most_files)
            VALUES (\(line.id), \(line.organisation), \(conditions.greeting), \(conditions.closedText),
                \(conditions.mayChoose), \(conditions.needsRating), \(conditions.closers), \(conditions.closeAfter),
                \(conditions.largestFile), \(conditions.mostFiles))
            ON CONFLICT (line_id) DO UPDATE SET greeting = excluded.greeting, closed_text = excluded.closed_text,
                may_choose = excluded.may_choose, needs_rating = excluded.needs_rating, closers = excluded.closers,
                close_after = excluded.close_after, largest_file = excluded.largest_file, most_files = excluded.most_files
            """)
        try tx.run("DELETE FROM line_way WHERE line_id = \(line.id)")
        for (contact, openness) in conditions.ways {
            var units: [UnitID?] = [nil]
            if case .units(let chosen) = openness {
                let known: Int? = try tx.value(
                    "SELECT COUNT(*) FROM unit WHERE organisation_id = \(line.organisation) AND id IN (\(chosen))")
                guard known == chosen.count else { throw LineError.unitUnknown }
                units = chosen
            }
            for unit in units {
                try tx.run(
                    """
                    INSERT INTO line_way (line_id, organisation_id, way, unit_id)
                    VALUES (\(line.id), \(line.organisation), \(contact), \(unit))
                    """)
            }
        }
    }
}

extension Lines {
    package static func conditions(of line: LineID, _ tx: any ReadTransaction) throws -> Conditions {
        var conditions = Conditions()
        try tx.query(
            """
            SELECT greeting, closed_text, may_choose, needs_rating, closers, close_after, largest_file, most_files, way,
                unit_id
            FROM line_condition LEFT JOIN line_way ON line_way.line_id = line_condition.line_id
            WHERE line_condition.line_id = \(line)
            """
        ) { row in
            conditions.greeting = try row[0]
            conditions.closedText = try row[1]
            conditions.mayChoose = try row[2]
            conditions.needsRating = try row[3]
            conditions.closers = try row[4]
            conditions.closeAfter = try row[5]
            conditions.largestFile = try row[6]
            conditions.mostFiles = try row[7]
            let contact: Conditions.Contact? = try row[8], unit: UnitID? = try row[9]
            guard let contact else { return }
            guard let unit else {
                conditions.ways[contact] = .nobody
                return
            }
            if case .units(let others)? = conditions.ways[contact] {
                conditions.ways[contact] = .units(others + [unit])
            } else {
                conditions.ways[contact] = .units([unit])
            }
        }
        return conditions.tidied
    }

    /// Whether a way of the line is open to a person: to write, to call, to show the screen, to have the computer controlled.
    package static func isOpen(
        _ contact: Conditions.Contact, on line: LineID, to person: PersonID, _ tx: any ReadTransaction
    ) throws -> Bool {
        try isOpen(contact, conditions(of: line, tx), to: person, tx)
    }

    package static func isOpen(
        _ contact: Conditions.Contact, _ conditions: Conditions, to person: PersonID, _ tx: any ReadTransaction
    ) throws -> Bool {
        // Units are looked up only where they matter.
        guard case .units = conditions.openness(contact) else { return conditions.isOpen(contact, to: []) }
        let path: String? = try tx.value(
            """
            SELECT unit.path FROM membership JOIN unit ON unit.id = membership.unit_id
            WHERE membership.person_id = \(person) AND membership.until_at IS NULL
            """)
        return conditions.isOpen(contact, to: (path ?? "").split(separator: "/").map { UnitID(String($0)) })
    }
}

extension Conditions {
    /// Units in order, so that two compare.
    fileprivate var tidied: Conditions {
        var conditions = self
        conditions.ways = ways.mapValues { openness in
            if case .units(let units) = openness { .units(units.sorted()) } else { openness }
        }
        return conditions
    }
}
