import Duty
import EventLog
import HTTPTypes
import Kernel
import Lines
import People
import Requests
import Storage
import TestOffice
import Testing
import Web

@testable import Monitor
@testable import OknoApp

@Suite struct MonitorTests {
    @Test(arguments: Engine.available)
    func theBoardCountsWhatWaitsAndWhoIsThere(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let boris = try await office.viewer(.boris)
            try await office.stand(.boris, "on")
            let working = try await office.register("Нет сети в кабинете"),
                solved = try await office.register("Принтер")
            let waiting = try await office.register("Нужен доступ")
            office.clock.pass(Minutes(10))
            for number in [working, solved, waiting] { try await office.requests.take(number, by: boris) }
            try await office.requests.solve(solved, answer: "Готово", by: boris)
            try await office.requests.wait(waiting, by: boris)
            office.clock.pass(Minutes(15))
            let board = try await office.board(), line = try #require(board.lines.first { $0.line == office.line })
            #expect(board.lines.count == 1)
            #expect(line.facts.count(.free) == 1 && line.facts.oldest == office.clock.now - Minutes(25))
            #expect(line.facts.count(.working) == 1)
            #expect(line.facts.count(.waiting) == 1)
            #expect(line.facts.count(.confirming) == 1)
            #expect(line.facts.count(.open) == 4)
            #expect(line.facts.count(.solved) == 1 && line.facts.count(.met) == 1 && line.facts.kept == 100)
            #expect(line.facts.answer(percent: 50) == 10)
            #expect(line.onDuty == [office.id(.boris)] && line.staff == 2)
            let person = try #require(board.people.first { $0.person == office.id(.boris) })
            #expect(person.state == .on && person.load == 1 && person.onLine == 25 * 60_000)
            #expect(person.facts.count(.waiting) == 1 && person.facts.count(.solved) == 1)
            #expect(board.people.map(\.person).contains(office.id(.vera)))
            try await office.requests.confirm(solved, rating: 4, comment: nil, by: try await office.viewer(.anna))
            #expect(try await office.board().all.rating == 40)
        }
    }

    /// What a request hangs for by the rules of the reports, it hangs for here.
    @Test(arguments: Engine.available)
    func whatHangsSaysWhy(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            var board = try await office.board()
            #expect(board.all.hung.map(\.verdict.reason) == [.nobody], "nobody is on the line")
            try await office.stand(.boris, "on")
            #expect(try await office.board().all.hung.isEmpty)
            office.clock.pass(Minutes(61))
            board = try await office.board()
            #expect(board.all.hung.map(\.verdict.reason) == [.untaken])
            try await office.check(
                as: .gleb, .get, "/monitor", status: 200, shows: ["Не приходит почта с утра", "никто не взял, ждёт с"])
            try await office.requests.take(office.number, by: try await office.viewer(.boris))
            office.clock.pass(Minutes(119))
            #expect(try await office.board().all.hung.map(\.verdict.reason) == [.unanswered], "the client wrote first")
            try await office.requests.write(
                Draft(id: .new(at: office.clock.now), text: "Смотрю"), in: office.number,
                by: try await office.viewer(.boris))
            #expect(try await office.board().all.hung.isEmpty)
            office.clock.pass(.days(7))
            board = try await office.board()
            #expect(board.all.hung.first?.isLate == true && board.all.count(.late) == 1)
            // The report says so of the same requests.
            try await office.settle()
            try await office.check(
                as: .gleb, .get, "/reports/requests?what=hung&period=30-days", status: 200, shows: ["data-count=\"1\""])
        }
    }

    @Test(arguments: Engine.available)
    func whatWillBeLateTodayIsForeseen(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            // By hand to 11:00, and nobody is there.
            try await office.requests.setDeadline(
                office.number, to: office.clock.now + .hours(1), by: try await office.viewer(.dina))
            var board = try await office.board()
            #expect(board.all.count(.today) == 1 && board.all.count(.risk) == 1)
            try await office.stand(.boris, "on")
            board = try await office.board()
            #expect(board.all.count(.today) == 1 && board.all.count(.risk) == 0, "no pace is known yet")
            let quick = try await office.register("Быстрая"), boris = try await office.viewer(.boris)
            try await office.requests.solve(quick, answer: "Готово", by: boris)
            // One solved in the working hours of a week: the turn of the first comes in a week.
            board = try await office.board()
            #expect(board.all.risks.map(\.place) == [1])
            try await office.check(as: .gleb, .get, "/monitor", status: 200, shows: ["в очереди 1-я"])
        }
    }

    @Test(arguments: Engine.available)
    func everyNumberIsTheLengthOfItsList(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let boris = try await office.viewer(.boris), vera = try await office.viewer(.vera)
            try await office.stand(.boris, "on")
            let second = try await office.secondLine()
            for index in 1...9 {
                let number = try await office.register("Заявка \(index)", on: index == 9 ? second : nil)
                if index % 3 == 0, index < 9 { try await office.requests.take(number, by: index == 3 ? vera : boris) }
                if index == 4 || index == 5 { try await office.requests.solve(number, answer: "Готово", by: boris) }
                if index == 5 {
                    try await office.requests.confirm(
                        number, rating: 5, comment: nil, by: try await office.viewer(.anna))
                }
                if index == 7 { try await office.requests.wait(number, by: boris) }
                office.clock.pass(Minutes(7))
            }
            office.clock.pass(Minutes(50))
            for who in [Who.gleb, .dina, .boris] {
                let page = try await office.get(as: who, "/monitor").body
                let numbers = page.matches(
                    of: /<a class="monitor-number[^"]*" href="([^"]+)" data-what="([a-z]+)">([0-9]+)<\/a>/)
                #expect(numbers.count > 8)
                for number in numbers {
                    let address = String(number.1).replacing("&amp;", with: "&"), what = String(number.2)
                    let list = try await office.get(as: who, address)
                    #expect(list.status == 200)
                    let rows = list.body.matches(of: address.hasPrefix("/requests") ? /data-pick-row/ : /<tr data-row>/)
                    #expect(rows.count == Int(number.3)!, "\(who) \(what) \(address)")
                }
            }
            // The same of a past moment, by the monitor's lists alone.
            let past = Monitor.local(office.clock.now - Minutes(30), .moscow)
            let page = try await office.get(as: .gleb, "/monitor?at=\(past)").body
            #expect(page.contains("Показано прошлое: сегодня") && page.contains("data-live=\"\""))
            let numbers = page.matches(
                of: /<a class="monitor-number[^"]*" href="([^"]+)" data-what="[a-z]+">([0-9]+)<\/a>/)
            #expect(numbers.count > 8)
            for number in numbers {
                let address = String(number.1).replacing("&amp;", with: "&")
                #expect(address.contains("at=\(past)"))
                let list = try await office.get(as: .gleb, address).body
                #expect(list.matches(of: /<tr data-row>/).count == Int(number.2)!, "\(address)")
                #expect(list.contains("Показано прошлое"))
            }
        }
    }

    @Test(arguments: Engine.available)
    func aManagerSeesAllASpecialistThemselvesAClientNothing(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let second = try await office.secondLine()
            _ = try await office.register("Не проводится документ", on: second)
            try await office.stand(.boris, "on")
            try await office.stand(.vera, "on")
            let pages = [
                "/monitor", "/monitor/me", "/monitor/board", "/monitor/feed", "/monitor/links",
                "/monitor/requests?what=open", "/monitor/requests?what=open&person=\(office.id(.boris))",
                "/monitor?at=2026-11-23T09:00", "/monitor/feed?client=\(office.id(.anna))",
            ]
            for page in pages {
                try await office.check(as: .anna, .get, page, status: 404)
                try await office.check(as: .oleg, .get, page, status: 404)
                // Another organisation's administrator sees nothing of this one.
                if page != "/monitor/me" {
                    try await office.check(
                        as: .olga, .get, page, status: 200,
                        hides: ["Рабочие места", "почта", "Громов", "Белова", "Не проводится"])
                }
            }
            try await office.check(as: nil, .get, "/monitor", status: 303)
            try await office.check(
                as: .gleb, .get, "/monitor", status: 200,
                shows: ["Рабочие места", "1С и отчётность", "Громов", "Вилкова", "/monitor/links"])
            // Of the people a specialist sees themselves, of the lines their own.
            for page in ["/monitor", "/monitor/board", "/monitor/me"] {
                try await office.check(
                    as: .boris, .get, page, status: 200, shows: ["Рабочие места", "Громов"],
                    hides: ["1С и отчётность", "Вилкова", "Не проводится", "/monitor/links"])
            }
            try await office.check(as: .boris, .get, "/monitor/links", status: 404)
            try await office.check(
                as: .boris, .post, "/monitor/links", form: [("name", "Экран"), ("days", "7")], status: 404, events: [])
            // A colleague's numbers are not to be had by writing the address.
            try await office.requests.take(office.number, by: try await office.viewer(.vera))
            try await office.check(
                as: .boris, .get, "/monitor/requests?what=working&person=\(office.id(.vera))", status: 200,
                shows: ["data-count=\"0\""])
            try await office.check(
                as: .gleb, .get, "/monitor/requests?what=working&person=\(office.id(.vera))", status: 200,
                shows: ["data-count=\"1\"", "почта"])
            try await office.check(
                as: .boris, .get, "/monitor/requests?what=free&line=\(second)", status: 200,
                shows: ["data-count=\"0\""], hides: ["Не проводится"])
            try await office.check(as: .gleb, .get, "/monitor/me", status: 404)
        }
    }

    @Test(arguments: Engine.available)
    func aManagerOfOneLineSeesThatLine(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let second = try await office.secondLine(), dina = try await office.viewer(.dina)
            _ = try await office.register("Не проводится документ", on: second)
            try await office.installation.people.takeRole(.manager, from: office.id(.gleb), by: dina)
            try await office.installation.people.giveRole(
                .manager, limits: [.line(second)], to: office.id(.gleb), by: dina)
            try await office.check(
                as: .gleb, .get, "/monitor", status: 200, shows: ["1С и отчётность", "Не проводится"],
                hides: ["Рабочие места", "почта", "Громов"])
            try await office.check(
                as: .gleb, .get, "/monitor/feed", status: 200, shows: ["Не проводится"], hides: ["почта", "Громов"])
            try await office.check(
                as: .gleb, .get, "/monitor/requests?what=open", status: 200, shows: ["data-count=\"1\""])
        }
    }

    @Test(arguments: Engine.available)
    func badAddressesAreToldOf(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            for (page, status) in [
                ("/monitor?at=soon", 422), ("/monitor?at=2031-01-01T10:00", 422), ("/monitor/requests", 422),
                ("/monitor/requests?what=all", 422), ("/monitor/requests?what=free&line=x", 422),
                ("/monitor/feed?kind=love", 422), ("/monitor/feed?before=-1", 422),
                ("/monitor?at=2001-01-01T10:00", 200),
            ] {
                try await office.check(as: .gleb, .get, page, status: status)
            }
            try await office.check(
                as: .gleb, .get, "/monitor?at=2031-01-01T10:00", status: 422, shows: ["ещё не наступил"])
        }
    }
}
