import Foundation

/// A calendar day without a clock or a place.
package struct LocalDate: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let year: Int, month: Int, day: Int

    package init(year: Int, month: Int, day: Int) { (self.year, self.month, self.day) = (year, month, day) }

    /// The day that lies so many days after 1970-01-01 (Howard Hinnant, "chrono-compatible date algorithms").
    package init(daysSince1970 days: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    package var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// 1 is Monday, 7 is Sunday.
    package var weekday: Int { ((daysSince1970 + 3) % 7 + 7) % 7 + 1 }

    package func adding(days: Int) -> LocalDate { LocalDate(daysSince1970: daysSince1970 + days) }

    package static func < (left: LocalDate, right: LocalDate) -> Bool { left.daysSince1970 < right.daysSince1970 }

    package var description: String {
        "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }
}

/// A time zone by its IANA name, with the arithmetic that deadlines and pages need.
package struct Zone: Hashable, Sendable {
    package let name: String
    private let zone: TimeZone

    /// nil when the name is not of the tz database.
    package init?(_ name: String) {
        guard let zone = TimeZone(identifier: name) else { return nil }
        (self.name, self.zone) = (name, zone)
    }

    package static let utc = Zone("UTC")!
    package static let moscow = Zone("Europe/Moscow")!

    package func local(_ instant: Instant) -> (date: LocalDate, minute: Int) {
        let seconds = instant.milliseconds.floorDivided(by: 1000)
        let local = Int(seconds) + offset(at: seconds)
        let days = local.floorDivided(by: 86_400)
        return (LocalDate(daysSince1970: days), (local - days * 86_400) / 60)
    }

    /// The moment a local clock shows this. A time that daylight saving skips is read with the offset before the gap; of two,
    /// the earlier is taken.
    package func instant(_ date: LocalDate, minute: Int) -> Instant {
        let local = Int64(date.daysSince1970) * 86_400 + Int64(minute) * 60
        let before = local - Int64(offset(at: local - 86_400))
        let after = local - Int64(offset(at: local + 86_400))
        let exact = [before, after].filter { $0 + Int64(offset(at: $0)) == local }
        return Instant(seconds: exact.min() ?? before)
    }

    private func offset(at seconds: Int64) -> Int {
        zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
    }
}

extension BinaryInteger {
    /// Division that rounds down, also below zero.
    package func floorDivided(by divisor: Self) -> Self {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
