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

/// Who sees how much, and that nobody is shown more by asking cleverly.
@Suite struct PermissionTests {
    static let pages =
        ReportKind.allCases.map { "/reports/\($0.rawValue)" } + [
            "/reports", "/reports/saved", "/reports/requests?what=registered", "/reports/work/xlsx",
            "/reports/work/csv",
            "/reports/requests/xlsx?what=registered", "/reports/requests/csv?what=registered",
        ]

    /// Anna's request of the office, solved by Boris and rated with a comment; one that Vera has in hand; one of the other organisation.
    private func work(_ office: Office) async throws -> (vera: Int64, foreign: Int64) {
        let boris = try await office.viewer(.boris), vera = try await office.viewer(.vera)
        let anna = try await office.viewer(.anna), oleg = try await office.viewer(.oleg)
        office.clock.pass(Minutes(30))
        try await office.requests.take(office.number, by: boris)
        try await office.requests.addTime(office.number, Minutes(25), reason: nil, by: boris)
        try await office.requests.solve(office.number, answer: "Настроил", by: boris)
        try await office.requests.confirm(office.number, rating: 2, comment: "Долго ждала", by: anna)
        let mine = try await office.requests.register(
            Registration(id: .new(at: office.clock.now), line: office.line, text: "Сломалась мышь"), by: anna)
        try await office.requests.take(mine, by: vera)
        let foreign = try await office.requests.register(
            Registration(id: .new(at: office.clock.now), line: office.southLine, text: "Чужая тайна"), by: oleg)
        try await office.settle()
        return (mine, foreign)
    }

