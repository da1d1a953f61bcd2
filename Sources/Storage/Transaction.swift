package import Kernel

/// A consistent view of the database for the length of one closure. Synchronous on purpose: nobody can await a mail server
/// inside a transaction.
package protocol ReadTransaction: AnyObject {
    /// Which words of SQL this database speaks where the two differ: full-text search only.
    var dialect: Dialect { get }
    /// Runs a query and hands over its rows one by one.
    func query(_ sql: SQL, _ each: (Row) throws -> Void) throws
}

package enum Dialect: Sendable { case sqlite, postgres }

extension ReadTransaction {
    /// All rows, read by `read`.
    package func all<Value>(_ sql: SQL, _ read: (Row) throws -> Value) throws -> [Value] {
        var values: [Value] = []
        try query(sql) { row in values.append(try read(row)) }
        return values
    }

    /// The first row, if there is one.
    package func one<Value>(_ sql: SQL, _ read: (Row) throws -> Value) throws -> Value? {
        var value: Value?
        try query(sql) { row in if value == nil { value = try read(row) } }
        return value
    }

    /// The first column of the first row; nil when there is no row or it holds NULL.
    package func value<Value: SQLReadable>(_ sql: SQL) throws -> Value? {
        try one(sql) { row -> Value? in try row[0] } ?? nil
    }

    package func exists(_ sql: SQL) throws -> Bool { try one(sql) { _ in true } ?? false }
}

/// A transaction that may change. It belongs to a lane: acts of one lane are serial, so a check made in it cannot be overtaken.
///
/// A statement that the database refuses ends the act: catching its error serves to throw a better one, not to go on. Later
/// statements of the act throw it again, and an act that returns in spite of it fails with it.
package protocol WriteTransaction: ReadTransaction {
    var lane: Lane { get }
    /// Runs a statement; the answer is how many rows it changed.
    @discardableResult func run(_ sql: SQL) throws -> Int
    /// Runs a statement whose count of rows nobody needs. A database behind a network does it together with the next
    /// statement or the end of the act, in one round trip; so a refusal may be thrown later in the act, or only fail it. Use
    /// `run` where a refusal is to be caught.
    func send(_ sql: SQL) throws
    /// The next number of the lane's log. Gapless and in commit order: an act that fails gives its numbers back.
    func nextEventNumber() throws -> Int64
    /// The next number for a request of the lane's organisation, gapless in the same way.
    func nextRequestNumber() throws -> Int64
}

extension WriteTransaction {
    package func send(_ sql: SQL) throws { try run(sql) }
}

/// What is serial: the acts of one organisation, or of the installation as a whole (sign-in, leases, timers, nodes).
package enum Lane: Hashable, Sendable {
    case organisation(OrganisationID)
    case installation

    /// The key of the lane's row in table `lane`.
    package var key: String {
        switch self {
        case .organisation(let id): id.text
        case .installation: ""
        }
    }
}

package enum StorageError: Error, Equatable {
    /// The database does not answer or cannot write now; nothing of the act was kept. Trying again is safe.
    case unavailable(String)
    /// The disk has no place; nothing of the act was kept.
    case full
    /// A unique or foreign key, or a check, refused the statement.
    case constraint(String)
    /// The statement or a value is wrong: our mistake.
    case failed(String)
    case unexpectedValue(column: Int, type: String)
    /// The database was written by a newer Okno.
    case newerSchema(found: Int, known: Int)
}
