package import HTTPTypes
package import Kernel
import Secrets
import Storage
import Web

/// Lets a program measure for somebody who took it from the page: half an hour, no longer than the session lasts, and nothing but the paths of
/// measuring. Nothing is kept of it: it is signed by the installation's key.
package enum CheckPass {
    package static let header = HTTPField.Name("Okno-Pass")!
    static let life = Minutes(30)
    private static let purpose = "connection-check", codeDigits = 32

    /// SESSION.SECONDS.CODE, with the moment of its end.
    static func make(for session: SessionID, at now: Instant, _ vault: Vault) -> String {
        let words = "\(session).\((now + life).milliseconds / 1000)"
        return "\(words).\(code(of: words, vault))"
    }

    /// Whose it is; nil when it is none of ours or its time is over.
    static func session(of pass: String, at now: Instant, _ vault: Vault) -> SessionID? {
        let parts = pass.split(separator: ".", omittingEmptySubsequences: false)
        guard pass.utf8.count <= 128, parts.count == 3, let until = Int64(parts[1]),
            Vault.isSame(String(parts[2]), code(of: "\(parts[0]).\(parts[1])", vault)),
            until > now.milliseconds / 1000
        else { return nil }
        return SessionID(parsing: String(parts[0]))
    }

    private static func code(of words: String, _ vault: Vault) -> String {
        String(vault.fingerprint(words, purpose: purpose).prefix(codeDigits))
    }
}

extension ConnectionRoom {
    /// Who holds the pass of a request.
    /// - Returns: nil when it has none.
    /// - Throws: `ConnectionError.passOver`.
    package func holder(of head: HTTPRequest) async throws -> PersonID? {
        guard let pass = head.headerFields[CheckPass.header] else { return nil }
        guard let session = CheckPass.session(of: pass, at: site.now(), site.vault),
            let viewer = try await database.read({ tx in try signedIn(session, tx) })
        else { throw ConnectionError.passOver }
        return viewer.person
    }
}
