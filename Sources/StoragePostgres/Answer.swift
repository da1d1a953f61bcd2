import CLibPQ
import Storage

/// A complete answer of the server. Rows keep it alive.
final class Answer {
    fileprivate let result: OpaquePointer

    /// Takes over a result of libpq.
    init(_ result: OpaquePointer) { self.result = result }
    deinit { PQclear(result) }

    var rows: Range<Int32> { 0..<PQntuples(result) }

    /// How many rows the statement changed (or returned, for a query).
    var changed: Int { Int(String(cString: PQcmdTuples(result))) ?? 0 }

    /// The word of the command, such as `COMMIT`, or `ROLLBACK` when a commit was turned into one.
    var command: String { String(cString: PQcmdStatus(result)) }
}

/// One row in PostgreSQL's binary format. A type that is read as another one gives nil, as SQLite's strict reading does.
struct PostgresRow: RowValues {
    let answer: Answer
    let row: Int32

    func isNull(_ column: Int) -> Bool { PQgetisnull(answer.result, row, Int32(column)) != 0 }

    func integer(_ column: Int) -> Int64? {
        guard let (type, bytes) = cell(column) else { return nil }
        switch type {
        case TypeNumber.int8: return bytes.number(Int64.self)
        case TypeNumber.int4: return Int64(bytes.number(Int32.self))
        case TypeNumber.int2: return Int64(bytes.number(Int16.self))
        case TypeNumber.oid: return Int64(bytes.number(UInt32.self))
        case TypeNumber.bool: return bytes[0] == 0 ? 0 : 1
        case TypeNumber.numeric: return Numeric(bytes)?.integer
        default: return nil
        }
    }

    func real(_ column: Int) -> Double? {
        guard let (type, bytes) = cell(column) else { return nil }
        switch type {
        case TypeNumber.float8: return Double(bitPattern: bytes.number(UInt64.self))
        case TypeNumber.float4: return Double(Float(bitPattern: bytes.number(UInt32.self)))
        case TypeNumber.numeric: return Numeric(bytes)?.real
        default: return integer(column).map(Double.init)
        }
    }

    func text(_ column: Int) -> String? {
        guard let (type, bytes) = cell(column), TypeNumber.textual.contains(type) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    func blob(_ column: Int) -> [UInt8]? {
        guard let (type, bytes) = cell(column), type == TypeNumber.bytea else { return nil }
        return Array(bytes)
    }

    /// nil when the column holds NULL or does not exist.
    private func cell(_ column: Int) -> (type: UInt32, bytes: UnsafeRawBufferPointer)? {
        let column = Int32(column)
        guard column < PQnfields(answer.result), PQgetisnull(answer.result, row, column) == 0 else { return nil }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(answer.result, row, column), count: Int(PQgetlength(answer.result, row, column)))
        return (PQftype(answer.result, column), bytes)
    }
}

/// What sums and averages come as: digits to the base of 10,000, most significant first.
private struct Numeric {
    private let digits: [Int64]
    /// The power of 10,000 that the first digit counts.
    private let weight: Int
    private let isNegative: Bool

    /// nil for "not a number" and infinities.
    init?(_ bytes: UnsafeRawBufferPointer) {
        let count = Int(bytes.number(Int16.self)), sign = bytes.number(UInt16.self, at: 4)
        guard sign == 0 || sign == 0x4000 else { return nil }
        weight = Int(bytes.number(Int16.self, at: 2))
        isNegative = sign == 0x4000
        digits = (0..<count).map { Int64(bytes.number(Int16.self, at: 8 + $0 * 2)) }
    }

    /// nil when there is a fraction or the number is too large.
    var integer: Int64? {
        guard digits.count <= weight + 1 || digits.isEmpty else { return nil }
        var value: Int64 = 0
        for position in 0..<max(weight + 1, 0) {
            let digit = position < digits.count ? digits[position] : 0
            let (product, overflows) = value.multipliedReportingOverflow(by: 10_000)
            // Built below zero, so that the smallest number fits too.
            let (sum, overflowsToo) = product.subtractingReportingOverflow(digit)
            if overflows || overflowsToo { return nil }
            value = sum
        }
        if isNegative { return value }
        return value == .min ? nil : -value
    }

    var real: Double {
        var text = isNegative ? "-0" : "0"
        for digit in digits {
            let padded = String(digit + 10_000).dropFirst()
            text += padded
        }
        // The text is read as a whole, so that the result is the nearest Double.
        return Double(text + "e\((weight + 1 - digits.count) * 4)") ?? .nan
    }
}

extension UnsafeRawBufferPointer {
    fileprivate func number<Number: FixedWidthInteger>(_: Number.Type, at offset: Int = 0) -> Number {
        Number(bigEndian: loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
}
