import EventLog
import Kernel
import Lines
import OknoApp
import Requests
import Storage
import TestOffice
import Testing

@testable import Reports

/// The reader of facts: whenever and however often it comes, the facts are the same.
@Suite struct ReaderTests {
    private func forget(_ firm: Firm, facts: Bool) async throws {
        try await firm.database.write(in: firm.north) { tx in
            try tx.run("DELETE FROM log_cursor WHERE reader = 'request-facts'")
            if facts {
                try tx.run("DELETE FROM request_fact")
                try tx.run("DELETE FROM labour_fact")
            }
        }
    }

    @Test(arguments: Engine.available)
    func whatIsReadAgainChangesNothing(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            try await firm.live(3, requests: 25, steps: 250, following: 30)
            try await firm.follow()
            let facts = try await firm.facts()
            #expect(facts.count > 40)
            // The same events once more, in one heap and out of their order.
            let events = try await firm.office.events(after: 0, in: firm.north)
            try await firm.database.write(in: firm.north) { tx in
                try RequestFacts().take(events, in: tx)
                try RequestFacts().take(events.reversed(), in: tx)
                try RequestFacts().take([], in: tx)
            }
            #expect(try await firm.facts() == facts)
            try await forget(firm, facts: false)
            try await firm.follow()
            #expect(try await firm.facts() == facts)
            // A reader that begins after all has happened finds what the one that was always there has kept.
            try await forget(firm, facts: true)
            #expect(try await firm.facts().isEmpty)
            try await firm.follow()
            #expect(try await firm.facts() == facts)
        }
    }

    @Test(arguments: Engine.available)
    func hoursThatChangeLaterDoNotRewriteThePast(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let dina = try await firm.viewer(.dina), boris = try await firm.viewer(.boris)
            // Monday 10:00 to Tuesday 10:00 of a line that works from 9 to 18.
            let number = try await firm.register("Не печатает")
            firm.clock.pass(.hours(24))
            try await firm.office.requests.solve(number, answer: "Готово", by: boris)
            try await firm.follow()
            let before = try await firm.facts()
            #expect(before.contains { $0.contains(" 540 540 ") })
            try await firm.office.installation.lines.setHours(firm.computers, to: .aroundTheClock, by: dina)
            try await firm.office.requests.addTime(number, Minutes(5), reason: nil, by: boris)
            try await firm.follow()
            #expect(try await firm.facts().contains { $0.contains(" 540 540 ") })
            // What is answered and solved from now on goes by the new hours.
            let other = try await firm.register("Не сканирует")
            firm.clock.pass(.hours(24))
            try await firm.office.requests.solve(other, answer: nil, by: boris)
            try await firm.follow()
            #expect(try await firm.facts().contains { $0.contains(" 1440 1440 ") })
        }
    }

    @Test(arguments: Engine.available)
    func whatComesLateIsCountedWhereItBelongs(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let boris = try await firm.viewer(.boris), gleb = try await firm.viewer(.gleb)
            let number = try await firm.register("Не печатает")
            try await firm.office.requests.take(number, by: boris)
            try await firm.follow()
            firm.clock.pass(.days(3))
            // Labour and a solution that the reader hears of two weeks later belong to the day on which they were.
            try await firm.office.requests.addTime(number, Minutes(30), reason: nil, by: boris)
            try await firm.office.requests.solve(number, answer: nil, by: boris)
            var filter = Filter()
            let day = Zone.moscow.local(firm.clock.now).date
            (filter.preset, filter.from, filter.until) = (.days, day, day)
            firm.clock.pass(.days(14))
            let early = try await firm.report(.specialists, filter, as: gleb)
            #expect(early.tiles[1].value.value == .count(0) && early.tiles[2].value.value == .minutes(0))
            try await firm.follow()
            let report = try await firm.report(.specialists, filter, as: gleb)
            #expect(report.parts[0].table.rows.count == 1)
            #expect(report.tiles[1].value.value == .count(1) && report.tiles[2].value.value == .minutes(30))
        }
    }

    @Test(arguments: Engine.available)
    func twoServersReadAtOnceAndCountOnce(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            try await firm.live(7, requests: 25, steps: 200)
            let nodes = firm.office.nodes.map(\.database)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for round in 0..<8 {
                    group.addTask {
                        try await LogReading.advance(RequestFacts(), on: nodes[round % nodes.count])
                    }
                }
                try await group.waitForAll()
            }
            let facts = try await firm.facts()
            let spent: Int? = try await firm.database.read { tx in try tx.value("SELECT SUM(minutes) FROM labour_fact")
            }
            let kept: Int? = try await firm.database.read { tx in try tx.value("SELECT SUM(minutes) FROM time_spent") }
            #expect(spent == kept && spent != nil)
            try await forget(firm, facts: true)
            try await firm.follow()
            #expect(try await firm.facts() == facts)
        }
    }

    /// A batch that fails leaves neither facts nor a moved cursor; the next time all of it is taken.
    @Test(arguments: Engine.available)
    func aFaultLosesNothing(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            try await firm.live(9, requests: 5, steps: 30)
            let before = try await firm.facts()
            await #expect(throws: (any Error).self) {
                try await LogReading.advance(Stumbling(), on: firm.database)
            }
            #expect(try await firm.facts() == before)
            try await firm.follow()
            #expect(try await firm.facts().count > before.count)
        }
    }

    /// The reader on a disk that is full at the end.
    private struct Stumbling: LogReader {
        let name = "request-facts"
        func take(_ events: [Event], in tx: any WriteTransaction) throws {
            try RequestFacts().take(events, in: tx)
            throw StorageError.full
        }
    }
}
