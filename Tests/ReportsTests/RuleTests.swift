import Kernel
import Requests
import Sheets
import TestOffice
import Testing
import Web

@testable import Reports
@testable import Sheets

/// What needs no database, as tables of values.
@Suite struct RuleTests {
    private static func day(_ text: String) -> LocalDate { LocalDate(text: text)! }

    private static func moscow(_ day: String, _ clock: String) -> Instant {
        let parts = clock.split(separator: ":").map { Int($0)! }
        return Zone.moscow.instant(Self.day(day), minute: parts[0] * 60 + parts[1])
    }

    // MARK: when a report is sent

    @Test(arguments: [
        // Wednesday the 25th of November 2026; before the hour, at it, after it.
        (Rhythm.day, "2026-11-25", "08:59", 540, "2026-11-25", "09:00"),
        (.day, "2026-11-25", "09:00", 540, "2026-11-26", "09:00"),
        (.day, "2026-11-27", "09:01", 540, "2026-11-30", "09:00"),
        (.day, "2026-11-28", "00:00", 0, "2026-11-30", "00:00"),
        (.day, "2026-12-31", "23:59", 1439, "2027-01-01", "23:59"),
        (.week, "2026-11-25", "12:00", 540, "2026-11-30", "09:00"),
        (.week, "2026-11-30", "08:00", 540, "2026-11-30", "09:00"),
        (.week, "2026-11-30", "09:00", 540, "2026-12-07", "09:00"),
        // The ends of months, the short one, the leap one, the year.
        (.month, "2026-11-30", "23:59", 0, "2026-12-01", "00:00"),
        (.month, "2026-12-01", "00:00", 0, "2027-01-01", "00:00"),
        (.month, "2027-01-31", "10:00", 540, "2027-02-01", "09:00"),
        (.month, "2027-02-28", "10:00", 540, "2027-03-01", "09:00"),
        (.month, "2028-02-29", "10:00", 540, "2028-03-01", "09:00"),
        (.month, "2026-12-01", "09:01", 540, "2027-01-01", "09:00"),
    ])
    func aReportIsSentNext(
        _ rhythm: Rhythm, _ date: String, _ clock: String, _ minute: Int, _ nextDate: String, _ nextClock: String
    ) {
        let next = rhythm.next(after: Self.moscow(date, clock), minute: minute, in: .moscow)
        #expect(next == Self.moscow(nextDate, nextClock))
    }

    @Test func clocksThatAreChangedKeepTheHourOfSending() {
        let berlin = Zone("Europe/Berlin")!
        for (date, hours) in [("2027-03-27", 23), ("2027-10-30", 25), ("2027-06-10", 24)] {
            let first = berlin.instant(Self.day(date), minute: 600)
            let following = berlin.instant(Self.day(date).adding(days: 1), minute: 600)
            #expect(following.since(first) == Int64(hours) * 3_600_000)
        }
        // The half hour that is skipped on the last Sunday of March: on Monday the 29th it is back.
        let next = Rhythm.week.next(
            after: berlin.instant(Self.day("2027-03-28"), minute: 0), minute: 150, in: berlin)
        #expect(berlin.local(next) == (Self.day("2027-03-29"), 150))
    }

    // MARK: periods

    @Test(arguments: [
        // Of a Wednesday.
        (Period.Preset.today, "2026-11-25", "2026-11-25", "2026-11-25"),
        (.week, "2026-11-25", "2026-11-23", "2026-11-25"), (.lastWeek, "2026-11-25", "2026-11-16", "2026-11-22"),
        (.thirty, "2026-11-25", "2026-10-27", "2026-11-25"), (.month, "2026-11-25", "2026-11-01", "2026-11-25"),
        (.lastMonth, "2026-11-25", "2026-10-01", "2026-10-31"), (.quarter, "2026-11-25", "2026-10-01", "2026-11-25"),
        (.year, "2026-11-25", "2026-01-01", "2026-11-25"),
        // Of the first day of a year, of the end of a leap February.
        (.lastMonth, "2027-01-01", "2026-12-01", "2026-12-31"), (.lastWeek, "2027-01-01", "2026-12-21", "2026-12-27"),
        (.quarter, "2027-01-01", "2027-01-01", "2027-01-01"), (.lastMonth, "2028-03-31", "2028-02-01", "2028-02-29"),
        (.week, "2026-11-23", "2026-11-23", "2026-11-23"), (.week, "2026-11-29", "2026-11-23", "2026-11-29"),
    ])
    func aPeriodHasItsDays(_ preset: Period.Preset, _ today: String, _ from: String, _ until: String) {
        let period = Period(preset, today: Self.day(today))
        #expect((period.from, period.until) == (Self.day(from), Self.day(until)))
    }

