import Foundation
import GRDB
import Kernel
import Storage

/// One transaction on one connection. Statements are prepared once a connection and kept.
final class SQLiteTransaction: WriteTransaction {
    struct Counters { var event: Int64, request: Int64 }

    let lane: Lane
    var counters = Counters(event: 0, request: 0)
    private let db: GRDB.Database
    private var taken: Counters?
    /// The refused statement that ended the present act. SQLite would go on after it, PostgreSQL does not, so neither does.
    var failure: (any Error)?

    init(_ db: GRDB.Database, lane: Lane) {
        self.db = db
        self.lane = lane
    }

    /// Takes the lane's row, making it when the lane is new.
    convenience init(_ db: GRDB.Database, taking lane: Lane) throws {
        self.init(db, lane: lane)
        let found = try one("SELECT event_number, request_number FROM lane WHERE key = \(lane.key)") { row in
            try Counters(event: row[0], request: row[1])
        }
        if found == nil { try run("INSERT INTO lane (key) VALUES (\(lane.key))") }
        counters = found ?? counters
        taken = counters
    }

    var dialect: Dialect { .sqlite }

    func query(_ sql: Storage.SQL, _ each: (Storage.Row) throws -> Void) throws {
        let rows = try recorded {
            let (statement, arguments) = try prepare(sql)
            return try GRDB.Row.fetchCursor(statement, arguments: arguments)
        }
        while let row = try recorded({ try rows.next() }) { try each(Storage.Row(SQLiteRow(row: row))) }
    }

    @discardableResult
    func run(_ sql: Storage.SQL) throws -> Int {
        try recorded {
            let (statement, arguments) = try prepare(sql)
            try statement.execute(arguments: arguments)
            return db.changesCount
        }
    }

    private func recorded<Value>(_ step: () throws -> Value) throws -> Value {
        if let failure { throw failure }
        do { return try step() } catch {
            failure = SQLiteEngine.storageError(error)
            throw failure!
        }
    }

    func nextEventNumber() -> Int64 {
        counters.event += 1
        return counters.event
    }

    func nextRequestNumber() -> Int64 {
        counters.request += 1
        return counters.request
    }

    func storeCounters() throws {
        guard let taken, taken.event != counters.event || taken.request != counters.request else { return }
        try run(
            """
            UPDATE lane SET event_number = \(counters.event), request_number = \(counters.request)
            WHERE key = \(lane.key)
            """)
    }

    private func prepare(_ sql: Storage.SQL) throws -> (Statement, StatementArguments) {
        let (text, values) = sql.rendered
        return (try db.cachedStatement(sql: text), StatementArguments(values.map(\.databaseValue)))
    }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        case .blob(let bytes): Data(bytes).databaseValue
        }
    }
}

private struct SQLiteRow: RowValues {
    let row: GRDB.Row

    func isNull(_ column: Int) -> Bool { row.hasNull(atIndex: column) }
    func integer(_ column: Int) -> Int64? { Int64.fromDatabaseValue(row[column]) }
    func real(_ column: Int) -> Double? { Double.fromDatabaseValue(row[column]) }
    func text(_ column: Int) -> String? { String.fromDatabaseValue(row[column]) }
    func blob(_ column: Int) -> [UInt8]? { Data.fromDatabaseValue(row[column]).map(Array.init) }
}
