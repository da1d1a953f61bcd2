import Glibc

/// `okno://` links of this person start this program: a file in the person's own folders, no rights of an administrator.
package struct LinkHandler {
    static let name = "okno-agent.desktop"
    static let scheme = "x-scheme-handler/okno"

    private let applications: String
    private let choices: String

    /// - Parameters:
    ///   - data: `XDG_DATA_HOME`.
    ///   - configuration: `XDG_CONFIG_HOME`.
    package init(data: String, configuration: String) {
        (applications, choices) = (data + "/applications", configuration + "/mimeapps.list")
    }

    /// - Parameter program: the whole path of this program.
    /// - Returns: nil, or what went wrong.
    package func install(program: String, _ options: [String]) -> String? {
        for folder in [applications, choices] { Self.makeFolders(of: folder + (folder == choices ? "" : "/x")) }
        return Self.write(Self.entry(program: program, options), to: "\(applications)/\(Self.name)")
            ?? Self.write(Self.choosing(Self.read(choices)), to: choices)
    }

    package func remove() -> String? {
        unlink("\(applications)/\(Self.name)")
        let had = Self.read(choices)
        return had.isEmpty ? nil : Self.write(Self.leaving(had), to: choices)
    }

    // MARK: - Texts

    package static func entry(program: String, _ options: [String]) -> String {
        let command = ([program] + options).map(quoted).joined(separator: " ")
        return """
            [Desktop Entry]
            Type=Application
            Name=Okno: remote help
            Name[ru]=Okno: удалённая помощь
            Exec=\(command) %u
            MimeType=\(scheme);
            NoDisplay=true
            Terminal=false

            """
    }

    /// As the Desktop Entry Specification wants an argument: quoted, escaped, escaped once more as a string, and % doubled.
    static func quoted(_ argument: String) -> String {
        var text = ""
        for character in argument {
            switch character {
            case "\\": text += "\\\\\\\\"
            case "\"", "`", "$": text += "\\\\\(character)"
            case "%": text += "%%"
            case "\n": text += " "
            default: text.append(character)
            }
        }
        return "\"\(text)\""
    }

    /// The person's choices with ours for the links; everything else stays as it was.
    package static func choosing(_ text: String) -> String {
        var lines = leaving(text).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last?.isEmpty == true { lines.removeLast() }
        let head = "[Default Applications]"
        if !lines.contains(head) { lines.append(head) }
        lines.insert("\(scheme)=\(name)", at: (lines.firstIndex(of: head) ?? 0) + 1)
        return lines.joined(separator: "\n") + "\n"
    }

    package static func leaving(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .filter { !$0.hasPrefix("\(scheme)=") }.joined(separator: "\n")
    }

    // MARK: - Files

    static func makeFolders(of path: String) {
        for place in path.indices.dropFirst() where path[place] == "/" { mkdir(String(path[..<place]), 0o700) }
    }

    static func read(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        while case let byte = fgetc(file), byte != EOF { bytes.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) -> String? {
        let new = path + ".okno-new"
        let bytes = Array(text.utf8)
        unlink(new)
        let descriptor = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o644)
        guard descriptor >= 0 else { return "\(path): \(String(cString: strerror(errno)))" }
        let isWritten = Glibc.write(descriptor, bytes, bytes.count) == bytes.count
        close(descriptor)
        guard isWritten, rename(new, path) == 0 else { return "\(path): \(String(cString: strerror(errno)))" }
        return nil
    }
}
