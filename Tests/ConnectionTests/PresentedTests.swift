import Connection
import Foundation
import Testing

@testable import OknoApp

/// What the page of the check tells of the server's certificate.
@Suite struct PresentedTests {
    private static let chain = """
        -----BEGIN CERTIFICATE-----
        MIIBnDCCAUOgAwIBAgIUD8l1KKqzV/kx8duPF8Pi8NSNb3owCgYIKoZIzj0EAwIw
        GDEWMBQGA1UEAwwNZmlyc3QuZXhhbXBsZTAgFw0yNjExMjIyMjUzMDVaGA8yMTI2
        MTAyOTIyNTMwNVowGDEWMBQGA1UEAwwNZmlyc3QuZXhhbXBsZTBZMBMGByqGSM49
        AgEGCCqGSM49AwEHA0IABMY8BfAzeFToRC0U8XUCOjzAaxwWZDqO/z1ssr8tZZrv
        Lv2+K8nV3WEK3vfVhFkEEO88R7Fl+oaxo/C79ZLnj42jaTBnMB0GA1UdDgQWBBRH
        DgAi9QJGJCP3WbtGAp0FnRUU3jAfBgNVHSMEGDAWgBRHDgAi9QJGJCP3WbtGAp0F
        nRUU3jAPBgNVHRMBAf8EBTADAQH/MBQGA1UdEQQNMAuCCWxvY2FsaG9zdDAKBggq
        hkjOPQQDAgNHADBEAiAvS5sGssfP84Ljbvw2nmC9Ip4SylHC5NoybVANsUrWrQIg
        Abc2DeZsegYS9i2qQHjoUzoTITevfUzKBPByawcEFSs=
        -----END CERTIFICATE-----

        """

    @Test func theFileIsReadWhenItHasChanged() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID()).pem").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        func write(_ text: String, at seconds: TimeInterval) throws {
            try text.write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: seconds)], ofItemAtPath: path)
        }
        let presented = PresentedCertificate(path)
        #expect(presented.present == nil)
        try write(Self.chain, at: 1_000_000)
        #expect(presented.present?.issuer == "first.example")
        try write("nothing of the kind", at: 1_000_000)
        #expect(presented.present?.issuer == "first.example")
        try write("nothing of the kind", at: 1_000_001)
        #expect(presented.present == nil)
        #expect(PresentedCertificate(nil).present == nil)
    }
}
