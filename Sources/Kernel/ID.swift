/// The identity of one row: a UUIDv7 in text, so that ids stay unique when an organisation moves between
/// installations and sort by the time of their making. `Of` keeps ids of different things apart.
package struct ID<Of>: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let text: String

    /// An id from a trusted place (the database, our own code).
    package init(_ text: String) { self.text = text }

    /// An id from outside: nil unless it has the shape of a UUID.
    package init?(parsing text: some StringProtocol) {
        let text = String(text)
        guard Self.looksRight(text) else { return nil }
        self.text = text.utf8.contains { $0 < UInt8(ascii: "a") && $0 > UInt8(ascii: "9") } ? text.lowercased() : text
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    /// A new id: 48 bits of Unix milliseconds, 74 random bits (RFC 9562, version 7).
    package static func new(at instant: Instant = .now()) -> Self {
        var random = SystemRandomNumberGenerator()
        let high = UInt64(bitPattern: instant.milliseconds) << 16 | 0x7000 | (random.next() & 0x0FFF)
        let low = 0x8000_0000_0000_0000 | (random.next() & 0x3FFF_FFFF_FFFF_FFFF)
        return Self(UUIDText.format(high, low))
    }

    private static func looksRight(_ text: String) -> Bool {
        guard text.utf8.count == 36 else { return false }
        for (index, byte) in text.utf8.enumerated() {
            switch index {
            case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return false }
            default:
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    continue
                default: return false
                }
            }
        }
        return true
    }
}

enum UUIDText {
    private static let digits = Array("0123456789abcdef".utf8)

    static func format(_ high: UInt64, _ low: UInt64) -> String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for nibble in 0..<32 {
                if nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let word = nibble < 16 ? high : low
                buffer[position] = digits[Int((word >> UInt64((15 - nibble % 16) * 4)) & 0xF)]
                position += 1
            }
            return 36
        }
    }
}

package enum OrganisationTag {}
package enum PersonTag {}
package enum UnitTag {}
package enum LineTag {}
package enum TopicTag {}
package enum RequestTag {}
package enum MessageTag {}
package enum UploadTag {}
package enum SessionTag {}

package typealias OrganisationID = ID<OrganisationTag>
package typealias PersonID = ID<PersonTag>
package typealias UnitID = ID<UnitTag>
package typealias LineID = ID<LineTag>
package typealias TopicID = ID<TopicTag>
package typealias RequestID = ID<RequestTag>
package typealias MessageID = ID<MessageTag>
package typealias UploadID = ID<UploadTag>
package typealias SessionID = ID<SessionTag>
