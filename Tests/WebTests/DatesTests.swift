import Kernel
import Testing

@testable import Web

/// It is Tuesday 24 November 2026, 12:30 in Moscow.
@Suite struct DatesTests {
    static let now = Zone.moscow.instant(LocalDate(year: 2026, month: 11, day: 24), minute: 750)

    private func dates(_ language: Language = .russian, zone: Zone = .moscow, now: Instant = now) throws -> Dates {
        let catalogue = language == .russian ? CatalogueTests.russian : CatalogueTests.english
        return Dates(try catalogue.get(), zone: zone, now: now)
    }

    /// With ordinary spaces for those that do not break.
    private func plain(_ text: String) -> String { text.replacing("\u{A0}", with: " ") }

    @Test(
        arguments: [
            (2026, 11, 24, "сегодня", "today"), (2026, 11, 23, "вчера", "yesterday"),
            (2026, 11, 25, "завтра", "tomorrow"),
            (2026, 11, 22, "22 ноября", nil), (2026, 1, 1, "1 января", nil), (2025, 12, 31, "31 декабря 2025", nil),
            (2027, 1, 1, "1 января 2027", nil), (2024, 2, 29, "29 февраля 2024", nil),
        ] as [(Int, Int, Int, String, String?)])
    func daysInWords(_ year: Int, _ month: Int, _ day: Int, _ russian: String, _ english: String?) throws {
        let date = LocalDate(year: year, month: month, day: day)
        #expect(plain(try dates().day(date)) == russian)
        if let english { #expect(try dates(.english).day(date) == english) }
        #expect(try !dates(.english).day(date).contains("{"))
    }

    @Test func theDayIsThatOfTheViewersZone() throws {
        // 22:00 in Moscow is already tomorrow on Kamchatka.
        let late = Zone.moscow.instant(LocalDate(year: 2026, month: 11, day: 24), minute: 22 * 60)
        #expect(plain(try dates().moment(late)) == "сегодня в 22:00")
        let kamchatka = Zone("Asia/Kamchatka")!
        #expect(plain(try dates(zone: kamchatka).moment(late)) == "завтра в 7:00")
    }

    @Test func newYearsEveIsYesterdayWithoutItsYear() throws {
        let newYear = Zone.moscow.instant(LocalDate(year: 2027, month: 1, day: 1), minute: 5)
        let eve = Zone.moscow.instant(LocalDate(year: 2026, month: 12, day: 31), minute: 1439)
        #expect(plain(try dates(now: newYear).moment(eve)) == "вчера в 23:59")
        #expect(plain(try dates(now: newYear).dayHeading(eve)) == "Вчера, 31 декабря 2026")
    }

    @Test func listsAreShort() throws {
        let dates = try dates()
        #expect(plain(dates.short(Self.now - Minutes(30))) == "12:00")
        #expect(plain(dates.short(Self.now - .days(1))) == "вчера, 12:30")
        #expect(plain(dates.short(Self.now - .days(2))) == "22 ноября")
        #expect(plain(dates.until(Self.now + .hours(4))) == "сегодня до 16:30")
        #expect(plain(dates.dayHeading(Self.now)) == "Сегодня, 24 ноября")
        #expect(plain(dates.dayHeading(Self.now - .days(5))) == "19 ноября")
    }

    @Test(arguments: [(0, "0:00"), (5, "0:05"), (600, "10:00"), (1439, "23:59")])
    func clocks(_ minute: Int, _ words: String) { #expect(Dates.clock(minute) == words) }

    @Test(arguments: [0, 1, 5, 59, 60, 61, 90, 1439, 1440, 1500, 4380, -90])
    func lengthsHaveWordsInBothLanguages(_ minutes: Int) throws {
        for language in Language.allCases {
            let words = try dates(language).length(Minutes(minutes)),
                labour = try dates(language).labour(Minutes(minutes))
            for text in [words, labour] { #expect(!text.contains("[") && !text.contains("{") && !text.isEmpty) }
        }
    }

    @Test(
        arguments: [
            (0, "0"), (999, "999"), (1000, "1"), (1024, "1"), (1_500_000, "1,4"), (10_485_760, "10"),
            (209_715_200, "200"), (5_368_709_120, "5"),
        ] as [(Int64, String)])
    func sizes(_ bytes: Int64, _ number: String) throws {
        let words = try dates().size(bytes)
        #expect(words.hasPrefix(number + "\u{A0}") && !words.contains("["), "\(words)")
    }

    @Test(arguments: [
        ("Europe/Moscow", "Москва, UTC+3"), ("Asia/Kamchatka", "Петропавловск-Камчатский, UTC+12"),
        ("UTC", "Всемирное время, UTC"),
        ("America/New_York", "Нью-Йорк, UTC−5"), ("Asia/Kathmandu", "Asia/Kathmandu, UTC+5:45"),
    ])
    func zonesToChooseFrom(_ name: String, _ words: String) throws {
        let models = ZoneChoices.models(chosen: Zone(name)!, at: Self.now, try CatalogueTests.russian.get())
        let chosen = models.filter { $0["selected"] as? Bool == true }
        #expect(chosen.count == 1 && chosen[0]["name"] as? String == words)
        #expect(!models.contains { ($0["name"] as? String)?.contains("[") == true })
    }
}
