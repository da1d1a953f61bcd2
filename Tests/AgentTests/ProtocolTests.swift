import AgentProtocol
import Testing

private let each: [AgentMessage] = [
    .hello(
        Hello(
            system: "linux-x11", computer: "бухгалтерия-3", login: "anna", proof: .code("4821-77"),
            abilities: [.view, .control, .filesIn])),
    .hello(Hello(version: 9, system: "", computer: "", login: "", proof: .secret("s"), abilities: [])),
    .welcome(Welcome(secret: "once", pingSeconds: 20)),
    .ask(
        session: 7,
        Question(
            number: 3, specialist: "Борис Орлов", request: 812, asked: [.view, .control], language: "ru", seconds: 60,
            isRecorded: true)),
    .answer(session: 7, to: 3, .granted([.view])), .answer(session: 7, to: 3, .refused),
    .answer(session: 7, to: 3, .timedOut),
    .answer(session: 7, to: 3, .impossible("Wayland")),
    .open(channel: 2, Opening(session: 7, isControl: true, backEnd: .tigerVNC, credit: 1 << 20)),
    .opened(channel: 2, .x11vnc, credit: 65_536),
    .data(channel: 2, [82, 70, 66]), .data(channel: 2, []),
    .data(channel: .max, Array(repeating: 9, count: AgentMessage.dataBytes)),
    .credit(channel: 2, 4_096), .close(channel: 2, .backEnd, words: "x11vnc ended"),
    .clipboard(session: 7, "Привет, мир 🙂"), .clipboard(session: 7, ""),
    .offer(
        channel: 4,
        FileOffer(session: 7, name: "отчёт.pdf", size: 1 << 40, sha256: Array(repeating: 0xAB, count: 32))),
    .accept(channel: 4, offset: 1 << 33, credit: 1), .done(channel: 4), .kept(channel: 4),
    .screens([
        Monitor(name: "HDMI-1", x: 0, y: 0, width: 1920, height: 1080),
        Monitor(name: "", x: 1920, y: 0, width: 800, height: 600),
    ]),
    .screens([]), .end(session: 0, .person, words: ""), .ping(1), .pong(.max), .attention(session: 7),
    .choose(session: 7, wish: 3, specialist: "Борис Орлов"), .unchosen(session: 7, wish: .max),
    .notice(session: 7, "нажаты"), .viewers(session: 7, ["Борис Орлов", "Вера Ким"]), .viewers(session: 7, []),
]

@Suite struct ProtocolTests {
    @Test(arguments: each) func whatIsWrittenIsRead(message: AgentMessage) throws {
        #expect(try AgentMessage(decoding: message.encoded()) == message)
    }

    @Test(arguments: each) func whatIsCutOrLongerIsRefused(message: AgentMessage) throws {
        let bytes = message.encoded()
        for count in 0..<min(bytes.count, 400) {
            let read = try? AgentMessage(decoding: bytes.prefix(count))
            #expect(read != message)
        }
        switch message {
        case .data, .clipboard: break
        default: #expect(throws: ProtocolFault.trailing) { try AgentMessage(decoding: bytes + [0]) }
        }
    }

    @Test func bytesStayWhereTheDocumentSaysTheyAre() {
        #expect(AgentMessage.data(channel: 0x0102_0304, [9, 8]).encoded() == [7, 1, 2, 3, 4, 9, 8])
        #expect(
            AgentMessage.answer(session: 1, to: 2, .granted([.view, .files])).encoded() == [
                4, 0, 0, 0, 1, 0, 0, 0, 2, 1, 9,
            ])
        #expect(AgentMessage.end(session: 0, .unknown, words: "я").encoded() == [16, 0, 0, 0, 0, 4, 0, 2, 0xD1, 0x8F])
    }

    @Test func limitsHold() {
        #expect(throws: ProtocolFault.tooLong) {
            try AgentMessage(decoding: [7, 0, 0, 0, 1] + Array(repeating: 0, count: AgentMessage.dataBytes + 1))
        }
        #expect(throws: ProtocolFault.tooLong) {
            try AgentMessage(decoding: Array(repeating: 10, count: AgentMessage.frameBytes + 1))
        }
        #expect(throws: ProtocolFault.unknownType(200)) { try AgentMessage(decoding: [200, 0, 0, 0, 0]) }
        #expect(throws: ProtocolFault.field) { try AgentMessage(decoding: [10, 0, 0, 0, 1, 0xFF]) }
        #expect(throws: ProtocolFault.field) { try AgentMessage(decoding: [4, 0, 0, 0, 1, 0, 0, 0, 2, 1, 16]) }
        let long = AgentMessage.end(session: 1, .fault, words: String(repeating: "щ", count: 5_000))
        #expect(throws: Never.self) { try AgentMessage(decoding: long.encoded()) }
    }

    /// Bytes of chance, and messages with a few bytes changed: a fault or a message that is written back the same, never a trap.
    @Test func anyBytesAreAMessageOrAFault() throws {
        var dice = SystemRandomNumberGenerator()
        var read = 0
        for round in 0..<60_000 {
            var bytes: [UInt8]
            if round % 2 == 0 {
                bytes = (0..<Int.random(in: 0...60, using: &dice)).map { _ in UInt8.random(in: 0...255, using: &dice) }
                if !bytes.isEmpty { bytes[0] = UInt8.random(in: 0...22, using: &dice) }
            } else {
                bytes = Array(each[round % each.count].encoded().prefix(500))
                for _ in 0..<Int.random(in: 1...3, using: &dice) {
                    bytes[Int.random(in: bytes.indices, using: &dice)] = UInt8.random(in: 0...255, using: &dice)
                }
            }
            if let message = try? AgentMessage(decoding: bytes) {
                read += 1
                #expect(message.encoded() == bytes)
            }
        }
        #expect(read > 1_000)
    }
}
