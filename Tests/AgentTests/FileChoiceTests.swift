import Agent
import AgentProtocol
import Crypto
import Foundation
import Testing

/// Files from the computer: a person at a real screen chooses with mouse and keys.
@Suite(.serialized) struct FileChoiceTests {
    let desk: Desk
    let computer: Computer

    init() throws { (desk, computer) = (try Desk(), try Computer()) }

    private var address: String { "http://127.0.0.1:\(desk.port)" }
    private let content = (0..<400_000).map { UInt8(truncatingIfNeeded: $0 / 11) }

    /// A folder with a file beside others, in the person's home.
    private func begin(_ rights: Rights = [.view, .files]) throws {
        let folder = computer.home.appendingPathComponent("00 Акты")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(content).write(to: folder.appendingPathComponent("счёт № 7.pdf"))
        try Data().write(to: folder.appendingPathComponent(".скрыт"))
        try Data("а".utf8).write(to: folder.appendingPathComponent("акт.txt"))
        try computer.start(address, "4821-77")
        #expect(try desk.welcome().abilities.contains([.filesIn, .filesOut]))
        try desk.ask(rights, at: computer)
    }

    private func chooser() throws -> FileSheet {
        try computer.until("the chooser") { try computer.windows("file") == 1 }
        usleep(800_000)
        return FileSheet()
    }

    private func press(_ box: Box) throws {
        let place = FileSheet().box(onScreen: 1024, 768)
        try computer.click(Box(place.x + box.x, place.y + box.y, box.width, box.height))
    }

    private func offer() throws -> (channel: UInt32, offer: FileOffer) {
        try desk.wait(for: "an offer") { if case .offer(let channel, let offer) = $0 { (channel, offer) } else { nil } }
    }

