import Foundation
import HTTPTypes
import Kernel
import TestOffice
import Testing
import Web

@testable import Requests

@Suite struct AttentionTests {
    @Test(
        arguments: [
            (0..<10, [], [0..<10]), (0..<10, [0..<10], []), (0..<10, [3..<5], [0..<3, 5..<10]),
            (5..<10, [0..<7], [7..<10]),
            (0..<10, [-5..<2, 8..<20], [2..<8]), (0..<10, [10..<20], [0..<10]), (0..<10, [4..<4], [0..<10]),
        ] as [(Range<Int64>, [Range<Int64>], [Range<Int64>])])
    func whatWasClaimedBeforeIsNotClaimedAgain(
        _ claim: Range<Int64>, _ known: [Range<Int64>], _ fresh: [Range<Int64>]
    ) {
        #expect(Attention.fresh(claim, besides: known) == fresh)
    }

    /// Any windows and any requests: what is counted is the union of what was claimed, never more.
    @Test func noMillisecondIsCountedTwice() {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            var known: [Range<Int64>] = [], claimed = Set<Int64>()
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                let from = Int64.random(in: 0...60, using: &random)
                let claim = from..<(from + Int64.random(in: 1...30, using: &random))
                claimed.formUnion(claim)
                known += Attention.fresh(claim, besides: known)
            }
            #expect(known.map(\.count).reduce(0, +) == claimed.count)
            #expect(Set(known.flatMap { Array($0) }) == claimed)
        }
    }

    @Test(
        arguments: [
            ([], nil), ([10, 10, 10, 10], nil), ([10, 20, 30, 40, 50], 30), ([1, 2, 2, 3, 3], 2),
            ([7, 7, 8, 8, 9, 300], 10),
            ([60, 60, 61, 62, 64, 66], 60),
        ] as [([Int], Int?)])
    func theUsualPlanIsAMedianThatReadsWell(_ facts: [Int], _ plan: Int?) { #expect(Plan.usual(facts) == plan) }

    private func attend(
        _ number: Int64, _ seconds: Int, left: Bool = false, as who: Who = .boris, _ desk: Desk
    ) async throws -> Int {
        try await desk.ask(
            .post, "/requests/\(number)/attention", [("ms", String(seconds * 1000)), ("left", left ? "1" : "")],
            as: who,
            htmx: true
        ).status
    }

    @Test(arguments: Engine.available)
    func anOpenPageBecomesLabourTimeOnce(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            let one = try await desk.register("Первая"), two = try await desk.register("Вторая")
            // Two windows on the first request and one on the second, all telling the same half minutes.
            for _ in 0..<14 {
                desk.clock.pass(milliseconds: 30_000)
                #expect(try await attend(one, 30, desk) == 204)
                #expect(try await attend(one, 30, desk) == 204)
                #expect(try await attend(two, 30, desk) == 204)
            }
            #expect(try await desk.request(one).fact.count == 5, "counted in steps")
            #expect(try await attend(one, 0, left: true, desk) == 204)
            #expect(try await attend(two, 0, left: true, desk) == 204)
            #expect(try await desk.request(one).fact.count == 7)
            #expect(try await desk.request(two).fact.count == 0)
            // A colleague's minutes are labour of their own.
            desk.clock.pass(milliseconds: 90_000)
            #expect(try await attend(one, 3_000_000, left: true, as: .vera, desk) == 204)
            #expect(try await desk.request(one).fact.count == 8, "no beat claims more than a minute and a half")
            for (who, status) in [(Who.anna, 403), (.lev, 403), (.zoya, 404), (.olga, 404), (.gera, 403)] {
                #expect(try await attend(one, 30, as: who, desk) == status, "\(who)")
            }
            let history = try await desk.ask(.get, "/requests/\(one)/history", as: .boris).text
            #expect(history.contains("Работа над заявкой: 7") && !history.contains("Работа над заявкой: 5"))
            // One tap corrects it, and says why.
            let corrected = try await desk.ask(
                .post, "/requests/\(one)/time", [("minutes", "-5"), ("text", "Отвлекали")], as: .boris, htmx: true)
            #expect(corrected.status == 204 && corrected.header("Okno-Undo").contains("time"))
            #expect(try await desk.request(one).fact.count == 3)
            #expect(try await desk.ask(.get, "/requests/\(one)/history", as: .boris).text.contains("Отвлекали"))
        }
    }

    @Test(arguments: Engine.available)
    func aPlanIsProposedFromSimilarFinishedRequests(on engine: Engine) async throws {
        try await Desk.with(engine) { desk in
            for minutes in [20, 25, 25, 30, 90] {
                let number = try await desk.register("Справка", as: .egor, line: desk.personnel)
                try await desk.requests.addTime(number, Minutes(minutes), reason: nil, by: desk.viewer(.zoya))
                try await desk.requests.cancel(number, reason: nil, by: desk.viewer(.zoya))
            }
            let number = try await desk.register("Ещё справка", as: .egor, line: desk.personnel)
            if try await desk.request(number).plan != nil {
                try await desk.requests.setPlan(number, to: nil, by: desk.viewer(.zoya))
            }
            let context = try await desk.ask(.get, "/requests/\(number)/context", as: .zoya, htmx: true).text
            #expect(context.contains("обычно 25"))
            try await desk.requests.setPlan(number, to: Minutes(25), by: desk.viewer(.zoya))
            #expect(
                try await !desk.ask(.get, "/requests/\(number)/context", as: .zoya, htmx: true).text.contains("обычно"))
        }
    }
}
