import Kernel
import Testing

@testable import Duty

@Suite struct DutyRuleTests {
    private static let line = LineID("a"), other = LineID("b")
    private static let noon = Instant(seconds: 1_795_420_800)

    struct Example: Sendable, CustomStringConvertible {
        let description: String
        let states: [(LineID, DutyState, Int)]
        /// Minutes since the last sign of activity.
        let quiet: Int
        var isHere = true
        var away: [LineID: DutyReason] = [:]
        /// Minutes until the next look; nil: never.
        var next: Int?
    }

    static let examples: [Example] = [
        .init(description: "nobody on duty is watched by nobody", states: [(line, .away, 15)], quiet: 90, next: nil),
        .init(description: "within the limit", states: [(line, .on, 15)], quiet: 4, next: 11),
        .init(description: "at the limit", states: [(line, .on, 15)], quiet: 15, away: [line: .idle]),
        .init(description: "busy is watched too", states: [(line, .busy, 15)], quiet: 20, away: [line: .idle]),
        .init(description: "a break lasts", states: [(line, .rest, 15)], quiet: 90, next: 15),
        .init(description: "0 is never", states: [(line, .on, 0)], quiet: 900, next: 15),
        .init(
            description: "each line by its own rule", states: [(line, .on, 10), (other, .on, 30)], quiet: 12,
            away: [line: .idle], next: 15),
        .init(
            description: "the nearer of two limits", states: [(line, .on, 10), (other, .on, 8)], quiet: 5, next: 3),
        .init(
            description: "all pages closed just now", states: [(line, .on, 15)], quiet: 2, isHere: false, next: 3),
        .init(
            description: "all pages closed for long, whatever the limit", states: [(line, .on, 0), (other, .rest, 15)],
            quiet: 5, isHere: false, away: [line: .signOut, other: .signOut]),
    ]

    @Test(arguments: examples)
    func whoSaysNothingIsAway(_ example: Example) {
        let decision = IdleRule.decide(
            example.states.map { IdleRule.Standing($0.0, $0.1, limit: Minutes($0.2)) },
            last: Self.noon - Minutes(example.quiet), isHere: example.isHere, now: Self.noon)
        #expect(decision.away == example.away)
        #expect(decision.next == example.next.map { Self.noon + Minutes($0) })
    }

    private func span(_ line: LineID, _ state: DutyState, _ from: Int, _ until: Int?) -> DutySpan {
        DutySpan(
            person: PersonID("p"), line: line, state: state, why: .hand, from: Self.noon + Minutes(from),
            until: until.map { Self.noon + Minutes($0) })
    }

    @Test func sumsAreCutToTheStretchOfTime() {
        let sums = DutySums.of(
            [span(Self.line, .on, -60, 30), span(Self.line, .rest, 30, 45), span(Self.line, .on, 45, nil)],
            from: Self.noon, until: Self.noon + Minutes(60))
        #expect(sums.mapValues { $0 / 60_000 } == [.on: 45, .rest: 15])
    }

    @Test func twoLinesAtOnceAreOneTime() {
        let sums = DutySums.together(
            [span(Self.line, .on, 0, 30), span(Self.other, .busy, 0, 60), span(Self.other, .away, 60, 90)],
            from: Self.noon, until: Self.noon + Minutes(90))
        #expect(sums.mapValues { $0 / 60_000 } == [.on: 30, .busy: 30, .away: 30])
    }
}
