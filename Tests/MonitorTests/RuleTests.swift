import Kernel
import Reports
import Requests
import Testing

@testable import Lines
@testable import Monitor

/// Why something hangs and what will be late: rules as tables of values.
@Suite struct MonitorRuleTests {
    /// Monday 23 November 2026, 10:00 in Moscow.
    static let now = Instant(milliseconds: 1_795_417_200_000)

    static func request(
        _ state: Request.State, taken: Bool = true, age: Minutes = Minutes(5), deadline: Minutes? = nil,
        still: Minutes = Minutes(5), spoke: Bool = false, others: Bool = false, number: Int = 0
    ) -> OpenRequest {
        OpenRequest(
            id: RequestID("request-\(number)"), line: LineID("line"), state: state,
            assignee: taken ? PersonID("boris") : nil, registered: now - age, deadline: deadline.map { now + $0 },
            moved: now - still, replied: now - still, clientSpoke: spoke, waitsForOthers: others)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let request: OpenRequest
        var isAttended = true
        let reason: HangingRule.Reason?
    }

    static let cases: [Case] = [
        Case(testDescription: "new, somebody there", request: request(.new, taken: false), reason: nil),
        Case(
            testDescription: "new, nobody there", request: request(.new, taken: false), isAttended: false,
            reason: .nobody),
        Case(
            testDescription: "an hour to the minute", request: request(.new, taken: false, age: .hours(1)), reason: nil),
        Case(
            testDescription: "over an hour", request: request(.new, taken: false, age: Minutes(61)), reason: .untaken),
        Case(
            testDescription: "over an hour and late",
            request: request(.new, taken: false, age: Minutes(61), deadline: Minutes(-1)), reason: .untaken),
        Case(testDescription: "late", request: request(.working, deadline: Minutes(-1)), reason: .late),
        Case(testDescription: "due now", request: request(.working, deadline: Minutes(0)), reason: nil),
        Case(testDescription: "in hand, nobody there", request: request(.working), isAttended: false, reason: nil),
        Case(
            testDescription: "client waits", request: request(.working, still: Minutes(120), spoke: true),
            reason: .unanswered),
        Case(
            testDescription: "client waits a little", request: request(.working, still: Minutes(119), spoke: true),
            reason: nil),
        Case(
            testDescription: "the last word was ours", request: request(.working, still: Minutes(120)), reason: nil),
        Case(testDescription: "still for long", request: request(.working, still: .days(4)), reason: .silent),
        Case(testDescription: "waits for a day", request: request(.waiting, still: .days(1)), reason: nil),
        Case(testDescription: "waits longer", request: request(.waiting, still: Minutes(1441)), reason: .client),
        Case(
            testDescription: "waits for others", request: request(.waiting, still: Minutes(1441), others: true),
            reason: .company),
        Case(
            testDescription: "a clock that stands is never late",
            request: request(.waiting, deadline: Minutes(-500)), reason: nil),
        Case(
            testDescription: "solved", request: request(.solved, deadline: Minutes(-500), still: .days(9)), reason: nil),
    ]

    @Test(arguments: cases)
    func whyItHangs(_ one: Case) {
        let verdict = HangingRule.decide(
            one.request, at: Self.now, isAttended: one.isAttended, answerable: Self.now - Minutes(HangingRule.answer))
        #expect(verdict?.reason == one.reason)
    }

    @Test func theWorstComesFirst() {
        func hung(_ reason: HangingRule.Reason, late: Bool, since: Int) -> HungRequest {
            HungRequest(
                request: Self.request(.working), verdict: .init(reason: reason, since: Self.now - Minutes(since)),
                isLate: late)
        }
        let sorted = [
            hung(.client, late: false, since: 9000), hung(.untaken, late: false, since: 70),
            hung(.untaken, late: false, since: 90), hung(.late, late: true, since: 1),
            hung(.nobody, late: false, since: 2), hung(.untaken, late: true, since: 61),
        ].sorted(by: HungRequest.isWorse)
        #expect(sorted.map(\.verdict.reason) == [.untaken, .late, .nobody, .untaken, .untaken, .client])
        #expect(sorted[3].verdict.since < sorted[4].verdict.since)
    }

