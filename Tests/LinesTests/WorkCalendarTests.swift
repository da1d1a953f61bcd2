import EventLog
import Foundation
import HTTPTypes
import Kernel
import Storage
import Testing

@testable import Lines

/// 2026: 9 March is a day off moved from Sunday the 8th, 30 April is shortened, 1 May is a holiday.
@Suite struct WorkCalendarTests {
    static let berlin = Zone("Europe/Berlin")!
    static let office = WorkingHours(
        Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(540, 780), .init(840, 1080)]) }))
    static let everyDay = WorkingHours(Dictionary(uniqueKeysWithValues: (1...7).map { ($0, [.init(0, 1440)]) }))

    static func day(_ text: String) -> LocalDate { CalendarText.date(text)! }

    static func special(
        _ production: [String: DayKind] = [:], own: [String: [WorkingHours.Interval]] = [:]
    ) -> SpecialDays {
        var special = SpecialDays()
        special.production = Dictionary(uniqueKeysWithValues: production.map { (day($0), $1) })
        special.own = Dictionary(uniqueKeysWithValues: own.map { (day($0), $1) })
        return special
    }

    static let year = special([
        "2026-03-08": .off, "2026-03-09": .off, "2026-04-30": .short, "2026-05-01": .off, "2026-11-28": .working,
        "2026-11-29": .working,
    ])

    struct Case: CustomTestStringConvertible, Sendable {
        let calendar: WorkCalendar, from: String, minutes: Int, until: String
        init(
            _ special: SpecialDays, _ from: String, _ minutes: Int, _ until: String,
            hours: WorkingHours = WorkCalendarTests.office, zone: Zone = .moscow
        ) {
            calendar = WorkCalendar(hours, zone, special)
            (self.from, self.minutes, self.until) = (from, minutes, until)
        }
        var testDescription: String { "\(from) + \(minutes) min = \(until)" }
    }

    static let deadlines = [
        Case(year, "2026-03-06 17:30", 60, "2026-03-10 09:30"),  // over a holiday that has moved to Monday
        Case(year, "2026-04-30 12:30", 60, "2026-04-30 14:30"),  // the break stays where it is
        Case(year, "2026-04-30 16:00", 60, "2026-04-30 17:00"),  // the shortened day ends at 17
        Case(year, "2026-04-30 16:00", 61, "2026-05-04 09:01"),
        Case(year, "2026-11-27 17:30", 60, "2026-11-28 09:30"),  // a working Saturday is like a Friday
        Case(year, "2026-11-28 17:30", 60, "2026-11-29 09:30"),  // and so is a working Sunday
        Case(year, "2026-04-30 23:00", 120, "2026-05-04 11:00"),
        // Own days go before everything else: open on a holiday, closed on a Tuesday.
        Case(
            special(["2026-05-01": .off], own: ["2026-05-01": [.init(600, 660)]]), "2026-04-30 18:00", 60,
            "2026-05-01 11:00"),
        Case(special(own: ["2026-11-24": []]), "2026-11-23 17:30", 60, "2026-11-25 09:30"),
        Case(
            special(own: ["2026-11-24": [.init(1200, 1440)], "2026-11-25": [.init(0, 60)]]), "2026-11-24 23:30", 60,
            "2026-11-25 00:30"),
        // A line that never closes, on a holiday and by a shortened day.
        Case(special(["2026-05-01": .off]), "2026-04-30 23:30", 60, "2026-05-02 00:30", hours: everyDay),
        Case(special(["2026-04-30": .short]), "2026-04-30 22:30", 60, "2026-05-01 00:30", hours: everyDay),
        // Without a week the production calendar does not concern it; an own day does.
        Case(special(["2026-05-01": .off]), "2026-04-30 23:30", 60, "2026-05-01 00:30", hours: .none),
        Case(special(own: ["2026-05-01": []]), "2026-04-30 23:30", 60, "2026-05-02 00:30", hours: .none),
        // The day on which the clock goes forward has 23 hours, whatever else it is.
        Case(
            special(own: ["2026-03-28": []]), "2026-03-27 23:00", 120, "2026-03-29 01:00", hours: everyDay, zone: berlin
        ),
        Case(
            special(["2026-03-28": .off]), "2026-03-27 23:00", 24 * 60, "2026-03-30 00:00", hours: everyDay,
            zone: berlin),
        Case(special(own: ["2026-10-25": [.init(60, 240)]]), "2026-10-25 00:00", 240, "2026-10-25 04:00", zone: berlin),
    ]

    @Test(arguments: deadlines) func deadlinesPassOverWhatIsClosed(_ test: Case) throws {
        let zone = test.calendar.zone, from = try moment(test.from, zone)
        let deadline = test.calendar.deadline(from: from, after: Minutes(test.minutes))
        #expect(shown(deadline, zone) == test.until)
        #expect(test.calendar.working(between: from, and: deadline).count == test.minutes)
    }

    @Test(
        arguments: [
            ("2026-04-30 17:00", false, nil, "2026-05-04 09:00"),
            ("2026-04-30 16:59", true, "2026-04-30 17:00", "2026-05-04 09:00"),
            ("2026-05-01 12:00", false, nil, "2026-05-04 09:00"),
            ("2026-11-28 12:00", true, "2026-11-28 13:00", "2026-11-28 14:00"),
        ] as [(String, Bool, String?, String?)])
    func openAndClosedByTheCalendar(_ at: String, _ isOpen: Bool, _ closing: String?, _ opening: String?) throws {
        let calendar = WorkCalendar(Self.office, .moscow, Self.year), at = try moment(at, .moscow)
        #expect(calendar.isOpen(at: at) == isOpen)
        #expect(calendar.closing(after: at).map { shown($0, .moscow) } == closing)
        #expect(calendar.nextOpening(after: at).map { shown($0, .moscow) } == opening)
    }

    @Test func aShortenedDayMayLoseAWholeInterval() {
        let calendar = WorkCalendar(
            WorkingHours([4: [.init(540, 780), .init(840, 870)]]), .moscow, Self.special(["2026-04-30": .short]))
        #expect(calendar.intervals(on: Self.day("2026-04-30")) == [.init(540, 750)])
    }

    @Test func theDeliveredYearsAreThoseOfTheLaw() throws {
        let years = LinesRoom.delivered(Desk.share)
        #expect(years.keys.sorted() == [2026, 2027])
        let days = Dictionary(uniqueKeysWithValues: years[2026]!.map { ($0.day.description, $0.kind) })
        for (day, kind) in [
            ("2026-01-01", DayKind.off), ("2026-01-08", .off), ("2026-01-09", .off), ("2026-02-23", .off),
            ("2026-03-09", .off),
            ("2026-04-30", .short), ("2026-05-08", .short), ("2026-05-11", .off), ("2026-06-11", .short),
            ("2026-06-12", .off), ("2026-11-03", .short), ("2026-11-04", .off), ("2026-12-31", .off),
        ] { #expect(days[day] == kind, "\(day)") }
        #expect(years[2026]!.allSatisfy { !$0.isUnsure } && years[2027]!.contains(where: \.isUnsure))
        // 247 working days of a week of five days.
        var special = SpecialDays()
        special.production = Dictionary(uniqueKeysWithValues: years[2026]!.map { ($0.day, $0.kind) })
        let calendar = WorkCalendar(Self.office, .moscow, special)
        let all = (0..<365).map { Self.day("2026-01-01").adding(days: $0) }
        #expect(all.count { !calendar.intervals(on: $0).isEmpty } == 247)
    }

    @Test func calendarsAreReadFromText() throws {
        let days = try CalendarText.parse(
            "09.01.2026; выходной; Перенос с 3 января\n\n# примечание\n2026-04-30,short\n1.11.2026 рабочий")
        #expect(
            days == [
                CalendarDay(Self.day("2026-01-09"), .off, title: "Перенос с 3 января"),
                CalendarDay(Self.day("2026-04-30"), .short), CalendarDay(Self.day("2026-11-01"), .working),
            ])
        for (text, fault) in [
            ("2026-01-09;выходной\n30.02.2026;выходной", CalendarText.Fault.line(2)),
            ("2026-01-09;может быть", .line(1)),
            ("2026-01-09", .line(1)), ("{}", .file), ("{\"year\": 2026, \"months\": []}", .file),
            ("{\"year\": 2026, \"days\": [{\"day\": \"2026-13-01\", \"kind\": \"off\"}]}", .file),
        ] { #expect(throws: fault, "\(text)") { try CalendarText.parse(text) } }
    }

    /// A file that names every day off of a year, with ordinary weekends.
    @Test func aListOfDaysOffByMonthIsReadAsWhatDiffersFromAWeek() throws {
        let start = Self.day("2026-01-01")
        let months = (1...12).map { month -> String in
            let days = (0..<365).map { start.adding(days: $0) }.filter { $0.month == month }.compactMap {
                day -> String? in
                if day.description == "2026-04-30" { return "30*" }
                if day.description == "2026-11-28" { return nil }
                return day.weekday > 5 || day.description == "2026-01-09" ? "\(day.day)+" : nil
            }
            return "{\"month\": \(month), \"days\": \"\(days.joined(separator: ","))\"}"
        }
        let days = try CalendarText.parse("{\"year\": 2026, \"months\": [\(months.joined(separator: ","))]}")
        let kinds = Dictionary(uniqueKeysWithValues: days.map { ($0.day.description, $0.kind) })
        #expect(kinds["2026-01-09"] == .off && kinds["2026-04-30"] == .short && kinds["2026-11-28"] == .working)
        #expect(kinds["2026-01-03"] == .off, "a holiday of the law, though a Saturday")
        #expect(kinds["2026-01-10"] == nil, "an ordinary Saturday")
    }
}

