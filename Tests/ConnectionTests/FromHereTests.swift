import Connection
import Foundation
import HTTPTypes
import Kernel
import Live
import Logging
import NIOCore
import NIOPosix
import TestOffice
import Testing

@testable import OknoApp

@Suite struct FromHereTests {
    private func examine(
        _ address: String, pass: String? = nil, authority: String? = nil, environment: [String: String] = [:]
    ) async throws -> [Doctor.Finding] {
        var findings: [Doctor.Finding] = []
        await FromHere(try Road(address, environment: environment), pass: pass, authority: authority, patience: 2)
            .examine { findings.append($0) }
        return findings
    }

    private func lines(_ findings: [Doctor.Finding]) -> String { findings.map(\.line).joined(separator: "\n") }

    @Test func aPlainServerWithoutARelay() async throws {
        try await Office.with(.sqlite) { office in
            try await OpenPort.run(office) { port in
                let findings = try await examine("http://localhost:\(port)")
                #expect(
                    findings.map(\.level) == [.ok, .ok, .warning, .ok, .ok, .warning, .ok, .ok], "\(lines(findings))")
                let said = lines(findings)
                for words in [
                    "nothing is encrypted", "Okno answers over HTTP", "WebSocket passes", "no relay over TCP",
                    "calls go over WebSocket",
                ] {
                    #expect(said.contains(words), "\(said)")
                }
            }
        }
    }

    @Test func aServerWithTLSAndARelayAndWhoSignedIt() async throws {
        try await Office.with(.sqlite) { office in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let made = try PrivateAuthority.make(for: ["localhost", "127.0.0.1"], organisation: "Север", in: folder)
            let certificates = try Certificates(
                chain: made.certificate, key: made.key, logger: Logger(label: "test"))
            try await OpenPort.run(office, certificates: certificates, turn: Binding()) { port in
                let trusted = try await examine("https://localhost:\(port)", authority: made.authority)
                #expect(trusted.allSatisfy { $0.level == .ok }, "\(lines(trusted))")
                for words in ["signed by “Север, Okno”", "over TCP", "over TLS", "calls go through the relay"] {
                    #expect(lines(trusted).contains(words), "\(lines(trusted))")
                }
                // Without the authority everything else is found out all the same.
                let strange = try await examine("https://localhost:\(port)")
                #expect(strange.filter { $0.level == .failure }.count == 1, "\(lines(strange))")
                #expect(lines(strange).contains("not trusted by this computer: for localhost, signed by “Север, Okno”"))
                #expect(lines(strange).contains("WebSocket passes"))
                let byAddress = try await examine("https://127.0.0.1:\(port)", authority: made.authority)
                #expect(byAddress.allSatisfy { $0.level == .ok }, "\(lines(byAddress))")
            }
        }
    }

    /// The pass that the page of the check shows to Anna.
    private func pass(_ office: Office) async throws -> String {
        let page = try await office.get(as: .anna, "/connection").body
        return String(
            try #require(page.firstMatch(of: /okno doctor --from-here http:\/\/okno.test --pass ([0-9a-f.\-]+)</)?.1))
    }

    @Test func withAPassItMeasuresWhatThePageMeasures() async throws {
        try await Office.with(.sqlite) { office in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let made = try PrivateAuthority.make(for: ["localhost"], organisation: "Север", in: folder)
            let certificates = try Certificates(
                chain: made.certificate, key: made.key, logger: Logger(label: "test"))
            let pass = try await pass(office)
            try await OpenPort.run(office, certificates: certificates, hasOwnRelay: true) { port in
                for scheme in ["http", "https"] {
                    let findings = try await examine(
                        "\(scheme)://localhost:\(port)", pass: pass, authority: made.authority)
                    let said = lines(findings)
                    #expect(!findings.contains { $0.level == .failure }, "\(said)")
                    for words in [
                        "the relay at localhost:\(port) over \(scheme == "http" ? "TCP" : "TLS") carries: 20 of 20 packets",
                        "media over WebSocket: ", "throughput: ", "Mbit/s out", "calls go through the relay",
                    ] {
                        #expect(said.contains(words), "\(said)")
                    }
                }
            }
        }
    }

    @Test func aRelayThatCarriesNothingIsFoundOut() async throws {
        try await Office.with(.sqlite) { office in
            let pass = try await pass(office)
            // It answers a Binding, so that it looks well from outside, and gives nobody a place.
            try await OpenPort.run(office, turn: Binding()) { port in
                #expect(lines(try await examine("http://localhost:\(port)")).contains("calls go through the relay"))
                let said = lines(try await examine("http://localhost:\(port)", pass: pass))
                #expect(said.contains("carries nothing: it does not ask for a name"), "\(said)")
                #expect(said.contains("calls go over WebSocket"), "\(said)")
            }
        }
    }

    @Test func aPassThatIsOverOrForgedMeasuresNothing() async throws {
        try await Office.with(.sqlite) { office in
            let pass = try await pass(office)
            func check(_ pass: String, status: Int) async throws {
                let header: HTTPFields = [CheckPass.header: pass]
                for path in ["/connection/echo", "/connection/ice", "/connection/body?kb=1"] {
                    try await office.check(
                        as: nil, .get, path, headers: header,
                        status: path.hasSuffix("echo") && status == 200 ? 204 : status)
                }
                try await office.check(as: nil, .post, "/connection/sink", headers: header, status: status)
            }
            try await check(pass, status: 200)
            var parts = pass.split(separator: ".").map(String.init)
            parts[1] = String(Int(parts[1])! + 60)
            for forged in [parts.joined(separator: "."), pass + "0", String(pass.dropLast()), "", "..", "a.b.c"] {
                try await check(forged, status: 401)
            }
            // It opens nothing else.
            try await office.check(as: nil, .get, "/connection", headers: [CheckPass.header: pass], status: 303)
            try await office.check(as: nil, .get, "/requests", headers: [CheckPass.header: pass], status: 303)
            try await OpenPort.run(office) { port in
                let said = lines(try await examine("http://localhost:\(port)", pass: parts.joined(separator: ".")))
                #expect(said.contains("FAIL the pass is not accepted"), "\(said)")
                #expect(said.contains("only messages work from here"), "\(said)")
            }
            office.clock.pass(Minutes(31))
            try await check(pass, status: 401)
        }
    }

    @Test func aPassEndsWithTheSessionItWasMadeIn() async throws {
        try await Office.with(.sqlite) { office in
            let pass = try await pass(office)
            _ = try await office.send(as: .anna, .delete, "/session")
            try await office.check(as: nil, .get, "/connection/ice", headers: [CheckPass.header: pass], status: 401)
        }
    }

    @Test func throughAProxyThatWantsToBeAsked() async throws {
        try await Office.with(.sqlite) { office in
            try await OpenPort.run(office) { port in
                let proxy = try await ConnectProxy(login: Data("anna:secret".utf8).base64EncodedString())
                let good = ["http_proxy": "http://anna:secret@127.0.0.1:\(proxy.port)"]
                let findings = try await examine("http://localhost:\(port)", environment: good)
                #expect(!findings.contains { $0.level == .failure }, "\(lines(findings))")
                #expect(lines(findings).contains("the way goes through the proxy 127.0.0.1:\(proxy.port)"))
                let bad = try await examine(
                    "http://localhost:\(port)", environment: ["http_proxy": "http://127.0.0.1:\(proxy.port)"])
                #expect(bad.last?.level == .failure)
                #expect(lines(bad).contains("answered 407 to CONNECT"), "\(lines(bad))")
                try await proxy.close()
            }
        }
    }

    @Test func nobodyIsThere() async throws {
        // A port that was free a moment ago.
        let proxy = try await ConnectProxy(), port = proxy.port
        try await proxy.close()
        let closed = try await examine("http://127.0.0.1:\(port)")
        #expect(closed.map(\.level) == [.ok, .failure])
        #expect(lines(closed).contains("Ask the security officer for outgoing TCP to 127.0.0.1:\(port)"))
        let unknown = try await examine("https://no-such-name.invalid")
        #expect(unknown.map(\.level) == [.failure, .failure])
    }

    /// Something that answers every question in the same way, as a filter of a company does.
    @Test(arguments: [
        ("HTTP/1.1 403 Forbidden\r\nContent-Length: 7\r\n\r\nblocked", "somebody else answers"),
        ("nonsense\r\n\r\n", "no answer"),
        ("", "no answer"),
    ])
    func somebodyElseAnswers(_ words: String, found: String) async throws {
        let channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Same(words)) }
            }.bind(host: "127.0.0.1", port: 0).get()
        let findings = try await examine("http://127.0.0.1:\(channel.localAddress!.port!)")
        #expect(lines(findings).contains(found), "\(lines(findings))")
        #expect(lines(findings).contains("only messages work from here"), "\(lines(findings))")
        #expect(lines(findings).contains("no relay over TCP"))
        try await channel.close()
    }

    private final class Same: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let words: String
        init(_ words: String) { self.words = words }
        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: words)), promise: nil)
        }
    }

    @Test(arguments: ["", "ftp://help.example.ru", "https://", "help example"])
    func whatIsNoAddressIsRefused(_ address: String) {
        #expect(throws: InstallationFault.self) { try Road(address) }
    }

    @Test func proxiesAreHonouredAsCurlDoes() throws {
        let environment = ["HTTPS_PROXY": "proxy.local:3128", "no_proxy": "localhost,.example.org"]
        #expect(try Road("help.example.ru", environment: environment).proxy?.host == "proxy.local")
        #expect(try Road("help.example.ru", environment: environment).proxy?.port == 3128)
        #expect(try Road("help.example.org", environment: environment).proxy == nil)
        #expect(try Road("http://help.example.ru", environment: environment).proxy == nil)
        #expect(try Road("https://[::1]:8443").authority == "[::1]:8443")
    }

    @Test func relaysAreReachedByTheSameProxy() throws {
        let road = try Road("help.example.ru", environment: ["https_proxy": "proxy.local:3128"])
        let known = [
            ("turns:help.example.ru:443?transport=tcp", "help.example.ru", 443, true),
            ("turns:help.example.ru", "help.example.ru", 5349, true),
            ("turn:[2001:db8::1]:80?transport=tcp", "2001:db8::1", 80, false),
            ("turn:relay.example.ru?transport=tcp", "relay.example.ru", 3478, false),
        ]
        for (address, host, port, isSecure) in known {
            let found = try #require(road.toRelay(address))
            #expect(found.host == host && found.port == port && found.isSecure == isSecure, "\(address)")
            #expect(found.proxy == road.proxy)
        }
        for address in ["turn:help.example.ru:3478", "turn:help.example.ru?transport=udp", "http://help.example.ru"] {
            #expect(road.toRelay(address) == nil, "\(address)")
        }
    }
}
