import Kernel
import Testing

@testable import Plans

@Suite struct RepetitionTests {
    private static func moment(_ text: String, _ zone: Zone) -> Instant {
        let parts = text.split { "- :".contains($0) }.map { Int($0)! }
        return zone.instant(LocalDate(year: parts[0], month: parts[1], day: parts[2]), minute: parts[3] * 60 + parts[4])
    }

    private static func words(_ instant: Instant?, _ zone: Zone) -> String {
        guard let instant else { return "never" }
        let (date, minute) = zone.local(instant)
        return "\(date) \(minute / 60):\(minute % 60 < 10 ? "0" : "")\(minute % 60)"
    }

    private static let berlin = Zone("Europe/Berlin")!

    @Test(arguments: [
        // after, expected; in Moscow
        ("day 9:00", Repetition(.day, minute: 540), "2026-11-23 8:59", "2026-11-23 9:00"),
        ("at that very minute it is the next day", Repetition(.day, minute: 540), "2026-11-23 9:00", "2026-11-24 9:00"),
        ("the year turns", Repetition(.day, minute: 540), "2026-12-31 10:00", "2027-01-01 9:00"),
        ("midnight", Repetition(.day, minute: 0), "2026-11-23 23:59", "2026-11-24 0:00"),
        ("Friday to Monday", Repetition(.workday, minute: 540), "2026-11-27 12:00", "2026-11-30 9:00"),
        ("Saturday to Monday", Repetition(.workday, minute: 540), "2026-11-28 8:00", "2026-11-30 9:00"),
        ("the same weekday, later", Repetition(.week, minute: 540, weekday: 1), "2026-11-23 8:00", "2026-11-23 9:00"),
        ("a week on", Repetition(.week, minute: 540, weekday: 1), "2026-11-23 9:00", "2026-11-30 9:00"),
        ("Sunday", Repetition(.week, minute: 540, weekday: 7), "2026-11-23 9:00", "2026-11-29 9:00"),
        ("a month on", Repetition(.month, minute: 540, day: 15), "2026-11-15 9:00", "2026-12-15 9:00"),
        ("the 31st of a short month", Repetition(.month, minute: 540, day: 31), "2026-11-23 9:00", "2026-11-30 9:00"),
        ("and then of a long one", Repetition(.month, minute: 540, day: 31), "2026-11-30 9:00", "2026-12-31 9:00"),
        ("February", Repetition(.month, minute: 540, day: 31), "2027-01-31 9:00", "2027-02-28 9:00"),
        ("February of a leap year", Repetition(.month, minute: 540, day: 30), "2028-01-30 9:00", "2028-02-29 9:00"),
        (
            "after February it is the 30th again", Repetition(.month, minute: 540, day: 30), "2028-02-29 9:00",
            "2028-03-30 9:00"
        ),
        ("the 29th in a common year", Repetition(.month, minute: 540, day: 29), "2027-01-30 0:00", "2027-02-28 9:00"),
        (
            "until is the last day", Repetition(.day, minute: 540, until: LocalDate(year: 2026, month: 11, day: 24)),
            "2026-11-23 10:00", "2026-11-24 9:00"
        ),
        (
            "and then there is none", Repetition(.day, minute: 540, until: LocalDate(year: 2026, month: 11, day: 24)),
            "2026-11-24 9:00", "never"
        ),
        (
            "until before the first",
            Repetition(.month, minute: 540, day: 31, until: LocalDate(year: 2026, month: 11, day: 29)),
            "2026-11-01 9:00", "never"
        ),
        (
            "long off: once, and the next one is ahead", Repetition(.day, minute: 540), "2026-12-24 15:30",
            "2026-12-25 9:00"
        ),
    ])
    func theNextTime(_ what: String, _ repetition: Repetition, _ after: String, _ expected: String) {
        let next = repetition.next(after: Self.moment(after, .moscow), in: .moscow)
        #expect(Self.words(next, .moscow) == expected, "\(what)")
    }

