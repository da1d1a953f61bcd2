import Glibc

/// What the administrator of a computer has set for all who use it: a folder in which nobody but root can have written anything.
/// An agent of a person, whatever it is told by the server, has no such folder and always asks.
package struct MachineWide: Equatable, Sendable {
    package static let usual = "/etc/okno-agent"
    static let file = "machine.conf", unit = "okno-agent.service"

    /// Where it was read from.
    package var folder = Self.usual
    package var server: String
    /// Whether it admits without a question whom the organisation lets in so.
    package var isUnattended = true
    /// "--proxy URL" and the like, as the agent takes them.
    package var options: [String] = []
    package var display = ":0"
    package var authority = ""

    package enum Fault: Error, Equatable, Sendable {
        /// Somebody else than root could have written this.
        case notRoots(String)
        case unreadable(String)
        case line(String)
    }

    package init(server: String) { self.server = server }

    /// How the agent is started by it.
    package func invocation(code: String? = nil) throws(Invocation.Fault) -> Invocation {
        var invocation = try Invocation([server] + (code.map { [$0] } ?? []) + ["--resident"] + options)
        invocation.machine = folder
        return invocation
    }

    // MARK: - As a file

    package static func read(_ folder: String) throws(Fault) -> MachineWide {
        let path = "\(folder)/\(file)"
        try check(path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw .unreadable(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0, let text = String(validating: bytes[..<count], as: UTF8.self) else { throw .unreadable(path) }
        var found = try MachineWide(reading: text)
        found.folder = folder
        return found
    }

    package init(reading text: String) throws(Fault) {
        var server = ""
        (isUnattended, options) = (false, [])
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmed }
            guard parts.count == 2 else { throw .line(String(line)) }
            switch (parts[0], parts[1]) {
            case ("server", let value): server = value
            case ("unattended", "yes"): isUnattended = true
            case ("unattended", "no"): isUnattended = false
            case ("display", let value): display = value
            case ("xauthority", let value): authority = value
            case ("proxy", let value), ("ca", let value), ("backend", let value): options += ["--\(parts[0])", value]
            default: throw .line(String(line))
            }
        }
        self.server = server
        guard (try? invocation()) != nil else { throw .line("server") }
    }

    package var text: String {
        var lines = [
            "# okno-agent for the whole computer. Only root may write here, or the agent does not believe it.",
            "server = \(server)",
            "# Without a question on the screen, where the rule of the organisation allows it: yes or no.",
            "unattended = \(isUnattended ? "yes" : "no")", "display = \(display)",
        ]
        if !authority.isEmpty { lines.append("xauthority = \(authority)") }
        for place in options.indices where place % 2 == 0 && place + 1 < options.count {
            lines.append("\(options[place].dropFirst(2)) = \(options[place + 1])")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// For systemd: starts when there is a graphical session to show, again whenever that ends.
    package static func unit(program: String, folder: String) -> String {
        let more = folder == usual ? "" : " --folder \"\(folder)\""
        return """
            [Unit]
            Description=Okno: remote help for the whole computer
            After=display-manager.service network-online.target
            Wants=network-online.target

            [Service]
            ExecStart="\(program)" --machine\(more)
            Restart=always
            RestartSec=10
            NoNewPrivileges=yes

            [Install]
            WantedBy=graphical.target

            """
    }

    // MARK: - Whose it is

    /// A path of which every part is root's and can be replaced by root alone. A folder for everybody (/tmp) is good on the way
    /// when it keeps people from each other's entries.
    package static func check(_ path: String) throws(Fault) {
        guard path.hasPrefix("/"), !path.contains("/../") else { throw .notRoots(path) }
        var place = ""
        let parts = path.split(separator: "/")
        for (number, part) in parts.enumerated() {
            place += "/\(part)"
            var status = stat()
            guard lstat(place, &status) == 0 else { throw .unreadable(place) }
            let kind = status.st_mode & mode_t(S_IFMT), isLast = number == parts.count - 1
            let isShared = status.st_mode & 0o022 != 0, isSticky = status.st_mode & 0o1000 != 0
            guard status.st_uid == 0, kind == mode_t(isLast ? S_IFREG : S_IFDIR), !isShared || (isSticky && !isLast)
            else { throw .notRoots(place) }
        }
    }
}
