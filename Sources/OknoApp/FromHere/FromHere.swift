import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import SwiftASN1
import X509

/// The doctor at a client's computer: walks every step to the server and says in plain words what works from here, and what to ask the
/// security officer for.
package struct FromHere: Sendable {
    let road: Road
    let trust: ClientLine.Trust
    let patience: TimeAmount
    let pass: String?

    /// - Parameters:
    ///   - pass: of the page of the check; without one nothing is measured that is only for those who are signed in.
    ///   - authority: PEM file of an authority that is trusted beside those of the system.
    ///   - seconds: how long each answer is waited for.
    package init(_ road: Road, pass: String? = nil, authority: String? = nil, patience seconds: Int64 = 5) {
        (self.road, self.pass, patience) = (road, pass, .seconds(seconds))
        trust = authority.map { .also($0) } ?? .system
    }

    /// Tells each finding as soon as it is known.
    package func examine(_ tell: (Doctor.Finding) -> Void) async {
        tell(await name())
        let reached = await reach()
        tell(reached)
        guard reached.level != .failure else { return }
        if road.isSecure { tell(await certificate()) } else { tell(Self.open) }
        let answer = await answer()
        tell(answer)
        let socket = await socket()
        tell(socket)
        let relays = await [relay(isSecure: false)] + (road.isSecure ? [relay(isSecure: true)] : [])
        for (_, finding) in relays { tell(finding) }
        var ways = (relay: relays.contains { $0.works }, socket: socket.level == .ok)
        if answer.level != .failure {
            tell(await delay())
            if let pass { ways = await measure(pass, tell) }
        }
        tell(verdict(hasSocket: ways.socket, hasRelay: ways.relay))
    }

    /// An open connection, with TLS where the address asks for it.
    private func line(_ trust: ClientLine.Trust? = nil, isSecure: Bool? = nil) async throws -> ClientLine {
        let line = try await road.open(within: patience)
        if isSecure ?? road.isSecure { try await line.secure(for: road.host, trust ?? self.trust) }
        return line
    }

    /// For every step but the certificate's own: one that is not trusted must not hide what else works.
    func use<Value>(
        isSecure: Bool? = nil, _ body: (ClientLine) async throws -> Value
    ) async throws -> Value {
        let line = try await line(.anything, isSecure: isSecure)
        defer { line.close() }
        return try await body(line)
    }

    func request(_ path: String, _ headers: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(road.authority)\r\nAccept: application/json\r\n\(headers)\r\n"
    }

    // MARK: the way there

    private func name() async -> Doctor.Finding {
        let (host, port) = road.proxy.map { ($0.host, $0.port) } ?? (road.host, road.port)
        let way = road.proxy == nil ? "" : "the way goes through the proxy \(host):\(port); "
        do {
            let address = try await NIOThreadPool.singleton.runIfActive {
                try SocketAddress.makeAddressResolvingHost(host, port: port)
            }
            return .init(.ok, "\(way)the name \(host) is \(address.ipAddress ?? "known")")
        } catch {
            return .init(
                .failure, "\(way)the name \(host) is not known here",
                "Ask for the name \(host) in the DNS of this network.")
        }
    }

    private func reach() async -> Doctor.Finding {
        do {
            try await road.open(within: patience).close()
            return .init(.ok, "TCP to \(road.host), port \(road.port), is open")
        } catch {
            return .init(
                .failure, "TCP to \(road.host), port \(road.port), does not open: \(Self.plain(error))",
                road.proxy == nil
                    ? "Ask the security officer for outgoing TCP to \(road.host):\(road.port)."
                    : "Ask for CONNECT to \(road.host):\(road.port) to be allowed on the proxy.")
        }
    }

    private static let open = Doctor.Finding(
        .warning, "the address is http: nothing is encrypted",
        "Browsers give microphone, camera and screen only to https. Ask the administrator of Okno for it.")

    private func certificate() async -> Doctor.Finding {
        do {
            let line = try await line()
            defer { line.close() }
            _ = try await line.ask(request("/health"), within: patience)
            let words = Self.words(try? await line.certificate())
            return .init(.ok, "TLS works; the certificate is trusted: \(words)")
        } catch {
            guard let shown = try? await shown() else {
                return .init(
                    .failure, "TLS does not work: \(Self.plain(error))",
                    "Something on the way cuts TLS to \(road.host):\(road.port); ask for an exception.")
            }
            return .init(
                .failure, "the certificate is not trusted by this computer: \(Self.words(shown))",
                "If its issuer is your company or an antivirus, a proxy opens TLS: ask for an exception for \(road.host). "
                    + "If it is the private authority of Okno, install its ca.pem here.")
        }
    }

    private func shown() async throws -> [UInt8]? {
        try await use { line in
            _ = try await line.ask(request("/health"), within: patience)
            return try await line.certificate()
        }
    }

    static func words(_ der: [UInt8]?) -> String {
        guard let der, let certificate = try? Certificate(derEncoded: der) else { return "it cannot be read" }
        let until = certificate.notValidAfter.formatted(.iso8601.year().month().day())
        return
            "for \(certificate.subject.commonName), signed by “\(certificate.issuer.commonName)”, valid until \(until)"
    }

    // MARK: what answers there

    private func answer() async -> Doctor.Finding {
        do {
            let answer = try await use { try await $0.ask(request("/health"), within: patience) }
            guard answer.body.contains("\"version\"") else {
                return .init(
                    .failure, "somebody else answers for \(road.host): status \(answer.status)",
                    "A proxy or a filter stands in between; ask for an exception for \(road.host).")
            }
            return answer.status == 200
                ? .init(.ok, "Okno answers over \(road.isSecure ? "HTTPS" : "HTTP")")
                : .init(.failure, "Okno answers that it is out of order", "Tell the administrator of Okno.")
        } catch {
            return .init(
                .failure, "no answer over \(road.isSecure ? "HTTPS" : "HTTP"): \(Self.plain(error))",
                "Ask for \(road.isSecure ? "HTTPS" : "HTTP") to \(road.host):\(road.port).")
        }
    }

    /// Who is not signed in gets 401 from Okno itself, and only when the wish for a WebSocket has arrived.
    private func socket() async -> Doctor.Finding {
        let advice =
            "Ask for the change to WebSocket (the Upgrade header) to be allowed for \(road.host):\(road.port). Until then messages work "
            + "and calls do not."
        do {
            let answer = try await use { try await $0.ask(request("/live", wish), within: patience) }
            switch answer.status {
            case 401: return .init(.ok, "WebSocket passes")
            case 426: return .init(.failure, "WebSocket does not pass: something removes the Upgrade header", advice)
            default: return .init(.failure, "WebSocket does not pass: answered with status \(answer.status)", advice)
            }
        } catch {
            return .init(.failure, "WebSocket does not pass: \(Self.plain(error))", advice)
        }
    }

    /// The headers of a WebSocket's beginning (RFC 6455, section 4.1).
    var wish: String {
        "Origin: \(road.origin)\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    }

    private func relay(isSecure: Bool) async -> (works: Bool, finding: Doctor.Finding) {
        let way = isSecure ? "TLS" : "TCP", binding = Self.binding()
        do {
            let answer = try await use(isSecure: isSecure) { line in
                try await line.ask(binding, within: patience) { $0.count >= 20 }
            }
            guard answer[0] == 0x01, answer[1] == 0x01, answer[4..<20].elementsEqual(binding[4..<20]) else {
                throw ClientLine.Fault("something else answers")
            }
            return (true, .init(.ok, "the relay answers on the same port over \(way)"))
        } catch {
            return (
                false,
                .init(
                    .warning, "no relay over \(way): \(Self.plain(error))",
                    "Either this server offers none, or a proxy passes only HTTP: then ask for an exception for \(road.host). Calls "
                        + "go over WebSocket meanwhile.")
            )
        }
    }

    /// STUN: a Binding request (RFC 8489, section 5).
    private static func binding() -> [UInt8] {
        [0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xA4, 0x42] + (0..<12).map { _ in UInt8.random(in: 0...255) }
    }

    private func delay() async -> Doctor.Finding {
        do {
            let times = try await use { line in
                var times: [Duration] = []
                for _ in 0..<11 {
                    let start = ContinuousClock.now
                    _ = try await line.ask(request("/health"), within: patience)
                    times.append(ContinuousClock.now - start)
                }
                return times.dropFirst().sorted()
            }
            return .init(
                times[5] > .milliseconds(400) ? .warning : .ok,
                "ten requests took \(Self.milliseconds(times[5])) at the median, \(Self.milliseconds(times[9])) at the most",
                times[5] > .milliseconds(400)
                    ? "Speech will come late. Ask the network administrator about the line." : "")
        } catch {
            return .init(
                .failure, "of ten requests on one connection some were lost: \(Self.plain(error))",
                "Something cuts connections to \(road.host):\(road.port); ask the network administrator.")
        }
    }

    private func verdict(hasSocket: Bool, hasRelay: Bool) -> Doctor.Finding {
        let port = "\(road.host):\(road.port)"
        let rest =
            pass == nil
            ? "The command of “Connection check” in Okno holds a pass: with it the relay is tried out, and speed and loss are measured."
            : "Microphone, camera and screen are tried by “Connection check” in Okno."
        if hasRelay { return .init(.ok, "calls go through the relay, all on \(port)", rest) }
        if hasSocket { return .init(.ok, "calls go over WebSocket, all on \(port)", rest) }
        return .init(.failure, "only messages work from here", "Show these lines to the security officer.")
    }

    static func plain(_ error: any Error) -> String {
        switch error {
        case let fault as ClientLine.Fault: fault.description
        case is NIOConnectionError, is ChannelError: "nobody answers"
        case is NIOSSLError, is BoringSSLError: "the TLS handshake failed"
        default: "\(error)"
        }
    }
}