    @Test(arguments: [
        // Clocks go from 2:00 to 3:00 on 29 March 2026 and from 3:00 to 2:00 on 25 October.
        ("2026-03-27 9:00", 540, ["2026-03-28 9:00", "2026-03-29 9:00", "2026-03-30 9:00"]),
        ("2026-10-23 9:00", 540, ["2026-10-24 9:00", "2026-10-25 9:00", "2026-10-26 9:00"]),
        // 2:30 does not exist on that day: an hour later by the clock.
        ("2026-03-28 1:00", 150, ["2026-03-28 2:30", "2026-03-29 3:30", "2026-03-30 2:30"]),
        // 2:30 comes twice: the first of them only.
        ("2026-10-24 1:00", 150, ["2026-10-24 2:30", "2026-10-25 2:30", "2026-10-26 2:30"]),
    ])
    func daylightSavingMovesNoClockAndRepeatsNothing(_ after: String, _ minute: Int, _ expected: [String]) {
        var last = Self.moment(after, Self.berlin), found: [String] = []
        for _ in expected {
            let next = Repetition(.day, minute: minute).next(after: last, in: Self.berlin)
            found.append(Self.words(next, Self.berlin))
            last = next ?? last
        }
        #expect(found == expected)
    }

    @Test func aWholeYearHasItsTimesInOrderAndEachOnce() {
        let start = Self.moment("2026-01-01 0:00", Self.berlin), end = Self.moment("2027-01-01 0:00", Self.berlin)
        for (repetition, count) in [
            (Repetition(.day, minute: 150), 365), (Repetition(.workday, minute: 0), 261),
            (Repetition(.week, minute: 1439, weekday: 7), 52), (Repetition(.month, minute: 150, day: 31), 12),
        ] {
            let moments = repetition.moments(in: start..<end, zone: Self.berlin, atMost: 400)
            #expect(moments.count == count)
            #expect(zip(moments, moments.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test(arguments: [
        (2026, 2, 28), (2028, 2, 29), (2100, 2, 28), (2000, 2, 29), (2026, 12, 31), (2026, 11, 30),
    ])
    func daysOfAMonth(_ year: Int, _ month: Int, _ count: Int) {
        #expect(Repetition.days(in: LocalDate(year: year, month: month, day: 1)) == count)
    }
}

@Suite struct MonthTests {
    @Test(arguments: [
        (Month.Span.month, "2026-11-25", "2026-10-26", "2026-12-07"),
        (.month, "2027-02-10", "2027-02-01", "2027-03-01"),
        (.month, "2026-12-31", "2026-11-30", "2027-01-04"), (.week, "2026-11-25", "2026-11-23", "2026-11-30"),
        (.week, "2026-11-29", "2026-11-23", "2026-11-30"), (.week, "2027-01-01", "2026-12-28", "2027-01-04"),
        (.day, "2026-11-25", "2026-11-25", "2026-11-26"),
    ])
    func weeksBeginOnMondayAndAreWhole(_ span: Month.Span, _ day: String, _ first: String, _ next: String) {
        let days = Month(span: span, day: LocalDate(parsing: day)!).days
        #expect(days.lowerBound.description == first && days.upperBound.description == next)
    }

    @Test(arguments: [
        (Month.Span.month, "2026-10-31", 1, "2026-11-30"), (.month, "2026-12-15", 1, "2027-01-15"),
        (.month, "2027-01-31", -1, "2026-12-31"), (.month, "2028-03-30", -1, "2028-02-29"),
        (.week, "2026-12-30", 1, "2027-01-06"), (.day, "2026-03-01", -1, "2026-02-28"),
    ])
    func turning(_ span: Month.Span, _ day: String, _ steps: Int, _ expected: String) {
        #expect(Month(span: span, day: LocalDate(parsing: day)!).moved(by: steps).day.description == expected)
    }

    @Test(arguments: ["2026-02-30", "2026-13-01", "26-01-01", "2026-1-1", "", "1200-01-01", "2026-00-10", "2026-04-31"])
    func whatIsNoDay(_ text: String) { #expect(LocalDate(parsing: text) == nil) }
}
