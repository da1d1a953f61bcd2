import Agent
import Glibc

/// The program at the client's computer: one file, no rights of an administrator, no port.
@main
struct OknoAgent {
    static func main() {
        umask(0o077)
        signal(SIGPIPE, SIG_IGN)
        Interruption.watch()
        if CommandLine.arguments.count == 3, CommandLine.arguments[1] == ProxyScript.flag {
            let found = ProxyScript.found(for: CommandLine.arguments[2])
            print(found?.joined(separator: "\n") ?? "")
            exit(found == nil ? 1 : 0)
        }
        let surroundings = Self.surroundings()
        do {
            if let (act, options) = try LinkInvocation.read(Array(CommandLine.arguments.dropFirst())) {
                exit(link(act, options, surroundings))
            }
            if let act = try MachineInvocation.read(Array(CommandLine.arguments.dropFirst())) {
                exit(try machine(act, surroundings))
            }
            if CommandLine.arguments.dropFirst() == ["--remove-autostart"] {
                Autostart(configuration: surroundings.configuration).remove()
                say(Words(surroundings.language).autostartRemoved)
                exit(0)
            }
            let invocation = try Invocation(Array(CommandLine.arguments.dropFirst()))
            let result = Porter(invocation, surroundings, log: say).run()
            exit(result == 0 && invocation.startsItself ? settle(invocation, surroundings) : result)
        } catch {
            print(Words(surroundings.language).usage)
            exit(64)
        }
    }

    private static func say(_ words: String) {
        print("okno-agent: \(words)")
        fflush(nil)
    }

    private static var program: String? {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        guard readlink("/proc/self/exe", &path, Int(PATH_MAX)) > 0 else { return nil }
        return String(decoding: path.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// It is known: from now on it starts with the desktop, and it goes on at once apart from this terminal.
    private static func settle(_ invocation: Invocation, _ surroundings: Surroundings) -> Int32 {
        guard let program else { return 1 }
        let fault = Autostart(configuration: surroundings.configuration).install(
            program: program, invocation.later)
        guard fault == nil, Autostart.start([program] + invocation.later) else {
            say(fault ?? program)
            return 1
        }
        say(Words(surroundings.language).introduced)
        return 0
    }

    private static func machine(_ act: MachineInvocation, _ surroundings: Surroundings) throws -> Int32 {
        let words = Words(surroundings.language)
        guard geteuid() == 0, let program else {
            say(words.needsRoot)
            return 77
        }
        switch act {
        case .remove(let folder):
            MachineWide.remove(folder)
            say(words.machineRemoved)
            return 0
        case .install(let wide, let token):
            if let fault = wide.install(program: program, words) {
                say(fault)
                return 1
            }
            var invocation = try wide.invocation(code: token)
            invocation.leavesWhenKnown = true
            let result = Porter(invocation, surroundings, log: say).run()
            if result == 0 { say(words.machineInstalled(MachineWide.unitPath(wide.folder))) }
            return result
        case .run(let folder):
            do {
                let wide = try MachineWide.read(folder)
                // The screen of the computer, not of whoever started this.
                setenv("DISPLAY", wide.display, 1)
                if !wide.authority.isEmpty { setenv("XAUTHORITY", wide.authority, 1) }
                return Porter(try wide.invocation(), Self.surroundings(), log: say).run()
            } catch let fault as MachineWide.Fault {
                say(words.machine(fault))
                return 78
            }
        }
    }

    private static func link(_ act: LinkInvocation, _ options: [String], _ surroundings: Surroundings) -> Int32 {
        let home = variable("HOME") ?? "/"
        let handler = LinkHandler(
            data: variable("XDG_DATA_HOME") ?? home + "/.local/share", configuration: surroundings.configuration)
        guard let program else { return 1 }
        let words = Words(surroundings.language)
        let fault = act == .install ? handler.install(program: program, options) : handler.remove()
        print("okno-agent: \(fault ?? (act == .install ? words.linkInstalled : words.linkRemoved))")
        return fault == nil ? 0 : 1
    }

    private static func variable(_ name: String) -> String? {
        guard let value = getenv(name) else { return nil }
        let text = String(cString: value)
        return text.isEmpty ? nil : text
    }

    private static func variables(_ names: [String]) -> [String] {
        names.compactMap { name in variable(name).map { "\(name)=\($0)" } }
    }

    private static func surroundings() -> Surroundings {
        let home = variable("HOME") ?? "/"
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let passed = ["DISPLAY", "XAUTHORITY", "HOME", "PATH", "LANG", "USER", "LOGNAME"]
        let configuration = variable("XDG_CONFIG_HOME") ?? home + "/.config"
        return Surroundings(
            display: variable("DISPLAY") ?? "",
            isWayland: variable("WAYLAND_DISPLAY") != nil || variable("XDG_SESSION_TYPE") == "wayland",
            home: home, configuration: configuration,
            downloads: downloads(home, configuration),
            language: (variable("LC_ALL") ?? variable("LC_MESSAGES") ?? variable("LANG") ?? "ru").hasPrefix("en")
                ? "en" : "ru",
            login: variable("USER") ?? variable("LOGNAME") ?? "",
            computer: String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self),
            variables: variables(passed), runtime: variable("XDG_RUNTIME_DIR") ?? "",
            namesProxy: ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"]
                .contains {
                    variable($0) != nil
                },
            desktopVariables: variables(passed + ["XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS", "XDG_CONFIG_HOME"]))
    }

    /// As the person's desktop has it, `XDG_DOWNLOAD_DIR="$HOME/Загрузки"`.
    private static func downloads(_ home: String, _ configuration: String) -> String {
        let standard = home + "/Downloads"
        guard let file = fopen(configuration + "/user-dirs.dirs", "r") else { return standard }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 4_096)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let parts = text.split(separator: "\"")
            guard text.hasPrefix("XDG_DOWNLOAD_DIR="), parts.count > 1 else { continue }
            return parts[1].hasPrefix("$HOME") ? home + parts[1].dropFirst(5) : String(parts[1])
        }
        return standard
    }
}
