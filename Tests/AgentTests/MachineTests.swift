import Agent
import AgentProtocol
import Foundation
import Testing

private let isRoot = geteuid() == 0

/// Where root's word for a whole computer stands, and whom it is believed from.
@Suite struct MachineWideTests {
    private let folder = NSTemporaryDirectory() + "okno-machine-\(UUID().uuidString)"
    private var file: String { folder + "/machine.conf" }

    private func write(_ text: String = "server = https://desk.example\nunattended = yes\n") throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: file, atomically: false, encoding: .utf8)
        chmod(folder, 0o755)
        chmod(file, 0o644)
    }

    @Test func whatIsWrittenIsReadAgain() throws {
        guard
            case .install(let wide, let token) = try MachineInvocation.read([
                "--install-machine", "https://desk.example/", "ABCD-EFGH", "--display", ":1", "--xauthority",
                "/run/x/auth", "--ca", "/a b/c.pem", "--backend", "x11vnc",
            ])
        else {
            Issue.record("not an installation")
            return
        }
        #expect(token == "ABCDEFGH")
        #expect(try MachineWide(reading: wide.text) == wide)
        let invocation = try wide.invocation()
        #expect(invocation.isResident && invocation.machine == "/etc/okno-agent" && invocation.backEnd == .x11vnc)
        #expect(try MachineInvocation.read(["--machine"]) == .run(folder: MachineWide.usual))
        #expect(try MachineInvocation.read(["https://a", "4821"]) == nil)
        // What says nothing of it does not admit.
        #expect(try MachineWide(reading: "server = https://a\n").isUnattended == false)
        for wrong in [
            ["--install-machine", "https://a"], ["--install-machine", "okno://a/4821"], ["--machine", "https://a"],
            ["--machine", "--display", ":1"], ["--install-machine", "https://a", "4821", "--resident"],
            ["--machine", "--folder", "here"],
            ["--install-machine", "https://a", "4821", "--ca", "a\nunattended = yes"],
        ] { #expect(throws: Invocation.Fault.self) { try MachineInvocation.read(wrong) } }
        for wrong in [
            "unattended = yes\n", "server = https://a/b\n", "server = https://a\nunattended = perhaps\n", "x\n",
        ] {
            #expect(throws: MachineWide.Fault.self) { try MachineWide(reading: wrong) }
        }
        // No option of a person's own agent makes it one of the whole computer.
        #expect(try Invocation(["https://a", "--resident"]).machine == nil)
        #expect(throws: Invocation.Fault.self) { try Invocation(["https://a", "--resident", "--machine"]) }
    }

    @Test func othersThanRootAreNotBelieved() throws {
        try write()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        guard isRoot else {
            // Here the file is this user's own: the very thing that must not be believed.
            #expect(throws: MachineWide.Fault.notRoots(folder)) { try MachineWide.read(folder) }
            return
        }
        #expect(try MachineWide.read(folder).isUnattended)
        for (path, usual) in [(folder, mode_t(0o755)), (file, 0o644)] {
            for mode: mode_t in [0o020, 0o002] {
                chmod(path, usual | mode)
                #expect(throws: MachineWide.Fault.notRoots(path)) { try MachineWide.read(folder) }
            }
            chmod(path, usual)
            chown(path, 1000, 0)
            #expect(throws: MachineWide.Fault.notRoots(path)) { try MachineWide.read(folder) }
            chown(path, 0, 0)
        }
        let link = folder + "-link"
        symlink(folder, link)
        defer { unlink(link) }
        #expect(throws: MachineWide.Fault.notRoots(link)) { try MachineWide.read(link) }
        #expect(throws: MachineWide.Fault.self) { try MachineWide.read(folder + "/none") }
        #expect(try MachineWide.read(folder).isUnattended)
    }
}

/// The whole program: whom it lets in without a question, and how it stays.
@Suite(.serialized) struct ResidentTests {
    let desk: Desk
    let computer: Computer

    init() throws { (desk, computer) = (try Desk(), try Computer()) }

    private var address: String { "http://127.0.0.1:\(desk.port)" }

    private func ask(_ session: UInt32, _ number: UInt32 = 1) {
        var asked = question([.view, .control], number: number)
        asked.isUnattended = true
        desk.send(.ask(session: session, asked))
    }

    /// The question stands on the screen, whatever the server says of a rule.
    private func refuseLive(_ session: UInt32) throws {
        let sheet = try computer.question([.view, .control])
        #expect(desk.none(0.2) { if case .answer = $0 { true } else { nil } })
        try computer.press(sheet.refuse, of: sheet)
        #expect(try desk.answer(session: session) == .refused)
    }

    @Test func aPersonsOwnAgentNeverAdmitsWithoutAQuestion() throws {
        try computer.start(address, "4821-77", "--resident")
        let hello = try desk.welcome()
        #expect(hello.abilities.contains(.resident) && !hello.abilities.contains(.unattended))
        ask(1)
        try refuseLive(1)
        #expect(try computer.windows("frame") == 0)
    }

