import EventLog
import Foundation
import HTTPTypes
import Kernel
import Lines
import Mail
import Requests
import Storage
import TestOffice
import Testing
import Web

@testable import Notices
@testable import OknoApp

extension Office {
    /// Another start of the program: nothing of it is in memory.
    func visit() async throws {
        let node = nodes[nodes.count - 1]
        let outbox = try #require(node.notices.outbox)
        let posting = Posting(outbox, database: node.database, now: node.site.now)
        while try await posting.visit() >= Posting.portion {}
    }

    func post(_ subject: String, to who: Who = .anna) async throws {
        let (person, now) = (id(who), clock.now)
        try await database.write(in: north) { tx in
            _ = try Outbox.put(Outbox.Draft(to: person, subject: subject, text: "Текст"), at: now, in: tx)
        }
    }

    func readdress(_ who: Who, _ address: String) async throws {
        let person = id(who)
        try await database.write(in: north) { tx in
            _ = try tx.run("UPDATE person SET email = \(address) WHERE id = \(person)")
        }
    }

    func mailState() async throws -> MailState { try await database.read { tx in try MailState.read(tx) } }

    func letters(_ state: String) async throws -> Int {
        try await database.read { tx in try tx.value("SELECT COUNT(*) FROM letter WHERE state = \(state)")! }
    }
}

@Suite struct OutboxTests {
    private static func with(
        _ engine: Engine, _ mail: MailServer, trusted: Bool = true, _ body: @Sendable (Office) async throws -> Void
    ) async throws {
        var settings = [
            "smtp-host": "localhost", "smtp-port": String(mail.port), "smtp-from": "Окно <okno@example.ru>",
            "origin": "https://help.example.ru",
        ]
        if trusted { settings["smtp-roots"] = mail.roots }
        try await Office.with(engine, settings: settings) { office in
            try await office.settle()
            try await body(office)
        }
    }

    // MARK: what is written