@Suite struct NormRuleTests {
    static let top = TopicID.new(), below = TopicID.new(), branch = UnitID.new(), department = UnitID.new()
    static let all = Norm(id: .new(), answer: Minutes(60), solution: Minutes(480))

    struct Case: Sendable {
        let norms: [Norm], request: NormRule.Case, answer: Int?, solution: Int?
    }

    static func norm(
        topic: TopicID? = nil, _ priority: Priority? = nil, unit: UnitID? = nil, answer: Int? = nil,
        solution: Int? = nil
    ) -> Norm {
        Norm(
            id: .new(), topic: topic, priority: priority, unit: unit, answer: answer.map { Minutes($0) },
            solution: solution.map { Minutes($0) })
    }

    static let deep = NormRule.Case(topics: [top, below], units: [branch, department], priority: .urgent)
    static let plain = NormRule.Case()

    static let cases = [
        Case(norms: [], request: deep, answer: nil, solution: nil),
        Case(norms: [all], request: plain, answer: 60, solution: 480),
        Case(norms: [all, norm(.urgent, answer: 5)], request: deep, answer: 5, solution: 480),
        Case(norms: [all, norm(.urgent, answer: 5)], request: plain, answer: 60, solution: 480),
        // A topic is meant with all below it; the closer one wins.
        Case(
            norms: [norm(topic: top, solution: 100), norm(topic: below, solution: 50)], request: deep, answer: nil,
            solution: 50),
        Case(norms: [norm(topic: top, solution: 100)], request: deep, answer: nil, solution: 100),
        Case(
            norms: [norm(topic: below, solution: 50)], request: NormRule.Case(topics: [top]), answer: nil, solution: nil
        ),
        // Of two with one condition each: unit, topic, priority.
        Case(
            norms: [norm(topic: below, solution: 2), norm(unit: branch, solution: 1), norm(.urgent, solution: 3)],
            request: deep, answer: nil, solution: 1),
        Case(
            norms: [norm(.urgent, solution: 3), norm(topic: top, solution: 2)], request: deep, answer: nil, solution: 2),
        Case(
            norms: [norm(unit: branch, solution: 1), norm(unit: department, solution: 9)], request: deep, answer: nil,
            solution: 9),
        // More conditions win over closer ones.
        Case(
            norms: [norm(unit: department, solution: 1), norm(topic: top, .urgent, solution: 7)], request: deep,
            answer: nil, solution: 7),
        Case(
            norms: [norm(topic: top, .low, unit: branch, solution: 7), all], request: deep, answer: 60, solution: 480),
    ]

