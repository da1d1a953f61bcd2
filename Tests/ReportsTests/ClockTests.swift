import Kernel
import Lines
import Requests
import Storage
import TestOffice
import Testing

@testable import Reports

/// Hours, weekdays and days are those of the organisation's clock.
@Suite struct ClockTests {
    private func viewer(_ firm: Firm, in zone: Zone) async throws -> Viewer {
        let gleb = try await firm.viewer(.gleb)
        return Viewer(
            kind: gleb.kind, organisation: gleb.organisation, person: gleb.person, roles: gleb.roles, lines: gleb.lines,
            manages: gleb.manages, zone: zone)
    }

    @Test(arguments: Engine.available)
    func theLoadIsToldByTheLocalHourAlsoWhenClocksAreChanged(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let berlin = try #require(Zone("Europe/Berlin"))
            // A request each half hour of two days around the change of spring and of autumn, in Berlin.
            var moments: [Instant] = []
            for day in [LocalDate(year: 2027, month: 3, day: 27), LocalDate(year: 2027, month: 10, day: 30)] {
                firm.clock.pass(milliseconds: berlin.instant(day, minute: 15).since(firm.clock.now))
                for _ in 0..<96 {
                    moments.append(firm.clock.now)
                    _ = try await firm.register("Час", as: .egor, on: firm.personnel)
                    firm.clock.pass(Minutes(30))
                }
            }
            try await firm.follow()
            for zone in [berlin, .moscow, Zone("Asia/Kolkata")!, Zone("America/Los_Angeles")!] {
                let viewer = try await viewer(firm, in: zone)
                var filter = Filter()
                (filter.preset, filter.from, filter.until) =
                    (.days, LocalDate(year: 2027, month: 3, day: 1), LocalDate(year: 2027, month: 11, day: 30))
                let report = try await firm.report(.load, filter, as: viewer)
                guard case .heat(let heat)? = report.parts[0].chart else {
                    Issue.record("no picture of the week")
                    return
                }
                var expected = [[Int]](repeating: [Int](repeating: 0, count: 24), count: 7)
                for moment in moments {
                    let (date, minute) = zone.local(moment)
                    expected[date.weekday - 1][minute / 60] += 1
                }
                #expect(heat.values == expected, "\(zone.name)")
                for weekday in 0..<7 {
                    for hour in 0..<24 where expected[weekday][hour] > 0 {
                        let drill = try #require(heat.drills[weekday][hour])
                        let list = try await firm.list(drill, as: viewer)
                        #expect(list.total == expected[weekday][hour], "\(zone.name) \(weekday) \(hour)")
                    }
                }
                // One day by its hours: 23, 25 and 24 of them.
                for day in [LocalDate(year: 2027, month: 3, day: 28), LocalDate(year: 2027, month: 10, day: 31)] {
                    (filter.from, filter.until) = (day, day)
                    let work = try await firm.report(.work, filter, as: viewer)
                    let there = moments.filter { zone.local($0).date == day }
                    #expect(work.tiles[0].value.value == .count(there.count), "\(zone.name) \(day)")
                    for (hour, row) in work.parts[0].table.rows.enumerated() {
                        let expected = there.count { zone.local($0).minute / 60 == hour }
                        #expect(row.cells[1].value == .count(expected), "\(zone.name) \(day) \(hour):00")
                    }
                }
            }
        }
    }

    @Test(arguments: Engine.available)
    func midnightBelongsToTheDayThatBegins(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            let gleb = try await firm.viewer(.gleb)
            let midnight = Zone.moscow.instant(LocalDate(year: 2026, month: 11, day: 25), minute: 0)
            for moment in [-1, 0, 86_399_999, 86_400_000] as [Int64] {
                firm.clock.pass(milliseconds: midnight.milliseconds + moment - firm.clock.now.milliseconds)
                _ = try await firm.register("Полночь", as: .egor, on: firm.personnel)
            }
            try await firm.follow()
            for (day, count) in [(24, 1), (25, 2), (26, 1)] {
                var filter = Filter()
                let date = LocalDate(year: 2026, month: 11, day: day)
                (filter.preset, filter.from, filter.until) = (.days, date, date)
                let report = try await firm.report(.work, filter, as: gleb)
                #expect(report.tiles[0].value.value == .count(count), "\(date)")
            }
        }
    }
}
