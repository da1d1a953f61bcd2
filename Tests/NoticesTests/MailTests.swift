import Foundation
import Kernel
import NIOCore
import NIOPosix
import Testing

@testable import Mail

@Suite struct LetterTests {
    static func letter(
        subject: String = "№ 812: Решена, проверьте",
        text: String = "Здравствуйте!\n.\n..точка в начале = знак\nконец ",
        html: String? = nil, attachment: Letter.Attachment? = nil, to address: String = "anna@example.org"
    ) -> Letter {
        Letter(
            from: .init(name: "Окно, поддержка", address: "help@example.ru"), to: .init(address: address),
            subject: subject, text: text, html: html, attachment: attachment, id: "1@example.ru",
            replyTo: "request.2@example.ru", date: Instant(milliseconds: 1_795_417_205_000),
            settings: "https://help.example.ru/profile/notices")
    }

    @Test func anotherProgramReadsTheSame() throws {
        let bytes = (0..<300).map { UInt8($0 % 256) }
        let long = String(repeating: "Очень длинная тема про почту ", count: 12)
        let letter = Self.letter(
            subject: long, html: "<p>Привет, «мир»</p>",
            attachment: .init(name: "Отчёт \"за\" ноябрь.xlsx", type: "application/octet-stream", bytes: bytes))
        let text = String(decoding: letter.bytes(), as: UTF8.self)
        #expect(text.utf8.allSatisfy { $0 < 128 })
        #expect(
            text.split(separator: "\r\n", omittingEmptySubsequences: false).allSatisfy {
                $0.utf8.count <= 78 || $0.hasPrefix(" filename*")
            })
        let read = try opened(text)
        #expect(read.contains("Subject: \(long.trimmingCharacters(in: .whitespaces))"))
        #expect(read.contains("From: \"Окно, поддержка\" <help@example.ru>"))
        #expect(read.contains("Date: Mon, 23 Nov 2026 07:00:05 +0000"))
        #expect(read.contains("In-Reply-To: <request.2@example.ru>"))
        #expect(read.contains("Auto-Submitted: auto-generated"))
        #expect(read.contains("Message-ID: <1@example.ru>"))
        #expect(read.contains("text/plain||Здравствуйте!\n.\n..точка в начале = знак\nконец "))
        #expect(read.contains("text/html||<p>Привет, «мир»</p>"))
        #expect(
            read.contains(
                "application/octet-stream|Отчёт \"за\" ноябрь.xlsx|\(bytes.map { String(format: "%02x", $0) }.joined())"
            ))
    }

    @Test func nothingThatWasTypedBeginsAHeader() throws {
        var letter = Self.letter(subject: "Тема\r\nBcc: all@example.org\r\n\r\nтело")
        letter.from.name = "Имя\r\nX-Bad: 1"
        letter.replyTo = "a>\r\nX-Worse: 1"
        let head = String(decoding: letter.bytes(), as: UTF8.self).components(separatedBy: "\r\n\r\n")[0]
        for line in head.components(separatedBy: "\r\n") {
            #expect(!["Bcc", "X-Bad", "X-Worse"].contains { line.hasPrefix($0) })
        }
    }

    @Test func linesOfATextKeepToTheirLength() {
        for text in [
            String(repeating: "щ", count: 500), String(repeating: "a", count: 500), "строка \t", "", "a\r\nb\n",
        ] {
            for line in MIME.quotedPrintable(text).components(separatedBy: "\r\n") {
                #expect(line.utf8.count <= 76)
                #expect(!line.hasSuffix(" ") && !line.hasSuffix("\t"))
            }
        }
    }

    @Test func aDotAtTheBeginningOfALineIsDoubled() {
        let stuffed = String(decoding: SMTPSession.stuffed(Array(".a\r\n..\r\nb.".utf8)), as: UTF8.self)
        #expect(stuffed == "..a\r\n...\r\nb.\r\n.\r\n")
    }

    @Test func sendersAreReadAsPeopleWriteThem() {
        #expect(Letter.Mailbox(parsing: "help@example.ru") == .init(address: "help@example.ru"))
        #expect(Letter.Mailbox(parsing: "Окно <help@example.ru>") == .init(name: "Окно", address: "help@example.ru"))
        #expect(
            Letter.Mailbox(parsing: "\"Окно\" <help@example.ru>") == .init(name: "Окно", address: "help@example.ru"))
        for wrong in ["", "help", "a b@c", "<>", "a@b>\r\nRCPT TO:<c@d>", "почта@пример.рф", "a@b@c"] {
            #expect(Letter.Mailbox(parsing: wrong) == nil, "\(wrong)")
        }
    }

    @Test func answersAreReadWhateverPiecesTheyComeIn() throws {
        let text = Array("250-first\r\n250-second\r\n250 last\r\n354\r\n".utf8)
        for size in 1...text.count {
            var reader = SMTPReplyReader(), replies: [SMTPReply] = []
            for start in stride(from: 0, to: text.count, by: size) {
                replies += try reader.take(text[start..<min(start + size, text.count)])
            }
            #expect(
                replies == [
                    SMTPReply(code: 250, lines: ["first", "second", "last"]), SMTPReply(code: 354, lines: [""]),
                ])
            #expect(reader.isClear)
        }
        var reader = SMTPReplyReader()
        #expect(throws: SMTPReplyReader.Fault.self) { _ = try reader.take(Array("HTTP/1.1 400 Bad\r\n".utf8)) }
    }

    @Test(arguments: [
        (550, "5.1.1 no such user", "address"), (550, "no such user", "address"), (553, "bad", "address"),
        (550, "5.2.1 disabled", "address"), (550, "5.7.1 blocked", "letter"), (554, "5.7.1 relay denied", "letter"),
        (554, "no", "letter"), (552, "5.2.2 full", "later"), (450, "4.2.0 greylisted", "later"), (451, "x", "later"),
    ])
    func aRefusalSaysWhatItIsOf(_ code: Int, _ text: String, _ what: String) throws {
        let verdict = try #require(SMTPReply(code: code, lines: [text]).verdictOnRecipient())
        switch verdict {
        case .addressRefused: #expect(what == "address")
        case .letterRefused: #expect(what == "letter")
        case .later: #expect(what == "later")
        case .accepted: Issue.record("accepted")
        }
    }
}

