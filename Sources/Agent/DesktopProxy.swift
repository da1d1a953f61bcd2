/// The proxy that the person's desktop is set to, as `gsettings list-recursively org.gnome.system.proxy` tells it.
package enum DesktopProxy: Equatable, Sendable {
    case none
    /// For libcurl, and the hosts that are reached without it.
    case manual(String, except: String)
    /// A script of a browser's kind, by its address, that has named no proxy yet, or none.
    case script(String)

    package init(_ said: String, isSecure: Bool) {
        var values: [String: String] = [:]
        for line in said.split(separator: "\n") {
            let parts = line.split(separator: " ", maxSplits: 2)
            guard parts.count == 3, parts[0].hasPrefix("org.gnome.system.proxy") else { continue }
            let area = parts[0].split(separator: ".").last ?? ""
            values["\(area) \(parts[1])"] = String(parts[2].filter { $0 != "'" })
        }
        switch values["proxy mode"] {
        case "manual":
            func named(_ area: String, _ scheme: String) -> String? {
                guard let host = values["\(area) host"], !host.isEmpty, let port = values["\(area) port"],
                    let number = UInt16(port), number > 0,
                    host.unicodeScalars.allSatisfy({
                        $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-.:[]".unicodeScalars.contains($0)
                    })
                else { return nil }
                return "\(scheme)://\(host):\(port)"
            }
            let found =
                (isSecure ? named("https", "http") : nil) ?? named("http", "http") ?? named("socks", "socks5h")
            guard let found else {
                self = .none
                return
            }
            let except = (values["proxy ignore-hosts"] ?? "").filter { !"[]@ ".contains($0) }
            self = .manual(found, except: except)
        case "auto": self = .script(values["proxy autoconfig-url"] ?? "")
        default: self = .none
        }
    }

    /// Asked before every try to connect, as people carry their computers about. What the environment says comes first.
    static func present(_ surroundings: Surroundings, server: String) -> DesktopProxy {
        guard !surroundings.namesProxy else { return .none }
        let said = Program.said(
            ["gsettings", "list-recursively", "org.gnome.system.proxy"], environment: surroundings.desktopVariables)
        let set = DesktopProxy(said ?? "", isSecure: server.hasPrefix("https:"))
        guard case .script(let script) = set else { return set }
        return ProxyScript.ask(script, of: server, surroundings).flatMap(ProxyScript.chosen) ?? set
    }
}
