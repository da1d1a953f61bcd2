import Kernel
import Testing

@testable import Lines

/// 23 November 2026 is a Monday. In Berlin the clock goes forward on Sunday 29 March 2026 and back on Sunday 25 October 2026.
@Suite struct WorkingHoursTests {
    static let berlin = Zone("Europe/Berlin")!
    static let office = WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(540, 1080)]) }))
    static let withLunch = WorkingHours(
        Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(540, 780), .init(840, 1080)]) }))
    /// Monday evening into Tuesday.
    static let overnight = WorkingHours([1: [.init(1200, 120)]])
    static let sunday = WorkingHours([7: [.init(0, 1440)]])
    static let gap = WorkingHours([7: [.init(120, 180)]])
    static let fiveDays = WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(0, 1440)]) }))

    struct Case: CustomTestStringConvertible, Sendable {
        let hours: WorkingHours, zone: Zone, from: String, minutes: Int, until: String
        init(_ hours: WorkingHours, _ from: String, _ minutes: Int, _ until: String, _ zone: Zone = .moscow) {
            (self.hours, self.from, self.minutes, self.until, self.zone) = (hours, from, minutes, until, zone)
        }
        var testDescription: String { "\(from) + \(minutes) min = \(until)" }
    }

    static let deadlines = [
        Case(office, "2026-11-23 10:00", 60, "2026-11-23 11:00"),
        Case(office, "2026-11-23 10:00", 0, "2026-11-23 10:00"),
        Case(office, "2026-11-23 17:00", 60, "2026-11-23 18:00"),  // exactly at closing
        Case(office, "2026-11-23 17:00", 61, "2026-11-24 09:01"),
        Case(office, "2026-11-23 17:30", 60, "2026-11-24 09:30"),
        Case(office, "2026-11-23 18:00", 30, "2026-11-24 09:30"),  // at closing itself
        Case(office, "2026-11-23 20:00", 30, "2026-11-24 09:30"),
        Case(office, "2026-11-23 07:00", 30, "2026-11-23 09:30"),
        Case(office, "2026-11-27 17:30", 60, "2026-11-30 09:30"),  // over the weekend
        Case(office, "2026-11-28 12:00", 540, "2026-11-30 18:00"),
        Case(office, "2026-11-23 09:00", 2700, "2026-11-27 18:00"),  // a whole week of work
        Case(office, "2026-11-23 09:00", 2701, "2026-11-30 09:01"),
        Case(office, "2026-12-31 17:00", 120, "2027-01-01 10:00"),  // holidays come later
        Case(withLunch, "2026-11-23 12:30", 30, "2026-11-23 13:00"),
        Case(withLunch, "2026-11-23 12:30", 60, "2026-11-23 14:30"),
        Case(withLunch, "2026-11-23 13:30", 10, "2026-11-23 14:10"),
        Case(.aroundTheClock, "2026-11-28 12:00", 90, "2026-11-28 13:30"),
        Case(.none, "2026-11-28 23:30", 90, "2026-11-29 01:00"),
        Case(overnight, "2026-11-23 23:30", 60, "2026-11-24 00:30"),
        Case(overnight, "2026-11-24 00:30", 60, "2026-11-24 01:30"),
        Case(overnight, "2026-11-24 01:30", 60, "2026-11-30 20:30"),
        Case(fiveDays, "2026-11-27 23:00", 60, "2026-11-28 00:00"),
        Case(fiveDays, "2026-11-27 23:00", 120, "2026-11-30 01:00"),
        // The night of 29 March has 23 hours, that of 25 October 25.
        Case(sunday, "2026-03-29 01:00", 120, "2026-03-29 04:00", berlin),
        Case(sunday, "2026-03-29 00:00", 23 * 60, "2026-03-30 00:00", berlin),
        Case(sunday, "2026-10-25 00:00", 25 * 60, "2026-10-26 00:00", berlin),
        Case(sunday, "2026-10-25 01:00", 180, "2026-10-25 03:00", berlin),
        Case(gap, "2026-03-29 00:00", 30, "2026-04-05 02:30", berlin),  // these hours do not exist that day
        Case(gap, "2026-10-25 00:00", 120, "2026-10-25 03:00", berlin),  // and these come twice
        Case(office, "2026-03-27 17:30", 60, "2026-03-30 09:30", berlin),
        Case(.none, "2026-03-29 01:30", 60, "2026-03-29 03:30", berlin),
    ]

    @Test(arguments: deadlines) func deadlinesCountWorkingTimeOnly(_ test: Case) throws {
        let from = try moment(test.from, test.zone)
        let deadline = WorkCalendar(test.hours, test.zone).deadline(from: from, after: Minutes(test.minutes))
        #expect(shown(deadline, test.zone) == test.until)
        #expect(WorkCalendar(test.hours, test.zone).working(between: from, and: deadline).count == test.minutes)
    }

    @Test(
        arguments: [
            (office, "2026-11-23 08:59", false), (office, "2026-11-23 09:00", true), (office, "2026-11-23 17:59", true),
            (office, "2026-11-23 18:00", false), (office, "2026-11-28 12:00", false),
            (withLunch, "2026-11-23 13:30", false),
            (.aroundTheClock, "2026-11-28 03:00", true), (.none, "2026-11-28 03:00", true),
            (overnight, "2026-11-23 19:59", false), (overnight, "2026-11-24 00:00", true),
            (overnight, "2026-11-24 02:00", false),
            (overnight, "2026-11-23 01:00", false), (fiveDays, "2026-11-24 00:00", true),
        ] as [(WorkingHours, String, Bool)])
    func opensWithItsFirstMinuteAndClosesWithItsLast(_ hours: WorkingHours, _ at: String, _ isOpen: Bool) throws {
        #expect(WorkCalendar(hours, .moscow).isOpen(at: try moment(at, .moscow)) == isOpen)
    }

    @Test(
        arguments: [
            (office, "2026-11-23 08:00", nil, "2026-11-23 09:00"),
            (office, "2026-11-23 10:00", "2026-11-23 18:00", "2026-11-24 09:00"),
            (office, "2026-11-27 18:00", nil, "2026-11-30 09:00"),
            (withLunch, "2026-11-23 12:00", "2026-11-23 13:00", "2026-11-23 14:00"),
            (overnight, "2026-11-23 23:00", "2026-11-24 02:00", "2026-11-30 20:00"),
            (fiveDays, "2026-11-25 12:00", "2026-11-28 00:00", "2026-11-30 00:00"),
            (.aroundTheClock, "2026-11-25 12:00", nil, nil), (.none, "2026-11-25 12:00", nil, nil),
        ] as [(WorkingHours, String, String?, String?)])
    func tellsItsNextClosingAndOpening(
        _ hours: WorkingHours, _ at: String, _ closing: String?, _ opening: String?
    ) throws {
        let at = try moment(at, .moscow)
        #expect(WorkCalendar(hours, .moscow).closing(after: at).map { shown($0, .moscow) } == closing)
        #expect(WorkCalendar(hours, .moscow).nextOpening(after: at).map { shown($0, .moscow) } == opening)
    }

    @Test func theSameHoursInAnotherZoneAreAnotherTime() throws {
        let noon = try moment("2026-11-23 12:00", .moscow), kamchatka = Zone("Asia/Kamchatka")!
        #expect(WorkCalendar(Self.office, .moscow).isOpen(at: noon))
        #expect(!WorkCalendar(Self.office, kamchatka).isOpen(at: noon))
    }

    @Test func aPlannedTimeThatNeverEndsIsBounded() throws {
        let hourAWeek = WorkingHours([1: [.init(600, 660)]])
        let from = try moment("2026-11-23 10:00", .moscow)
        let began = ContinuousClock.now
        let deadline = WorkCalendar(hourAWeek, .moscow).deadline(from: from, after: Minutes(1_000_000))
        #expect(
            deadline > from + .days(WorkCalendar.horizonDays - 30) && deadline < from + .days(WorkCalendar.horizonDays))
        #expect(ContinuousClock.now - began < .seconds(2))
    }

    @Test func workingTimeBackwardsIsNone() throws {
        let (late, early) = (try moment("2026-11-24 10:00", .moscow), try moment("2026-11-23 17:00", .moscow))
        #expect(WorkCalendar(Self.office, .moscow).working(between: early, and: late).count == 120)
        #expect(WorkCalendar(Self.office, .moscow).working(between: late, and: early).count == 0)
    }

    @Test(
        arguments: [
            // Out of order, touching.
            ([1: [.init(600, 720), .init(540, 600)]], [1: [.init(540, 720)]]),
            // One within another.
            ([1: [.init(540, 720), .init(600, 660)]], [1: [.init(540, 720)]]),
            // Over midnight, over the week's end.
            ([7: [.init(1320, 60)]], [7: [.init(1320, 1440)], 1: [.init(0, 60)]]),
            // No interval at all.
            ([1: [.init(540, 540)], 9: [.init(0, 60)], 2: [.init(-5, 60), .init(0, 1500)]], [:]),
        ] as [([Int: [WorkingHours.Interval]], [Int: [WorkingHours.Interval]])])
    func intervalsAreTidied(_ given: [Int: [WorkingHours.Interval]], _ kept: [Int: [WorkingHours.Interval]]) {
        #expect(WorkingHours(given).days == kept)
    }
}

/// «2026-11-23 10:00» by the clock of a zone.
func moment(_ text: String, _ zone: Zone) throws -> Instant {
    let match = try #require(text.wholeMatch(of: /(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2})/))
    let date = LocalDate(year: Int(match.1)!, month: Int(match.2)!, day: Int(match.3)!)
    return zone.instant(date, minute: Int(match.4)! * 60 + Int(match.5)!)
}

func shown(_ instant: Instant, _ zone: Zone) -> String {
    let local = zone.local(instant)
    return "\(local.date) \(LineForm.clock(local.minute))"
}
