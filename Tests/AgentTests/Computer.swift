import Agent
import AgentProtocol
import Foundation
import Testing

/// A client's computer: a screen of its own, a home of its own, and the agent that is started there.
final class Computer {
    let display: String
    let home: URL
    private let screen: Process
    private(set) var agent: Process?

    init() throws {
        home = URL(fileURLWithPath: NSTemporaryDirectory()).appendingPathComponent("okno-agent-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        let said = Pipe()
        screen = Process()
        screen.executableURL = URL(fileURLWithPath: "/usr/bin/Xvfb")
        screen.arguments = ["-displayfd", "1", "-screen", "0", "1024x768x24", "-noreset"]
        screen.standardOutput = said
        screen.standardError = FileHandle.nullDevice
        try screen.run()
        let number = String(decoding: said.fileHandleForReading.availableData, as: UTF8.self)
        display = ":" + number.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    deinit {
        // Not waited for: Foundation waits for all that a process has left behind.
        for process in [agent, screen] { Self.end(process) }
        try? FileManager.default.removeItem(at: home)
    }

    /// Where the program lies.
    static var program: URL {
        let beside = Bundle.main.executableURL!.deletingLastPathComponent().appendingPathComponent("okno-agent")
        return FileManager.default.fileExists(atPath: beside.path)
            ? beside : URL(fileURLWithPath: ".build/debug/okno-agent")
    }

    func start(_ arguments: String..., variables: [String: String] = [:], program: URL = Computer.program) throws {
        let agent = Process()
        agent.executableURL = program
        agent.arguments = arguments
        agent.environment = environment.merging(variables) { $1 }
        try Data().write(to: words)
        agent.standardOutput = try FileHandle(forWritingTo: words)
        try agent.run()
        self.agent = agent
    }

    private var words: URL { home.appendingPathComponent("words") }
    /// What the agent that was started last has said.
    var said: String { (try? String(contentsOf: words, encoding: .utf8)) ?? "" }

    func end() { Self.end(agent) }

    /// A test's thread blocks SIGTERM, and so do the programs that it starts.
    private static func end(_ process: Process?) {
        if let process, process.isRunning { kill(process.processIdentifier, SIGKILL) }
    }

    private var environment: [String: String] {
        [
            "DISPLAY": display, "HOME": home.path, "PATH": "/usr/bin:/bin", "LANG": "ru_RU.UTF-8", "USER": "anna",
            "XDG_RUNTIME_DIR": home.path,
        ]
    }

    /// What a person does with mouse, keys and clipboard; gives what the program said. xclip stays behind with the clipboard.
    @discardableResult
    func run(_ words: String..., input: String? = nil) throws -> String { try run(words, input: input) }

    @discardableResult
    func run(_ words: [String], input: String? = nil) throws -> String {
        let told = home.appendingPathComponent("told")
        try (input ?? "").write(to: told, atomically: true, encoding: .utf8)
        let variables = environment.map { "\($0.key)=\($0.value)" }
        let command = (["env"] + variables + words).map { "'\($0)'" }.joined(separator: " ")
        let output = input == nil ? "" : " >/dev/null"
        let pipe = try #require(popen("\(command) <'\(told.path)'\(output) 2>/dev/null", "re"))
        defer { pclose(pipe) }
        var said: [UInt8] = []
        while case let byte = fgetc(pipe), byte != EOF { said.append(UInt8(truncatingIfNeeded: byte)) }
        return String(decoding: said, as: UTF8.self)
    }

    /// A terminal on the screen that keeps what is typed, at 60, 440.
    func terminal() throws -> Process {
        let terminal = Process()
        terminal.executableURL = URL(fileURLWithPath: "/usr/bin/xterm")
        terminal.arguments = ["-u8", "-geometry", "40x5+0+400", "-e", "cat > '\(home.path)/typed'"]
        terminal.environment = environment.merging(["LANG": "C.UTF-8"]) { $1 }
        try terminal.run()
        try until("a terminal") { FileManager.default.fileExists(atPath: home.path + "/typed") }
        return terminal
    }

    /// A program that has taken Pause with Super for itself, as desktops do.
    func holdingSuperPause() throws -> Process {
        let desktop = Process(), said = Pipe()
        desktop.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        desktop.arguments = [
            "-c",
            """
            import ctypes, time
            x = ctypes.CDLL("libX11.so.6")
            x.XOpenDisplay.restype = ctypes.c_void_p
            display = ctypes.c_void_p(x.XOpenDisplay(None))
            x.XGrabKey(display, x.XKeysymToKeycode(display, 0xFF13), 1 << 6, x.XDefaultRootWindow(display), 0, 1, 1)
            x.XSync(display, 0)
            print("held", flush=True)
            time.sleep(60)
            """,
        ]
        desktop.environment = environment
        desktop.standardOutput = said
        try desktop.run()
        #expect(String(decoding: said.fileHandleForReading.availableData, as: UTF8.self) == "held\n")
        return desktop
    }

    var typed: String { (try? String(contentsOfFile: home.path + "/typed", encoding: .utf8)) ?? "" }

    func click(_ box: Box) throws {
        try run(
            "xdotool", "mousemove", String(box.x + box.width / 2), String(box.y + box.height / 2), "click", "1")
    }

    /// Waits for the question and gives where it stands.
    func question(_ asked: Rights) throws -> ConsentSheet {
        try until("the question") { try self.windows("consent") == 1 }
        usleep(800_000)
        return ConsentSheet(asked: asked)
    }

    func press(_ box: Box, of sheet: ConsentSheet) throws {
        let place = sheet.box(onScreen: 1024, 768)
        try click(Box(place.x + box.x, place.y + box.y, box.width, box.height))
    }

    /// How many windows of the agent are seen.
    func windows(_ name: String) throws -> Int {
        try run("xdotool", "search", "--onlyvisible", "--name", "okno-agent: \(name)").split(separator: "\n").count
    }

    /// What a program that reads the screen aloud says of a window of the agent.
    func name(_ window: String) throws -> String {
        let found = try run("xdotool", "search", "--onlyvisible", "--name", "okno-agent: \(window)")
        guard let window = found.split(separator: "\n").first else { return "" }
        return try run("xdotool", "getwindowname", String(window))
    }

    func until(_ what: String, seconds: Double = 10, _ holds: () throws -> Bool) throws {
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            if try holds() { return }
            usleep(50_000)
        }
        throw Timeout(what: what)
    }

    /// Sockets on which the agent or what it has started listens.
    var listening: [String] {
        let programs = [agent.map { "pid=\($0.processIdentifier)," } ?? "none"] + children.map { "pid=\($0.id)," }
        return ((try? run("ss", "-lxtunpH")) ?? "").split(separator: "\n").map(String.init)
            .filter { line in programs.contains { line.contains($0) } }
    }

    /// Processes that the agent has started.
    var children: [(id: String, command: String)] {
        guard let agent else { return [] }
        return ((try? run("ps", "--ppid", String(agent.processIdentifier), "-o", "pid=,args=")) ?? "").split(
            separator: "\n"
        )
        .map { line in
            let parts = line.split(separator: " ", maxSplits: 1)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }
}
