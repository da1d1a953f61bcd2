import EventLog
import Foundation
import HTTPTypes
import Kernel
import Lines
import People
import Requests
import Storage
import Synchronization
import TestOffice
import Testing

@testable import Notices
@testable import OknoApp

@Suite struct NoticesTests {
    private static func with(_ engine: Engine, _ body: @Sendable (Office) async throws -> Void) async throws {
        try await Office.with(engine) { office in
            try await office.settle()
            try await body(office)
        }
    }

    @Test(arguments: Engine.available)
    func theWayOfARequestTellsBothSides(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            let requests = office.requests, number = office.number
            let anna = try await office.viewer(.anna), boris = try await office.viewer(.boris)
            // Registered by herself, nobody on duty: nobody is told.
            #expect(try await office.unread(.anna) == [])
            #expect(try await office.unread(.boris) == [])
            try await requests.take(number, by: boris)
            try await office.write("Проверяю ящик", as: .boris)
            #expect(try await office.unread(.anna) == ["answered", "taken"])
            try await office.write("И вчера не приходила", as: .anna)
            try await office.write("Совсем", as: .anna)
            #expect(try await office.unread(.boris) == ["message 2"])
            try await requests.solve(number, answer: nil, by: boris)
            try await requests.confirm(number, rating: 5, comment: nil, by: anna)
            try await office.settle()
            #expect(try await office.unread(.anna) == ["solved", "answered", "taken"])
            #expect(try await office.unread(.boris) == ["rated", "message 2"])
            try await office.check(
                as: .anna, .get, "/notices", status: 200,
                shows: [
                    "Решена, проверьте", "Громов", "№\u{a0}\(number) · Не приходит почта с утра", "3 непрочитанных",
                ])
            try await office.check(
                as: .boris, .get, "/notices", status: 200, shows: ["2 сообщения клиента", "Оценка: 5 из 5"])
            try await office.check(
                as: .boris, .get, "/notices/bell", headers: [HTTPField.Name("HX-Request")!: "true"], status: 200,
                shows: [">2<", "data-target=\"/requests/\(number)\"", "Оценка: 5 из 5"])
        }
    }

    @Test(arguments: Engine.available)
    func thoseOnDutyAreToldOfWhatIsNewAndOthersAreNot(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.stand(.boris)
            office.clock.pass(milliseconds: 10)
            _ = try await office.requests.register(
                Registration(id: .new(at: office.clock.now), line: office.line, text: "Сломалась мышь"),
                by: try await office.viewer(.anna))
            try await office.settle()
            #expect(try await office.unread(.boris) == ["fresh"])
            // The queue shows it: the page says nothing more.
            try await office.check(as: .boris, .get, "/notices/bell", status: 200, shows: ["data-silent", ">1<"])
            #expect(try await office.unread(.vera) == [])
            #expect(try await office.unread(.olga) == [])
        }
    }

    @Test(arguments: Engine.available)
    func whatAColleagueHasTakenIsNewToNobody(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.stand(.boris)
            try await office.stand(.vera)
            let boris = try await office.viewer(.boris)
            office.clock.pass(milliseconds: 10)
            let number = try await office.requests.register(
                Registration(id: .new(at: office.clock.now), line: office.line, text: "Сломалась мышь"),
                by: try await office.viewer(.anna))
            try await office.settle()
            #expect(try await office.unread(.boris) == ["fresh"])
            #expect(try await office.unread(.vera) == ["fresh"])
            office.clock.pass(milliseconds: 10)
            try await office.requests.take(number, by: boris)
            // Vera's bell is rung too: her open pages count one less.
            let rung = Mutex<[Bell.Topic]>([])
            let notices = Notices(
                database: office.database, site: office.installation.site,
                bell: Bell { _, _, topics in rung.withLock { $0 += topics } },
                somebody: office.installation.notices.somebody)
            try await LogReading.advance(Noticing(notices), on: office.database)
            let topics = rung.withLock { Set($0) }
            #expect(topics.isSuperset(of: [Who.anna, .boris, .vera].map { Notices.topic(office.id($0)) }))
            #expect(try await office.unread(.boris) == [])
            #expect(try await office.unread(.vera) == [])
            // Given back, it is news again, and adds to nothing that is past.
            office.clock.pass(milliseconds: 10)
            try await office.requests.giveBack(number, by: boris)
            try await office.settle()
            #expect(try await office.unread(.vera) == ["fresh"])
            #expect(try await office.kept(.vera) == ["fresh", "fresh"])
            office.clock.pass(milliseconds: 10)
            try await office.requests.cancel(number, reason: nil, by: try await office.viewer(.anna))
            try await office.settle()
            #expect(try await office.unread(.vera) == [])
        }
    }

    @Test(arguments: Engine.available)
    func deadlinesAndEscalationReachThoseWhoAnswer(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.requests.take(office.number, by: try await office.viewer(.boris))
            try await office.happen("request.due-soon", ["kind": "solution"])
            try await office.happen("request.missed", ["kind": "solution"])
            try await office.happen("request.escalated", ["minutes": "45"])
            #expect(try await office.unread(.boris) == ["late", "due"])
            #expect(try await office.unread(.gleb) == ["escalated", "missed"])
            #expect(try await office.unread(.dina) == [])
            try await office.check(
                as: .gleb, .get, "/notices", status: 200, shows: ["Никто не берёт уже 45", "Вышел срок решения"])
            try await office.check(as: .gleb, .get, "/profile/notices", status: 200, shows: ["за которые я отвечаю"])
            try await office.check(
                as: .anna, .get, "/profile/notices", status: 200, hides: ["за которые я отвечаю", "fresh-page"])
        }
    }

    // MARK: who may see

    @Test(arguments: Engine.available)
    func aNoteReachesNoClient(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.requests.take(office.number, by: try await office.viewer(.boris))
            try await office.settle()
            let before = try await office.kept(.anna)
            try await office.write("Пароль в сейфе", as: .vera, isNote: true, mentions: [.boris, .anna])
            #expect(try await office.kept(.anna) == before)
            #expect(try await office.unread(.boris) == ["mentioned", "message"])
            try await office.check(
                as: .anna, .get, "/notices", status: 200, hides: ["Новая заметка", "Вас упомянули", "сейф"])
        }
    }

    @Test(arguments: Engine.available)
    func whoMayNotSeeARequestAnyMoreIsShownNoNoticeOfIt(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            let dina = try await office.viewer(.dina)
            try await office.requests.take(office.number, by: try await office.viewer(.boris))
            try await office.write("@Вера, посмотри", as: .boris, isNote: true, mentions: [.vera])
            #expect(try await office.unread(.vera) == ["mentioned"])
            let notice = try await office.noticeID(.vera, .mentioned)
            try await office.installation.lines.takeCompetence(on: office.line, from: office.id(.vera), by: dina)
            try await office.requests.unwatch(office.number, office.id(.vera), by: try await office.viewer(.boris))
            try await office.settle()
            #expect(try await office.kept(.vera) == ["mentioned"])
            #expect(try await office.unread(.vera) == [])
            try await office.check(as: .vera, .get, "/notices", status: 200, hides: ["упомянули", "почта"])
            try await office.check(
                as: .vera, .get, "/notices/bell", status: 200, shows: ["data-newest=\"0\""], hides: ["упомянули"])
            try await office.check(as: .vera, .get, "/notices/\(notice)", status: 404)
            // Called again, Vera observes again, and sees it again.
            try await office.write("Ещё раз", as: .boris, isNote: true, mentions: [.vera])
            let shown = try await office.unread(.vera)
            #expect(shown == ["mentioned 2"])
        }
    }

    @Test(arguments: Engine.available)
    func anotherOrganisationAndAnotherPersonFindNothing(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.requests.take(office.number, by: try await office.viewer(.boris))
            try await office.settle()
            let notice = try await office.noticeID(.anna, .taken)
            for who in [Who.boris, .dina, .gleb, .oleg, .olga] {
                try await office.check(as: who, .get, "/notices/\(notice)", status: 404)
                try await office.check(as: who, .get, "/notices", status: 200, hides: [notice.text])
            }
            try await office.check(as: nil, .get, "/notices", status: 303)
            try await office.check(as: nil, .get, "/notices/bell", status: 303)
            // «All» is one's own.
            try await office.check(as: .oleg, .post, "/notices/read", status: 303)
            try await office.check(as: .boris, .post, "/notices/read", status: 303)
            #expect(try await office.unread(.anna) == ["taken"])
            // A row that names a request of others is not shown, whoever put it there.
            let (oleg, south, request) = (office.id(.oleg), office.south, office.request)
            try await office.database.write(in: office.south) { [now = office.clock.now] tx in
                _ = try tx.run(
                    """
                    INSERT INTO notice (id, organisation_id, person_id, kind, request_id, event_number, on_page, in_browser, at)
                    VALUES (\(NoticeID.new(at: now)), \(south), \(oleg), 'answered', \(request), 99, 1, 1, \(now))
                    """)
            }
            try await office.check(as: .oleg, .get, "/notices", status: 200, hides: ["почта с утра"])
            #expect(try await office.unread(.oleg) == [])
        }
    }

    @Test(arguments: Engine.available)
    func aSpecialistOfAnotherLineIsToldNothing(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            let dina = try await office.viewer(.dina)
            let other = try await office.installation.lines.createLine(LineDetails(clientName: "Бухгалтерия"), by: dina)
            try await office.installation.lines.takeCompetence(on: office.line, from: office.id(.vera), by: dina)
            try await office.installation.lines.giveCompetence(on: other, to: office.id(.vera), .main, by: dina)
            try await office.stand(.vera)
            office.clock.pass(milliseconds: 10)
            _ = try await office.requests.register(
                Registration(id: .new(at: office.clock.now), line: office.line, text: "Сломалась мышь"),
                by: try await office.viewer(.anna))
            try await office.happen("request.missed", ["kind": "answer"])
            #expect(try await office.kept(.vera) == [])
        }
    }

    // MARK: reading

    @Test(arguments: Engine.available)
    func oneClickLeadsToTheRequestAndReads(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.requests.take(office.number, by: try await office.viewer(.boris))
            try await office.settle()
            let notice = try await office.noticeID(.anna, .taken)
            let answer = try await office.check(as: .anna, .get, "/notices/\(notice)", status: 303)
            #expect(answer.location == "/requests/\(office.number)")
            #expect(try await office.unread(.anna) == [])
        }
    }

    @Test(arguments: Engine.available)
    func whoHasReadTheRequestHasReadItsNotices(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.write("Проверяю", as: .boris)
            #expect(try await office.unread(.anna) == ["answered", "taken"])
            try await office.requests.read(office.number, upTo: 1_000_000, by: try await office.viewer(.anna))
            #expect(try await office.unread(.anna) == [])
            // What comes after begins anew and does not add to what was read.
            try await office.write("Готово", as: .boris)
            #expect(try await office.unread(.anna) == ["answered"])
        }
    }

    @Test(arguments: Engine.available)
    func allAreReadAtOnceAndThatIsTakenBack(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.write("Проверяю", as: .boris)
            let answer = try await office.check(
                as: .anna, .post, "/notices/read", headers: [HTTPField.Name("HX-Request")!: "true"], status: 204)
            #expect(try await office.unread(.anna) == [])
            let undo = try #require(answer.headers[HTTPField.Name("Okno-Undo")!]?.removingPercentEncoding)
            let mark = try #require(undo.firstMatch(of: /"mark":"(\d+)"/)?.1)
            #expect(undo.contains("\"/notices/unread\"") || undo.contains("notices\\/unread"))
            try await office.check(as: .boris, .post, "/notices/unread", form: [("mark", String(mark))], status: 303)
            #expect(try await office.unread(.anna) == [])
            try await office.check(as: .anna, .post, "/notices/unread", form: [("mark", String(mark))], status: 303)
            #expect(try await office.unread(.anna).sorted() == ["answered", "taken"])
            try await office.check(as: .anna, .post, "/notices/unread", form: [("mark", "x")], status: 422)
        }
    }

    @Test(arguments: Engine.available)
    func whatIsLongPastFloodsNobody(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.requests.take(office.number, by: try await office.viewer(.boris))
            // The reader was away for two days.
            office.clock.pass(.days(2))
            try await office.settle()
            #expect(try await office.kept(.anna) == [])
        }
    }

    // MARK: choices

    @Test(arguments: Engine.available)
    func aPersonChoosesHowToBeTold(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            let form = [
                ("_method", "PUT"), ("answered-page", "yes"), ("quiet", "yes"), ("quiet_from", "21:30"),
                ("quiet_until", "08:00"), ("every", "60"),
            ]
            try await office.check(as: .anna, .post, "/profile/notices", form: form, status: 303)
            try await office.write("Проверяю", as: .boris)
            // «Taken» was switched off, every way of it.
            #expect(try await office.kept(.anna) == ["answered"])
            try await office.check(
                as: .anna, .get, "/profile/notices", status: 200,
                shows: [
                    "value=\"21:30\"", "value=\"08:00\"",
                    "name=\"taken-page\" value=\"yes\" aria-label=\"Заявку взяли в работу: На странице\"><",
                ])
            // Others go on as they were.
            try await office.check(as: .boris, .get, "/profile/notices", status: 200, shows: ["value=\"22:00\""])
            var wrong = form
            wrong[4].1 = "21:30"
            try await office.check(
                as: .anna, .post, "/profile/notices", form: wrong, status: 422, shows: ["Укажите начало и конец"])
            try await office.check(
                as: .anna, .post, "/profile/notices", form: form.dropLast() + [("every", "7")], status: 422)
        }
    }
}
