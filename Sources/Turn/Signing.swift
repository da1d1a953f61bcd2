import Crypto
import NIOCore

/// What a message is signed with.
package struct MessageKey: Sendable {
    let key: SymmetricKey

    /// The key of a name and its password (RFC 8489, 9.2.2).
    package init(user: String, realm: String, password: String) {
        key = SymmetricKey(data: Insecure.MD5.hash(data: Array("\(user):\(realm):\(password)".utf8)))
    }

    /// The key of a password alone, as ICE between two peers has it.
    package init(password: String) { key = SymmetricKey(data: Array(password.utf8)) }

    func sign(_ bytes: ByteBuffer) -> HMAC<Insecure.SHA1>.MAC {
        HMAC<Insecure.SHA1>.authenticationCode(for: Array(bytes.readableBytesView), using: key)
    }
}

/// The signature of a message that came, with what it covers.
package struct Signature: Sendable {
    let covered: ByteBuffer
    let code: ByteBuffer

    package func isMade(by key: MessageKey) -> Bool {
        var covered = covered
        // The length counts the signature and nothing behind it.
        covered.setInteger(UInt16(covered.readableBytes - STUNMessage.headBytes + 24), at: covered.readerIndex + 2)
        return HMAC<Insecure.SHA1>.isValidAuthenticationCode(
            Array(code.readableBytesView), authenticating: Array(covered.readableBytesView), using: key.key)
    }
}

/// CRC-32 as Ethernet has it.
enum Checksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { word, _ in word & 1 == 1 ? 0xEDB8_8320 ^ word >> 1 : word >> 1 }
    }

    static func crc(_ bytes: ByteBuffer) -> UInt32 {
        ~bytes.readableBytesView.reduce(~UInt32(0)) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xFF)] }
    }

    static func fingerprint(of bytes: ByteBuffer) -> UInt32 { crc(bytes) ^ 0x5354_554E }
}
