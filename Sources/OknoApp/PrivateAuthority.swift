import Crypto
import Foundation
import SwiftASN1
import X509

#if canImport(Glibc)
    import Glibc
#endif

/// A certificate authority of the organisation's own, and a server certificate signed by it: for networks without a public name.
/// Browsers give microphone, camera and screen only to HTTPS.
package enum PrivateAuthority {
    package struct Made: Sendable {
        /// To be installed on clients.
        package let authority: String
        package let certificate: String, key: String
    }

    /// Makes `tls/ca.pem`, `tls/ca.key`, `tls/server.pem` and `tls/server.key` in the data folder. An authority that is there
    /// already is used again, so that clients need nothing new.
    /// - Parameter names: host names and IP addresses, the main one first.
    package static func make(for names: [String], organisation: String, in data: String) throws -> Made {
        let folder = data + "/tls"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let authority = try authority(organisation, in: folder)
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(names[0]) }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            // A day back for clocks that are late; browsers take no certificate longer than 825 days from a private authority.
            notValidBefore: Date(timeIntervalSinceNow: -86_400),
            notValidAfter: Date(timeIntervalSinceNow: 820 * 86_400),
            issuer: authority.certificate.subject, subject: subject,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(try names.map(name))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
                AuthorityKeyIdentifier(
                    keyIdentifier: SubjectKeyIdentifier(hash: authority.certificate.publicKey).keyIdentifier)
            }, issuerPrivateKey: authority.key)
        let chain =
            try certificate.serializeAsPEM().pemString + "\n" + authority.certificate.serializeAsPEM().pemString + "\n"
        try write(chain, to: folder + "/server.pem")
        try write(key.pemRepresentation + "\n", to: folder + "/server.key")
        return Made(authority: folder + "/ca.pem", certificate: folder + "/server.pem", key: folder + "/server.key")
    }

    private static func authority(
        _ organisation: String, in folder: String
    ) throws -> (certificate: Certificate, key: Certificate.PrivateKey) {
        if let certificate = try? String(contentsOfFile: folder + "/ca.pem", encoding: .utf8),
            let key = try? String(contentsOfFile: folder + "/ca.key", encoding: .utf8)
        {
            return (try Certificate(pemEncoded: certificate), try Certificate.PrivateKey(pemEncoded: key))
        }
        let key = P256.Signing.PrivateKey(),
            name = try DistinguishedName {
                OrganizationName(organisation)
                CommonName("\(organisation), Okno")
            }
        let certificate = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(key.publicKey),
            notValidBefore: Date(timeIntervalSinceNow: -86_400),
            notValidAfter: Date(timeIntervalSinceNow: 3650 * 86_400),
            issuer: name, subject: name,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: Certificate.PublicKey(key.publicKey))
            }, issuerPrivateKey: .init(key))
        try write(key.pemRepresentation + "\n", to: folder + "/ca.key")
        try write(certificate.serializeAsPEM().pemString + "\n", to: folder + "/ca.pem")
        return (certificate, .init(key))
    }

    private static func name(_ text: String) throws -> GeneralName {
        guard let address = bytes(of: text) else { return .dnsName(text) }
        return .ipAddress(ASN1OctetString(contentBytes: address[...]))
    }

    /// The bytes of an IP address; nil when the text is a host name.
    static func bytes(of text: String) -> [UInt8]? {
        var four = in_addr(), six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: &four) { Array($0) } }
        if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: &six) { Array($0) } }
        return nil
    }

    private static func write(_ text: String, to path: String) throws {
        guard
            FileManager.default.createFile(
                atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        else { throw InstallationFault("\(path) cannot be written.") }
    }
}
