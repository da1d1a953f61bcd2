package import HTTPTypes

/// The person's address of the site, by which the report names the host and the port.
package struct PageAddress: Sendable, Equatable {
    package let host: String, port: Int, isSecure: Bool

    /// - Parameter authority: what the browser asked for: «help.example.ru», «localhost:8080», «[::1]:8080».
    package init(authority: String, isSecure: Bool) {
        let usual = isSecure ? 443 : 80
        let tail = authority.lastIndex(of: ":").map { authority[authority.index(after: $0)...] } ?? ""
        if let port = Int(tail), (1...65_535).contains(port) {
            (host, self.port) = (String(authority.dropLast(tail.count + 1)), port)
        } else {
            (host, port) = (authority, usual)
        }
        self.isSecure = isSecure
    }

    /// As a person would type it.
    package var origin: String {
        (isSecure ? "https://" : "http://") + host + (port == (isSecure ? 443 : 80) ? "" : ":\(port)")
    }
}

extension Site {
    /// The address that the browser asked for; behind a front server the one that is configured.
    package func address(of request: HTTPRequest) -> PageAddress {
        if let origin = publicOrigin {
            return PageAddress(
                authority: String(origin.split(separator: "/").last ?? ""), isSecure: origin.hasPrefix("https://"))
        }
        return PageAddress(
            authority: request.authority ?? "",
            isSecure: request.headerFields[HTTPField.Name("X-Forwarded-Proto")!] == "https")
    }
}
