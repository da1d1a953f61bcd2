import Foundation
package import Kernel

/// A day of a production calendar as people and files say it.
package struct CalendarDay: Sendable, Equatable {
    package var day: LocalDate
    package var kind: DayKind
    package var title: String
    /// Whether somebody has yet to look if it is so: a transfer that is decided every year.
    package var isUnsure = false

    package init(_ day: LocalDate, _ kind: DayKind, title: String = "", isUnsure: Bool = false) {
        (self.day, self.kind, self.title, self.isUnsure) = (day, kind, title, isUnsure)
    }
}

/// Calendars as text: lines «09.01.2026; выходной; название», the files that Okno is delivered with, and those that list the days off
/// of each month («1,2,3*»).
package enum CalendarText {
    package static let mostDays = 2000

    package enum Fault: Error, Equatable {
        /// The line of the text, from 1.
        case line(Int)
        case file, tooMany
    }

    package static func parse(_ text: String) throws(Fault) -> [CalendarDay] {
        let days = text.drop(while: \.isWhitespace).first == "{" ? try file(text) : try lines(text)
        guard days.count <= mostDays else { throw .tooMany }
        return days
    }

    /// «2026-01-09» or «09.01.2026»; nil for a day that no calendar has.
    package static func date(_ text: some StringProtocol) -> LocalDate? {
        let text = String(text)
        let year: Int, month: Int, day: Int
        if let match = text.wholeMatch(of: /(\d{4})-(\d{1,2})-(\d{1,2})/) {
            (year, month, day) = (Int(match.1)!, Int(match.2)!, Int(match.3)!)
        } else if let match = text.wholeMatch(of: /(\d{1,2})\.(\d{1,2})\.(\d{4})/) {
            (year, month, day) = (Int(match.3)!, Int(match.2)!, Int(match.1)!)
        } else {
            return nil
        }
        guard (1970...2199).contains(year), (1...12).contains(month), day >= 1 else { return nil }
        let date = LocalDate(year: year, month: month, day: day)
        return LocalDate(daysSince1970: date.daysSince1970) == date ? date : nil
    }

    private static let words: [(start: String, kind: DayKind)] = [
        ("выход", .off), ("праздн", .off), ("нерабоч", .off), ("off", .off), ("holiday", .off),
        ("сокращ", .short), ("предпраздн", .short), ("short", .short), ("рабоч", .working), ("work", .working),
    ]

    private static func lines(_ text: String) throws(Fault) -> [CalendarDay] {
        var days: [CalendarDay] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let parts = line.split(maxSplits: 2) { ";,\t ".contains($0) }.map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            guard let first = parts.first, !first.hasPrefix("#") else { continue }
            guard parts.count > 1, let day = date(first) else { throw .line(index + 1) }
            let word = parts[1].lowercased()
            guard let kind = words.first(where: { word.hasPrefix($0.start) })?.kind else { throw .line(index + 1) }
            let title = parts.count > 2 ? parts[2].trimmingCharacters(in: CharacterSet(charactersIn: " ;,\"")) : ""
            days.append(CalendarDay(day, kind, title: String(title.prefix(120))))
        }
        return days
    }

    // MARK: files

    private struct File: Decodable {
        struct Day: Decodable { let day: String, kind: String, title: String?, check: Bool? }
        struct Month: Decodable { let month: Int, days: String }
        let year: Int, days: [Day]?, months: [Month]?
    }

    private static func file(_ text: String) throws(Fault) -> [CalendarDay] {
        guard let file = try? JSONDecoder().decode(File.self, from: Data(text.utf8)), (1970...2199).contains(file.year)
        else { throw .file }
        if let months = file.months { return try listed(months, file.year) }
        var days: [CalendarDay] = []
        for entry in file.days ?? [] {
            guard let day = date(entry.day), let kind = DayKind(rawValue: entry.kind) else { throw .file }
            days.append(
                CalendarDay(
                    day, kind, title: String((entry.title ?? "").prefix(120)), isUnsure: entry.check ?? false))
        }
        guard !days.isEmpty else { throw .file }
        return days
    }

    /// Such a file names every day off, ordinary weekends too: only what differs from a week of five days is taken. Holidays of the
    /// law are taken also where they fall on a weekend, for lines that work then.
    private static func listed(_ months: [File.Month], _ year: Int) throws(Fault) -> [CalendarDay] {
        var off: Set<LocalDate> = [], short: Set<LocalDate> = []
        for month in months {
            for part in month.days.split(separator: ",") {
                let text = part.filter { !$0.isWhitespace }
                guard let number = Int(text.filter(\.isNumber)), let day = date("\(year)-\(month.month)-\(number)")
                else {
                    throw .file
                }
                if text.contains("*") { short.insert(day) } else { off.insert(day) }
            }
        }
        guard off.count > 50 else { throw .file }
        let start = LocalDate(year: year, month: 1, day: 1)
        let all = (0..<366).map { start.adding(days: $0) }.filter { $0.year == year }
        return all.compactMap { day in
            if short.contains(day) { return CalendarDay(day, .short) }
            if off.contains(day) { return day.weekday <= 5 || isHoliday(day) ? CalendarDay(day, .off) : nil }
            return day.weekday > 5 ? CalendarDay(day, .working) : nil
        }
    }

    /// Non-working holidays of article 112 of the Labour Code.
    private static func isHoliday(_ day: LocalDate) -> Bool {
        switch (day.month, day.day) {
        case (1, 1...8), (2, 23), (3, 8), (5, 1), (5, 9), (6, 12), (11, 4): true
        default: false
        }
    }
}