    @Test(arguments: cases) func theClosestNormHolds(_ test: Case) {
        #expect(NormRule.answer(test.norms, test.request)?.answer?.count == test.answer)
        #expect(NormRule.solution(test.norms, test.request)?.solution?.count == test.solution)
        #expect(NormRule.solution(test.norms.reversed(), test.request)?.solution?.count == test.solution)
    }
}

@Suite struct CalendarActTests {
    @Test(arguments: Backend.available)
    func aLineThatFollowsTheCalendarIsClosedOnHolidays(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let week = WorkingHours(Dictionary(uniqueKeysWithValues: (1...5).map { ($0, [.init(540, 1080)]) }))
            let id = try await desk.room.createLine(LineDetails(clientName: "Учёт"), hours: week, by: desk.chief)
            func line() async throws -> Line {
                try await desk.database.read { tx in try #require(try Lines.find(id, in: desk.chief.organisation, tx)) }
            }
            let holiday = try moment("2026-11-04 12:00", .moscow)
            #expect(try await line().isOpen(at: holiday))
            let followed = try await desk.ask(.post, "/lines/\(id)/calendar", [("_method", "PUT"), ("follows", "yes")])
            #expect(followed.status == 303)
            #expect(try await !line().isOpen(at: holiday), "the delivered calendar was taken in")
            #expect(
                try await line().calendar.closing(after: try moment("2026-11-03 12:00", .moscow))
                    == (try moment("2026-11-03 17:00", .moscow)))
            #expect(try await desk.events(about: id).suffix(1) == [.calendarFollowed])

            // An own day goes before the holiday.
            let kept = try await desk.ask(
                .post, "/lines/\(id)/days",
                [("day", "2026-11-04"), ("hours", "10:00–12:30, 13:00-14:00"), ("title", "Дежурство")])
            #expect(kept.status == 303)
            #expect(
                try await line().calendar.intervals(on: WorkCalendarTests.day("2026-11-04")) == [
                    .init(600, 750), .init(780, 840),
                ])
            for (fields, field) in [
                ([("day", "2026-02-30")], "такой даты нет"), ([("day", "")], "aria-invalid"),
                ([("day", "2026-12-01"), ("hours", "с девяти")], "Часы не разобрать"),
                ([("day", "2026-12-01"), ("hours", "10:00–12:00, 11:00–13:00")], "Часы не разобрать"),
            ] {
                let refused = try await desk.ask(.post, "/lines/\(id)/days", fields)
                #expect(refused.status == 422 && refused.text.lowercased().contains(field.lowercased()), "\(fields)")
            }
            let page = try await desk.ask(.get, "/lines/\(id)/calendar")
            #expect(
                page.status == 200 && page.text.contains("10:00–12:30, 13:00–14:00") && page.text.contains("Дежурство"))
            #expect(try await desk.ask(.post, "/lines/\(id)/days/2026-11-04", [("_method", "DELETE")]).status == 303)
            #expect(try await line().calendar.intervals(on: WorkCalendarTests.day("2026-11-04")).isEmpty)
            #expect(
                try await desk.ask(.get, "/lines/\(id)/calendar", language: "en").text.contains(
                    "Follow the production calendar"))
        }
    }

    @Test(arguments: Backend.available)
    func theProductionCalendarIsEditedAndLoaded(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            func days(_ viewer: Viewer) async throws -> [CalendarDay] {
                try await desk.database.read { tx in try Lines.productionCalendar(of: viewer.organisation, tx) }
            }
            let empty = try await desk.ask(.get, "/lines/calendar")
            #expect(empty.status == 200 && empty.text.contains("Взять календарь России на 2027"))
            #expect(try await desk.ask(.post, "/lines/calendar/years", [("year", "2027")]).status == 303)
            #expect(try await desk.ask(.post, "/lines/calendar/years", [("year", "2031")]).status == 404)
            #expect(try await days(desk.chief).count == 22)
            #expect(try await days(desk.foreigner).isEmpty, "of this organisation only")
            let unsure = try #require(try await days(desk.chief).first(where: \.isUnsure))
            _ = try await desk.ask(
                .post, "/lines/calendar/days",
                [("day", unsure.day.description), ("kind", unsure.kind.rawValue), ("title", unsure.title)])
            #expect(try await days(desk.chief).first { $0.day == unsure.day }?.isUnsure == false, "looked at and kept")
            _ = try await desk.ask(.post, "/lines/calendar/days/2027-12-31", [("_method", "DELETE")])
            #expect(try await !days(desk.chief).contains { $0.day.description == "2027-12-31" })

            let broken = try await desk.ask(
                .post, "/lines/calendar/import", [("text", "2027-01-01;выходной\nзавтра;выходной")])
            #expect(broken.status == 422 && broken.text.contains("Строка 2") && broken.text.contains("завтра;выходной"))
            #expect(try await days(desk.chief).count == 21, "nothing of it was taken")
            let loaded = try await desk.ask(
                .post, "/lines/calendar/import", [("text", "2027-01-01;выходной\n20.02.2027;рабочий;Перенос")])
            #expect(loaded.status == 303)
            #expect(try await days(desk.chief).map(\.kind) == [.off, .working], "the year is replaced as a whole")
            for who in ["anna", "manager"] {
                #expect(try await desk.ask(.get, "/lines/calendar", as: who).status == 404)
                #expect(
                    try await desk.ask(.post, "/lines/calendar/days/2027-01-01", [("_method", "DELETE")], as: who)
                        .status == 404)
            }
            _ = try await desk.ask(.post, "/lines/calendar/days/2027-01-01", [("_method", "DELETE")], as: "foreigner")
            #expect(try await days(desk.chief).count == 2, "another organisation's administrator")
        }
    }

    @Test(arguments: Backend.available)
    func normsAreSetReplacedAndEnded(on backend: Backend) async throws {
        try await Desk.with(backend) { desk in
            let id = try await desk.room.createLine(LineDetails(clientName: "Учёт"), by: desk.chief)
            let topic = try await desk.room.addTopic(TopicDetails(name: "Отчёты"), on: id, by: desk.chief)
            func norm(_ topic: TopicID?, _ unit: UnitID?, _ priority: Priority = .normal) async throws -> [Int?] {
                try await desk.database.read { tx in
                    let found = try Lines.norm(on: id, topic: topic, priority: priority, unit: unit, tx)
                    return [found.answer?.count, found.solution?.count]
                }
            }
            #expect(try await norm(topic, desk.department) == [nil, nil])
            #expect(
                try await desk.ask(.post, "/lines/\(id)/norms", [("answer", "30 мин"), ("solution", "8 ч")]).status
                    == 303)
            #expect(
                try await desk.ask(.post, "/lines/\(id)/norms", [("unit", desk.branch.text), ("answer", "10")]).status
                    == 303)
            _ = try await desk.ask(
                .post, "/lines/\(id)/norms", [("topic", topic.text), ("priority", "urgent"), ("solution", "1:30")])
            #expect(try await norm(nil, nil) == [30, 480])
            #expect(try await norm(topic, desk.department) == [10, 480])
            #expect(try await norm(topic, desk.department, .urgent) == [10, 90])
            // The same conditions again: the former ends.
            _ = try await desk.ask(.post, "/lines/\(id)/norms", [("answer", "20"), ("solution", "")])
            #expect(try await norm(nil, nil) == [20, nil])
            let dated: Int? = try await desk.database.read { tx in
                try tx.value("SELECT COUNT(*) FROM norm WHERE line_id = \(id) AND until_at IS NOT NULL")
            }
            #expect(dated == 1, "what held before stays known")
            let page = try await desk.ask(.get, "/lines/\(id)/norms")
            #expect(
                page.status == 200 && page.text.contains("Усинский филиал")
                    && page.text.contains("Отчёты · приоритет «срочный»"))
            for (fields, words) in [
                ([("answer", ""), ("solution", "")], "Укажите время"), ([("answer", "скоро")], "aria-invalid"),
                ([("answer", "0")], "aria-invalid"),
                ([("answer", "5"), ("topic", desk.foreignTopic.text)], "aria-invalid"),
                ([("answer", "5"), ("unit", desk.foreignUnit.text)], "Такого подразделения нет"),
            ] {
                let refused = try await desk.ask(.post, "/lines/\(id)/norms", fields)
                #expect(refused.status == 422 && refused.text.contains(words), "\(fields)")
            }
            let first = try #require(try await desk.database.read { tx in try Lines.norms(of: id, tx).first })
            for who in ["anna", "manager", "foreigner"] {
                #expect(try await desk.ask(.get, "/lines/\(id)/norms", as: who).status == 404)
                #expect(
                    try await desk.ask(.post, "/lines/\(id)/norms/\(first.id)", [("_method", "DELETE")], as: who).status
                        == 404)
            }
            #expect(try await desk.ask(.post, "/lines/\(id)/norms/\(first.id)", [("_method", "DELETE")]).status == 303)
            #expect(try await norm(nil, nil) == [nil, nil])
            #expect(try await desk.events(about: id).suffix(2) == [.normSet, .normEnded])
        }
    }
}
