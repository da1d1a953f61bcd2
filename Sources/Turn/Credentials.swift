import Crypto
import Foundation
package import Kernel

/// The secret of a TURN server, from which the passwords of names follow: nothing is stored. The scheme is the one that other servers know
/// as `use-auth-secret`: the name is EXPIRY:CALL:PERSON, the password the base64 of its HMAC-SHA1.
package struct TurnSecret: Sendable {
    package static let realm = "okno"
    private let key: SymmetricKey

    package init(_ text: String) { key = SymmetricKey(data: Array(text.utf8)) }
    private init(_ key: SymmetricKey) { self.key = key }
    package static func random() -> TurnSecret { TurnSecret(SymmetricKey(size: .bits256)) }

    package func password(of user: String) -> String {
        Data(HMAC<Insecure.SHA1>.authenticationCode(for: Array(user.utf8), using: key)).base64EncodedString()
    }

    package func credentials(
        for person: String, call: String, until: Instant
    ) -> (user: String, password: String) {
        let user = "\(until.milliseconds / 1000):\(call):\(person)"
        return (user, password(of: user))
    }

    /// Whom a name stands for; nil when it is not of ours or its time is over.
    package func user(_ name: String, at now: Instant) -> TurnUser? {
        let parts = name.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard name.utf8.count <= 256, parts.count == 3, let until = Int64(parts[0]), !parts[1].isEmpty,
            !parts[2].isEmpty, until > now.milliseconds / 1000
        else { return nil }
        return TurnUser(
            name: name, call: String(parts[1]), person: String(parts[2]),
            key: MessageKey(user: name, realm: Self.realm, password: password(of: name)))
    }
}

/// A person in a call, as known by a signature.
package struct TurnUser: Sendable {
    package let name: String
    package let call: String
    package let person: String
    let key: MessageKey
}
