import Agent
import AgentProtocol
import Foundation
import Testing

/// Back ends, several monitors, several specialists.
@Suite(.serialized) struct ScreenTests {
    let desk: Desk
    let computer: Computer

    init() throws { (desk, computer) = (try Desk(), try Computer()) }

    private var address: String { "http://127.0.0.1:\(desk.port)" }

    @Test func tigerVNCHasNoPortAndNoName() throws {
        try computer.start(address, "4821-77", "--backend", "tigervnc")
        _ = try desk.welcome()
        try desk.ask([.view, .control], at: computer)
        try desk.view(2, control: true, by: .tigerVNC)
        #expect(computer.children.map(\.command).contains { $0.hasPrefix("X0tigervnc") })
        #expect(computer.listening.allSatisfy { $0.hasPrefix("u_str") })
        #expect(
            try !FileManager.default.contentsOfDirectory(atPath: computer.home.path).contains { $0.hasPrefix("okno-") })
        // A picture comes, and it is of this screen.
        desk.send(.data(channel: 2, [3, 0, 0, 0, 0, 0, 4, 0, 3, 0]))
        #expect(try desk.bytes(2, 16)[0] == 0)
        desk.send(.data(channel: 2, [5, 0, 0, 60, 0x01, 0x90]))
        try computer.until("the pointer") { try computer.run("xdotool", "getmouselocation").hasPrefix("x:60 y:400 ") }
        desk.send(.end(session: 1, .specialist, words: ""))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(try !computer.run("ps", "-C", "X0tigervnc", "-o", "args=").contains("-display \(computer.display) "))
    }

    @Test func withoutX11vncTheOtherOneIsTaken() throws {
        let folder = computer.home.path + "/bin"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: folder + "/X0tigervnc", withDestinationPath: "/usr/bin/X0tigervnc")
        try computer.start(address, "4821-77", variables: ["PATH": folder])
        _ = try desk.welcome()
        try desk.ask([.view], at: computer)
        try desk.view(2, control: false, by: .tigerVNC)
        try FileManager.default.removeItem(atPath: folder + "/X0tigervnc")
        desk.send(.open(channel: 4, Opening(session: 1, isControl: false, credit: 1_000)))
        let words = try desk.wait(for: "no back end") {
            if case .close(4, .backEnd, let words) = $0 { words } else { nil }
        }
        #expect(words.contains("x11vnc") && words.contains("TigerVNC"))
    }

    @Test func monitorsAreToldAndToldAgain() throws {
        for (name, place, output) in [("left", "+0+0", "screen"), ("right", "+512+0", "none")] {
            try computer.run("xrandr", "--setmonitor", name, "512/135x768/203\(place)", output)
        }
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        let monitors = try desk.wait(for: "screens") { if case .screens(let all) = $0 { all } else { nil } }
        #expect(Set(monitors.map(\.x)) == [0, 512] && monitors.allSatisfy { $0.width == 512 && $0.height == 768 })
        try computer.run("xrandr", "--delmonitor", "right")
        try computer.run("xrandr", "--delmonitor", "left")
        try shrink()
        _ = try desk.wait(for: "the smaller screen") {
            if case .screens(let all) = $0, all.count == 1, all[0].width == 800 { true } else { nil }
        }
    }

    @Test func aPictureFollowsTheSizeOfTheScreen() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try desk.ask([.view], at: computer)
        try desk.view(2, control: false)
        // The viewer knows Raw and DesktopSize.
        desk.send(.data(channel: 2, [2, 0, 0, 2, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x21]))
        desk.send(.data(channel: 2, [3, 0, 0, 0, 0, 0, 0, 8, 0, 8]))
        _ = try desk.bytes(2, 16)
        try shrink()
        var rest: [UInt8] = []
        try computer.until("the new size") {
            desk.send(.data(channel: 2, [3, 1, 0, 0, 0, 0, 0, 8, 0, 8]))
            rest += (try? desk.wait(0.3, for: "data") { if case .data(2, let bytes) = $0 { bytes } else { nil } }) ?? []
            // A rectangle of 800 by 600 in the encoding DesktopSize.
            return rest.contains([0x03, 0x20, 0x02, 0x58, 0xFF, 0xFF, 0xFF, 0x21])
        }
    }

    @Test func ctrlAltDelIsPressedAndNothingIsPromised() throws {
        try computer.start(address, "4821-77")
        #expect(try desk.welcome().abilities.contains(.attention))
        try desk.ask([.view, .control], at: computer)
        desk.send(.attention(session: 1))
        #expect(try notice().contains("не нажаты"))
        try desk.view(2, control: true)
        let terminal = try computer.terminal()
        defer { terminal.terminate() }
        desk.send(.data(channel: 2, [5, 0, 0, 60, 0x01, 0xB8]))
        usleep(300_000)
        desk.send(.attention(session: 1))
        #expect(try notice().contains("ничего не произойдёт"))
        desk.send(.data(channel: 2, [4, 1, 0, 0, 0, 0, 0xFF, 0x0D, 4, 0, 0, 0, 0, 0, 0xFF, 0x0D]))
        try computer.until("the keys") {
            computer.typed.contains("[3;7~")
        }
    }

    /// A computer in Russia has two layouts: what the specialist writes arrives whichever of them is set.
    @Test(arguments: ["x11vnc", "tigervnc"], [0, 1])
    func lettersArriveInBothLayouts(_ program: String, layout: Int) throws {
        try computer.run("setxkbmap", "-layout", layout == 0 ? "us,ru" : "ru,us")
        let terminal = try typing(by: program)
        defer { terminal.terminate() }
        // «Ёж, abc.» as a browser's page numbers the letters, each key as a viewer in Russia holds it.
        write([0x6B3, 0x6D6, 0x2C, 0x20, 0x61, 0x62, 0x63, 0x2E], shifting: [0x6B3])
        try computer.until("what was typed") { !computer.typed.isEmpty }
        #expect(computer.typed == "Ёж, abc.\n")
    }

    /// A computer without a Russian layout has a few keys to spare, which have to do for all letters.
    @Test(arguments: ["x11vnc", "tigervnc"]) func theWholeAlphabetArrivesWithoutItsLayout(_ program: String) throws {
        try computer.run("setxkbmap", "-layout", "us")
        let terminal = try typing(by: program)
        defer { terminal.terminate() }
        let capitals = Array(UInt32(0x6E0)...0x6FF) + [0x6B3]
        write(Array(UInt32(0x6C0)...0x6DF) + [0x6A3] + capitals + [0xB3, 0xAA9], shifting: capitals)
        try computer.until("what was typed") { !computer.typed.isEmpty }
        #expect(computer.typed == "юабцдефгхийклмнопярстужвьызшэщчъёЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪЁ³—\n")
        desk.send(.end(session: 1, .specialist, words: ""))
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(try !computer.run("xmodmap", "-pke").contains("Cyrillic"))
    }

    /// Programs ask what a key writes when they come to it: a key must not write another letter by then.
    @Test func aProgramThatIsBusyReadsTheLettersThatWereMeant() throws {
        try computer.run("setxkbmap", "-layout", "us")
        let terminal = try typing()
        defer { terminal.terminate() }
        // The first letter comes again before the keys to spare are all lent, and is no old one then.
        let alphabet = Array(UInt32(0x6C0)...0x6DF)
        kill(terminal.processIdentifier, SIGSTOP)
        write([alphabet[0]] + alphabet[..<16] + [alphabet[0]] + alphabet[16...], shifting: [])
        usleep(700_000)
        kill(terminal.processIdentifier, SIGCONT)
        try computer.until("what was typed") { !computer.typed.isEmpty }
        #expect(computer.typed == "ююабцдефгхийклмноюпярстужвьызшэщчъ\n")
    }

    /// A question may come while letters wait for their keys: nothing that was pressed before it presses its buttons.
    @Test func lettersThatWaitAreNotWrittenIntoAQuestion() throws {
        try computer.run("setxkbmap", "-layout", "us")
        let terminal = try typing()
        defer { terminal.terminate() }
        write(Array(UInt32(0x6C0)...0x6DF), shifting: [])
        desk.send(.ask(session: 1, question([.view, .control], number: 2)))
        try computer.until("the question") { try computer.windows("consent") == 1 }
        try computer.run("xdotool", "key", "Escape")
        try computer.until("the question to go") { try computer.windows("consent") == 0 }
        sleep(2)
        #expect(computer.typed.isEmpty)
        try computer.run("xdotool", "key", "Return")
        try computer.until("what was typed") { !computer.typed.isEmpty }
        let line = computer.typed.dropLast()
        #expect("юабцдефгхийклмнопярстужвьызшэщчъ".hasPrefix(line) && 10..<32 ~= line.count)
    }

    /// Keyboards differ: what needs Shift at the viewer may need none here, and the other way about.
    @Test func aSymbolNeedsWhatItNeedsHere() throws {
        try computer.run("setxkbmap", "-layout", "us")
        let terminal = try typing()
        defer { terminal.terminate() }
        // «!A/a;» with Shift at the slash and the semicolon alone; Tab with Shift stays one.
        write([0x21, 0x41, 0x2F, 0x61, 0x3B, 0xFF09], shifting: [0x2F, 0x3B, 0xFF09])
        try computer.until("what was typed") { !computer.typed.isEmpty }
        #expect(computer.typed == "!A/a;\u{1B}[Z\n")
    }

    @Test func nothingStaysDownOfAViewerWhoIsGone() throws {
        let terminal = try typing()
        defer { terminal.terminate() }
        // Shift and a letter, and the left button; then the viewer is not there any more.
        desk.send(
            .data(channel: 2, [4, 1, 0, 0, 0, 0, 0xFF, 0xE1, 4, 1, 0, 0, 0, 0, 0, 0x41, 5, 1, 0, 60, 0x01, 0xB8]))
        try computer.until("the pointer") { try computer.run("xdotool", "getmouselocation").hasPrefix("x:60 y:440 ") }
        desk.send(.close(channel: 2, .finished, words: ""))
        usleep(300_000)
        try computer.run("xdotool", "key", "b", "Return")
        try computer.until("what was typed") { !computer.typed.isEmpty }
        #expect(computer.typed == "Ab\n")
        #expect(try !computer.run("xinput", "query-state", "Virtual core XTEST pointer").contains("button[1]=down"))
    }

    @Test func whoeverEndsTheProgramLeavesNoKeyDown() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try desk.ask([.view, .control], at: computer)
        try desk.view(2, control: true)
        desk.send(.data(channel: 2, [4, 1, 0, 0, 0, 0, 0xFF, 0xE3, 5, 0, 0, 60, 0x01, 0xB8]))
        try computer.until("the key") {
            try computer.run("xinput", "query-state", "Virtual core XTEST keyboard").contains("=down")
        }
        kill(try #require(computer.agent).processIdentifier, SIGTERM)
        try computer.until("the program to end") { computer.agent?.isRunning == false }
        #expect(try !computer.run("xinput", "query-state", "Virtual core XTEST keyboard").contains("=down"))
    }

    /// A desktop may have the key already: then the card does not promise it, and its button works as ever.
    @Test func aKeyThatSomebodyElseHasIsTakenAloneOrNotPromised() throws {
        let desktop = try computer.holdingSuperPause()
        defer { kill(desktop.processIdentifier, SIGKILL) }
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try desk.ask([.view], at: computer)
        try desk.view(2, control: false)
        try computer.run("xdotool", "key", "Pause")
        _ = try desk.wait(for: "the end") { if case .end(1, .person, _) = $0 { true } else { nil } }
    }

    /// A viewer that may control, with the pointer on a terminal.
    private func typing(by program: String = "x11vnc") throws -> Process {
        try computer.start(address, "4821-77", "--backend", program)
        _ = try desk.welcome()
        try desk.ask([.view, .control], at: computer)
        try desk.view(2, control: true, by: program == "x11vnc" ? .x11vnc : .tigerVNC)
        let terminal = try computer.terminal()
        desk.send(.data(channel: 2, [5, 0, 0, 60, 0x01, 0xB0]))
        usleep(300_000)
        return terminal
    }

    /// Each symbol pressed and let go, one after another without waiting, then Enter.
    private func write(_ symbols: [UInt32], shifting: [UInt32]) {
        let shift: [UInt8] = [0, 0, 0xFF, 0xE1]
        for symbol in symbols + [0xFF0D] {
            let word = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: symbol >> $0) }
            let stroke: [UInt8] = [4, 1, 0, 0] + word + [4, 0, 0, 0] + word
            let isShifted = shifting.contains(symbol)
            desk.send(
                .data(channel: 2, isShifted ? [4, 1, 0, 0] + shift + stroke + [4, 0, 0, 0] + shift : stroke))
        }
    }

    /// To 800 by 600, a mode that Xvfb has to be told of.
    private func shrink() throws {
        let times = "38.25 800 832 912 1024 600 603 607 624".split(separator: " ").map(String.init)
        try computer.run(["xrandr", "--newmode", "800x600"] + times)
        try computer.run("xrandr", "--addmode", "screen", "800x600")
        try computer.run("xrandr", "--output", "screen", "--mode", "800x600")
    }

    private func notice() throws -> String {
        try desk.wait(for: "words") { if case .notice(1, let words) = $0 { words } else { nil } }
    }

    /// Two sessions, one of them with a viewer that does not read: it gets its credit and no more, the other one goes on.
    @Test func aSlowViewerSlowsOnlyItself() throws {
        try computer.start(address, "4821-77", "--resident")
        _ = try desk.welcome()
        try desk.ask([.view], at: computer)
        try desk.ask([.view, .control], at: computer, session: 2)
        desk.send(.open(channel: 2, Opening(session: 1, isControl: false, credit: 40)))
        #expect(try desk.bytes(2, 12).count == 12)
        desk.send(.data(channel: 2, Array("RFB 003.008\n".utf8) + [1, 1]))
        try desk.view(4, control: true, session: 2)
        for _ in 0..<3 {
            desk.send(.data(channel: 4, [3, 0, 0, 0, 0, 0, 0, 64, 0, 64]))
            _ = try desk.bytes(4, 64 * 64 * 4)
        }
        var sent = 0
        for case .data(2, let bytes) in desk.heard { sent += bytes.count }
        #expect(sent == 40)
        // More than it was given breaks the rules and closes this channel alone. So many that the agent, which gives back what it has
        // taken, finds two of them at once however slowly they come.
        for _ in 0..<30 { desk.send(.data(channel: 2, Array(repeating: 250, count: 60_000))) }
        _ = try desk.wait(for: "a closed channel") { if case .close(2, .fault, _) = $0 { true } else { nil } }
        // The end of one session leaves the other one.
        desk.send(.end(session: 1, .specialist, words: ""))
        desk.send(.data(channel: 4, [3, 0, 0, 0, 0, 0, 0, 8, 0, 8]))
        _ = try desk.bytes(4, 256)
        #expect(try computer.windows("card") == 1)
    }

    @Test func aLongCopiedTextIsCutWithAWord() throws {
        try computer.start(address, "4821-77")
        _ = try desk.welcome()
        try desk.ask([.clipboard], at: computer)
        try computer.run(
            "xclip", "-selection", "clipboard", input: String(repeating: "строка и ещё\n", count: 30_000))
        let text = try desk.wait(for: "copied text") { if case .clipboard(1, let text) = $0 { text } else { nil } }
        #expect((AgentMessage.clipboardBytes - 1...AgentMessage.clipboardBytes).contains(text.utf8.count))
        #expect(text.hasPrefix("строка и ещё\nстрока"))
        #expect(try notice().contains("256 КиБ"))
        // One that fits, but comes in parts.
        let whole = String(repeating: "б", count: 100_000)
        try computer.run("xclip", "-selection", "clipboard", input: whole)
        #expect(
            try desk.wait(for: "copied text") { if case .clipboard(1, let text) = $0 { text } else { nil } } == whole)
    }
}

extension [UInt8] {
    fileprivate func contains(_ part: [UInt8]) -> Bool {
        count >= part.count
            && indices.dropLast(part.count - 1).contains { self[$0..<$0 + part.count].elementsEqual(part) }
    }
}