    @Test func itStartsWithTheDesktopOnceItIsKnown() throws {
        try computer.start(address, "4821-77", "--autostart")
        #expect(try desk.welcome(secret: "of this computer").proof == .code("482177"))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(computer.agent?.terminationStatus == 0 && computer.said.contains("Компьютер добавлен"))
        let entry = computer.home.path + "/.config/autostart/okno-agent.desktop"
        let text = try String(contentsOfFile: entry, encoding: .utf8)
        #expect(text.contains("\"\(address)\" \"--resident\"") && !text.contains("482177"))
        defer {
            // It is nobody's child: its lock says which process it is.
            let lock = computer.home.path + "/.config/okno/agent-127.0.0.1_\(desk.port).lock"
            let process = (try? String(contentsOfFile: lock, encoding: .utf8)).flatMap { Int32($0.dropLast()) }
            if let process, process > 1 { kill(process, SIGKILL) }
        }
        // It goes on by itself, without the terminal; a second one at its side ends.
        desk.cut()
        #expect(try desk.welcome(secret: "").proof == .secret("of this computer"))
        try computer.start(address, "--resident")
        try computer.until("the second to end") { computer.agent?.isRunning == false }
        #expect(computer.said.contains("уже работает"))
        // Who is disconnected does not come again at the next sign-in.
        desk.send(.end(session: 0, .unknown, words: ""))
        try computer.until("the entry to go") { !FileManager.default.fileExists(atPath: entry) }
    }

    @Test(.enabled(if: isRoot, "needs files of root; without them othersThanRootAreNotBelieved shows the refusal"))
    func aWholeComputerAdmitsWhileRootSaysSo() throws {
        let folder = computer.home.path + "/machine", file = folder + "/machine.conf"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try "server = \(address)\nunattended = yes\ndisplay = \(computer.display)\n".write(
            toFile: file, atomically: false, encoding: .utf8)
        chmod(file, 0o644)
        try "of the machine".write(toFile: folder + "/secret", atomically: false, encoding: .utf8)
        chmod(folder + "/secret", 0o600)
        try computer.start("--machine", "--folder", folder)
        let hello = try desk.welcome(secret: "")
        #expect(hello.proof == .secret("of the machine") && hello.abilities.isSuperset(of: [.resident, .unattended]))
        // A question that is to be put is put.
        desk.send(.ask(session: 1, question([.view, .control])))
        try refuseLive(1)
        ask(2)
        #expect(try desk.answer(session: 2) == .admitted([.view, .control]))
        #expect(try computer.windows("consent") == 0 && computer.windows("frame") == 4)
        #expect(try computer.name("card").contains("Борис Орлов · видит экран и управляет"))
        try desk.view(2, control: true, session: 2)
        desk.send(.end(session: 2, .specialist, words: ""))
        try computer.until("the end of the card") { try computer.windows("card") == 0 }
        // As soon as somebody else could have written it, it is nobody's word.
        chmod(file, 0o666)
        ask(3)
        try refuseLive(3)
        chmod(file, 0o644)
        ask(4)
        #expect(try desk.answer(session: 4) == .admitted([.view, .control]))
        // Somebody is here after all and does not want it: from now on everybody is asked.
        try computer.run("xdotool", "key", "Pause")
        _ = try desk.wait(for: "the end") { if case .end(4, .person, _) = $0 { true } else { nil } }
        desk.send(.end(session: 4, .person, words: ""))
        ask(5)
        try refuseLive(5)
    }

    @Test(.enabled(if: isRoot, "only root installs for the whole computer"))
    func rootInstallsItByATokenAndAPersonCannot() throws {
        let folder = computer.home.path + "/etc", program = computer.home.appendingPathComponent("okno-agent")
        // Copied here, the file could be open for writing still in a process that another test is just starting, and would not run.
        try computer.run("cp", Computer.program.path, program.path)
        chown(program.path, 1000, 0)
        try computer.start("--install-machine", address, "ABCDEFGH", "--folder", folder, program: program)
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(computer.agent?.terminationStatus == 1 && computer.said.contains("не только root"))
        #expect(!FileManager.default.fileExists(atPath: folder))
        chown(program.path, 0, 0)
        try computer.start("--install-machine", address, "ABCDEFGH", "--folder", folder, program: program)
        let hello = try desk.welcome(secret: "of the machine")
        #expect(hello.proof == .code("ABCDEFGH") && hello.abilities.isSuperset(of: [.resident, .unattended]))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(computer.agent?.terminationStatus == 0 && computer.said.contains("systemctl enable --now"))
        #expect(try MachineWide.read(folder).isUnattended)
        #expect(try String(contentsOfFile: folder + "/secret", encoding: .utf8) == "of the machine")
        let rights = try FileManager.default.attributesOfItem(atPath: folder + "/secret")[.posixPermissions] as? Int
        #expect(rights == 0o600)
        let unit = try String(contentsOfFile: folder + "/okno-agent.service", encoding: .utf8)
        #expect(unit.contains("ExecStart=\"\(program.path)\" --machine --folder \"\(folder)\""))
    }
}
