import Crypto
import Foundation
import HTTPTypes
import Kernel
import Lines
import Requests
import Storage
import TestOffice
import Testing
import Web

@testable import Notices
@testable import OknoApp
@testable import Push

/// A browser's side of a subscription: it alone opens what is sent to it (RFC 8291, written down once more from the text).
struct Browser: Sendable {
    let key = P256.KeyAgreement.PrivateKey()
    let secret: [UInt8] = (0..<16).map { _ in UInt8.random(in: 0...255) }

    var publicKey: String { Base64URL.text(key.publicKey.x963Representation) }

    func open(_ body: [UInt8]) throws -> String {
        let salt = Array(body[0..<16]), size = Int(body[20])
        #expect(Array(body[16..<20]) == [0, 0, 16, 0])
        let theirs = Array(body[21..<21 + size]), sealed = Array(body[(21 + size)...])
        func hmac(_ key: some Sequence<UInt8>, _ text: [UInt8]) -> [UInt8] {
            Array(HMAC<SHA256>.authenticationCode(for: text, using: SymmetricKey(data: Array(key))))
        }
        let shared = try key.sharedSecretFromKeyAgreement(with: .init(x963Representation: theirs))
        let first = hmac(secret, shared.withUnsafeBytes { Array($0) })
        let material = hmac(
            first, Array("WebPush: info\0".utf8) + Array(key.publicKey.x963Representation) + theirs + [1])
        let second = hmac(salt, material)
        let content = hmac(second, Array("Content-Encoding: aes128gcm\0".utf8) + [1]).prefix(16)
        let nonce = hmac(second, Array("Content-Encoding: nonce\0".utf8) + [1]).prefix(12)
        let box = try AES.GCM.SealedBox(
            nonce: .init(data: Array(nonce)), ciphertext: Array(sealed.dropLast(16)), tag: Array(sealed.suffix(16)))
        let plain = Array(try AES.GCM.open(box, using: SymmetricKey(data: Array(content))))
        #expect(plain.last == 2)
        return String(decoding: plain.dropLast(), as: UTF8.self)
    }
}

final class PushService: Sendable {
    let folder: URL, roots: String, port: Int
    private let process: Process

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("push-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let made = try PrivateAuthority.make(for: ["localhost"], organisation: "Проба", in: folder.path)
        roots = made.authority
        process = try python([
            MailServer.checkout + "/Tests/NoticesTests/push_service.py", folder.path, made.certificate, made.key,
        ])
        port = try waitForPort(in: folder)
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        try? FileManager.default.removeItem(at: folder)
    }

    func url(_ path: String) -> String { "https://localhost:\(port)/\(path)" }

    var posts: [(head: [String: String], body: [UInt8])] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".body") }.sorted().map { name in
            let head = folder.path + "/" + name.replacing(".body", with: ".json")
            let fields =
                (try? JSONSerialization.jsonObject(with: FileManager.default.contents(atPath: head) ?? Data()))
                as? [String: String]
            return (fields ?? [:], Array(FileManager.default.contents(atPath: folder.path + "/" + name) ?? Data()))
        }
    }

    func isPuttingOff(_ on: Bool) {
        let path = folder.path + "/later"
        if on {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        } else {
            try? FileManager.default.removeItem(atPath: path)
        }
    }

    var pushes: Notices.Pushes {
        .init(
            contact: "mailto:help@example.ru", client: PushClient(roots: roots, mayReach: { _ in true }), anyPort: true)
    }
}

@Suite struct PushRuleTests {
    /// The example of RFC 8291, section 5.
    @Test func theExampleOfTheStandardComesOutTheSame() throws {
        let own = try P256.KeyAgreement.PrivateKey(
            rawRepresentation: #require(Base64URL.bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")))
        let endpoint = try #require(PushEndpoint("https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV"))
        let subscription = try #require(
            PushSubscription(
                endpoint: endpoint,
                key: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
                secret: "BTBZMqHH6r4Tts7J_aSIgg"))
        let body = try PushEncryption.encrypt(
            Array("When I grow up, I want to be a watermelon".utf8), for: subscription, own: own,
            salt: #require(Base64URL.bytes("DGv6ra1nlYgDCS1FRnbzlw")))
        #expect(
            Base64URL.text(body)
                == "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
        )
    }

