import Storage

/// One statement on its way to the server: text with `$1`, `$2`, … and its values. NULL stands in the text.
struct Statement {
    let text: String
    let values: [SQLValue]
    /// A statement that is kept prepared on the connection. Those of migrations run once and are not.
    let isKept: Bool

    init(_ sql: SQL, isKept: Bool = true) {
        (text, values) = sql.renderedWithNulls
        self.isKept = isKept
    }

    /// Statements are prepared by their text and the types of their values. The types are named, not inferred: PostgreSQL would
    /// take the `$1` of `CASE … THEN $1` for text and that of `$1 + 1` for a four-byte integer.
    struct Key: Hashable {
        let text: String
        let types: [UInt32]
    }

    var key: Key { Key(text: text, types: values.map(\.type)) }
}

/// Numbers of PostgreSQL's built-in types (catalogue `pg_type`).
enum TypeNumber {
    static let bool: UInt32 = 16, bytea: UInt32 = 17, int8: UInt32 = 20, int2: UInt32 = 21, int4: UInt32 = 23
    static let text: UInt32 = 25, oid: UInt32 = 26, float4: UInt32 = 700, float8: UInt32 = 701, numeric: UInt32 = 1700
    /// char, name, text, json, unknown, bpchar, varchar, void: bytes that are text in the binary format too.
    static let textual: Set<UInt32> = [18, 19, 25, 114, 705, 1042, 1043, 2278]
}

extension SQLValue {
    fileprivate var type: UInt32 {
        switch self {
        case .null: 0
        case .integer: TypeNumber.int8
        case .real: TypeNumber.float8
        case .text: TypeNumber.text
        case .blob: TypeNumber.bytea
        }
    }

    /// The value in PostgreSQL's binary format.
    fileprivate func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: break
        case .integer(let number): withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        case .real(let number): withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes.append(contentsOf: $0) }
        case .text(let text): bytes.append(contentsOf: text.utf8)
        case .blob(let blob): bytes.append(contentsOf: blob)
        }
    }
}

/// The arrays that libpq takes, valid inside the closure of `withValues`.
struct EncodedValues {
    let count: Int32
    let pointers: [UnsafePointer<CChar>?]
    let lengths: [Int32]
    let formats: [Int32]

    static func with<Result>(_ values: [SQLValue], _ body: (EncodedValues) -> Result) -> Result {
        var bytes: [UInt8] = [], ends: [Int] = []
        ends.reserveCapacity(values.count)
        for value in values {
            value.write(to: &bytes)
            ends.append(bytes.count)
        }
        bytes.append(0)  // so that the address exists when all values are empty
        return bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress!.assumingMemoryBound(to: CChar.self)
            let starts = [0] + ends.dropLast()
            return body(
                EncodedValues(
                    count: Int32(values.count),
                    pointers: zip(values, starts).map { value, start in value == .null ? nil : base + start },
                    lengths: zip(starts, ends).map { Int32($1 - $0) },
                    formats: Array(repeating: 1, count: values.count)))
        }
    }
}
