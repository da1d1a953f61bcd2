package import Storage

/// Counts what is asked of the database.
private final class StatementCounter: ReadTransaction {
    private let tx: any ReadTransaction
    private(set) var statements = 0

    init(_ tx: any ReadTransaction) { self.tx = tx }

    var dialect: Dialect { tx.dialect }

    func query(_ sql: SQL, _ each: (Row) throws -> Void) throws {
        statements += 1
        try tx.query(sql, each)
    }
}

extension Office {
    /// How many statements a read takes.
    package func count(_ body: @escaping @Sendable (any ReadTransaction) throws -> Void) async throws -> Int {
        try await database.read { tx in
            let counter = StatementCounter(tx)
            try body(counter)
            return counter.statements
        }
    }
}
