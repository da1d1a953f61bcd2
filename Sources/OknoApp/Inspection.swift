import Foundation
import Kernel
package import Storage

/// What a database holds, counted: the same of a copy and of its original when the copy is good.
package struct Inspection: Sendable, Equatable, Codable {
    /// Rows by table.
    package var tables: [String: Int] = [:]
    /// What is wrong: event or request numbers with gaps, references to nothing.
    package var faults: [String] = []

    package static func read(_ tx: any ReadTransaction) throws -> Inspection {
        var inspection = Inspection()
        for table in try tableNames(tx) {
            inspection.tables[table] = try tx.value(.trusted("SELECT COUNT(*) FROM \"\(table)\"")) ?? 0
        }
        inspection.faults = try gaps(tx)
        if tx.dialect == .sqlite {
            try tx.query("PRAGMA foreign_key_check") { row in
                let table: String = try row[0]
                inspection.faults.append("a row of \(table) refers to nothing")
            }
        }
        return inspection
    }

    private static func tableNames(_ tx: any ReadTransaction) throws -> [String] {
        switch tx.dialect {
        case .sqlite:
            // The inner tables of the full-text index are its own business.
            try tx.all(
                """
                SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
                AND name NOT LIKE 'search\\_%' ESCAPE '\\' ORDER BY name
                """
            ) { row in try row[0] }
        case .postgres:
            try tx.all("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename") {
                row in
                try row[0]
            }
        }
    }

    /// Each lane's events are numbered 1, 2, 3 … up to its counter, and so are the requests of an organisation.
    static func gaps(_ tx: any ReadTransaction) throws -> [String] {
        var faults: [String] = []
        try tx.query(
            """
            SELECT lane.key, lane.event_number, COUNT(event.number), COALESCE(MAX(event.number), 0)
            FROM lane LEFT JOIN event ON event.lane = lane.key GROUP BY lane.key, lane.event_number
            """
        ) { row in
            let key: String = try row[0], counter: Int = try row[1], count: Int = try row[2], last: Int = try row[3]
            if counter != count || counter != last {
                faults.append(
                    "events of \(key.isEmpty ? "the installation" : key): counter \(counter), \(count) rows, last \(last)"
                )
            }
        }
        try tx.query(
            """
            SELECT lane.key, lane.request_number, COUNT(request.number), COALESCE(MAX(request.number), 0)
            FROM lane LEFT JOIN request ON request.organisation_id = lane.key GROUP BY lane.key, lane.request_number
            """
        ) { row in
            let key: String = try row[0], counter: Int = try row[1], count: Int = try row[2], last: Int = try row[3]
            if counter != count || counter != last {
                faults.append("requests of \(key): counter \(counter), \(count) rows, last \(last)")
            }
        }
        return faults
    }
}
