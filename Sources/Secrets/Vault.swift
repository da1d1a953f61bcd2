import Crypto
import Foundation
import Synchronization

/// The installation's key, kept in a file outside of the database. From it come the keys for secrets in the database, for CSRF
/// tokens and for fingerprints of session cookies.
package struct Vault: Sendable {
    /// Keys by purpose, each derived once.
    private final class Keys: Sendable {
        let root: SymmetricKey
        private let known = Mutex<[String: SymmetricKey]>([:])

        init(root: SymmetricKey) { self.root = root }

        func derived(_ purpose: String) -> SymmetricKey {
            known.withLock { known in
                if let key = known[purpose] { return key }
                let key = HKDF<SHA256>.deriveKey(
                    inputKeyMaterial: root, info: Data(purpose.utf8), outputByteCount: 32)
                known[purpose] = key
                return key
            }
        }
    }
    private let keys: Keys

    package enum Fault: Error { case unreadable(String), damaged }

    package init(key: [UInt8]) { keys = Keys(root: SymmetricKey(data: key)) }

    /// Reads the key, making a new one readable by its owner only when the file is missing.
    package init(file: String) throws {
        if let data = FileManager.default.contents(atPath: file) {
            guard data.count == 32 else { throw Fault.unreadable(file) }
            self.init(key: Array(data))
        } else {
            let key = Random.bytes(32)
            let made = FileManager.default.createFile(
                atPath: file, contents: Data(key), attributes: [.posixPermissions: 0o600])
            guard made else { throw Fault.unreadable(file) }
            self.init(key: key)
        }
    }

    private func derived(_ purpose: String) -> SymmetricKey { keys.derived(purpose) }

    /// ChaChaPoly; `context` (such as table, column and row) must be the same on opening, so a secret cannot be moved.
    package func seal(_ secret: String, context: String) throws -> [UInt8] {
        let box = try ChaChaPoly.seal(Data(secret.utf8), using: derived("secrets"), authenticating: Data(context.utf8))
        return Array(box.combined)
    }

    package func open(_ sealed: [UInt8], context: String) throws -> String {
        guard let box = try? ChaChaPoly.SealedBox(combined: Data(sealed)),
            let opened = try? ChaChaPoly.open(box, using: derived("secrets"), authenticating: Data(context.utf8))
        else { throw Fault.damaged }
        return String(decoding: opened, as: UTF8.self)
    }

    /// A fingerprint under the key: what the database keeps of a token, so that a stolen database opens no session.
    package func fingerprint(_ token: String, purpose: String) -> String {
        let code = HMAC<SHA256>.authenticationCode(for: Data(token.utf8), using: derived(purpose))
        return String(decoding: code.flatMap { [Self.digits[Int($0 >> 4)], Self.digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Compares without stopping at the first difference.
    package static func isSame(_ one: String, _ other: String) -> Bool {
        one.utf8.count == other.utf8.count && zip(one.utf8, other.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static let digits = Array("0123456789abcdef".utf8)
}
