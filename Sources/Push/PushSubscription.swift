import Crypto
import Foundation

/// A browser that a person lets be told: where its push service takes messages, and the keys under which only that browser reads
/// them (Push API, RFC 8291).
package struct PushSubscription: Sendable, Equatable {
    package let endpoint: PushEndpoint
    /// The browser's public key, uncompressed; the secret of 16 bytes.
    package let key: [UInt8], secret: [UInt8]

    /// nil when the keys are none.
    package init?(endpoint: PushEndpoint, key: String, secret: String) {
        guard let key = Base64URL.bytes(key), let secret = Base64URL.bytes(secret), secret.count == 16,
            (try? P256.KeyAgreement.PublicKey(x963Representation: key)) != nil
        else { return nil }
        (self.endpoint, self.key, self.secret) = (endpoint, key, secret)
    }
}

/// The address of a push service. It comes from a browser, so it is looked at like anything from outside: our server must not be
/// led to an address of the inner network.
package struct PushEndpoint: Sendable, Equatable {
    package let url: String, host: String, port: Int, path: String

    /// nil unless it is `https://` with a host's name. A port of its own and an IP address are refused: no push service has one.
    package init?(_ url: String, anyPort: Bool = false) {
        guard url.utf8.count <= 1024, url.utf8.allSatisfy({ $0 > 32 && $0 < 127 }),
            let match = url.wholeMatch(of: /https:\/\/([a-z0-9][a-z0-9.-]*)(?::(\d{1,5}))?(\/[^#]*)/.ignoresCase())
        else { return nil }
        let host = String(match.1).lowercased(), port = match.2.flatMap { Int($0) }
        guard anyPort || (port == nil && host.contains(".") && host.contains { $0.isLetter } && !host.hasSuffix("."))
        else {
            return nil
        }
        self.url = url
        self.host = host
        self.port = port ?? 443
        path = String(match.3)
    }

    /// Whom a signature is made out to.
    package var origin: String { "https://\(host)\(port == 443 ? "" : ":\(port)")" }
}

package enum Base64URL {
    package static func text(_ bytes: some Collection<UInt8>) -> String {
        Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    package static func bytes(_ text: String) -> [UInt8]? {
        let plain = text.replacing("-", with: "+").replacing("_", with: "/").replacing("=", with: "")
        let padded = plain + String(repeating: "=", count: (4 - plain.count % 4) % 4)
        return Data(base64Encoded: padded).map(Array.init)
    }
}
