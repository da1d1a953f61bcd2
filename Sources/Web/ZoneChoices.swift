package import Kernel

/// The time zones a page offers, by the clock now: «Калининград, UTC+2», «Москва, UTC+3», …
package enum ZoneChoices {
    static let names = [
        "America/New_York", "Europe/London", "Europe/Berlin", "Europe/Kaliningrad", "Europe/Chisinau", "Europe/Moscow",
        "Europe/Minsk", "Europe/Istanbul", "Europe/Samara", "Asia/Tbilisi", "Asia/Yerevan", "Asia/Baku", "Asia/Dubai",
        "Asia/Yekaterinburg", "Asia/Almaty", "Asia/Tashkent", "Asia/Dushanbe", "Asia/Ashgabat", "Asia/Bishkek",
        "Asia/Omsk",
        "Asia/Novosibirsk", "Asia/Krasnoyarsk", "Asia/Shanghai", "Asia/Irkutsk", "Asia/Yakutsk", "Asia/Vladivostok",
        "Asia/Magadan", "Asia/Kamchatka", "UTC",
    ]

    /// `[{id, name, selected}]` from west to east. A chosen zone that is not in our list is added under its own name.
    package static func models(chosen: Zone, at now: Instant, _ text: Catalogue) -> [Model] {
        let zones = names.compactMap { Zone($0) } + (names.contains(chosen.name) ? [] : [chosen])
        return zones.map { (zone: $0, offset: offset(of: $0, at: now)) }
            .sorted { ($0.offset, $0.zone.name) < ($1.offset, $1.zone.name) }
            .map { zone, offset in
                let city = names.contains(zone.name) ? text("web.zone.\(zone.name)") : zone.name
                return ["id": zone.name, "name": "\(city), \(Self.words(offset))", "selected": zone == chosen]
            }
    }

    /// Minutes east of Greenwich.
    static func offset(of zone: Zone, at now: Instant) -> Int {
        let here = zone.local(now), there = Zone.utc.local(now)
        return (here.date.daysSince1970 - there.date.daysSince1970) * 1440 + here.minute - there.minute
    }

    /// «UTC+5», «UTC−3:30»
    static func words(_ offset: Int) -> String {
        guard offset != 0 else { return "UTC" }
        let (hours, minutes) = (abs(offset) / 60, abs(offset) % 60)
        return "UTC\(offset < 0 ? "−" : "+")\(hours)\(minutes == 0 ? "" : ":\(minutes)")"
    }
}
