import NIOHTTP1

/// Whose requests a connection carries.
struct ClientAddress {
    /// By the socket or by the PROXY header.
    let client: IPAddress?
    /// Whether a trusted proxy speaks, so that its headers are believed.
    let isProxied: Bool
    let isSecure: Bool
    private let text: String

    init(client: IPAddress?, isProxied: Bool, isSecure: Bool) {
        (self.client, self.isProxied, self.isSecure) = (client, isProxied, isSecure)
        text = client?.description ?? ""
    }

    /// Leaves one `X-Forwarded-For` with the client's own address and one `X-Forwarded-Proto`, both known to be true.
    func write(to headers: inout HTTPHeaders, door: Door) {
        var (address, scheme) = (text, isSecure ? "https" : "http")
        if isProxied {
            if door.trusts(client), let named = named(headers, door: door) { address = named.description }
            if let said = headers.first(name: "X-Forwarded-Proto"), said == "https" || said == "http" { scheme = said }
        }
        headers.remove(name: "X-Forwarded-For")
        if !address.isEmpty { headers.add(name: "X-Forwarded-For", value: address) }
        headers.replaceOrAdd(name: "X-Forwarded-Proto", value: scheme)
    }

    /// Each proxy adds on the right whom it heard, so the client is the first from the right that is not a proxy of ours.
    private func named(_ headers: HTTPHeaders, door: Door) -> IPAddress? {
        var last: IPAddress?
        for word in headers[canonicalForm: "X-Forwarded-For"].reversed() {
            guard let address = IPAddress(word) else { break }
            last = address
            if !door.trusts(address) { break }
        }
        return last
    }
}
