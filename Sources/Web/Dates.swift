package import Kernel

/// Moments and lengths of time in words, for one language and one time zone.
package struct Dates: Sendable {
    package let text: Catalogue
    package let zone: Zone
    package let now: Instant

    package init(_ text: Catalogue, zone: Zone, now: Instant) {
        self.text = text
        self.zone = zone
        self.now = now
    }

    package func time(_ instant: Instant) -> String { Self.clock(zone.local(instant).minute) }

    /// «16:05»
    package static func clock(_ minute: Int) -> String {
        let (hour, minute) = (minute / 60, minute % 60)
        return "\(hour):\(minute < 10 ? "0" : "")\(minute)"
    }

    /// «2026-11-24T16:00», as a field of a form holds it.
    package static func field(_ instant: Instant, _ zone: Zone) -> String {
        let (date, minute) = zone.local(instant), clock = clock(minute)
        return "\(date)T\(clock.count < 5 ? "0" : "")\(clock)"
    }

    /// «сегодня», «вчера», «завтра», «3 ноября», «3 ноября 2025»
    package func day(_ instant: Instant) -> String { day(zone.local(instant).date) }

    package func day(_ date: LocalDate) -> String {
        let today = zone.local(now).date
        switch date.daysSince1970 - today.daysSince1970 {
        case 0: return text("web.date.today")
        case -1: return text("web.date.yesterday")
        case 1: return text("web.date.tomorrow")
        default: return calendarDay(date)
        }
    }

    /// «3 ноября»; with the year when it is not this one.
    package func calendarDay(_ date: LocalDate) -> String {
        let month = text("web.date.month.\(date.month)")
        let values = ["day": String(date.day), "month": month, "year": String(date.year)]
        return text(date.year == zone.local(now).date.year ? "web.date.day" : "web.date.day-year", values)
    }

    /// «Сегодня, 24 ноября»: the head of a day in a conversation.
    package func dayHeading(_ instant: Instant) -> String {
        let date = zone.local(instant).date
        let name = day(date), full = calendarDay(date)
        return name == full ? full : "\(name.prefix(1).uppercased())\(name.dropFirst()), \(full)"
    }

    /// «сегодня в 16:05», «3 ноября в 16:05»
    package func moment(_ instant: Instant) -> String {
        text("web.date.moment", ["day": day(instant), "time": time(instant)])
    }

    /// «16:05» today, «вчера, 16:05», «3 ноября»: for lists.
    package func short(_ instant: Instant) -> String {
        let days = zone.local(instant).date.daysSince1970 - zone.local(now).date.daysSince1970
        return switch days {
        case 0: time(instant)
        case -1: "\(text("web.date.yesterday")), \(time(instant))"
        default: day(instant)
        }
    }

    /// «2026-11-24T16:00», as `<input type=datetime-local>` has it.
    package func field(_ instant: Instant) -> String {
        let (date, minute) = zone.local(instant), clock = Self.clock(minute)
        return "\(date)T\(clock.count < 5 ? "0" : "")\(clock)"
    }

    /// «сегодня до 16:00»
    package func until(_ instant: Instant) -> String {
        text("web.date.until", ["day": day(instant), "time": time(instant)])
    }

    /// «5 мин», «1 ч 20 мин», «2 дня 3 ч»
    package func length(_ minutes: Minutes) -> String {
        let count = abs(minutes.count)
        let (days, hours, rest) = (count / 1440, count / 60 % 24, count % 60)
        if days > 0 {
            let words = text("web.length.days", count: days)
            return hours > 0 ? "\(words) \(text("web.length.hours", count: hours))" : words
        }
        if hours > 0 {
            let words = text("web.length.hours", count: hours)
            return rest > 0 ? "\(words) \(text("web.length.minutes", count: rest))" : words
        }
        return text("web.length.minutes", count: rest)
    }

    /// Labour: hours are not folded into days.
    package func labour(_ minutes: Minutes) -> String {
        let (hours, rest) = (minutes.count / 60, minutes.count % 60)
        if hours == 0 { return text("web.length.minutes", count: rest) }
        let words = text("web.length.hours", count: hours)
        return rest > 0 ? "\(words) \(text("web.length.minutes", count: rest))" : words
    }

    package func size(_ bytes: Int64) -> String {
        let units = ["byte", "kb", "mb", "gb"]
        var value = Double(bytes), unit = 0
        while value >= 1000, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
        let rounded = value < 10 && unit > 1 ? (value * 10).rounded() / 10 : value.rounded()
        let whole = rounded == rounded.rounded()
        let number = whole ? String(Int(rounded)) : String(rounded)
        let shown = text.language == .russian ? number.replacing(".", with: ",") : number
        return "\(shown)\u{A0}\(text("web.size.\(units[unit])"))"
    }
}
