import EventLog
import Kernel
import Storage
import Web

enum SavedReportTag {}
typealias SavedReportID = ID<SavedReportTag>

/// A report under a name: which, and over what. It holds no figures; whoever opens it sees what they may.
struct SavedReport: Sendable {
    let id: SavedReportID
    let person: PersonID
    let name: String
    let kind: ReportKind
    let query: String
    let isShared: Bool

    static let columns: SQL = "SELECT id, person_id, name, kind, query, is_shared FROM saved_report"
    /// One person keeps no more.
    static let limit = 200

    init?(_ row: Row) throws {
        guard let kind = ReportKind(rawValue: try row[3]) else { return nil }
        self.kind = kind
        id = try row[0]
        person = try row[1]
        name = try row[2]
        query = try row[4]
        isShared = try row[5]
    }

    var href: String { "/reports/\(kind.rawValue)?\(query)" }

    /// One's own; and for those who lead, what others of the organisation share.
    static func visible(_ viewer: Viewer) -> SQL {
        let shared: SQL = viewer.leads ? "is_shared = 1" : "1 = 0"
        return """
            organisation_id = \(viewer.organisation) AND ended_at IS NULL AND (person_id = \(viewer.person) OR \(shared))
            """
    }

    static func all(for viewer: Viewer, _ tx: any ReadTransaction) throws -> [SavedReport] {
        try tx.all("\(columns) WHERE \(visible(viewer)) ORDER BY made_at DESC, id LIMIT 500") { row in
            try SavedReport(row)
        }.compactMap(\.self)
    }

    /// nil for what is not there, was taken away or is not for this viewer.
    static func look(_ id: SavedReportID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> SavedReport? {
        try tx.one("\(columns) WHERE id = \(id) AND \(visible(viewer))", SavedReport.init) ?? nil
    }

    static func find(_ id: SavedReportID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> SavedReport {
        guard let saved = try look(id, for: viewer, tx) else { throw ReportError.notFound }
        return saved
    }
}

extension Viewer {
    /// Sees reports on others.
    var leads: Bool { isAdministrator || (isManager && !manages.isEmpty) }
}

extension Reports {
    func save(
        _ id: SavedReportID, _ address: ReportAddress, as name: String, isShared: Bool, by viewer: Viewer
    ) async throws {
        guard Reach.of(viewer) != nil else { throw ReportError.notFound }
        guard !isShared || viewer.leads else { throw ReportError.notShared }
        try await act(by: viewer) { now, tx in
            // Sent twice, it is kept once.
            guard try !tx.exists("SELECT 1 FROM saved_report WHERE id = \(id)") else { return nil }
            let kept: Int =
                try tx.value(
                    "SELECT COUNT(*) FROM saved_report WHERE person_id = \(viewer.person) AND ended_at IS NULL")
                ?? 0
            guard kept < SavedReport.limit else { throw ReportError.tooMany }
            try tx.run(
                """
                INSERT INTO saved_report (id, organisation_id, person_id, name, kind, query, is_shared, made_at, changed_at)
                VALUES (\(id), \(viewer.organisation), \(viewer.person), \(name), \(address.kind.rawValue), \(address.query),
                    \(isShared), \(now), \(now))
                """)
            return try EventLog.append(
                .reportSaved, by: viewer.person, at: now, subject: id.text,
                data: ["kind": address.kind.rawValue, "state": isShared ? "shared" : "private"], in: tx)
        }
    }

    /// Only its owner renames a report, shares it or takes it away.
    func rename(_ id: SavedReportID, to name: String, isShared: Bool, by viewer: Viewer) async throws {
        guard !isShared || viewer.leads else { throw ReportError.notShared }
        try await act(by: viewer) { now, tx in
            try Self.own(id, viewer, tx)
            try tx.run(
                "UPDATE saved_report SET name = \(name), is_shared = \(isShared), changed_at = \(now) WHERE id = \(id)")
            return try EventLog.append(
                .reportChanged, by: viewer.person, at: now, subject: id.text,
                data: ["state": isShared ? "shared" : "private"], in: tx)
        }
    }

    func remove(_ id: SavedReportID, by viewer: Viewer) async throws {
        try await act(by: viewer) { now, tx in
            try Self.own(id, viewer, tx)
            try tx.run("UPDATE saved_report SET ended_at = \(now) WHERE id = \(id)")
            for mailing in try Mailing.all(of: id, tx) {
                try Self.end(mailing, why: "removed", by: viewer.person, at: now, tx)
            }
            return try EventLog.append(.reportRemoved, by: viewer.person, at: now, subject: id.text, in: tx)
        }
    }

    private static func own(_ id: SavedReportID, _ viewer: Viewer, _ tx: any ReadTransaction) throws {
        guard try SavedReport.find(id, for: viewer, tx).person == viewer.person else { throw ReportError.notFound }
    }

    /// One act in the organisation's lane; open pages hear of it.
    func act(
        by viewer: Viewer, _ body: @escaping @Sendable (Instant, any WriteTransaction) throws -> Int64?
    ) async throws {
        let now = site.now()
        let number = try await database.write(in: viewer.organisation) { tx in try body(now, tx) }
        if let number { bell.ring(viewer.organisation, number, topics: ["person/\(viewer.person)"]) }
    }
}