/// Against a real server.
@Suite struct SessionTests {
    func send(_ server: SMTPServer, to address: String = "anna@example.org") async throws -> SMTPVerdict {
        let session = try await SMTPSession(server)
        let verdict = try await session.send(LetterTests.letter(to: address))
        await session.close()
        return verdict
    }

    @Test(arguments: [("starttls", "PLAIN"), ("starttls", "LOGIN"), ("implicit", "PLAIN"), ("implicit", "LOGIN")])
    func aLetterGoesOverTLSWithSignIn(_ tls: String, _ way: String) async throws {
        let mail = try MailServer(tls: tls, user: "okno:пароль", ways: way)
        let security: SMTPServer.Security = tls == "implicit" ? .tls : .starttls
        #expect(try await send(mail.server(security, user: "okno", password: "пароль")) == .accepted)
        let letter = try #require(mail.letters.first)
        #expect(letter.contains("X-TLS: True"))
        #expect(letter.contains("X-User: \(way) okno"))
        #expect(try opened(letter).contains("..точка в начале = знак"))
        await #expect { try await send(mail.server(security, user: "okno", password: "другой")) } throws: { error in
            if case SMTPFault.signIn = error { true } else { false }
        }
        #expect(mail.letters.count == 1)
    }

    @Test func inTheOpenOnlyWhenThatWasChosen() async throws {
        let mail = try MailServer(tls: nil)
        #expect(try await send(mail.server(.none)) == .accepted)
        await #expect(throws: SMTPFault.insecure("the server does not offer STARTTLS")) {
            try await send(mail.server())
        }
        #expect(mail.letters.count == 1)
    }

    @Test func aCertificateThatIsNotTrustedGetsNothing() async throws {
        for (tls, security) in [("starttls", SMTPServer.Security.starttls), ("implicit", .tls)] {
            let mail = try MailServer(tls: tls)
            var stranger = mail.server(security)
            stranger.roots = nil
            await #expect { try await send(stranger) } throws: { error in
                if case SMTPFault.insecure = error { true } else { false }
            }
            #expect(try await send(mail.server(security)) == .accepted)
            var byAddress = mail.server(security)
            byAddress.host = "127.0.0.1"
            #expect(try await send(byAddress) == .accepted)
            #expect(mail.letters.count == 2)
            // Trusted, but made out to another name.
            let other = try MailServer(tls: tls, names: ["mail.example.org"])
            await #expect { try await send(other.server(security)) } throws: { error in
                if case SMTPFault.insecure = error { true } else { false }
            }
            #expect(other.letters.isEmpty)
        }
    }

    @Test func refusalsOfAddressLetterAndMomentAreToldApart() async throws {
        let mail = try MailServer()
        mail.isPuttingOff(true)
        let session = try await SMTPSession(mail.server())
        func verdict(_ address: String) async throws -> SMTPVerdict {
            try await session.send(LetterTests.letter(to: address))
        }
        #expect(try await verdict("nobody@example.org") == .addressRefused("550 5.1.1 no such mailbox"))
        #expect(try await verdict("policy@example.org") == .letterRefused("554 5.7.1 relay access denied"))
        #expect(try await verdict("later@example.org") == .later("451 4.7.1 greylisted, come back"))
        #expect(try await verdict("пётр@example.org") == .addressRefused("not an address"))
        // After all that the same connection still takes a letter.
        #expect(try await verdict("anna@example.org") == .accepted)
        await session.close()
    }

    /// What is said before TLS must not count as said inside of it (CVE-2011-0411).
    @Test func wordsInTheOpenDoNotPassForWordsInsideOfTLS() async throws {
        let liar = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Liar()) }
            }.bind(host: "127.0.0.1", port: 0).get()
        var server = SMTPServer(host: "127.0.0.1", port: liar.localAddress?.port ?? 0)
        server.patience = 5
        await #expect(throws: SMTPFault.insecure("the server said more before TLS than it was asked")) {
            try await send(server)
        }
        try await liar.close()
    }

    @Test func aServerThatIsAwayIsNotReached() async throws {
        let mail = try MailServer()
        let server = mail.server()
        mail.stop()
        await #expect { try await send(server) } throws: { error in
            if case SMTPFault.unreachable = error { true } else { false }
        }
    }
}

/// Somebody on the way who puts an answer of its own behind «go ahead».
private final class Liar: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) { say("220 mail.test\r\n", context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let line = String(buffer: unwrapInboundIn(data))
        say(
            line.hasPrefix("EHLO")
                ? "250-mail.test\r\n250 STARTTLS\r\n" : "220 go ahead\r\n250-mail.test\r\n250 AUTH PLAIN\r\n", context)
    }

    private func say(_ words: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: words)), promise: nil)
    }
}
