import Agent
import AgentProtocol
import Crypto
import Foundation
import Testing

func question(_ asked: Rights, number: UInt32 = 1, seconds: UInt16 = 30) -> Question {
    Question(
        number: number, specialist: "Борис Орлов", request: 812, asked: asked, language: "ru", seconds: seconds)
}

extension Desk {
    /// An agent that was let in.
    func welcome(secret: String = "again") throws -> Hello {
        let hello = try accept()
        send(.welcome(Welcome(secret: secret, pingSeconds: 5)))
        return hello
    }

    func answer(_ seconds: Double = 10, session: UInt32 = 1) throws -> Answer {
        try wait(seconds, for: "an answer") { if case .answer(session, _, let answer) = $0 { answer } else { nil } }
    }

    /// Asks, and the person allows.
    func ask(_ rights: Rights, at computer: Computer, session: UInt32 = 1) throws {
        send(.ask(session: session, question(rights)))
        let sheet = try computer.question(rights)
        try computer.press(sheet.allow, of: sheet)
        #expect(try answer(session: session) == .granted(rights))
    }

    /// A viewer as far as its first message.
    func view(_ channel: UInt32, control: Bool, by backEnd: BackEnd = .x11vnc, session: UInt32 = 1) throws {
        send(.open(channel: channel, Opening(session: session, isControl: control, credit: 1 << 20)))
        _ = try wait(for: "opened") { if case .opened(channel, backEnd, _) = $0 { true } else { nil } }
        #expect(try bytes(channel, 12) == Array("RFB 003.008\n".utf8))
        send(.data(channel: channel, Array("RFB 003.008\n".utf8)))
        #expect(try bytes(channel, 2) == [1, 1])
        send(.data(channel: channel, [1]))
        #expect(try bytes(channel, 4).prefix(4) == [0, 0, 0, 0])
        send(.data(channel: channel, [1]))
        #expect(try bytes(channel, 24).prefix(4) == [4, 0, 3, 0])
    }
}

/// The whole program on a screen, with a person who clicks.
@Suite(.serialized) struct ControlTests {
    let desk: Desk
    let computer: Computer

    init() throws { (desk, computer) = (try Desk(), try Computer()) }

    private var address: String { "http://127.0.0.1:\(desk.port)" }

    @Test func allowedControlWritesCyrillicAndPauseEndsIt() throws {
        try computer.start(address, "4821-77")
        let hello = try desk.welcome()
        #expect(hello.proof == .code("482177") && hello.system == "linux-x11" && hello.login == "anna")
        #expect(hello.abilities.isSuperset(of: [.view, .control, .clipboard, .filesIn]))
        _ = try desk.wait(for: "screens") {
            if case .screens(let all) = $0, all.first?.width == 1024 { true } else { nil }
        }
        // Before the consent nothing is shown.
        desk.send(.open(channel: 2, Opening(session: 1, isControl: false, credit: 1_000)))
        _ = try desk.wait(for: "refusal") { if case .close(2, .refused, _) = $0 { true } else { nil } }
        try desk.ask([.view, .control], at: computer)
        #expect(try computer.windows("frame") == 4 && computer.windows("card") == 1)
        try desk.view(4, control: true)
        #expect(computer.children.count == 1 && computer.listening == [])

        let terminal = try computer.terminal()
        defer { terminal.terminate() }
        desk.send(.data(channel: 4, [5, 0, 0, 60, 0x01, 0xB8]))
        for character in "Привет 812" {
            let code = character.unicodeScalars.first!.value
            let symbol = code < 256 ? code : 0x0100_0000 + code
            key(4, symbol)
            usleep(60_000)
        }
        key(4, 0xFF0D)
        key(4, 0xFF0D)
        try computer.until("typed text") {
            computer.typed.contains("Привет 812")
        }

        // While a question is open the specialist's mouse does nothing: he cannot allow himself more.
        desk.send(.ask(session: 1, question([.view, .control, .clipboard])))
        let sheet = try computer.question([.view, .control, .clipboard])
        let place = sheet.box(onScreen: 1024, 768)
        let (x, y) = (UInt16(place.x + sheet.allow.x + 20), UInt16(place.y + sheet.allow.y + 20))
        for mask: UInt8 in [0, 1, 0] {
            desk.send(.data(channel: 4, [5, mask, UInt8(x >> 8), UInt8(x & 0xFF), UInt8(y >> 8), UInt8(y & 0xFF)]))
        }
        #expect(desk.none(1) { if case .answer = $0 { true } else { nil } })
        try computer.press(sheet.refuse, of: sheet)
        #expect(try desk.answer() == .refused)

        #expect(computer.children.contains { $0.command.hasPrefix("x11vnc") })
        try computer.run("xdotool", "key", "Pause")
        _ = try desk.wait(for: "the end") { if case .end(1, .person, _) = $0 { true } else { nil } }
        desk.send(.end(session: 0, .person, words: ""))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(computer.agent?.terminationStatus == 0)
        #expect(try computer.windows("frame") == 0 && computer.windows("card") == 0)
    }

