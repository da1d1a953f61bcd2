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
}

/// Asks the desktop for its proxy, before every try to connect, as people carry their computers about. The loop goes on meanwhile.
final class DesktopProxyQuestion {
    private let surroundings: Surroundings, server: String
    private var hearing: Hearing?
    private var set: DesktopProxy?

    init(_ surroundings: Surroundings, server: String) {
        (self.surroundings, self.server) = (surroundings, server)
        hearing = Hearing(
            ["gsettings", "list-recursively", "org.gnome.system.proxy"], environment: surroundings.desktopVariables,
            seconds: 2)
    }

    /// nil while it is not known.
    func answer() -> DesktopProxy? {
        guard let hearing else { return set ?? DesktopProxy.none }
        guard let said = hearing.said() else { return nil }
        self.hearing = nil
        if let set { return ProxyScript.chosen(said) ?? set }
        let set = DesktopProxy(said, isSecure: server.hasPrefix("https:"))
        self.set = set
        if case .script(let script) = set { self.hearing = ProxyScript.ask(script, of: server, surroundings) }
        return answer()
    }
}
