import EventLog
import Foundation
package import Kernel
import Storage
import StoragePostgres
import StorageSQLite
import SwiftASN1
import X509

#if canImport(Glibc)
    import Glibc
#endif

/// Looks at an installation as a whole: what is wrong, and what to do about it.
package struct Doctor: Sendable {
    package struct Finding: Sendable, Codable {
        package enum Level: String, Sendable, Codable { case ok = "OK", warning = "WARN", failure = "FAIL" }

        package let level: Level
        package let what: String
        /// What to do; empty when all is well.
        package let advice: String

        package init(_ level: Level, _ what: String, _ advice: String = "") {
            (self.level, self.what, self.advice) = (level, what, advice)
        }

        package var line: String {
            level.rawValue.padding(toLength: 5, withPad: " ", startingAt: 0) + what
                + (advice.isEmpty ? "" : "\n     → " + advice)
        }
    }

    let settings: Settings
    let now: Instant

    package init(_ settings: Settings, now: Instant = .now()) {
        self.settings = settings
        self.now = now
    }

    package func examine() async -> [Finding] {
        let findings = configuration() + folders() + disk() + key() + certificates()
        return findings + (await database())
    }

    // MARK: around the database

    private func configuration() -> [Finding] {
        var findings = [
            Finding(
                .ok,
                "Okno \(Version.current) would listen on \(settings.host):\(settings.port), address \(settings.address)"
            ),
            Finding(.ok, "pages and texts: \(settings.share)"),
        ]
        if !FileManager.default.fileExists(atPath: settings.share + "/static/vendor") {
            findings.append(
                Finding(
                    .failure,
                    "the folder static/vendor of \(settings.share) is missing: pages have no icons and no htmx",
                    "In a checkout run scripts/assets; otherwise install the package again."))
        }
        if settings.certificate == nil, settings.origin?.hasPrefix("https://") != true {
            findings.append(
                Finding(
                    .warning, "no certificate is set, and no public https address",
                    "Passwords cross the network in clear, and browsers refuse microphone and camera. Set certificate and key, put a "
                        + "front server with TLS before Okno and set origin, or make a private authority: okno setup --certificate NAME"
                ))
        }
        if settings.certificate == nil, settings.origin?.hasPrefix("https://") == true, settings.proxies.isEmpty {
            findings.append(
                Finding(
                    .warning, "origin is https, but neither a certificate nor proxies are set",
                    "If a front server ends TLS, name its address in proxies: otherwise everybody has its address, and limits on guessing hit all."
                ))
        }
        return findings
    }

    private func folders() -> [Finding] {
        [("data", settings.data), ("files", settings.files)].map { name, path in
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue else {
                return Finding(
                    .warning, "the \(name) folder \(path) does not exist yet", "okno setup or okno serve makes it.")
            }
            guard access(path, R_OK | W_OK | X_OK) == 0 else {
                return Finding(
                    .failure, "the \(name) folder \(path) cannot be written by this user",
                    "Give it to the user that runs okno.")
            }
            return Finding(.ok, "the \(name) folder \(path) can be written")
        }
    }

    private func disk() -> [Finding] {
        var facts = statvfs()
        guard statvfs(settings.data, &facts) == 0 else { return [] }
        let free = (UInt64(facts.f_bavail) * UInt64(facts.f_frsize)) >> 20
        if facts.f_files > 0, facts.f_favail * 50 < facts.f_files {
            return [
                Finding(
                    .warning, "less than 2 % of the inodes of \(settings.data) are free",
                    "Make place: small files fill the disk too.")
            ]
        }
        return switch free {
        case ..<200:
            [
                Finding(
                    .failure, "only \(free) MB are free at \(settings.data)",
                    "Make place now: without it nothing can be registered.")
            ]
        case ..<2048:
            [
                Finding(
                    .warning, "\(free) MB are free at \(settings.data)", "Make place, or move files to a larger disk.")
            ]
        default: [Finding(.ok, "\(free >> 10) GB are free at \(settings.data)")]
        }
    }

    private func key() -> [Finding] {
        let path = settings.data + "/okno.key"
        var facts = stat()
        guard stat(path, &facts) == 0 else {
            return [
                Finding(
                    .warning, "there is no key \(path) yet",
                    "It is made at the first start. If there was one, restore it: without it secrets and sessions are lost."
                )
            ]
        }
        guard facts.st_mode & 0o077 == 0 else {
            return [Finding(.failure, "the key \(path) can be read by others", "chmod 600 \(path)")]
        }
        guard facts.st_size == 32 else {
            return [
                Finding(
                    .failure, "the key \(path) is damaged: \(facts.st_size) bytes instead of 32",
                    "Restore it from a backup.")
            ]
        }
        return [Finding(.ok, "the key \(path) is there, for its owner only")]
    }

    private func certificates() -> [Finding] {
        guard let path = settings.certificate else { return [] }
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let chain = try? PEMDocument.parseMultiple(pemString: text).map({ try Certificate(pemDocument: $0) }),
            let certificate = chain.first
        else {
            return [
                Finding(
                    .failure, "the certificate \(path) cannot be read",
                    "It must be PEM: the server's certificate first, then its chain.")
            ]
        }
        let names = (try? certificate.extensions.subjectAlternativeNames?.map(Self.words)) ?? []
        var findings: [Finding] = []
        let seconds = certificate.notValidAfter.timeIntervalSince1970 - Double(now.milliseconds) / 1000
        let days = Int(seconds / 86_400)
        switch days {
        case _ where seconds < 0:
            findings.append(
                Finding(
                    .failure, "the certificate \(path) expired on \(certificate.notValidAfter)",
                    "Renew it; the server reads it again by itself."))
        case ..<21:
            findings.append(
                Finding(
                    .warning, "the certificate \(path) expires in \(days) days",
                    "Renew it; the server reads it again by itself."))
        default:
            findings.append(
                Finding(.ok, "the certificate \(path) for \(names.joined(separator: ", ")) is good for \(days) days"))
        }
        if let host = settings.origin.flatMap({ URL(string: $0)?.host }),
            !names.contains(where: { Self.fits(host, $0) })
        {
            findings.append(
                Finding(
                    .failure,
                    "the certificate is for \(names.joined(separator: ", ")), but the public address is \(host)",
                    "Make a certificate for \(host), or correct origin."))
        }
        if let keyPath = settings.key {
            var facts = stat()
            let isThere = stat(keyPath, &facts) == 0
            if !isThere || facts.st_mode & 0o007 != 0 {
                findings.append(
                    Finding(
                        .failure,
                        isThere
                            ? "the certificate's key \(keyPath) can be read by everybody"
                            : "the certificate's key \(keyPath) is missing",
                        isThere ? "chmod 600 \(keyPath)" : "Set key to the file that belongs to the certificate."))
            } else if let key = try? Certificate.PrivateKey(
                pemEncoded: String(contentsOfFile: keyPath, encoding: .utf8)),
                key.publicKey != certificate.publicKey
            {
                findings.append(
                    Finding(
                        .failure, "the key \(keyPath) does not belong to the certificate",
                        "Set the key that it was made with."))
            }
        }
        return findings
    }

    private static func words(_ name: GeneralName) -> String {
        switch name {
        case .dnsName(let name): name
        case .ipAddress(let address):
            address.bytes.count == 4 ? address.bytes.map { String($0) }.joined(separator: ".") : "an IPv6 address"
        default: "\(name)"
        }
    }

    private static func fits(_ host: String, _ name: String) -> Bool {
        if name == host { return true }
        guard name.hasPrefix("*."), let dot = host.firstIndex(of: ".") else { return false }
        return host[dot...] == name.dropFirst()
    }
}
