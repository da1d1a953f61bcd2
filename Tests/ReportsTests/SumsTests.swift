import Kernel
import Lines
import People
import Requests
import Storage
import TestOffice
import Testing

@testable import Reports

/// Every figure of every report over weeks of random work, counted anew from the log.
@Suite struct SumsTests {
    @Test(arguments: Engine.available)
    func everyNumberIsTheSumOfTheEvents(on engine: Engine) async throws {
        try await Firm.with(engine) { firm in
            try await firm.live(11, requests: 40, steps: 500, following: 10)
            try await firm.follow()
            let recount = try await Recount(firm)
            #expect(recount.stories.count > 30)
            // Each fact by itself first: a sum that is wrong is easier understood so.
            let facts = try await firm.facts()
            for story in recount.stories {
                let fact = facts.first { $0.hasPrefix(story.id.text) }
                try #require(fact == recount.fact(of: story), "\(story)")
            }
            var checked = 0
            for (who, filter) in Self.questions(firm) {
                for kind in ReportKind.allCases {
                    for dimension in kind == .cuts ? Dimension.allCases : [.line] {
                        checked += try await Self.check(kind, dimension, filter, as: who, recount)
                    }
                }
            }
            #expect(checked > 3000, "the dice let something happen: \(checked)")
        }
    }

    /// Who asks what.
    private static func questions(_ firm: Firm) -> [(Firm.Who, Filter)] {
        func filter(_ change: (inout Filter) -> Void) -> Filter {
            var filter = Filter()
            (filter.preset, filter.from, filter.until) =
                (.days, LocalDate(year: 2026, month: 11, day: 1), LocalDate(year: 2027, month: 3, day: 31))
            change(&filter)
            return filter
        }
        let day = LocalDate(year: 2026, month: 12, day: 2)
        return [
            (.dina, filter { _ in }), (.gleb, Filter()), (.gleb, filter { ($0.from, $0.until) = (day, day) }),
            (.gleb, filter { ($0.from, $0.until) = (day, day.adding(days: 9)) }),
            (.gleb, filter { $0.line = firm.computers }),
            (.gleb, filter { $0.topic = .one(firm.hardware) }), (.gleb, filter { $0.topic = .one(firm.printers) }),
            (.gleb, filter { ($0.line, $0.topic) = (firm.personnel, Filter.Pick.none) }),
            (.gleb, filter { $0.unit = .one(firm.branch) }), (.gleb, filter { $0.unit = .one(firm.department) }),
            (.gleb, filter { $0.unit = Filter.Pick.none }),
            (.gleb, filter { $0.specialist = .one(firm.id(.boris)) }),
            (.gleb, filter { $0.specialist = Filter.Pick.none }),
            (.gleb, filter { $0.origin = .phone }), (.gleb, filter { $0.client = firm.id(.anna) }),
            (.gleb, filter { ($0.line, $0.origin, $0.unit) = (firm.computers, .chat, .one(firm.branch)) }),
            (.gera, filter { _ in }), (.galina, filter { _ in }), (.galina, filter { $0.line = firm.personnel }),
            (.boris, filter { _ in }), (.vera, filter { $0.line = firm.computers }), (.zoya, filter { _ in }),
        ]
    }

