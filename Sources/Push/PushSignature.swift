import Crypto
import Foundation
package import Kernel

/// By which a push service knows whose messages these are (VAPID, RFC 8292).
package struct PushSigner: Sendable {
    private let key: P256.Signing.PrivateKey
    /// «mailto:help@example.ru» or an address of a page: whom the service may ask.
    private let contact: String

    package init(contact: String) {
        key = P256.Signing.PrivateKey()
        self.contact = contact
    }

    /// nil when the text is no key.
    package init?(secret: String, contact: String) {
        guard let bytes = Base64URL.bytes(secret), let key = try? P256.Signing.PrivateKey(rawRepresentation: bytes)
        else {
            return nil
        }
        (self.key, self.contact) = (key, contact)
    }

    package var secret: String { Base64URL.text(key.rawRepresentation) }
    /// What a browser is given when it subscribes: messages of others than us it does not get.
    package var publicKey: String { Base64URL.text(key.publicKey.x963Representation) }

    /// The header `Authorization` for one endpoint, good for half a day.
    package func authorization(for endpoint: PushEndpoint, at now: Instant) throws -> String {
        func part(_ fields: [String: Any]) throws -> String {
            Base64URL.text(
                try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes]))
        }
        let claims: [String: Any] = [
            "aud": endpoint.origin, "exp": Int(now.milliseconds / 1000) + 12 * 3600, "sub": contact,
        ]
        let text = try part(["typ": "JWT", "alg": "ES256"]) + "." + part(claims)
        let signature = try key.signature(for: Data(text.utf8))
        return "vapid t=\(text).\(Base64URL.text(signature.rawRepresentation)), k=\(publicKey)"
    }
}