    struct Day: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let deadlines: [Minutes?]
        let pace: Forecast.Pace
        var isAttended = true
        /// Places in the queue.
        let risky: [Int]
    }

    static let days: [Day] = [
        Day(
            testDescription: "in time", deadlines: [.hours(1), .hours(2), .hours(3)],
            pace: .init(worked: 600, solved: 20), risky: []),
        Day(
            testDescription: "slow", deadlines: [.hours(1), .hours(2), .hours(3)], pace: .init(worked: 600, solved: 9),
            risky: [1, 2, 3]),
        Day(
            testDescription: "to the minute", deadlines: [.hours(1), .hours(2)], pace: .init(worked: 600, solved: 10),
            risky: []),
        Day(
            testDescription: "those before take time though they are late already",
            deadlines: [Minutes(-60), Minutes(-30), .hours(1)], pace: .init(worked: 300, solved: 10), risky: [3]),
        Day(
            testDescription: "after the day's end", deadlines: [.hours(1), .hours(11)],
            pace: .init(worked: 900, solved: 1), risky: [1]),
        Day(
            testDescription: "no deadline", deadlines: [nil, nil], pace: .init(worked: 900, solved: 1), risky: []),
        Day(
            testDescription: "nothing was solved: nothing is told", deadlines: [.hours(1)],
            pace: .init(worked: 900, solved: 0), risky: []),
        Day(
            testDescription: "nobody there", deadlines: [Minutes(-5), .hours(1), .hours(11)],
            pace: .init(worked: 600, solved: 600), isAttended: false, risky: [2]),
    ]

    @Test(arguments: days)
    func whatWillBeLate(_ day: Day) {
        let queue = day.deadlines.enumerated().map { Self.request(.working, deadline: $1, number: $0) }
        let risks = Forecast.decide(
            queue, at: Self.now, until: Self.now + .hours(10), pace: day.pace, isAttended: day.isAttended,
            left: { Int($0.since(Self.now) / 60_000) })
        #expect(risks.map(\.place) == day.risky)
        #expect(risks.allSatisfy { day.isAttended == ($0.minutes != nil) })
    }

    @Test func aDayEndsWithItsLastShift() {
        func line(_ hours: WorkingHours) -> LineClock {
            LineClock(
                line: Line(
                    id: LineID("line"), organisation: OrganisationID("north"), clientName: "", staffName: "",
                    description: "", icon: "", zone: .moscow, ways: [], planned: Minutes(60), hours: hours,
                    isForEverybody: true, archivedAt: nil))
        }
        let midnight = Self.now + .hours(14)
        let week = WorkingHours(
            Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(480, 780), .init(840, 1080)]) }))
        #expect(line(week).endOfDay(Self.now) == Self.now + .hours(8))
        #expect(line(week).endOfDay(Self.now + Minutes(210)) == Self.now + .hours(8), "in the break")
        #expect(line(week).endOfDay(Self.now + .hours(9)) == Self.now + .hours(9), "after it")
        #expect(line(.none).endOfDay(Self.now) == midnight)
        // Two working hours before Monday at 9:00 were Monday's first and Friday's last.
        let friday = Self.now - .hours(1 + 9 + 48 + 6) - .hours(1)
        let found = line(week).moment(before: Self.now - .hours(1), by: 120)
        #expect(abs(found.since(friday)) <= 60_000, "\(found.since(friday))")
        #expect(line(WorkingHours([1: [.init(1200, 300)]])).endOfDay(Self.now) == midnight, "over midnight")
    }

    @Test func medianAndMost() {
        var facts = Facts()
        #expect(facts.answer(percent: 50) == nil && facts.kept == nil && facts.rating == nil)
        func dated(_ minutes: Int?, met: Bool? = nil, rating: Int? = nil) -> Dated {
            Dated(
                id: .new(), line: LineID("line"), assignee: nil, at: Self.now, met: met, minutes: minutes,
                rating: rating)
        }
        facts.answered = [9, 1, 5, 3, 100].map { dated($0) }
        #expect(facts.answer(percent: 50) == 5)
        #expect(facts.answer(percent: 90) == 100)
        facts.solved = [dated(nil, met: true), dated(nil, met: true), dated(nil, met: false), dated(nil)]
        #expect(facts.kept == 66)
        facts.rated = [5, 5, 4].map { dated(nil, rating: $0) }
        #expect(facts.rating == 47)
    }
}
