import Foundation
import NIOCore

/// Where the server is, and the HTTP proxy on the way to it.
package struct Road: Sendable, Equatable {
    struct Proxy: Sendable, Equatable {
        let host: String, port: Int
        /// «user:password» in base64.
        let login: String?
    }

    let host: String, port: Int, isSecure: Bool
    let proxy: Proxy?

    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? name : "\(name):\(port)"
    }
    var origin: String { (isSecure ? "https://" : "http://") + authority }

    /// - Parameters:
    ///   - address: «https://help.example.ru», «http://localhost:8080»; without a scheme it is https.
    ///   - environment: `https_proxy`, `http_proxy` and `no_proxy` are honoured as curl does.
    package init(_ address: String, environment: [String: String] = [:]) throws {
        guard let url = URL(string: address.contains("://") ? address : "https://\(address)"), let host = url.host,
            !host.isEmpty, let scheme = url.scheme, ["http", "https"].contains(scheme)
        else {
            throw InstallationFault("“\(address)” is no address of a server; give one like https://help.example.ru")
        }
        self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
        isSecure = scheme == "https"
        port = url.port ?? (isSecure ? 443 : 80)
        func named(_ name: String) -> String? {
            [environment[name], environment[name.uppercased()]].compactMap(\.self).first { !$0.isEmpty }
        }
        let excepted = (named("no_proxy") ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        let isExcepted = excepted.contains { name in
            let name = name.hasPrefix(".") ? String(name.dropFirst()) : name
            return name == "*" || host == name || host.hasSuffix(".\(name)")
        }
        // As curl: in upper case `HTTP_PROXY` may come from a header of a web server.
        let words = isSecure ? named("https_proxy") : environment["http_proxy"]
        proxy = isExcepted ? nil : words.flatMap(Self.proxy)
    }

    private init(host: String, port: Int, isSecure: Bool, proxy: Proxy?) {
        (self.host, self.port, self.isSecure, self.proxy) = (host, port, isSecure, proxy)
    }

    /// To a relay, by the same proxy: «turns:help.example.ru:443?transport=tcp».
    /// - Returns: nil when it is not reached over TCP.
    func toRelay(_ address: String) -> Road? {
        let parts = address.split(separator: "?"), words = parts[0].split(separator: ":", maxSplits: 1)
        let isSecure = words.first == "turns"
        guard words.count == 2, isSecure || parts.last == "transport=tcp",
            let url = URL(string: "https://\(words[1])"), let host = url.host
        else { return nil }
        return Road(
            host: host.trimmingCharacters(in: CharacterSet(charactersIn: "[]")),
            port: url.port ?? (isSecure ? 5349 : 3478), isSecure: isSecure, proxy: proxy)
    }

    private static func proxy(_ words: String) -> Proxy? {
        guard let url = URL(string: words.contains("://") ? words : "http://\(words)"), let host = url.host else {
            return nil
        }
        let login = url.user.map { Data("\($0):\(url.password ?? "")".utf8).base64EncodedString() }
        return Proxy(host: host, port: url.port ?? 1080, login: login)
    }

    /// A connection to the server itself, without TLS yet.
    func open(within patience: TimeAmount) async throws -> ClientLine {
        guard let proxy else { return try await ClientLine.open(host, port: port, patience: patience) }
        let line = try await ClientLine.open(proxy.host, port: proxy.port, patience: patience)
        let target = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        let login = proxy.login.map { "Proxy-Authorization: Basic \($0)\r\n" } ?? ""
        do {
            let answer = try await line.ask(
                "CONNECT \(target) HTTP/1.1\r\nHost: \(target)\r\n\(login)\r\n", within: patience)
            guard answer.status == 200 else {
                throw ClientLine.Fault("the proxy \(proxy.host):\(proxy.port) answered \(answer.status) to CONNECT")
            }
            return line
        } catch {
            line.close()
            throw error
        }
    }
}