    private func key(_ channel: UInt32, _ symbol: UInt32) {
        for down: UInt8 in [1, 0] {
            desk.send(
                .data(channel: channel, [4, down, 0, 0] + (0..<4).reversed().map { UInt8(symbol >> (8 * $0) & 0xFF) }))
        }
    }

    @Test func refusedAndTimedOut() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        desk.send(.ask(session: 1, question([.view])))
        let sheet = try computer.question([.view])
        try computer.press(sheet.refuse, of: sheet)
        #expect(try desk.answer() == .refused)
        desk.send(.ask(session: 1, question([.view])))
        _ = try computer.question([.view])
        try computer.run("xdotool", "key", "Escape")
        #expect(try desk.answer() == .refused)
        desk.send(.ask(session: 1, question([.view], seconds: 1)))
        #expect(try desk.answer() == .timedOut)
        #expect(try computer.windows("consent") == 0 && computer.windows("card") == 0)
    }

    @Test func onlyWhatIsTickedIsGranted() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        desk.send(.ask(session: 1, question([.view, .control, .files])))
        let sheet = try computer.question([.view, .control, .files])
        try computer.press(sheet.tick(1), of: sheet)
        try computer.press(sheet.allow, of: sheet)
        #expect(try desk.answer() == .granted([.view, .files]))
        desk.send(.open(channel: 2, Opening(session: 1, isControl: true, credit: 1_000)))
        _ = try desk.wait(for: "refusal") { if case .close(2, .refused, _) = $0 { true } else { nil } }
        try desk.view(4, control: false)
        desk.send(.end(session: 1, .specialist, words: ""))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
    }

    @Test func textIsCopiedBothWays() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try computer.run("xclip", "-selection", "clipboard", input: "до согласия")
        #expect(desk.none(0.7) { if case .clipboard = $0 { true } else { nil } })
        try desk.ask([.clipboard], at: computer)
        try computer.run("xclip", "-selection", "clipboard", input: "Договор № 12 — «Ромашка»")
        #expect(
            try desk.wait(for: "copied text") { if case .clipboard(1, let text) = $0 { text } else { nil } }
                == "Договор № 12 — «Ромашка»")
        desk.send(.clipboard(session: 1, "Ключ: ёж-42"))
        try computer.until("text from the desk") {
            try computer.run("xclip", "-selection", "clipboard", "-o") == "Ключ: ёж-42"
        }
        #expect(desk.none(0.5) { if case .clipboard = $0 { true } else { nil } })
    }

    @Test func aFileGoesOnAfterABreakAndIsChecked() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try desk.ask([.files], at: computer)
        let content = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let offer = FileOffer(
            session: 1, name: "../отчёт.pdf", size: UInt64(content.count), sha256: Array(SHA256.hash(data: content)))
        desk.send(.offer(channel: 2, offer))
        #expect(try accepted(2) == 0)
        desk.send(.data(channel: 2, Array(content[..<65_536])))
        _ = try desk.wait(for: "credit") { if case .credit(2, 65_536) = $0 { true } else { nil } }
        desk.cut()
        // It comes back by itself, with the secret instead of the code, and what was agreed still holds.
        #expect(try desk.welcome().proof == .secret("again"))
        desk.send(.offer(channel: 4, offer))
        let offset = try accepted(4)
        #expect(offset == 65_536)
        for start in stride(from: offset, to: content.count, by: 65_536) {
            desk.send(.data(channel: 4, Array(content[start..<min(start + 65_536, content.count)])))
        }
        desk.send(.done(channel: 4))
        _ = try desk.wait(for: "kept") { if case .kept(4) = $0 { true } else { nil } }
        let folder = computer.home.path + "/Downloads"
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["_отчёт.pdf"])
        #expect(FileManager.default.contents(atPath: folder + "/_отчёт.pdf") == Data(content))

        desk.send(.offer(channel: 6, FileOffer(session: 1, name: "a", size: 3, sha256: offer.sha256)))
        #expect(try accepted(6) == 0)
        desk.send(.data(channel: 6, [1, 2, 3]))
        desk.send(.done(channel: 6))
        _ = try desk.wait(for: "wrong hash") { if case .close(6, .hash, _) = $0 { true } else { nil } }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["_отчёт.pdf"])
    }

    private func accepted(_ channel: UInt32) throws -> Int {
        try desk.wait(for: "accepted") { if case .accept(channel, let offset, _) = $0 { Int(offset) } else { nil } }
    }

    @Test func aResidentIsKnownAgainAndForgetsAnUnknownSecret() throws {
        try computer.start(address, "4821-77", "--resident")
        let hello = try desk.welcome(secret: "of this computer")
        #expect(hello.abilities.contains(.resident))
        let file = computer.home.path + "/.config/okno/agent-127.0.0.1_\(desk.port)"
        try computer.until("the secret") { FileManager.default.fileExists(atPath: file) }
        let rights = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int
        #expect(rights == 0o600)
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        desk.cut()
        try computer.start(address, "--resident")
        #expect(try desk.accept().proof == .secret("of this computer"))
        desk.send(.end(session: 0, .unknown, words: ""))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(computer.agent?.terminationStatus == 2)
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    /// A consent that is withdrawn while there is no wire ends at once here, and is said as soon as there is one.
    @Test func anEndWithoutAWireIsSaidLater() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try desk.ask([.view, .control], at: computer)
        desk.cut()
        try computer.until("words of the break") { try computer.name("card").contains("Связь прервана") }
        try computer.run("xdotool", "key", "Pause")
        try computer.until("the end of the card") { try computer.windows("card") == 0 }
        #expect(computer.agent?.isRunning == true)
        // Said to a server that did not take it in: it closes, and is told again.
        for _ in 0..<2 {
            _ = try desk.welcome(secret: "")
            _ = try desk.wait(for: "the end") { if case .end(1, .person, _) = $0 { true } else { nil } }
            if computer.agent?.isRunning == true { desk.cut() }
        }
        #expect(try desk.welcome(secret: "").proof == .secret("again"))
        desk.send(.end(session: 0, .person, words: ""))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(computer.agent?.terminationStatus == 0)
    }

    @Test func aNewQuestionTakesThePlaceOfOneThatNobodyWaitsFor() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        desk.send(.ask(session: 1, question([.view])))
        _ = try computer.question([.view])
        desk.send(.ask(session: 1, question([.view, .control], number: 2)))
        usleep(300_000)
        let sheet = try computer.question([.view, .control])
        try computer.press(sheet.allow, of: sheet)
        let (number, answer) = try desk.wait(for: "an answer") {
            if case .answer(1, let number, let answer) = $0 { (number, answer) } else { nil }
        }
        #expect(number == 2 && answer == .granted([.view, .control]))
    }

    @Test func theCardNamesEverybodyWhoLooks() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try desk.ask([.view, .control], at: computer)
        try computer.until("one name") { try computer.name("card").contains("Борис Орлов · видит экран и управляет") }
        desk.send(.viewers(session: 1, ["Борис Орлов", "Вера Ким"]))
        try computer.until("two names") {
            try computer.name("card").contains("Борис Орлов · Вера Ким · видят экран и управляют")
        }
        desk.send(.viewers(session: 1, ["Вера Ким"]))
        try computer.until("the other name") {
            let name = try computer.name("card")
            return name.contains("Вера Ким · видит экран") && !name.contains("Борис")
        }
    }

    @Test func aWaylandSessionIsAnHonestSentence() throws {
        try computer.start(address, "4821-77", variables: ["WAYLAND_DISPLAY": "wayland-0"])
        #expect(try desk.welcome().abilities == [])
        desk.send(.ask(session: 1, question([.view])))
        guard case .impossible(let words) = try desk.answer() else { throw Timeout(what: "impossible") }
        #expect(words.contains("Wayland"))
    }

    @Test func throughAProxyWithALogin() throws {
        let port = try Desk().port
        let file = computer.home.appendingPathComponent("proxy.conf")
        try """
        Port \(port)
        Listen 127.0.0.1
        BasicAuth office pa55
        Timeout 60
        ConnectPort \(desk.port)
        """.write(to: file, atomically: true, encoding: .utf8)
        let proxy = Process()
        proxy.executableURL = URL(fileURLWithPath: "/usr/bin/tinyproxy")
        proxy.arguments = ["-d", "-c", file.path]
        proxy.standardOutput = FileHandle.nullDevice
        proxy.standardError = FileHandle.nullDevice
        try proxy.run()
        defer { kill(proxy.processIdentifier, SIGKILL) }
        usleep(500_000)
        try computer.start(address, "4821-77", "--proxy", "http://office:wrong@127.0.0.1:\(port)")
        #expect(throws: Timeout.self) { try desk.accept() }
        computer.end()
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        try computer.start(address, "4821-77", variables: ["http_proxy": "http://office:pa55@127.0.0.1:\(port)"])
        #expect(try desk.welcome().proof == .code("482177"))
        try desk.ask([.view], at: computer)
    }
}