    @Test(arguments: Engine.available)
    func aClientHasNoReports(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await work(office)
            for page in Self.pages {
                try await office.check(as: .anna, .get, page, status: 404, hides: ["Громов", "Не приходит почта"])
                let stranger = try await office.get(as: nil, page)
                #expect([303, 401].contains(stranger.status), "\(page)")
            }
            try await office.check(
                as: .anna, .post, "/reports/saved",
                form: [("id", SavedReportID.new().text), ("kind", "work"), ("name", "Моё"), ("query", "")], status: 404,
                events: [])
            // Nothing points there either.
            try await office.check(as: .anna, .get, "/", status: 200, hides: ["/reports"])
            try await office.check(as: .boris, .get, "/requests", status: 200, shows: ["/reports"])
        }
    }

    @Test(arguments: Engine.available)
    func aSpecialistSeesNothingButWhatIsTheirs(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await work(office)
            for page in Self.pages where !page.contains("xlsx") && page != "/reports" {
                try await office.check(
                    as: .boris, .get, page, status: 200, hides: ["Вилкова", "Сломалась мышь", "Чужая тайна"])
            }
            // Asking for a colleague, another line, nobody's requests gives nothing.
            let others = [
                "specialist=\(office.id(.vera))", "specialist=none", "line=\(office.southLine)",
                "client=\(office.id(.oleg))", "unit=\(office.branch)&specialist=\(office.id(.vera))",
            ]
            for other in others {
                let page = try await office.get(as: .boris, "/reports/requests?what=registered&\(other)")
                #expect(page.status == 200 && page.body.contains("data-count=\"0\""), "\(other)")
                #expect(!page.body.contains("Сломалась") && !page.body.contains("Не приходит"), "\(other)")
            }
            try await office.check(
                as: .boris, .get, "/reports/ratings", status: 200, shows: ["Долго ждала", "Не приходит почта"])
            try await office.check(as: .vera, .get, "/reports/ratings", status: 200, hides: ["Долго ждала"])
            try await office.check(as: .boris, .get, "/reports/work", status: 200, shows: ["Здесь только ваши"])
            try await office.check(as: .gleb, .get, "/reports/work", status: 200, hides: ["Здесь только ваши"])
        }
    }

    /// What one has spent time on and may not see any more is counted without a word of it.
    @Test(arguments: Engine.available)
    func whatIsNotVisibleAnyMoreIsOnlyCounted(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await work(office)
            let dina = try await office.viewer(.dina), vera = try await office.viewer(.vera)
            let lines = office.installation.lines
            try await office.requests.addTime(office.number, Minutes(15), reason: nil, by: vera)
            try await office.settle()
            try await office.check(
                as: .vera, .get, "/reports/requests?what=labour", status: 200,
                shows: ["data-count=\"1\"", "Не приходит"])
            try await lines.takeCompetence(on: office.line, from: office.id(.vera), by: dina)
            try await office.settle()
            let page = "/reports/requests?what=labour"
            try await office.check(
                as: .vera, .get, page, status: 200, shows: ["data-count=\"1\"", "вам не видна"],
                hides: ["Не приходит", "Белова", "/requests/\(office.number)\""])
            try await office.check(
                as: .vera, .get, "/reports/requests/csv?what=labour", status: 200, shows: ["вам не видна"],
                hides: ["Не приходит", "Белова"])
            try await office.check(as: .vera, .get, "/reports/specialists", status: 200, shows: ["15"])
        }
    }

    @Test(arguments: Engine.available)
    func managersSeeTheirLinesAndUnits(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let mine = try await firm.register("Техника Анны", as: .anna)
            let leave = try await firm.register("Отпуск Анны", as: .anna, on: firm.personnel)
            let top = try await firm.register("Техника Егора", as: .egor)
            let other = try await firm.register("Отпуск Егора", as: .egor, on: firm.personnel)
            try await firm.follow()
            for (who, seen) in [
                (Firm.Who.gleb, [mine, leave, top, other]), (.dina, [mine, leave, top, other]), (.gera, [mine, top]),
                (.galina, [mine, leave]), (.boris, []),
            ] {
                var filter = Filter()
                filter.preset = .today
                // The office's own first request is of another line.
                let viewer = try await firm.viewer(who)
                let list = try await firm.list(Drill(.registered, filter), as: viewer)
                let numbers = list.rows.compactMap { $0.title?.number }.filter { $0 != firm.office.number }
                #expect(Set(numbers) == Set(seen), "\(who)")
                // What is outside of the reach stays there, whatever is asked for.
                filter.line = firm.personnel
                let narrowed = try await firm.list(Drill(.registered, filter), as: viewer)
                #expect(
                    Set(narrowed.rows.compactMap { $0.title?.number }) == Set(seen).intersection([leave, other]),
                    "\(who)")
            }
        }
    }

    @Test(arguments: Engine.available)
    func anotherOrganisationSeesNothing(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await work(office)
            let dina = try await office.viewer(.dina)
            let topic = try await office.installation.lines.addTopic(
                TopicDetails(name: "Секретная тема"), on: office.line, by: dina)
            let narrowed = [
                "", "line=\(office.line)", "line=\(office.line)&topic=\(topic)", "topic=\(topic)",
                "unit=\(office.branch)", "specialist=\(office.id(.boris))", "client=\(office.id(.anna))",
            ]
            let secrets = [
                "Громов", "Белова", "Вилкова", "Усинский", "ОМТС", "ИТ · Рабочие места", "Секретная тема",
                "Не приходит",
                "Долго ждала",
            ]
            for query in narrowed {
                for kind in ReportKind.allCases {
                    for form in ["", "/csv"] {
                        try await office.check(
                            as: .olga, .get, "/reports/\(kind.rawValue)\(form)?by=client&\(query)", status: 200,
                            hides: secrets)
                    }
                }
                for kind in Drill.Kind.allCases {
                    try await office.check(
                        as: .olga, .get, "/reports/requests?what=\(kind.rawValue)&\(query)", status: 200, hides: secrets
                    )
                }
            }
            try await office.check(
                as: .gleb, .get, "/reports/requests?what=registered", status: 200, hides: ["Чужая тайна"])
        }
    }

    @Test(arguments: Engine.available)
    func aKeyOpensNoReports(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let key = try await office.installation.accounts.makeKey(
                "Программа", scopes: [.read, .write], days: 30, by: try await office.viewer(.dina))
            for page in Self.pages {
                let answer = try await office.get(as: nil, page, headers: [.authorization: "Bearer \(key)"])
                #expect(answer.status == 403 && !answer.body.contains("Громов"), "\(page): \(answer.status)")
            }
        }
    }

    @Test(arguments: Engine.available)
    func namesGoThroughThePolicy(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            _ = try await work(office)
            let dina = try await office.viewer(.dina)
            try await office.installation.people.changeOrganisation(
                to: OrganisationDetails(name: "Север", namePolicy: .initials), by: dina)
            for page in [
                "/reports/specialists", "/reports/cuts?by=client", "/reports/cuts?by=specialist", "/reports/ratings",
                "/reports/requests?what=registered", "/reports/specialists/csv", "/reports/ratings/csv",
                "/reports/requests/csv?what=registered",
            ] {
                try await office.check(
                    as: .gleb, .get, page, status: 200, hides: ["Громов Борис", "Белова Анна", "Анна Ивановна"])
            }
            try await office.check(as: .gleb, .get, "/reports/specialists", status: 200, shows: ["Громов\u{A0}Б"])
        }
    }

    @Test(arguments: Engine.available)
    func whatCannotBeUnderstoodIsAnswered(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            for page in ["/reports/everything", "/reports/requests", "/reports/requests?what=all", "/reports/work/pdf"]
            {
                try await office.check(as: .gleb, .get, page, status: 404)
            }
            try await office.check(as: .gleb, .get, "/reports/requests?what=solved&page=0", status: 422)
            try await office.check(as: .gleb, .get, "/reports/requests?what=solved&page=90000", status: 200)
            for query in [
                "period=days&from=9999-99-99&until=x", "line=1;DROP", "period=days&from=1970-01-01&until=2200-01-01",
            ] {
                try await office.check(as: .gleb, .get, "/reports/work?\(query)", status: 200)
                try await office.check(as: .gleb, .get, "/reports/load?\(query)", status: 200)
            }
            #expect(try await office.get(as: .gleb, "/reports/work?from=%ff").status == 422)
            let first = try await office.get(as: .gleb, "/reports?period=year")
            #expect(first.status == 303 && first.location == "/reports/work?period=year")
        }
    }
}