    /// - Returns: how many numbers were compared.
    private static func check(
        _ kind: ReportKind, _ dimension: Dimension, _ filter: Filter, as who: Firm.Who, _ recount: Recount
    ) async throws -> Int {
        let firm = recount.firm, viewer = try await firm.viewer(who), now = firm.clock.now
        let words = try await firm.words(who)
        let report = try await firm.report(kind, by: dimension, filter, as: viewer)
        let said = "\(kind) by \(dimension) as \(who): \(filter.query)"
        var checked = 0
        func count(_ cell: Report.Cell, _ place: String) async throws {
            guard let drill = cell.drill, case .count(let count) = cell.value else { return }
            checked += 1
            let expected = try recount.stories(drill, as: viewer, at: now).map(\.id)
            #expect(count == expected.count, "\(said): \(place), \(drill.query)")
            let list = try await firm.list(drill, as: viewer)
            #expect(list.total == count && Set(list.rows.map(\.id)) == Set(expected), "\(said): list of \(place)")
        }
        for tile in report.tiles { try await count(tile.value, tile.label) }
        for part in report.parts {
            let keys = part.table.columns.map { column -> String? in
                let key = Self.keys.first { words("column.\($0)") == column.title }
                // Both are called the same; specialists are told by what they wrote down in the period.
                return key == "fact" && kind == .specialists ? "labour" : key
            }
            for row in part.table.rows {
                for (index, cell) in row.cells.enumerated() {
                    try await count(cell, "\(part.title), \(part.table.columns[index].title)")
                }
                // The row's own filter stands in any of its drills.
                let own = row.cells.compactMap(\.drill).first
                guard let own, Self.isPlain(own) else { continue }
                for (index, cell) in row.cells.enumerated().dropFirst() {
                    guard let key = keys[index],
                        let value = try recount.value(key, own.filter, as: viewer, at: now)
                    else { continue }
                    checked += 1
                    #expect(cell.value == value, "\(said): \(part.title), \(key), \(own.filter.query)")
                }
            }
            try await total(part, keys, filter, said, recount, viewer, count)
            checked += part.table.columns.count
        }
        if kind == .ratings { try comments(report, filter, viewer, recount) }
        return checked
    }

    /// Columns add up to the row of totals, and that is what the whole question has.
    private static func total(
        _ part: Report.Part, _ keys: [String?], _ filter: Filter, _ said: String, _ recount: Recount, _ viewer: Viewer,
        _ count: (Report.Cell, String) async throws -> Void
    ) async throws {
        guard let total = part.table.total else { return }
        #expect(total.count == part.table.columns.count)
        for (index, cell) in total.enumerated().dropFirst() {
            let title = part.table.columns[index].title
            try await count(cell, "total of \(title)")
            let column = part.table.rows.filter { $0.depth == 0 }.map { $0.cells[index].value }
            switch cell.value {
            case .count(let sum):
                let parts = column.map { if case .count(let count) = $0 { count } else { 0 } }
                #expect(parts.reduce(0, +) == sum, "\(said): \(part.title), sum of \(title)")
            case .minutes(let sum):
                guard let key = keys[index],
                    ["plan", "plannedFact", "difference", "fact", "labour", "duty"].contains(key)
                else { continue }
                let parts = column.map { if case .minutes(let minutes) = $0 { minutes } else { 0 } }
                #expect(parts.reduce(0, +) == sum, "\(said): \(part.title), sum of \(title)")
            default: break
            }
        }
        // The specialists' totals are of what somebody has in hand.
        guard total.contains(where: { $0.drill.map(isPlain) == true }) else { return }
        for (index, cell) in total.enumerated().dropFirst() {
            guard let key = keys[index],
                let value = try recount.value(key, filter, as: viewer, at: recount.firm.clock.now)
            else { continue }
            #expect(cell.value == value, "\(said): \(part.title), total of \(key)")
        }
    }

    private static func comments(_ report: Report, _ filter: Filter, _ viewer: Viewer, _ recount: Recount) throws {
        let expected = try recount.stories(Drill(.rated, filter), as: viewer, at: recount.firm.clock.now)
            .filter(\.isCommented)
        #expect(report.comments.count == expected.count)
        #expect(report.comments.map(\.rating).sorted() == expected.compactMap(\.rating).sorted())
        #expect(report.comments.allSatisfy { $0.text.hasPrefix("Комментарий") })
    }

    private static let keys = [
        "registered", "working", "cancelled", "solved", "due", "met", "late", "metShare", "answerLate", "answered",
        "answerMedian",
        "answerNinth", "solutionMedian", "solutionNinth", "planned", "plan", "plannedFact", "difference", "over",
        "fact",
        "rated", "rating", "stars-1", "stars-2", "stars-3", "stars-4", "stars-5", "hands", "labour", "duty",
    ]

    /// A drill that says nothing but the filter, so that it holds for its whole row.
    private static func isPlain(_ drill: Drill) -> Bool {
        drill.hour == nil && drill.weekday == nil && drill.speed == nil && drill.reason == nil
            && ![.labour, .hung, .confirming, .closed, .cancelled, .working].contains(drill.kind)
            && drill.rating == nil
    }
}
