package import Kernel

/// A value that a statement binds or a row holds.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case blob([UInt8])
}

/// Text of SQL with its values. The interpolation is the binding: `"… WHERE id = \(id)"` binds `id`; a fragment of type
/// `SQL` is spliced in with its own values. There is no way to splice a plain string.
package struct SQL: ExpressibleByStringInterpolation, Sendable, Hashable {
    fileprivate enum Piece: Sendable, Hashable {
        case text(String)
        case value(SQLValue)

        /// Bytes in the rendered text, at most.
        var length: Int { if case .text(let text) = self { text.utf8.count } else { 5 } }
    }

    fileprivate var pieces: [Piece]

    private init(pieces: [Piece]) { self.pieces = pieces }
    package init(stringLiteral value: String) { pieces = [.text(value)] }
    package init(stringInterpolation parts: StringInterpolation) { pieces = parts.pieces }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var pieces: [Piece] = []
        package init(literalCapacity: Int, interpolationCount: Int) {
            pieces.reserveCapacity(interpolationCount * 2 + 1)
        }
        package mutating func appendLiteral(_ literal: String) { if !literal.isEmpty { pieces.append(.text(literal)) } }
        package mutating func appendInterpolation(_ value: some SQLBindable) { pieces.append(.value(value.sqlValue)) }
        package mutating func appendInterpolation(_ value: (some SQLBindable)?) {
            pieces.append(.value(value?.sqlValue ?? .null))
        }
        package mutating func appendInterpolation(_ fragment: SQL) { pieces += fragment.pieces }
        /// A list for `IN (…)`; an empty list matches nothing. The last value is repeated up to a power of two, so that lists of
        /// any usual length make a dozen texts of a statement and not hundreds, each of which is prepared anew and kept.
        package mutating func appendInterpolation(_ values: [some SQLBindable]) {
            guard let last = values.last else { return pieces.append(.text("NULL")) }
            var places = 1
            while places < values.count { places *= 2 }
            if places > 1024 { places = values.count }
            for index in 0..<places {
                if index > 0 { pieces.append(.text(", ")) }
                pieces.append(.value((index < values.count ? values[index] : last).sqlValue))
            }
        }
    }

    private static let places = (0..<128).map { "$\($0)" }

    /// The text with `$1`, `$2`, … and the values in that order.
    package var rendered: (text: String, values: [SQLValue]) {
        var text = "", values: [SQLValue] = []
        text.reserveCapacity(pieces.reduce(0) { $0 + $1.length })
        values.reserveCapacity(pieces.count)
        for piece in pieces {
            switch piece {
            case .text(let part): text += part
            case .value(let value):
                values.append(value)
                text += values.count < Self.places.count ? Self.places[values.count] : "$\(values.count)"
            }
        }
        return (text, values)
    }

    /// The same with NULL written in the text instead of bound: PostgreSQL wants a type for every `$n`, and NULL has none.
    package var renderedWithNulls: (text: String, values: [SQLValue]) {
        SQL(pieces: pieces.map { $0 == .value(.null) ? .text("NULL") : $0 }).rendered
    }

    package var isEmpty: Bool { pieces.isEmpty || pieces == [.text("")] }

    package static func + (left: SQL, right: SQL) -> SQL { "\(left)\(right)" }

    /// Fragments with a separator between them.
    package static func joined(_ fragments: [SQL], by separator: SQL) -> SQL {
        guard let first = fragments.first else { return "" }
        var pieces = first.pieces
        for fragment in fragments.dropFirst() {
            pieces += separator.pieces
            pieces += fragment.pieces
        }
        return SQL(pieces: pieces)
    }

    /// SQL that our own code holds as text, such as a migration. Never for text from outside.
    package static func trusted(_ text: String) -> SQL { SQL(stringLiteral: text) }
}

/// A type that a statement can bind.
package protocol SQLBindable {
    var sqlValue: SQLValue { get }
}

extension SQLValue: SQLBindable { package var sqlValue: SQLValue { self } }
extension String: SQLBindable { package var sqlValue: SQLValue { .text(self) } }
extension Int: SQLBindable { package var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Int64: SQLBindable { package var sqlValue: SQLValue { .integer(self) } }
extension Double: SQLBindable { package var sqlValue: SQLValue { .real(self) } }
extension Bool: SQLBindable { package var sqlValue: SQLValue { .integer(self ? 1 : 0) } }
extension ID: SQLBindable { package var sqlValue: SQLValue { .text(text) } }
extension Instant: SQLBindable { package var sqlValue: SQLValue { .integer(milliseconds) } }
extension Minutes: SQLBindable { package var sqlValue: SQLValue { .integer(Int64(count)) } }
extension SQLBindable where Self: RawRepresentable<String> { package var sqlValue: SQLValue { .text(rawValue) } }
extension Role: SQLBindable {}
extension CompetenceLevel: SQLBindable {}
extension Language: SQLBindable {}
extension NamePolicy: SQLBindable {}
extension Priority: SQLBindable {}

extension Array where Element == UInt8 {
    package var sqlBlob: SQLValue { .blob(self) }
}
