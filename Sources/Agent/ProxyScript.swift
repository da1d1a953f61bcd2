import Glibc

/// Proxy scripts (PAC), read by libproxy where the desktop has it: the agent starts without it. The script of others runs in a process
/// of its own, which has a few seconds, so that it can neither stop nor break the agent.
package enum ProxyScript {
    /// The first argument of that process; the second is the address that is asked about.
    package static let flag = "--ask-proxy-script"
    private static let seconds: UInt64 = 6

    /// Says what the script says of the server, a proxy a line; nil when it cannot be asked.
    static func ask(_ script: String, of server: String, _ surroundings: Surroundings) -> Hearing? {
        guard ["http://", "https://", "file://"].contains(where: script.hasPrefix),
            script.unicodeScalars.allSatisfy({ $0.value > 32 && $0.value != 127 })
        else { return nil }
        let variables = ["http_proxy", "https_proxy"].map { "\($0)=pac+\(script)" }
        return Hearing(
            ["/proc/self/exe", flag, server + "/"], environment: surroundings.desktopVariables + variables,
            seconds: seconds)
    }

    /// The first proxy that is named before a direct way.
    package static func chosen(_ said: String) -> DesktopProxy? {
        guard let line = said.split(separator: "\n").first, let end = line.firstRange(of: "://") else { return nil }
        let place = line[end.upperBound...]
        guard !place.isEmpty, !place.contains("@"), place.unicodeScalars.allSatisfy({ $0.value > 32 }) else {
            return nil
        }
        switch line[..<end.lowerBound] {
        case "http", "https", "socks4": return .manual(String(line), except: "")
        case "socks", "socks5": return .manual("socks5h://\(place)", except: "")
        default: return nil
        }
    }

    /// In the process of its own: what libproxy finds, which is told the script by the environment; nil where it is not.
    package static func found(for address: String) -> [String]? {
        typealias Make = @convention(c) () -> OpaquePointer?
        typealias Find = @convention(c) (OpaquePointer, UnsafePointer<CChar>) -> UnsafePointer<UnsafePointer<CChar>?>?
        guard let library = dlopen("libproxy.so.1", RTLD_NOW), let make = dlsym(library, "px_proxy_factory_new"),
            let find = dlsym(library, "px_proxy_factory_get_proxies"),
            let factory = unsafeBitCast(make, to: Make.self)(),
            var next = unsafeBitCast(find, to: Find.self)(factory, address)
        else { return nil }
        var found: [String] = []
        while let line = next.pointee {
            found.append(String(cString: line))
            next += 1
        }
        return found
    }
}
