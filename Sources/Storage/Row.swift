package import Kernel

/// One row of an answer, valid only inside the closure that gets it. Columns are read by position:
/// `try Request(id: row[0], state: row[1])`. An optional type reads NULL as nil.
package struct Row {
    package let values: any RowValues

    package init(_ values: any RowValues) { self.values = values }

    package subscript<Value: SQLReadable>(column: Int) -> Value {
        get throws {
            guard let value = try Value.read(values, column) else {
                throw StorageError.unexpectedValue(column: column, type: "\(Value.self)")
            }
            return value
        }
    }

    package subscript<Value: SQLReadable>(column: Int) -> Value? {
        get throws { values.isNull(column) ? nil : try self[column] as Value }
    }
}

/// What a driver shows of its present row.
package protocol RowValues {
    func isNull(_ column: Int) -> Bool
    func integer(_ column: Int) -> Int64?
    func real(_ column: Int) -> Double?
    func text(_ column: Int) -> String?
    func blob(_ column: Int) -> [UInt8]?
}

/// A type that a column can be read as. nil means that the column holds something else.
package protocol SQLReadable {
    static func read(_ row: any RowValues, _ column: Int) throws -> Self?
}

extension String: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> String? { row.text(column) }
}
extension Int64: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> Int64? { row.integer(column) }
}
extension Int: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> Int? { row.integer(column).map(Int.init) }
}
extension Double: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> Double? { row.real(column) }
}
extension Bool: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> Bool? { row.integer(column).map { $0 != 0 } }
}
extension Array: SQLReadable where Element == UInt8 {
    package static func read(_ row: any RowValues, _ column: Int) -> [UInt8]? { row.blob(column) }
}
extension ID: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> ID? { row.text(column).map(ID.init(_:)) }
}
extension Instant: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> Instant? {
        row.integer(column).map(Instant.init(milliseconds:))
    }
}
extension Minutes: SQLReadable {
    package static func read(_ row: any RowValues, _ column: Int) -> Minutes? {
        row.integer(column).map { Minutes(Int($0)) }
    }
}
extension SQLReadable where Self: RawRepresentable<String> {
    package static func read(_ row: any RowValues, _ column: Int) -> Self? {
        row.text(column).flatMap(Self.init(rawValue:))
    }
}
extension Role: SQLReadable {}
extension CompetenceLevel: SQLReadable {}
extension Language: SQLReadable {}
extension NamePolicy: SQLReadable {}
extension Priority: SQLReadable {}
