import Kernel
import Testing

@testable import Lines
@testable import Requests

@Suite struct DeadlineTests {
    @Test(arguments: [
        (Priority.low, 480), (.normal, 240), (.high, 120), (.urgent, 60),
    ])
    func priorityMakesThePlannedTimeLongerOrShorter(_ priority: Priority, _ minutes: Int) {
        #expect(Deadlines.allowed(.hours(4), priority) == Minutes(minutes))
        #expect(Deadlines.allowed(Minutes(1), priority).count >= 1, "never nothing")
    }

    @Test(arguments: [
        // registered, planned, priority, due
        ("23 10:00", 240, Priority.normal, "23 14:00"),
        ("23 10:00", 240, .low, "23 18:00"),
        ("23 10:00", 240, .high, "23 12:00"),
        ("23 10:00", 240, .urgent, "23 11:00"),
        ("23 16:00", 240, .normal, "24 11:00"),
        ("23 20:00", 60, .normal, "24 10:00"),
        ("27 17:30", 60, .normal, "30 09:30"),
        ("28 12:00", 60, .normal, "30 10:00"),
    ])
    func theNormCountsWorkingMinutes(_ registered: String, _ planned: Int, _ priority: Priority, _ due: String) {
        let deadline = Deadlines.norm(
            from: Sample.at(registered), line: Sample.line(Sample.week, planned: Minutes(planned)), planned: nil,
            priority: priority)
        #expect(deadline == Sample.at(due))
    }

    @Test func aTopicsPlannedTimeGoesBeforeTheLines() {
        let line = Sample.line(Sample.week, planned: .hours(4))
        let deadline = Deadlines.norm(from: Sample.monday, line: line, planned: .hours(1), priority: .normal)
        #expect(deadline == Sample.at("23 11:00"))
        #expect(Deadlines.norm(from: Sample.monday, line: line, planned: Minutes(0), priority: .urgent) == nil)
    }

    @Test(arguments: [
        // due, paused, what is left, resumed, due again
        ("23 14:00", "23 12:00", 120, "23 15:00", "23 17:00"),
        ("23 14:00", "23 12:00", 120, "24 17:00", "25 10:00"),
        ("24 11:00", "23 17:30", 150, "30 09:00", "30 11:30"),
        ("23 14:00", "28 12:00", -2400, "30 09:00", "28 17:00"),
        ("23 14:00", "23 14:00", 0, "25 12:00", "25 12:00"),
        ("24 10:00", "23 23:00", 60, "24 01:00", "24 10:00"),
    ])
    func aPauseKeepsWhatWasLeft(_ due: String, _ paused: String, _ left: Int, _ resumed: String, _ again: String) {
        let line = Sample.line(Sample.week)
        let request = Sample.request(.working, deadline: Sample.at(due))
        let kept = Deadlines.paused(request, at: Sample.at(paused), line: line)
        #expect(kept == Minutes(left))
        let waiting = Sample.request(.waiting, deadline: Sample.at(due), pausedLeft: kept)
        #expect(Deadlines.resumed(waiting, at: Sample.at(resumed), line: line) == Sample.at(again))
    }

    @Test func withoutADeadlineNothingIsPaused() {
        let line = Sample.line(Sample.week)
        #expect(Deadlines.paused(Sample.request(.working), at: Sample.monday, line: line) == nil)
        #expect(Deadlines.resumed(Sample.request(.waiting), at: Sample.monday, line: line) == nil)
    }

    /// Registered at 10:00, due at 14:00.
    @Test(arguments: [
        (Request.State.new, "23 10:00", DeadlineKind.calm(share: 100)),
        (.working, "23 12:00", .calm(share: 50)),
        (.working, "23 12:57", .calm(share: 26)),
        (.working, "23 13:00", .soon(left: Minutes(60), share: 25)),
        (.working, "23 13:50", .soon(left: Minutes(10), share: 4)),
        (.working, "23 14:00", .late(by: Minutes(0))),
        (.new, "23 15:30", .late(by: Minutes(90))),
        (.waiting, "23 12:00", .paused),
        (.waiting, "25 12:00", .paused),
        (.solved, "23 12:00", .calm(share: 50)),
    ])
    func aDeadlineIsCalmThenSoonThenLate(_ state: Request.State, _ now: String, _ kind: DeadlineKind) throws {
        #expect(DeadlineKind(Sample.request(state, deadline: Sample.at("23 14:00")), now: Sample.at(now)) == kind)
    }

    @Test func theLastHalfHourIsSoonHoweverShortTheWholeIs() {
        let request = Sample.request(.working, deadline: Sample.at("23 10:40"))
        #expect(DeadlineKind(request, now: Sample.at("23 10:05")) == .calm(share: 87))
        #expect(DeadlineKind(request, now: Sample.at("23 10:10")) == .soon(left: Minutes(30), share: 75))
    }

    @Test func aSolutionInTimeIsMetForEver() {
        let due = Sample.at("23 14:00"), later = Sample.at("30 10:00")
        for state in [Request.State.solved, .closed] {
            #expect(DeadlineKind(Sample.request(state, deadline: due, solved: due), now: later) == .met)
            #expect(DeadlineKind(Sample.request(state, deadline: due, solved: due + Minutes(1)), now: later) == nil)
        }
        #expect(DeadlineKind(Sample.request(.cancelled, deadline: due), now: later) == nil)
        #expect(DeadlineKind(Sample.request(.working), now: later) == nil)
    }

    @Test func theQueueIsInTheOrderOfDeadlinesWithPausedOnesLast() {
        let due = Sample.at("23 14:00")
        #expect(Sample.request(.working, deadline: due).due == due.milliseconds)
        #expect(Sample.request(.waiting, deadline: due).due > Sample.at("30 10:00").milliseconds)
        #expect(Sample.request(.new).due == Sample.request(.waiting, deadline: due).due)
    }
}
