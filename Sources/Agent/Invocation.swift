package import AgentProtocol

/// How the agent was started: `okno-agent URL [CODE…] [--resident|--autostart] [--proxy URL] [--ca FILE] [--backend NAME]`, or a link
/// `okno://HOST[:PORT]/CODE`.
package struct Invocation: Equatable, Sendable {
    /// "https://desk.example", without a slash at its end.
    package var server: String
    package var code: String?
    package var isResident = false
    /// Once it is known it starts with the desktop from now on.
    package var startsItself = false
    /// The folder of a whole computer's administrator, of which this agent is.
    package var machine: String?
    /// It comes only to be made known.
    package var leavesWhenKnown = false
    package var proxy: String?
    package var authorities: String?
    package var backEnd = BackEnd.any

    package enum Fault: Error, Equatable, Sendable { case usage, address(String) }

    package init(_ arguments: [String]) throws(Fault) {
        var words: [String] = []
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--resident": isResident = true
            case "--autostart": (isResident, startsItself, leavesWhenKnown) = (true, true, true)
            case "--proxy":
                guard let value = rest.popFirst() else { throw .usage }
                proxy = value
            case "--ca":
                guard let value = rest.popFirst() else { throw .usage }
                authorities = value
            case "--backend":
                switch rest.popFirst() {
                case "x11vnc": backEnd = .x11vnc
                case "tigervnc": backEnd = .tigerVNC
                default: throw .usage
                }
            default:
                guard !word.hasPrefix("--") else { throw .usage }
                words.append(word)
            }
        }
        guard let address = words.first else { throw .usage }
        if address.hasPrefix("okno:") {
            let parts = address.dropFirst(5).split(separator: "/", omittingEmptySubsequences: true)
            guard words.count == 1, parts.count == 2, Self.isHost(parts[0]) else { throw .address(address) }
            server = "https://\(parts[0])"
            code = Self.tidied(parts[1])
        } else {
            var text = address[...]
            while text.hasSuffix("/") { text = text.dropLast() }
            guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }),
                Self.isHost(text.dropFirst(scheme.count))
            else { throw .address(address) }
            server = String(text)
            // The page shows a code in two groups, and that is how people type it.
            code = words.count > 1 ? Self.tidied(words.dropFirst().joined()) : nil
        }
        guard code != nil || (isResident && !startsItself) else { throw .usage }
        if let code { guard Self.isCode(code) else { throw .usage } }
    }

    /// A host and a port, nothing that could say more to libcurl.
    private static func isHost(_ text: Substring) -> Bool {
        !text.isEmpty && !text.hasPrefix("-")
            && text.unicodeScalars.allSatisfy { scalar in
                scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                    || "-.:[]".unicodeScalars.contains(scalar)
            }
    }

    private static func tidied(_ code: some StringProtocol) -> String {
        String(code.filter { !$0.isWhitespace && $0 != "-" })
    }

    private static func isCode(_ text: String) -> Bool {
        (4...200).contains(text.utf8.count) && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
    }

    /// What a resident is started with, once it is known.
    package var later: [String] {
        var words = [server, "--resident"]
        if let proxy { words += ["--proxy", proxy] }
        if let authorities { words += ["--ca", authorities] }
        switch backEnd {
        case .any: break
        case .x11vnc: words += ["--backend", "x11vnc"]
        case .tigerVNC: words += ["--backend", "tigervnc"]
        }
        return words
    }

    /// The host as the WebSocket's Host header and the name of the file of the secret want it.
    package var host: String { String(server[server.range(of: "://").upperBound...]) }
}

extension String {
    /// Where a text that is known to be inside begins and ends.
    fileprivate func range(of part: String) -> Range<String.Index> {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return endIndex..<endIndex
    }
}
