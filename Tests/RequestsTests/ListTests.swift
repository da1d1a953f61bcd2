import EventLog
import HTTPTypes
import Kernel
import Storage
import TestOffice
import Testing

@testable import Requests

@Suite struct ListTests {
    @Test(arguments: Engine.available)
    func aSpecialistOfNoLineHearsWhatToDo(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let page = try await desk.ask(.get, "/requests", as: .roman)
            #expect(page.status == 200 && page.text.contains("Вас ещё не назначили ни на одну линию"))
            #expect(try await desk.ask(.get, "/requests", as: .anna).status == 404)
        }
    }

    @Test(arguments: Engine.available)
    func topicsAreShownToThoseWhoMayAskTheLine(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let answers: [(Desk.Who, LineID, Int)] = [
                (.anna, desk.computers, 200), (.egor, desk.chosen, 200), (.anna, desk.chosen, 404),
                (.boris, desk.chosen, 200), (.boris, desk.foreignLine, 404), (.anna, desk.foreignLine, 404),
            ]
            for (who, line, status) in answers {
                let answer = try await desk.ask(.get, "/requests/topics", [("line", line.text)], as: who)
                #expect(answer.status == status, "\(who)")
            }
        }
    }

    @Test(arguments: Engine.available)
    func theQueueHasFourViewsWithTheirCounts(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let boris = try await desk.viewer(.boris), vera = try await desk.viewer(.vera)
            let free = try await desk.register("Свободная")
            let urgent = try await desk.register("Срочная", topic: desk.printers)
            let mine = try await desk.register("Моя")
            let paused = try await desk.register("Ждёт клиента")
            let hers = try await desk.register("Верина")
            let done = try await desk.register("Отменённая")
            let elsewhere = try await desk.register("Кадры", line: desk.personnel)
            for number in [mine, paused] { try await desk.requests.take(number, by: boris) }
            try await desk.requests.wait(paused, by: boris)
            try await desk.requests.take(hers, by: vera)
            try await desk.requests.cancel(done, reason: nil, by: boris)
            try await desk.requests.watch(elsewhere, boris.person, by: try await desk.viewer(.dina))

            func rows(_ view: Queue.View, _ sort: Queue.Sort = .due, line: LineID? = nil) async throws -> [Int64] {
                let queue = Queue(view: view, line: line, sort: sort)
                return try await desk.database.read { tx in try queue.rows(page: 1, for: boris, tx).map(\.number) }
            }
            #expect(try await rows(.free) == [urgent, free])
            #expect(try await rows(.mine) == [mine, paused], "what is paused comes last")
            #expect(try await rows(.watched) == [elsewhere])
            #expect(Set(try await rows(.all)) == [free, urgent, mine, paused, hers, elsewhere])
            #expect(try await rows(.all, .new, line: desk.computers) == [hers, paused, mine, urgent, free])
            #expect(try await rows(.all, .old, line: desk.personnel) == [elsewhere])
            #expect(try await rows(.all, line: desk.foreignLine) == [])
            let counts = try await desk.database.read { tx in try Queue().counts(for: boris, tx) }
            #expect(counts == [.free: 2, .mine: 2, .watched: 1, .all: 6])
        }
    }

    @Test(arguments: Engine.available)
    func whatIsNewIsMarkedForTheOtherSideOnly(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let number = try await desk.register("Не печатает")
            func isUnread(_ who: Who) async throws -> Bool {
                let viewer = try await desk.viewer(who)
                return try await desk.database.read { tx in
                    try Listed.all(
                        where: "party.number = \(number)", order: "request.number", limit: 1, for: viewer, tx)[0]
                        .isUnread
                }
            }
            let anna = try await isUnread(.anna), boris = try await isUnread(.boris)
            #expect(!anna && boris)
            try await desk.write("Смотрю", in: number, as: .boris)
            let annas = try await isUnread(.anna), own = try await isUnread(.boris)
            #expect(annas && !own)
            try await desk.write("Заметка", in: number, as: .vera, note: true)
            try await desk.requests.read(
                number, upTo: try await desk.request(number).lastNumber, by: try await desk.viewer(.anna))
            let read = try await isUnread(.anna)
            #expect(!read)
            try await desk.write("Ещё заметка", in: number, as: .vera, note: true)
            let noted = try await isUnread(.anna)
            #expect(!noted, "a note is no news to a client")
        }
    }

    /// «Обычно 4 мин» comes from what a reader of the log keeps, and is said only of five answers and more.
    @Test(arguments: Engine.available)
    func theUsualFirstAnswerIsTheMedianOfTheWeek(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            func usual() async throws -> Minutes? {
                try await LogReading.advance(FirstAnswers(), on: desk.database)
                let now = desk.clock.now
                return try await desk.database.read { tx in
                    try FirstAnswers.usual([desk.computers], at: now, tx)[desk.computers]
                }
            }
            for minutes in [3, 90, 4, 5] {
                let number = try await desk.register("Вопрос")
                desk.clock.pass(Minutes(minutes - 1))
                try await desk.write("Ответ", in: number, as: .boris)
                try await desk.write("И ещё", in: number, as: .boris)
            }
            let early = try await usual()
            #expect(early == nil)
            let last = try await desk.register("Вопрос")
            try await desk.write("Ответ", in: last, as: .vera)
            let known = try await usual()
            #expect(known == Minutes(4))
            desk.clock.pass(.days(8))
            let later = try await usual()
            #expect(later == nil)
        }
    }
}
