/// Why bytes are not a message.
package enum ProtocolFault: Error, Equatable, Sendable {
    case tooLong, tooShort, trailing, unknownType(UInt8), field
}

/// Fields one after the other, big-endian; a text is its length in two bytes and UTF-8.
struct FieldWriter {
    private(set) var bytes: [UInt8]

    init(_ type: UInt8, _ number: UInt32) {
        bytes = [type]
        put(number)
    }

    mutating func put(_ value: some FixedWidthInteger & UnsignedInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func put(_ value: Bool) { bytes.append(value ? 1 : 0) }

    mutating func put(all rest: some Sequence<UInt8>) { bytes.append(contentsOf: rest) }

    /// A text above the limit is cut at a character: names are for people's eyes, and the other side refuses what is longer.
    mutating func put(_ text: String, most: Int) {
        let kept = Self.cut(text, most)
        put(UInt16(kept.utf8.count))
        put(all: kept.utf8)
    }

    static func cut(_ text: String, _ most: Int) -> String {
        guard text.utf8.count > most else { return text }
        var kept = "", count = 0
        for character in text {
            count += character.utf8.count
            if count > most { break }
            kept.append(character)
        }
        return kept
    }
}

struct FieldReader {
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func take(_ count: Int) throws(ProtocolFault) -> ArraySlice<UInt8> {
        guard count <= bytes.count - position else { throw .tooShort }
        defer { position += count }
        return bytes[position..<position + count]
    }

    mutating func number<Number: FixedWidthInteger & UnsignedInteger>(
        _: Number.Type = Number.self
    ) throws(ProtocolFault) -> Number {
        var value: Number = 0
        for byte in try take(Number.bitWidth / 8) { value = value << 8 | Number(byte) }
        return value
    }

    mutating func flag() throws(ProtocolFault) -> Bool {
        switch try number(UInt8.self) {
        case 0: return false
        case 1: return true
        default: throw .field
        }
    }

    mutating func text(most: Int) throws(ProtocolFault) -> String {
        let count = Int(try number(UInt16.self))
        guard count <= most else { throw .field }
        return try Self.text(take(count))
    }

    mutating func rest(most: Int) throws(ProtocolFault) -> ArraySlice<UInt8> {
        guard bytes.count - position <= most else { throw .tooLong }
        return try take(bytes.count - position)
    }

    func end() throws(ProtocolFault) { guard position == bytes.count else { throw .trailing } }

    static func text(_ bytes: ArraySlice<UInt8>) throws(ProtocolFault) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .field }
        return text
    }
}