    @Test func aSignatureHoldsForOneServiceAndHalfADay() throws {
        let signer = PushSigner(contact: "mailto:help@example.ru"), now = Instant(seconds: 1_795_417_200)
        let endpoint = try #require(PushEndpoint("https://push.example.net/a/b?c=d"))
        let header = try signer.authorization(for: endpoint, at: now)
        let match = try #require(header.wholeMatch(of: /vapid t=([^.]+)\.([^.]+)\.([^,]+), k=(.+)/))
        let claims = String(decoding: try #require(Base64URL.bytes(String(match.2))), as: UTF8.self)
        #expect(
            claims == "{\"aud\":\"https://push.example.net\",\"exp\":1795460400,\"sub\":\"mailto:help@example.ru\"}")
        let key = try P256.Signing.PublicKey(x963Representation: #require(Base64URL.bytes(String(match.4))))
        let signature = try P256.Signing.ECDSASignature(rawRepresentation: #require(Base64URL.bytes(String(match.3))))
        #expect(key.isValidSignature(signature, for: Data("\(match.1).\(match.2)".utf8)))
        #expect(PushSigner(secret: signer.secret, contact: "")?.publicKey == signer.publicKey)
    }

    @Test(arguments: [
        "http://push.example.net/a", "https://127.0.0.1/a", "https://10.0.0.1/a", "https://[::1]/a",
        "https://localhost/a",
        "https://push.example.net:8443/a", "https://user@push.example.net/a", "https://push.example.net", "ftp://a.b/c",
        "https://push.example.net./a", "https://push.example.net/a#b", "https://push.example.net/a b", "",
        "https://2130706433/a", "https://0x7f000001/a",
    ])
    func anAddressThatIsNoPushServiceIsRefused(_ url: String) { #expect(PushEndpoint(url) == nil) }

    @Test func onlyTheOpenInternetIsReached() {
        let closed: [[UInt8]] = [
            [0, 0, 0, 0], [10, 1, 2, 3], [100, 64, 0, 1], [100, 127, 255, 255], [127, 0, 0, 1], [169, 254, 169, 254],
            [172, 16, 0, 1], [172, 31, 255, 255], [192, 0, 0, 8], [192, 168, 1, 1], [198, 18, 0, 1], [224, 0, 0, 1],
            [255, 255, 255, 255],
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1],
            [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            [0x20, 0x02, 10, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            [0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
            [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1], [],
        ]
        for bytes in closed { #expect(!PublicAddress.holds(bytes), "\(bytes)") }
        let open: [[UInt8]] = [
            [8, 8, 8, 8], [100, 63, 0, 1], [172, 32, 0, 1], [192, 169, 0, 1], [223, 255, 255, 255],
            [0x2a, 0x00, 0x14, 0x50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
        ]
        for bytes in open { #expect(PublicAddress.holds(bytes), "\(bytes)") }
    }

    @Test func answersOfAServiceAreToldApart() {
        #expect(PushClient.outcome(201) == .taken)
        #expect(PushClient.outcome(404) == .gone && PushClient.outcome(410) == .gone)
        #expect(PushClient.outcome(429) == .later("429") && PushClient.outcome(503) == .later("503"))
        #expect(PushClient.outcome(413) == .refused("413") && PushClient.outcome(302) == .refused("302"))
    }

    @Test func aServiceInTheInnerNetworkIsNotReached() async throws {
        let service = try PushService()
        let endpoint = try #require(PushEndpoint(service.url("push/a"), anyPort: true))
        let outcome = await PushClient(roots: service.roots).post([1], to: endpoint, authorization: "", lives: 1)
        #expect(outcome == .forbidden)
        #expect(service.posts.isEmpty)
        // Trusted addresses, but a certificate that is not.
        let stranger = await PushClient(mayReach: { _ in true }).post([1], to: endpoint, authorization: "", lives: 1)
        if case .later = stranger {} else { Issue.record("\(stranger)") }
        #expect(service.posts.isEmpty)
        let moved = try #require(PushEndpoint(service.url("moved/a"), anyPort: true))
        let reached = PushClient(roots: service.roots, mayReach: { _ in true })
        #expect(await reached.post([1], to: moved, authorization: "", lives: 1) == .refused("307"))
        #expect(service.posts.count == 1)
    }
}

@Suite struct PushTests {
    private static func with(
        _ engine: Engine, _ body: @Sendable (Office, PushService, Notices) async throws -> Void
    ) async throws {
        let service = try PushService()
        try await Office.with(engine) { office in
            try await office.settle()
            var notices = office.installation.notices
            notices.pushes = service.pushes
            try await body(office, service, notices)
        }
    }

    private static func visit(_ notices: Notices) async throws {
        let pushing = try #require(Pushing(notices))
        while try await pushing.visit() >= Pushing.portion {}
    }

    private static func subscribe(
        _ who: Who, _ path: String, _ browser: Browser, _ office: Office, _ service: PushService, _ notices: Notices
    ) async throws {
        try await notices.addDevice(
            service.url(path), key: browser.publicKey, secret: Base64URL.text(browser.secret),
            agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/140", by: try await office.viewer(who))
    }

    private static func open(_ office: Office) async throws -> [String: Int] {
        try await office.database.read { tx in
            Dictionary(
                uniqueKeysWithValues: try tx.all(
                    "SELECT COALESCE(why, 'open'), COUNT(*) FROM push_device GROUP BY COALESCE(why, 'open')"
                ) { row in try (row[0] as String, row[1] as Int) })
        }
    }

    @Test(arguments: Engine.available)
    func newsReachABrowserSealedAndSigned(on engine: Engine) async throws {
        try await Self.with(engine) { office, service, notices in
            let browser = Browser()
            try await Self.subscribe(.anna, "push/anna", browser, office, service, notices)
            try await office.write("Проверяю", as: .boris)
            try await Self.visit(notices)
            // «Taken» is told on the page only, by usual choice; the answer by the browser as well.
            let post = try #require(service.posts.first)
            #expect(service.posts.count == 1)
            #expect(
                post.head["path"] == "/push/anna" && post.head["content-encoding"] == "aes128gcm"
                    && post.head["ttl"] == "86400")
            let signer = try #require(try await notices.signer())
            #expect(post.head["authorization"]?.hasSuffix("k=\(signer.publicKey)") == true)
            #expect(!String(decoding: post.body, as: UTF8.self).contains("почта"))
            let message = try browser.open(post.body)
            #expect(message.contains("Новый ответ") && message.contains("№\u{a0}\(office.number) · Не приходит почта"))
            // The same key after a restart and on another node; in the database it lies sealed.
            let other = office.nodes[office.nodes.count - 1].notices
            var again = other
            again.pushes = service.pushes
            #expect(try await again.signer()?.publicKey == signer.publicKey)
            let sealed: String? = try await office.database.read { tx in try tx.value("SELECT sealed FROM push_key") }
            #expect(sealed?.contains(signer.secret) == false)
            // It is said once.
            try await Self.visit(notices)
            #expect(service.posts.count == 1)
        }
    }

    /// Every window of hers is closed: the browser says that it rings, for as long as it does, and then that a call was missed.
    @Test(arguments: Engine.available)
    func aCallReachesWhomNoPageIsOpenFor(on engine: Engine) async throws {
        try await Self.with(engine) { office, service, notices in
            let browser = Browser()
            try await Self.subscribe(.anna, "push/anna", browser, office, service, notices)
            let first = try await office.ring(as: .boris)
            try await Self.visit(notices)
            #expect(service.posts.count == 1)
            let rings = try #require(service.posts.first)
            #expect(rings.head["ttl"] == "45")
            let message = try browser.open(rings.body)
            #expect(
                message.contains("Вам звонят") && message.contains("Громов")
                    && message.contains("\"call-\(office.number)\""))
            try await office.check(as: .boris, .post, "/calls/\(first)/leave", status: 204)
            try await office.settle()
            try await Self.visit(notices)
            let missed = try browser.open(try #require(service.posts.last).body)
            #expect(service.posts.count == 2)
            #expect(missed.contains("Пропущенный звонок") && missed.contains("\"call-\(office.number)\""))
            // The answer was faster than the service: there is nothing to say.
            let second = try await office.ring(as: .boris)
            try await office.check(as: .anna, .post, "/calls/\(second)/answer", status: 200)
            try await office.settle()
            try await Self.visit(notices)
            #expect(service.posts.count == 2)
        }
    }

    @Test(arguments: Engine.available)
    func aBrowserThatHasGoneIsLeftAlone(on engine: Engine) async throws {
        try await Self.with(engine) { office, service, notices in
            try await Self.subscribe(.anna, "gone/anna", Browser(), office, service, notices)
            try await office.write("Проверяю", as: .boris)
            try await Self.visit(notices)
            #expect(try await Self.open(office) == ["gone": 1])
            try await office.write("Ещё", as: .boris)
            try await Self.visit(notices)
            #expect(service.posts.count == 1)
        }
    }

    @Test(arguments: Engine.available)
    func aServiceThatIsBusyIsAskedAgainAndNotForEver(on engine: Engine) async throws {
        try await Self.with(engine) { office, service, notices in
            service.isPuttingOff(true)
            try await Self.subscribe(.anna, "later/anna", Browser(), office, service, notices)
            try await office.write("Проверяю", as: .boris)
            try await Self.visit(notices)
            try await Self.visit(notices)
            #expect(service.posts.count == 1)
            office.clock.pass(Minutes(1))
            try await Self.visit(notices)
            #expect(service.posts.count == 2)
            service.isPuttingOff(false)
            office.clock.pass(Minutes(2))
            try await Self.visit(notices)
            #expect(service.posts.count == 3)
            office.clock.pass(Minutes(60))
            try await Self.visit(notices)
            #expect(service.posts.count == 3)
            #expect(try await Self.open(office) == ["open": 1])
        }
    }

    @Test(arguments: Engine.available)
    func whatWasReadOrMayNotBeSeenIsNotPushed(on engine: Engine) async throws {
        try await Self.with(engine) { office, service, notices in
            let anna = Browser(), vera = Browser()
            try await Self.subscribe(.anna, "push/anna", anna, office, service, notices)
            try await Self.subscribe(.vera, "push/vera", vera, office, service, notices)
            try await office.write("Проверяю", as: .boris)
            try await office.requests.read(office.number, upTo: 1_000_000, by: try await office.viewer(.anna))
            try await office.write("@Вера", as: .boris, isNote: true, mentions: [.vera, .anna])
            try await office.installation.lines.takeCompetence(
                on: office.line, from: office.id(.vera), by: try await office.viewer(.dina))
            try await office.requests.unwatch(office.number, office.id(.vera), by: try await office.viewer(.boris))
            try await Self.visit(notices)
            #expect(service.posts.isEmpty)
            // At night nothing rings.
            office.clock.pass(.hours(13))
            try await office.write("Ещё", as: .boris)
            try await Self.visit(notices)
            #expect(service.posts.isEmpty)
        }
    }

    @Test(arguments: Engine.available)
    func aBrowserIsToldNothingAfterItsSessionHasEnded(on engine: Engine) async throws {
        try await Self.with(engine) { office, service, notices in
            let waiting = { @Sendable () async throws -> Int in
                try await office.database.read { tx in try tx.value("SELECT COUNT(*) FROM push_job")! }
            }
            try await Self.subscribe(.anna, "push/anna", Browser(), office, service, notices)
            try await office.write("Проверяю", as: .boris)
            try await Self.visit(notices)
            #expect(service.posts.count == 1)
            // What waits when she signs out is not brought.
            try await office.write("Ещё", as: .boris)
            #expect(try await waiting() == 1)
            try await office.check(as: .anna, .post, "/session", form: [("_method", "DELETE")], status: 303)
            try await Self.visit(notices)
            #expect(service.posts.count == 1)
            // Nor is anything put in for that browser afterwards.
            try await office.write("И ещё", as: .boris)
            #expect(try await waiting() == 0)
            try await Self.visit(notices)
            #expect(service.posts.count == 1)
            let person = office.id(.anna), now = office.clock.now
            let devices = try await office.database.read { tx in try Notices.devices(of: person, at: now, tx).count }
            #expect(devices == 0)
        }
    }

    @Test(arguments: Engine.available)
    func aDeviceIsOnesOwn(on engine: Engine) async throws {
        try await Self.with(engine) { office, service, notices in
            let browser = Browser()
            try await Self.subscribe(.anna, "push/one", browser, office, service, notices)
            let device: DeviceID = try await office.database.read { tx in
                try tx.value("SELECT id FROM push_device WHERE ended_at IS NULL")!
            }
            for who in [Who.boris, .dina, .olga] {
                await #expect(throws: NoticesError.notFound) {
                    try await notices.endDevice(device, by: try await office.viewer(who))
                }
            }
            // Another person at the same browser: the first is told there no more.
            try await Self.subscribe(.boris, "push/one", browser, office, service, notices)
            #expect(try await Self.open(office) == ["again": 1, "open": 1])
            for wrong in ["http://push.example.net/a", "https://localhost/\u{7f}"] {
                await #expect(throws: NoticesError.deviceUnknown) {
                    try await notices.addDevice(
                        wrong, key: browser.publicKey, secret: Base64URL.text(browser.secret), agent: "",
                        by: try await office.viewer(.anna))
                }
            }
            await #expect(throws: NoticesError.deviceUnknown) {
                try await notices.addDevice(
                    service.url("push/two"), key: "AAAA", secret: "BBBB", agent: "", by: try await office.viewer(.anna))
            }
        }
    }

    @Test(arguments: Engine.available)
    func devicesAreKeptByHTTPAndTheOperatorMaySwitchPushOff(on engine: Engine) async throws {
        let browser = Browser()
        let form = [
            ("endpoint", "https://push.example.net/abc"), ("key", browser.publicKey),
            ("secret", Base64URL.text(browser.secret)),
        ]
        try await Office.with(engine) { office in
            try await office.check(as: .anna, .get, "/profile/notices", status: 200, shows: ["data-push-key="])
            try await office.check(as: .anna, .post, "/profile/notices/devices", form: form, status: 303)
            let page = try await office.check(
                as: .anna, .get, "/profile/notices", status: 200, shows: ["/profile/notices/devices/"])
            let device = try #require(page.body.firstMatch(of: /devices\/([0-9a-f-]{36})/)?.1)
            try await office.check(
                as: .boris, .post, "/profile/notices/devices/\(device)", form: [("_method", "DELETE")], status: 404)
            try await office.check(
                as: .anna, .post, "/profile/notices/devices/\(device)", form: [("_method", "DELETE")], status: 303)
            try await office.check(
                as: .anna, .get, "/profile/notices", status: 200, hides: ["/profile/notices/devices/\(device)"])
            var inner = form
            inner[0].1 = "https://10.0.0.1/abc"
            try await office.check(as: .anna, .post, "/profile/notices/devices", form: inner, status: 422)
        }
        try await Office.with(engine, settings: ["push": "off"]) { office in
            try await office.check(as: .anna, .get, "/profile/notices", status: 200, hides: ["data-push-key="])
            try await office.check(as: .anna, .post, "/profile/notices/devices", form: form, status: 404)
        }
    }
}
