import Connection
import Foundation
import Kernel
import SwiftASN1
import Synchronization
import X509

/// The certificate that the port presents, as its file says it now: read again only when the file has changed.
final class PresentedCertificate: Sendable {
    private struct Read {
        var changed: Date?
        var certificate: ConnectionRoom.Certificate?
    }

    private let path: String?
    private let read = Mutex(Read())

    init(_ path: String?) { self.path = path }

    var present: ConnectionRoom.Certificate? {
        guard let path else { return nil }
        // The name may be a link that leads to another file after a renewal.
        let file = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let facts = try? FileManager.default.attributesOfItem(atPath: file)
        guard let changed = facts?[.modificationDate] as? Date else { return nil }
        return read.withLock { read in
            if read.changed == changed { return read.certificate }
            read = Read(changed: changed, certificate: Self.certificate(path))
            return read.certificate
        }
    }

    private static func certificate(_ path: String) -> ConnectionRoom.Certificate? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let document = try? PEMDocument.parseMultiple(pemString: text).first,
            let certificate = try? Certificate(pemDocument: document)
        else { return nil }
        let until = Instant(milliseconds: Int64(certificate.notValidAfter.timeIntervalSince1970 * 1000))
        return .init(issuer: certificate.issuer.commonName, until: until)
    }
}

extension DistinguishedName {
    /// The common name, or the whole name when it has none.
    var commonName: String {
        for relative in self {
            for attribute in relative where attribute.type == .NameAttributes.commonName {
                return String(attribute.value) ?? "\(attribute.value)"
            }
        }
        return description
    }
}