    @Test(arguments: Engine.available)
    func newsOfARequestComeInOneLetterAndNotTooOften(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            try await office.write("Проверяю", as: .boris)
            try await office.write("Нашёл причину", as: .boris)
            try await office.visit()
            #expect(mail.letters.isEmpty)
            try await office.pass(3)
            try await office.visit()
            #expect(mail.letters.count == 1)
            let first = try opened(mail.letters[0])
            #expect(first.contains("Subject: №\u{a0}\(office.number): 2 новых ответа · Не приходит почта с утра"))
            #expect(first.contains("X-To: anna@example.org"))
            #expect(first.contains("https://help.example.ru/notices/"))
            #expect(first.contains("https://help.example.ru/profile/notices"))
            #expect(first.contains("In-Reply-To: <request.\(office.request)@example.ru>"))
            #expect(first.contains("text/html"))
            // What was written stays in Okno.
            #expect(!first.contains("Нашёл причину"))
            // The next comes a quarter of an hour after the last, and not before.
            try await office.write("Ещё вопрос", as: .boris)
            try await office.pass(10)
            try await office.visit()
            #expect(mail.letters.count == 1)
            try await office.pass(6)
            try await office.visit()
            #expect(mail.letters.count == 2)
            // What is urgent does not wait.
            try await office.requests.solve(office.number, answer: nil, by: try await office.viewer(.boris))
            try await office.settle()
            try await office.settle()
            try await office.visit()
            #expect(mail.letters.count == 3)
            #expect(try opened(mail.letters[2]).contains("Решена, проверьте"))
        }
    }

    @Test(arguments: Engine.available)
    func quietHoursEndWithOneLetter(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            office.clock.pass(.hours(13))
            try await office.write("Проверяю", as: .boris)
            try await office.requests.solve(office.number, answer: nil, by: try await office.viewer(.boris))
            try await office.settle()
            for _ in 0..<7 {
                try await office.pass(60)
                try await office.visit()
            }
            #expect(mail.letters.isEmpty)
            try await office.pass(61)
            try await office.visit()
            #expect(mail.letters.count == 1)
            let letter = try opened(mail.letters[0])
            #expect(letter.contains("Новый ответ") && letter.contains("Решена, проверьте"))
        }
    }

    @Test(arguments: Engine.available)
    func whatWasReadOrMayNotBeSeenIsNotWritten(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            try await office.write("Проверяю", as: .boris)
            try await office.requests.read(office.number, upTo: 1_000_000, by: try await office.viewer(.anna))
            try await office.pass(30)
            try await office.visit()
            #expect(mail.letters.isEmpty)
            // Called at night, and gone from the line before the morning.
            office.clock.pass(.hours(13))
            try await office.write("@Вера", as: .boris, isNote: true, mentions: [.vera])
            try await office.installation.lines.takeCompetence(
                on: office.line, from: office.id(.vera), by: try await office.viewer(.dina))
            try await office.requests.unwatch(office.number, office.id(.vera), by: try await office.viewer(.boris))
            try await office.pass(12 * 60)
            try await office.visit()
            #expect(mail.letters.isEmpty)
            // A note is nothing to a client, by mail as well.
            try await office.write("Пароль в сейфе", as: .boris, isNote: true, mentions: [.anna])
            try await office.pass(30)
            try await office.visit()
            #expect(mail.letters.isEmpty)
        }
    }

    @Test(arguments: Engine.available)
    func theLanguageIsThePersons(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            try await office.check(as: .anna, .post, "/profile/preferences", form: [("lang", "en")], status: 303)
            try await office.write("Проверяю", as: .boris)
            try await office.pass(3)
            try await office.visit()
            #expect(try opened(mail.letters[0]).contains("Subject: No.\u{a0}\(office.number): New answer"))
        }
    }

    // MARK: faults

    @Test(arguments: Engine.available)
    func aServerThatIsAwayForADayLosesNothing(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            for number in 1...30 { try await office.post("Письмо \(number)") }
            mail.stop()
            // Pauses grow to an hour: a day has few tries, and each restart of the program is one of them.
            var tries = 0
            for _ in 0..<(24 * 12) {
                let before = try await office.tries()
                try await office.visit()
                if try await office.tries() > before { tries += 1 }
                office.clock.pass(Minutes(5))
            }
            #expect((24...32).contains(tries))
            #expect(try await office.mailState().waiting == 30)
            #expect(try await office.mailState().faultKind == "unreachable")
            try await office.check(
                as: .dina, .get, "/mail", status: 200, shows: ["Почтовый сервер не отвечает", "30 писем"])
            try mail.start()
            office.clock.pass(Minutes(61))
            try await office.visit()
            #expect(Set(mail.letters.map { $0.firstMatch(of: /Message-ID: <(.*)>/)?.1 }).count == 30)
            #expect(mail.letters.count == 30)
            #expect(try await office.mailState().faultKind == nil)
            try await office.check(as: .dina, .get, "/mail", status: 200, shows: ["0 писем"], hides: ["не отвечает"])
        }
    }

    @Test(arguments: Engine.available)
    func aConnectionThatIsCutAfterALetterRepeatsItUnderTheSameMark(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            try await office.readdress(.anna, "cut@example.org")
            try await office.post("Письмо")
            // A letter at which the server hangs up does not hold the next one.
            office.clock.pass(milliseconds: 10)
            try await office.post("Другое", to: .boris)
            try await office.visit()
            #expect(try await office.letters("waiting") == 1)
            #expect(try await office.letters("sent") == 1)
            #expect(mail.letters.count == 2)
            #expect(mail.letters.last?.contains("X-To: boris@example.org") == true)
            // The server is not away: the administrator is told of no fault.
            #expect(try await office.mailState().fault == nil)
            let held: String? = try await office.database.read { tx in
                try tx.value("SELECT held_by FROM letter WHERE state = 'waiting'")
            }
            #expect(held == "letter")
            office.clock.pass(Minutes(1))
            try await office.visit()
            #expect(try await office.letters("sent") == 2)
            let marks = mail.letters.filter { $0.contains("X-To: cut@") }
                .compactMap { $0.firstMatch(of: /Message-ID: <(.*)>/)?.1 }
            #expect(marks.count == 2 && Set(marks).count == 1)
        }
    }

    @Test(arguments: Engine.available)
    func aLetterThatIsPutOffGoesLater(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            mail.isPuttingOff(true)
            try await office.readdress(.anna, "later@example.org")
            try await office.post("Серое")
            try await office.post("Белое", to: .boris)
            try await office.visit()
            // One letter put off holds up no other.
            #expect(mail.letters.count == 1)
            office.clock.pass(milliseconds: 59_000)
            try await office.visit()
            mail.isPuttingOff(false)
            office.clock.pass(milliseconds: 1000)
            try await office.visit()
            #expect(mail.letters.count == 2)
            #expect(try await office.letters("sent") == 2)
        }
    }

    @Test(arguments: Engine.available)
    func anAddressThatDoesNotExistIsRememberedAndTheAdministratorIsTold(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            try await office.readdress(.anna, "nobody@example.org")
            try await office.post("Письмо")
            let before = try await office.newestEvent(in: office.north)
            try await office.visit()
            let written = try await office.events(after: before, in: office.north)
            #expect(written.map(\.kind) == [.letterLost])
            #expect(written[0].data["why"] == "refused" && written[0].data["to"] == office.id(.anna).text)
            try await office.settle()
            #expect(try await office.unread(.dina) == ["undelivered"])
            #expect(try await office.unread(.gleb) == [])
            try await office.check(
                as: .dina, .get, "/mail", status: 200, shows: ["nobody@example.org", "no such mailbox", "Белова"])
            // Nothing more is written there, until somebody says so.
            try await office.post("Ещё")
            try await office.write("Проверяю", as: .boris)
            try await office.pass(30)
            try await office.visit()
            #expect(try await office.letters("waiting") == 0)
            for who in [Who.anna, .boris, .gleb, .olga] {
                try await office.check(
                    as: who, .post, "/mail/refused", form: [("_method", "DELETE"), ("address", "nobody@example.org")],
                    status: 404)
            }
            try await office.check(
                as: .dina, .post, "/mail/refused", form: [("_method", "DELETE"), ("address", "nobody@example.org")],
                status: 303)
            try await office.post("Ещё")
            #expect(try await office.letters("waiting") == 1)
            // Another refusal says nothing of the address.
            try await office.readdress(.boris, "policy@example.org")
            try await office.post("Письмо", to: .boris)
            try await office.visit()
            try await office.post("Письмо", to: .boris)
            #expect(try await office.letters("waiting") == 1)
        }
    }

    @Test(arguments: Engine.available)
    func afterThreeDaysALetterIsGivenUpAndForgotten(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            try await office.post("Тайна")
            mail.stop()
            for _ in 0..<73 {
                try await office.visit()
                office.clock.pass(.hours(1))
            }
            try await office.visit()
            #expect(try await office.letters("lost") == 1)
            try await office.settle()
            #expect(try await office.unread(.dina) == ["undelivered"])
            let kept: String? = try await office.database.read { tx in
                try tx.value("SELECT subject || text FROM letter WHERE state = 'lost'")
            }
            #expect(kept == "")
        }
    }

    @Test(arguments: Engine.available)
    func aServerThatIsNotTrustedGetsNoLetter(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail, trusted: false) { office in
            try await office.post("Письмо")
            try await office.visit()
            #expect(mail.letters.isEmpty)
            #expect(try await office.mailState().faultKind == "insecure")
            try await office.check(
                as: .dina, .get, "/mail", status: 200, shows: ["Защищённая связь с почтовым сервером не удалась"])
        }
    }

    @Test(arguments: Engine.available)
    func aReportGoesAsALetterWithItsWorkbook(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            let id = NoticeID.new(at: office.clock.now).text
            try await office.check(
                as: .gleb, .post, "/reports/saved",
                form: [("id", id), ("name", "Работа за ноябрь"), ("kind", "work"), ("query", "")], status: 303)
            try await office.check(
                as: .gleb, .post, "/reports/saved/\(id)/mailing",
                form: [("_method", "PUT"), ("rhythm", "day"), ("time", "09:00")], status: 303)
            try await office.pass(23 * 60)
            try await office.visit()
            let letter = try opened(try #require(mail.letters.first))
            #expect(letter.contains("Работа за ноябрь"))
            #expect(letter.contains("X-To: gleb@example.org"))
            // A workbook is a zip.
            #expect(letter.contains("spreadsheetml.sheet|") && letter.contains(".xlsx|504b0304"))
            #expect(mail.letters.count == 1)
        }
    }

    // MARK: the administrator

    @Test(arguments: Engine.available)
    func theAdministratorSeesWhatIsInForceAndTriesIt(on engine: Engine) async throws {
        let mail = try MailServer()
        try await Self.with(engine, mail) { office in
            for who in [Who.anna, .boris, .gleb] {
                try await office.check(as: who, .get, "/mail", status: 404)
                try await office.check(as: who, .post, "/mail/trial", status: 404)
            }
            try await office.check(
                as: .dina, .get, "/mail", status: 200,
                shows: ["localhost:\(mail.port)", "STARTTLS", "okno@example.ru", "ещё не уходило"])
            try await office.check(as: .dina, .post, "/mail/trial", status: 303)
            try await office.visit()
            #expect(try opened(mail.letters[0]).contains("Пробное письмо из Окна"))
        }
        // Without a server nothing is offered and nothing is kept for later.
        try await Office.with(engine) { office in
            try await office.check(as: .dina, .get, "/mail", status: 200, shows: ["Письма не отправляются"])
            try await office.write("Проверяю", as: .boris)
            try await office.pass(30)
            #expect(try await office.letters("waiting") == 0)
        }
    }

    @Test func pausesGrowToAnHour() {
        #expect((0...8).map { Outbox.pause(after: $0).count } == [1, 2, 4, 8, 16, 32, 60, 60, 60])
    }

    @Test func settingsOfMailAreLookedAtTogether() throws {
        func mail(_ flags: [String: String]) throws -> Settings.MailSettings? {
            try Settings(flags: flags.merging(["share": Office.share]) { $1 }, environment: [:]).mail
        }
        #expect(try mail([:]) == nil)
        let usual = try #require(try mail(["smtp-host": "mail.example.ru", "origin": "https://help.example.ru"]))
        #expect(usual.server.port == 587 && usual.server.security == .starttls)
        #expect(usual.from == .init(address: "okno@help.example.ru"))
        #expect(try mail(["smtp-host": "m", "smtp-security": "tls"])?.server.port == 465)
        for wrong in [
            ["smtp-user": "a"], ["smtp-host": "m", "smtp-security": "ssl"], ["smtp-host": "m", "smtp-from": "нет"],
            ["smtp-host": "m", "smtp-security": "none", "smtp-user": "a"], ["smtp-host": "m", "smtp-port": "0"],
        ] {
            #expect(throws: SettingsError.self) { try mail(wrong) }
        }
    }
}

extension Office {
    func tries() async throws -> Int {
        try await database.read { tx in try tx.value("SELECT MAX(tries) FROM letter")! }
    }
}
