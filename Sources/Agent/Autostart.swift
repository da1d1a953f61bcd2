import Glibc

/// The agent starts with the person's desktop: one file in the person's own folders.
package struct Autostart {
    private let path: String

    /// - Parameter configuration: `XDG_CONFIG_HOME`.
    package init(configuration: String) { path = configuration + "/autostart/okno-agent.desktop" }

    package static func entry(program: String, _ arguments: [String]) -> String {
        let command = ([program] + arguments).map(LinkHandler.quoted).joined(separator: " ")
        return """
            [Desktop Entry]
            Type=Application
            Name=Okno: remote help
            Name[ru]=Okno: удалённая помощь
            Exec=\(command)
            Terminal=false

            """
    }

    /// - Returns: nil, or what went wrong.
    package func install(program: String, _ arguments: [String]) -> String? {
        LinkHandler.makeFolders(of: path)
        return LinkHandler.write(Self.entry(program: program, arguments), to: path)
    }

    /// Of this server, or whichever it is.
    package func remove(server: String? = nil) {
        guard let server else { return _ = unlink(path) }
        if LinkHandler.read(path).contains(LinkHandler.quoted(server)) { unlink(path) }
    }

    /// Starts it now, in a session of its own, so that the terminal may be closed.
    package static func start(_ command: [String]) -> Bool {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for number: Int32 in 0...2 { posix_spawn_file_actions_addopen(&actions, number, "/dev/null", O_RDWR, 0) }
        // Nothing of the terminal or of whoever started this stays open by it.
        for number: Int32 in 3..<256 { posix_spawn_file_actions_addclose(&actions, number) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, 0x80)  // POSIX_SPAWN_SETSID
        let surroundings = LinkHandler.read("/proc/self/environ").split(separator: "\0").map(String.init)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = surroundings.map { strdup($0) } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var child: pid_t = 0
        return posix_spawn(&child, command[0], &actions, &attributes, &arguments, &variables) == 0
    }
}