    @Test func aChosenFileGoesAndGoesOnAfterABreak() throws {
        try begin()
        desk.send(.choose(session: 1, wish: 1, specialist: "Борис Орлов"))
        _ = try chooser()
        #expect(try computer.name("file").contains("Борис Орлов просит файл"))
        // «..», then the folder; there «..», «акт.txt» and what is wanted. What is hidden is not shown.
        try computer.run("xdotool", "key", "Down", "Down", "Return", "Down", "Down", "Down", "Return")
        let (channel, offer) = try offer()
        #expect(channel % 2 == 1)
        #expect(
            offer
                == FileOffer(
                    session: 1, name: "счёт № 7.pdf", size: 400_000, sha256: Array(SHA256.hash(data: content))))
        #expect(try computer.windows("file") == 0)
        desk.send(.accept(channel: channel, offset: 0, credit: 100_000))
        #expect(try desk.bytes(channel, 100_000) == Array(content[..<100_000]))
        // No more than it may.
        #expect(desk.none(0.5) { if case .data(channel, _) = $0 { true } else { nil } })
        try computer.until("words of it") { try computer.name("card").contains("счёт № 7.pdf, 25 %") }
        desk.cut()
        #expect(try desk.welcome(secret: "").proof == .secret("again"))
        // Said again, though it is chosen.
        desk.send(.choose(session: 1, wish: 1, specialist: "Борис Орлов"))
        let (next, repeated) = try self.offer()
        #expect(repeated == offer)
        desk.send(.accept(channel: next, offset: 100_000, credit: 1 << 20))
        #expect(try desk.bytes(next, 300_000) == Array(content[100_000...]))
        _ = try desk.wait(for: "done") { if case .done(next) = $0 { true } else { nil } }
        desk.send(.kept(channel: next))
        try computer.until("words of the end") { try computer.name("card").contains("Передан: счёт № 7.pdf") }
        #expect(try computer.windows("file") == 0)
    }

    @Test func onlyThePersonChoosesAndMayChooseNone() throws {
        try begin([.view, .control, .files])
        try desk.view(4, control: true)
        desk.send(.choose(session: 1, wish: 1, specialist: "Борис Орлов"))
        let sheet = try chooser()
        // The specialist's own keys and mouse do nothing while the window is open.
        let place = sheet.box(onScreen: 1024, 768)
        let (x, y) = (UInt16(place.x + sheet.row(1).x + 20), UInt16(place.y + sheet.row(1).y + 10))
        for mask: UInt8 in [0, 1, 0, 1, 0] {
            desk.send(.data(channel: 4, [5, mask, UInt8(x >> 8), UInt8(x & 0xFF), UInt8(y >> 8), UInt8(y & 0xFF)]))
        }
        for symbol: [UInt8] in [[0xFF, 0x54], [0xFF, 0x0D]] {
            for down: UInt8 in [1, 0] { desk.send(.data(channel: 4, [4, down, 0, 0, 0, 0] + symbol)) }
        }
        #expect(desk.none(1) { if case .offer = $0 { true } else { nil } })
        // A folder opens by the second click, a file goes by the button.
        try press(sheet.row(1))
        try press(sheet.row(1))
        try press(sheet.row(1))
        try press(sheet.send)
        let (channel, offer) = try offer()
        #expect(offer.name == "акт.txt" && offer.size == 2)
        desk.send(.close(channel: channel, .refused, words: "файл слишком большой"))
        try computer.until("words") { try computer.name("card").contains("Не передан: акт.txt. файл слишком большой") }

        desk.send(.choose(session: 1, wish: 2, specialist: "Борис Орлов"))
        _ = try chooser()
        try computer.run("xdotool", "key", "Escape")
        _ = try desk.wait(for: "none") { if case .unchosen(1, 2) = $0 { true } else { nil } }
        // Nobody waits any more.
        desk.send(.choose(session: 1, wish: 3, specialist: "Борис Орлов"))
        _ = try chooser()
        desk.send(.unchosen(session: 1, wish: 3))
        try computer.until("the end of the window") { try computer.windows("file") == 0 }
        // A question comes before it, and it comes back.
        desk.send(.choose(session: 1, wish: 4, specialist: "Борис Орлов"))
        _ = try chooser()
        desk.send(.ask(session: 1, question([.view], number: 2)))
        let asked = try computer.question([.view])
        #expect(try computer.windows("file") == 0)
        try computer.press(asked.refuse, of: asked)
        _ = try chooser()
        try computer.run("xdotool", "key", "Pause")
        _ = try desk.wait(for: "the end") { if case .end(1, .person, _) = $0 { true } else { nil } }
        #expect(try computer.windows("file") == 0 && computer.windows("card") == 0)
    }

    @Test func withoutTheRightNobodyIsAsked() throws {
        try begin([.view])
        desk.send(.choose(session: 1, wish: 1, specialist: "Борис Орлов"))
        _ = try desk.wait(for: "no") { if case .unchosen(1, 1) = $0 { true } else { nil } }
        #expect(try computer.windows("file") == 0)
    }

    /// The server fell between the last word of the agent and the row: it offers the file again, and one file is kept.
    @Test func whatWasKeptBeforeABreakIsNotKeptTwice() throws {
        try begin([.files])
        let offer = FileOffer(
            session: 1, name: "заметка.txt", size: UInt64(content.count), sha256: Array(SHA256.hash(data: content)))
        desk.send(.offer(channel: 2, offer))
        for start in stride(from: 0, to: content.count, by: 50_000) {
            desk.send(.data(channel: 2, Array(content[start..<min(start + 50_000, content.count)])))
        }
        desk.send(.done(channel: 2))
        _ = try desk.wait(for: "kept") { if case .kept(2) = $0 { true } else { nil } }
        desk.cut()
        _ = try desk.welcome(secret: "")
        desk.send(.offer(channel: 4, offer))
        _ = try desk.wait(for: "accept") { if case .accept(4, 400_000, _) = $0 { true } else { nil } }
        desk.send(.done(channel: 4))
        _ = try desk.wait(for: "kept") { if case .kept(4) = $0 { true } else { nil } }
        let folder = computer.home.path + "/Downloads"
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["заметка.txt"])
    }
}