    @Test func daysByHandStandInTheirOrderAndAreNotForEver() {
        let today = Self.day("2026-11-25"), one = Self.day("2026-11-01"), other = Self.day("2026-11-10")
        #expect(
            Period(.days, from: other, until: one, today: today) == Period(.days, from: one, until: other, today: today)
        )
        #expect(Period(.days, from: one, today: today).until == one)
        #expect(Period(.days, until: other, today: today).from == other)
        #expect(Period(.days, today: today).count == 1)
        let long = Period(.days, from: Self.day("1970-01-01"), until: today, today: today)
        #expect(long.count == Period.longest + 1 && long.until == today)
    }

    @Test(arguments: [
        ("2026-11-25", "2026-11-25"), ("2026-11-01", "2026-11-30"), ("2026-11-03", "2026-12-20"),
        ("2025-12-31", "2026-12-01"), ("2024-02-28", "2024-03-01"),
    ])
    func theSlotsOfAPeriodCoverEachDayOnce(_ from: String, _ until: String) {
        let period = Period(.days, from: Self.day(from), until: Self.day(until), today: Self.day(until))
        let slots = period.slots
        if period.step == .hour {
            #expect(slots.map(\.hour) == Array(0..<24))
        } else {
            let days = slots.flatMap { Array($0.from.daysSince1970...$0.until.daysSince1970) }
            #expect(days == Array(period.from.daysSince1970...period.until.daysSince1970))
        }
    }

    @Test(arguments: [
        "2026-02-30", "2026-13-01", "2026-1-01", "26-01-01", "2026-11-25x", "", "2026-00-10", "2026-01-00",
    ])
    func aDayThatNoMonthHasIsNone(_ text: String) { #expect(LocalDate(text: text) == nil) }

    // MARK: hours by the clock of a place

    /// Each minute of days on which clocks are changed: at night, at midnight itself, by half an hour; and where they never are.
    @Test(arguments: [
        ("Europe/Moscow", "2026-11-24", "2026-11-26"), ("Europe/Moscow", "2014-10-25", "2014-10-27"),
        ("Europe/Berlin", "2026-03-28", "2026-03-30"), ("Europe/Berlin", "2026-10-24", "2026-10-26"),
        ("America/Sao_Paulo", "2018-11-03", "2018-11-05"), ("America/Sao_Paulo", "2018-02-17", "2018-02-19"),
        ("Australia/Lord_Howe", "2026-04-04", "2026-04-06"), ("Asia/Kolkata", "2026-11-24", "2026-11-25"),
        ("Europe/Berlin", "2026-01-01", "2026-12-31"),
    ])
    func everyMinuteIsInItsHour(_ name: String, _ from: String, _ until: String) throws {
        let zone = try #require(Zone(name))
        let period = Period(.days, from: Self.day(from), until: Self.day(until), today: Self.day(until))
        let stretches = Stretch.of(period, in: zone)
        #expect(stretches.first?.from == zone.instant(period.from, minute: 0))
        #expect(stretches.last?.until == zone.instant(period.until.adding(days: 1), minute: 0))
        #expect(zip(stretches, stretches.dropFirst()).allSatisfy { $0.until == $1.from && $0.offset != $1.offset })
        #expect(stretches.count <= 3)
        for stretch in stretches {
            var moment = stretch.from
            while moment < stretch.until {
                let (date, minute) = zone.local(moment)
                let hour = Int64(date.daysSince1970) * 24 + Int64(minute / 60)
                if stretch.hour(of: moment) != hour {
                    Issue.record("\(name): \(date) \(minute / 60):\(minute % 60)")
                    return
                }
                moment = moment + Minutes(stretches.count == 1 || period.count < 10 ? 1 : 15)
            }
        }
    }

    // MARK: medians

    @Test func percentilesAreThoseOfTheSortedLengths() {
        var dice = Dice(state: 5)
        for _ in 0..<300 {
            let lengths = (0..<Int.random(in: 0...40, using: &dice)).map { _ in Int.random(in: 0...30, using: &dice) }
            let cut = lengths.count / 3
            let spread = Spread(lengths.prefix(cut)) + Spread(lengths.dropFirst(cut))
            #expect(spread == Spread(lengths) && spread.count == lengths.count)
            for percent in [1, 50, 90, 100] {
                #expect(spread.percentile(percent) == Recount.rank(lengths, percent), "\(percent) of \(lengths)")
            }
            let classes = Spread.classes.map(spread.count(in:))
            #expect(classes.reduce(0, +) == lengths.count)
        }
        #expect(Spread([1, 2, 3, 4]).median == 2 && Spread([7]).percentile(90) == 7 && Spread().median == nil)
        #expect(Spread(1...10).percentile(90) == 9 && Spread(1...11).percentile(90) == 10)
    }

    @Test func beingOnTwoLinesAtOnceIsOneTime() {
        func minutes(_ spans: (Int64, Int64)...) -> Int { Union.minutes(spans.map { $0.0 * 60_000..<$0.1 * 60_000 }) }
        #expect(minutes() == 0 && minutes((0, 10)) == 10)
        #expect(minutes((0, 10), (5, 15)) == 15 && minutes((5, 15), (0, 10)) == 15)
        #expect(minutes((0, 100), (10, 20), (30, 40)) == 100 && minutes((0, 10), (20, 30)) == 20)
        #expect(minutes((0, 10), (10, 20)) == 20)
    }

    // MARK: pictures

    @Test(arguments: [0, 1, 2, 5, 6, 9, 10, 11, 49, 50, 51, 99, 101, 1234, 100_000])
    func aScaleHoldsTheLargestInFewLines(_ largest: Int) {
        let (top, step) = Layout.scale(largest)
        #expect(top >= largest && top % step == 0 && (1...5).contains(top / step))
    }

    @Test func barsStayInThePictureAndBesideEachOther() {
        let series = [4, 0, 9].map { _ in Chart.Series(name: "", fill: .plain, values: [4, 0, 9, 1]) }
        for isStacked in [true, false] {
            let bars = Chart.Bars(labels: ["1", "2", "3", "4"], names: [], series: series, isStacked: isStacked)
            let boxes = Layout.bars(bars, top: isStacked ? 30 : 10).flatMap { $0.compactMap(\.self) }
            #expect(boxes.count == 9)
            #expect(
                boxes.allSatisfy {
                    $0.x >= Layout.left && $0.x + $0.width <= Layout.width && $0.y >= 0
                        && $0.y + $0.height <= Layout.floor && $0.width > 0 && $0.height > 0
                })
            for (index, one) in boxes.enumerated() {
                for other in boxes.dropFirst(index + 1)
                where one.x < other.x + other.width && other.x < one.x + one.width {
                    #expect(isStacked && (one.y + one.height <= other.y + 1 || other.y + other.height <= one.y + 1))
                }
            }
        }
    }

    // MARK: addresses

    @Test func whatIsChosenStandsInTheAddressAndComesBack() throws {
        var filter = Filter()
        (filter.preset, filter.from, filter.until) = (.days, Self.day("2026-11-01"), Self.day("2026-11-30"))
        (filter.line, filter.client, filter.origin) = (.new(), .new(), .phone)
        (filter.topic, filter.unit, filter.specialist) = (.one(.new()), Filter.Pick.none, .one(.new()))
        #expect(Filter(try Form(encoded: Array(filter.query.utf8))) == filter)
        for kind in Drill.Kind.allCases {
            var drill = Drill(kind, filter)
            (drill.rating, drill.reason, drill.weekday, drill.hour, drill.speed) = (3, .silent, 7, 23, 2)
            #expect(Drill(try Form(encoded: Array(drill.query.utf8))) == drill)
        }
        // What nobody can choose is passed over: an old or spoilt link still opens.
        let spoilt = "period=ever&from=2026-02-31&line=x%27--&topic=&unit=none&specialist=1;2&client=&origin=pigeon"
        let read = Filter(try Form(encoded: Array(spoilt.utf8)))
        #expect(read.preset == .thirty && read.unit == Filter.Pick.none && read.line == nil && read.specialist == nil)
        #expect(read.topic == nil && read.client == nil && read.origin == nil && read.from == nil)
        #expect(Drill(try Form(encoded: Array("what=everything".utf8))) == nil)
        let drill = try #require(Drill(try Form(encoded: Array("what=hung&rating=9&hour=24&weekday=0&speed=99".utf8))))
        #expect((drill.rating, drill.hour, drill.weekday, drill.speed) == (nil, nil, nil, nil))
    }

    // MARK: files

    @Test(arguments: [
        ("=1+1", "'=1+1"), ("+7 921", "'+7 921"), ("-5", "'-5"), ("@SUM(A1)", "'@SUM(A1)"), ("\tx", "'\tx"),
        ("＝1", "'＝1"), ("=a;\"b\"", "\"'=a;\"\"b\"\"\""), ("a;b", "\"a;b\""), ("a\nb", "\"a\nb\""),
        ("Принтер «HP»", "Принтер «HP»"), ("1=1", "1=1"), ("", ""),
    ])
    func aTextIsNeverAFormula(_ text: String, _ field: String) {
        #expect(CSVText.text(of: .text(text), comma: true) == field)
        // Neither is a name that became a head or a line above.
        var sheet = Sheet(name: "x", columns: [.init(text, .text)], rows: [])
        sheet.intro = [text]
        let written = String(decoding: CSVText.bytes(of: Workbook(title: "", sheets: [sheet])), as: UTF8.self)
        #expect(written == "\u{FEFF}\(field)\r\n\(field)\r\n")
    }

    @Test func numbersAreAsRussianExcelReadsThem() {
        let values: [(Sheet.Value, String)] = [
            (.count(1234), "1234"), (.count(-3), "-3"), (.minutes(75), "1:15"), (.minutes(3000), "50:00"),
            (.minutes(-75), "−1:15"), (.share(0.5), "50%"), (.share(1.0 / 3), "33,33%"), (.decimal(4.5), "4,5"),
            (.decimal(4.25), "4,25"), (.decimal(5), "5"), (.decimal(-0.001), "0"),
            (.date(Self.day("2026-11-05")), "05.11.2026"),
            (.moment(Self.day("2026-11-05"), minute: 545), "05.11.2026 09:05"), (.none, ""),
        ]
        for (value, text) in values { #expect(CSVText.text(of: value, comma: true) == text) }
        #expect(CSVText.text(of: .decimal(4.5), comma: false) == "4.5")
    }

    @Test func namesOfSheetsAreThoseExcelTakes() {
        let names = SheetNames.fitting([
            "Поступило и решено", "поступило и решено", "a/b:c*d?e[f]\\g", "", "'кавычки'",
            String(repeating: "ы", count: 40),
            String(repeating: "ы", count: 40),
        ])
        #expect(Set(names.map { $0.lowercased() }).count == names.count)
        #expect(names.allSatisfy { (1...31).contains($0.utf16.count) && !$0.contains { "[]:*?/\\".contains($0) } })
        #expect(names.allSatisfy { !$0.hasPrefix("'") && !$0.hasSuffix("'") })
    }
}
