import Duty
import HTTPTypes
import Kernel
import Lines
import OknoApp
import People
import Requests
import Storage
import TestOffice
import Testing
import Web

@testable import Reports

/// What a manager asks, by the pages: what hangs and why, what was late, who is how busy.
@Suite struct WorkTests {
    @Test(arguments: Engine.available)
    func whatHangsIsToldWithTheReason(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let room = firm.office.requests, boris = try await firm.viewer(.boris)
            _ = try await firm.register("Никто не взял")
            let client = try await firm.register("Ждём клиента"), late = try await firm.register("Опоздала")
            let silent = try await firm.register("Забыли"), moving = try await firm.register("Движется")
            for number in [client, late, silent, moving] { try await room.take(number, by: boris) }
            try await room.wait(client, by: boris)
            try await room.setDeadline(silent, to: firm.clock.now + .days(30), by: boris)
            try await room.setDeadline(moving, to: firm.clock.now + .days(30), by: boris)
            firm.clock.pass(.days(3) + Minutes(1))
            try await room.addTime(moving, Minutes(5), reason: nil, by: boris)
            _ = try await firm.register("Только что")
            try await firm.follow()
            let address = "/reports/requests?what=hung&line=\(firm.computers)"
            let page = try await firm.office.check(
                as: .gleb, .get, address, status: 200,
                shows: [
                    "data-count=\"4\"", "Никто не взял больше часа", "Ждём клиента больше суток", "Срок прошёл",
                    "Три дня без движения",
                ], hides: ["Только что", "Движется"])
            #expect(page.body.contains("Опоздала"))
            for (reason, subject) in [
                ("nobody", "Никто не взял"), ("client", "Ждём клиента"), ("late", "Опоздала"), ("silent", "Забыли"),
            ] {
                try await firm.office.check(
                    as: .gleb, .get, "\(address)&reason=\(reason)", status: 200, shows: ["data-count=\"1\"", subject])
            }
            try await firm.office.check(
                as: .gleb, .get, "/reports/requests/csv?what=hung&line=\(firm.computers)", status: 200,
                shows: ["Причина", "Три дня без движения"])
            // At the very moment it does not hang yet.
            let fresh = try await firm.register("Ровно час")
            firm.clock.pass(.hours(1))
            try await firm.follow()
            let gleb = try await firm.viewer(.gleb)
            var drill = Drill(.hung, Filter())
            drill.reason = .nobody
            #expect(try await !firm.list(drill, as: gleb).rows.contains { $0.title?.number == fresh })
            firm.clock.pass(milliseconds: 1)
            #expect(try await firm.list(drill, as: gleb).rows.contains { $0.title?.number == fresh })
        }
    }

    @Test(arguments: Engine.available)
    func aDeadlineIsKeptToTheMomentAndMissedAfterIt(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let room = firm.office.requests, boris = try await firm.viewer(.boris)
            var numbers: [Int64] = []
            for name in ["Раньше", "В срок", "Позже"] { numbers.append(try await firm.register(name)) }
            // Monday 10:00, four working hours: 14:00.
            firm.clock.pass(Minutes(239))
            try await room.solve(numbers[0], answer: nil, by: boris)
            firm.clock.pass(Minutes(1))
            try await room.solve(numbers[1], answer: nil, by: boris)
            firm.clock.pass(milliseconds: 1)
            try await room.solve(numbers[2], answer: nil, by: boris)
            try await firm.follow()
            let filter = "period=today&line=\(firm.computers)"
            try await firm.office.check(
                as: .gleb, .get, "/reports/requests?what=met&\(filter)", status: 200,
                shows: ["data-count=\"2\"", "Раньше", "В срок"], hides: ["Позже"])
            try await firm.office.check(
                as: .gleb, .get, "/reports/requests?what=late&\(filter)", status: 200,
                shows: ["data-count=\"1\"", "Позже", "просрочена"])
            try await firm.office.check(
                as: .gleb, .get, "/reports/deadlines?\(filter)", status: 200, shows: ["67\u{A0}%"])
        }
    }

    /// The number above and the page of duty tell the same times.
    @Test(arguments: Engine.available)
    func theTimeOnDutyIsThatOfTheDutyPage(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let duty = firm.office.installation.duty, boris = try await firm.viewer(.boris)
            let vera = try await firm.viewer(.vera), gleb = try await firm.viewer(.gleb)
            for line in [firm.computers, firm.personnel] { try await duty.stand(.on, on: line, by: boris) }
            try await duty.stand(.on, on: firm.computers, by: vera)
            firm.clock.pass(Minutes(90))
            try await duty.stand(.busy, on: firm.computers, by: boris)
            try await duty.stand(.rest, on: firm.computers, by: vera)
            firm.clock.pass(Minutes(30))
            try await duty.stand(.away, on: firm.personnel, by: boris)
            try await duty.stand(.away, on: firm.computers, by: vera)
            firm.clock.pass(Minutes(45))
            try await duty.stand(.away, by: boris)
            firm.clock.pass(.hours(2))
            try await firm.office.requests.addTime(firm.office.number, Minutes(33), reason: nil, by: boris)
            try await firm.follow()
            // On two lines at once is one time: 165 minutes of Boris, 90 of Vera; a third and a fifth of it went into requests.
            let whole = try await firm.report(.specialists, Self.today(), as: gleb)
            let names = whole.parts[0].table.rows.map { $0.cells[0].value }
            #expect(names == [.text("Громов Борис Олегович"), .text("Вилкова Вера Петровна")] || names.count == 2)
            #expect(whole.parts[0].table.rows.map { $0.cells[4].value } == [.minutes(165), .minutes(90)])
            #expect(whole.parts[0].table.rows[0].cells[6].value == .share(33, of: 165))
            #expect(whole.tiles[3].value.value == .minutes(255))
            for line in [firm.computers, firm.personnel] {
                var filter = Self.today()
                filter.line = line
                let report = try await firm.report(.specialists, filter, as: gleb)
                let now = firm.clock.now, from = Zone.moscow.instant(Zone.moscow.local(now).date, minute: 0)
                let spans = try await firm.database.read { tx in
                    try Duty.spans(lines: [line], from: from, until: now, tx)
                }
                let sums = DutySums.of(spans, from: from, until: now)
                let onDuty = Int(((sums[.on] ?? 0) + (sums[.busy] ?? 0)) / 60_000)
                #expect(report.tiles[3].value.value == .minutes(onDuty))
                let page = try await firm.office.get(as: .gleb, "/duty?line=\(line)").body
                let words = try await firm.words(.gleb)
                for (_, spans) in Dictionary(grouping: spans, by: \.person) {
                    for (state, length) in DutySums.of(spans, from: from, until: now) where state != .away {
                        #expect(page.contains(words.length(Int(length / 60_000))), "\(state)")
                    }
                }
            }
            // Nobody is on duty for one unit, topic, client or origin.
            for change in [
                { $0.unit = .one(firm.branch) }, { $0.topic = .one(firm.mail) }, { $0.origin = .phone },
                { $0.client = firm.id(.anna) },
            ] as [(inout Filter) -> Void] {
                var filter = Self.today()
                change(&filter)
                let report = try await firm.report(.specialists, filter, as: gleb)
                #expect(report.tiles[3].value.value == .none)
            }
            // A specialist has their own time, on every line they have been on.
            let own = try await firm.report(.specialists, Self.today(), as: boris)
            #expect(own.tiles[3].value.value == .minutes(165) && own.parts[0].table.rows.count == 1)
        }
    }

    @Test(arguments: Engine.available)
    func dutyOnALineThatWasLeftIsStillOnesOwn(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let duty = firm.office.installation.duty, boris = try await firm.viewer(.boris)
            let dina = try await firm.viewer(.dina)
            try await duty.stand(.on, on: firm.personnel, by: boris)
            firm.clock.pass(Minutes(77))
            try await duty.stand(.away, on: firm.personnel, by: boris)
            try await firm.office.installation.lines.takeCompetence(
                on: firm.personnel, from: firm.id(.boris), by: dina)
            let now = try await firm.viewer(.boris)
            let report = try await firm.report(.specialists, Self.today(), as: now)
            #expect(report.tiles[3].value.value == .minutes(77))
            try await firm.office.check(
                as: .boris, .get, "/duty", status: 200, shows: ["Кадры", "1\u{A0}ч 17\u{A0}мин"])
            // Nobody else's line is shown for that.
            try await firm.office.check(as: .vera, .get, "/duty", status: 200, hides: ["Кадры", "Громов"])
        }
    }

    private static func today() -> Filter {
        var filter = Filter()
        filter.preset = .today
        return filter
    }

    @Test(arguments: Engine.available)
    func everyReportHasItsPageInBothLanguages(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let words = ["reports.column", "reports.tile", "reports.kind", "reports.by", "reports.filter"]
            // Nothing has happened yet, and then a lot.
            for round in 0..<2 {
                for kind in ReportKind.allCases {
                    for by in kind == .cuts ? Dimension.allCases.map(\.rawValue) : ["line"] {
                        let path = "/reports/\(kind.rawValue)?period=year&by=\(by)"
                        let page = try await firm.office.check(as: .gleb, .get, path, status: 200, hides: words)
                        #expect(round == 0 || page.body.contains("<table"))
                        try await firm.office.check(
                            as: .gleb, .get, path, headers: [.acceptLanguage: "en"], status: 200, hides: words)
                    }
                }
                try await firm.live(2, requests: 10, steps: 80)
                try await firm.follow()
            }
        }
    }

    /// The topic that a list is narrowed to is called by its name, also when no line is chosen.
    @Test(arguments: Engine.available)
    func whatAListIsNarrowedToHasAName(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            _ = try await firm.register("Мнёт бумагу", topic: firm.printers)
            try await firm.follow()
            try await firm.office.check(
                as: .gleb, .get, "/reports/requests?what=registered&topic=\(firm.hardware)", status: 200,
                shows: ["Тема: Техника", "Мнёт бумагу"], hides: ["неизвестно"])
            try await firm.office.check(
                as: .gleb, .get, "/reports/work?topic=\(firm.hardware)", status: 200, shows: ["Техника", "Принтеры"])
            try await firm.office.check(
                as: .gleb, .get, "/reports/requests?what=answered&speed=2", status: 200, shows: ["15–30"])
        }
    }

    /// A page shows the newest comments and says how many more a file has.
    @Test(arguments: Engine.available)
    func commentsAreTheNewestAndAllOfThemInTheFile(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let boris = try await firm.viewer(.boris), anna = try await firm.viewer(.anna)
            for index in 1...53 {
                let number = try await firm.register("Заявка \(index)")
                try await firm.office.requests.solve(number, answer: nil, by: boris)
                firm.clock.pass(Minutes(1))
                try await firm.office.requests.confirm(
                    number, rating: index % 5 + 1, comment: "Слово клиента \(index).", by: anna)
            }
            try await firm.follow()
            try await firm.office.check(
                as: .gleb, .get, "/reports/ratings?period=today", status: 200,
                shows: ["Слово клиента 53.", "Слово клиента 4.", "Ещё 3 комментария — в файле."],
                hides: ["Слово клиента 3."])
            try await firm.office.check(
                as: .gleb, .get, "/reports/ratings/csv?period=today", status: 200,
                shows: ["Слово клиента 53.", "Слово клиента 1."])
        }
    }
}
