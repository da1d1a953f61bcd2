import GRDB
import GRDBSQLite
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
        let statement = try recorded { try bound(sql) }
        defer { sqlite3_reset(statement) }
        let row = Storage.Row(SQLiteRow(statement: statement))
        while try recorded({ try step(statement) }) { try each(row) }
    }

    @discardableResult
    func run(_ sql: Storage.SQL) throws -> Int {
        try recorded {
            let statement = try bound(sql)
            defer { sqlite3_reset(statement) }
            while try step(statement) {}
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

    /// The prepared statement with its values. Binding and stepping go past GRDB: through it a small statement cost four times
    /// as much, nearly all in wrapping values.
    private func bound(_ sql: Storage.SQL) throws -> SQLiteStatement {
        let (text, values) = sql.rendered
        let statement = try db.cachedStatement(sql: text).sqliteStatement
        sqlite3_reset(statement)
        for (index, value) in values.enumerated() {
            try check(Self.bind(value, to: statement, at: CInt(index + 1)))
        }
        return statement
    }

    /// - Returns: whether the statement stands on a row.
    private func step(_ statement: SQLiteStatement) throws -> Bool {
        let code = sqlite3_step(statement)
        if code == SQLITE_ROW { return true }
        if code != SQLITE_DONE { try check(code) }
        return false
    }

    private func check(_ code: CInt) throws {
        guard code != SQLITE_OK else { return }
        throw DatabaseError(resultCode: ResultCode(rawValue: code), message: db.lastErrorMessage)
    }

    private static func bind(_ value: SQLValue, to statement: SQLiteStatement, at index: CInt) -> CInt {
        switch value {
        case .null: return sqlite3_bind_null(statement, index)
        case .integer(let value): return sqlite3_bind_int64(statement, index, value)
        case .real(let value): return sqlite3_bind_double(statement, index, value)
        case .text(var text):
            return text.withUTF8 { bytes in
                guard let start = bytes.baseAddress else { return sqlite3_bind_text(statement, index, "", 0, copied) }
                return start.withMemoryRebound(to: CChar.self, capacity: bytes.count) {
                    sqlite3_bind_text(statement, index, $0, CInt(bytes.count), copied)
                }
            }
        case .blob(let bytes):
            guard !bytes.isEmpty else { return sqlite3_bind_zeroblob(statement, index, 0) }
            return sqlite3_bind_blob(statement, index, bytes, CInt(bytes.count), copied)
        }
    }
}

/// Tells SQLite to copy what it is given (`SQLITE_TRANSIENT`, a macro that Swift does not see).
private let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

/// The row that a statement stands on. A column of another type than asked reads as nil.
private struct SQLiteRow: RowValues {
    let statement: SQLiteStatement

    func isNull(_ column: Int) -> Bool { sqlite3_column_type(statement, CInt(column)) == SQLITE_NULL }

    func integer(_ column: Int) -> Int64? {
        switch sqlite3_column_type(statement, CInt(column)) {
        case SQLITE_INTEGER: sqlite3_column_int64(statement, CInt(column))
        case SQLITE_FLOAT: Int64(exactly: sqlite3_column_double(statement, CInt(column)))
        default: nil
        }
    }

    func real(_ column: Int) -> Double? {
        switch sqlite3_column_type(statement, CInt(column)) {
        case SQLITE_INTEGER, SQLITE_FLOAT: sqlite3_column_double(statement, CInt(column))
        default: nil
        }
    }

    func text(_ column: Int) -> String? {
        guard sqlite3_column_type(statement, CInt(column)) == SQLITE_TEXT,
            let start = sqlite3_column_text(statement, CInt(column))
        else { return nil }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    func blob(_ column: Int) -> [UInt8]? {
        guard sqlite3_column_type(statement, CInt(column)) == SQLITE_BLOB else { return nil }
        let count = Int(sqlite3_column_bytes(statement, CInt(column)))
        guard count > 0, let start = sqlite3_column_blob(statement, CInt(column)) else { return [] }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }
}
