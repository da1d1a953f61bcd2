import EventLog
import HTTPTypes
import Kernel
import Lines
import People
import Requests
import Storage
import TestOffice
import Testing

@testable import Monitor
@testable import OknoApp

@Suite struct FeedTests {
    @Test(arguments: Engine.available)
    func theFeedTellsWhatHappenedByLinePersonKindAndClient(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let second = try await office.secondLine(), boris = try await office.viewer(.boris)
            try await office.stand(.boris, "on")
            try await office.requests.take(office.number, by: boris)
            try await office.requests.write(
                Draft(id: .new(at: office.clock.now), text: "Тайное слово"), in: office.number, by: boris)
            _ = try await office.register("Не проводится документ", on: second)
            try await office.check(
                as: .gleb, .get, "/monitor/feed", status: 200,
                shows: [
                    "Взята в работу", "Ответ специалиста", "На линии: ИТ · Рабочие места", "Не проводится", "Громов",
                    "/monitor/feed?client=\(office.id(.anna))",
                ],
                hides: ["Тайное слово"])
            try await office.check(
                as: .gleb, .get, "/monitor/feed?kind=hands", status: 200, shows: ["Взята в работу"],
                hides: ["Ответ специалиста", "Создана"])
            try await office.check(
                as: .gleb, .get, "/monitor/feed?line=\(second)", status: 200, shows: ["Не проводится"],
                hides: ["Взята в работу", "На линии: "])
            try await office.check(
                as: .gleb, .get, "/monitor/feed?person=\(office.id(.boris))", status: 200,
                shows: ["Взята в работу", "На линии: "], hides: ["Не проводится"])
            try await office.check(
                as: .gleb, .get, "/monitor/feed?client=\(office.id(.anna))", status: 200,
                shows: ["Взята в работу", "Не проводится"], hides: ["На линии: "])
            try await office.check(
                as: .gleb, .get, "/monitor/feed?client=\(office.id(.gleb))", status: 200,
                shows: ["Таких событий здесь нет"])
            // Of duty a specialist hears their own.
            try await office.stand(.vera, "busy")
            try await office.check(
                as: .vera, .get, "/monitor/feed?kind=duty", status: 200, shows: ["Занят: ", "Вилкова"],
                hides: ["Громов"])
        }
    }

    @Test(arguments: Engine.available)
    func pagesFollowEachOtherByTheNumberOfTheEvent(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            for index in 1...70 { _ = try await office.register("Заявка \(index)") }
            var address: String? = "/monitor/feed?kind=registered", seen: [Int] = []
            while let next = address {
                let page = try await office.get(as: .gleb, next).body
                seen += page.matches(of: /data-event="(\d+)"/).compactMap { Int($0.1) }
                address = page.firstMatch(of: /href="([^"]+)" rel="next"/).map {
                    String($0.1).replacing("&amp;", with: "&")
                }
            }
            #expect(seen.count == 71 && seen == seen.sorted(by: >) && Set(seen).count == 71)
        }
    }

    /// The number of the last event up to a moment is found by halving.
    @Test(arguments: Engine.available)
    func theLogIsEnteredAtAMoment(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            var known: [(Instant, Int64)] = []
            for index in 1...20 {
                office.clock.pass(Minutes(index))
                _ = try await office.register("Заявка \(index)")
                known.append((office.clock.now, try await office.newestEvent(in: office.north)))
            }
            let lane = Lane.organisation(office.north), moments = known
            try await office.database.read { tx in
                for (at, number) in moments {
                    let found = try EventLog.newest(in: lane, until: at, tx)
                    let earlier = try EventLog.newest(in: lane, until: at + Minutes(-1), tx)
                    #expect(found == number && earlier < number)
                }
                let none = try EventLog.newest(in: lane, until: Instant(milliseconds: 0), tx)
                #expect(none == 0)
            }
        }
    }
}
