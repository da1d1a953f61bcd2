package import Kernel

/// What a person has chosen: by which ways, when not, how often letters come.
package struct Choices: Sendable, Equatable {
    /// Of the kinds that differ from the usual.
    package var ways: [NoticeKind: Ways] = [:]
    /// Minutes of the local day between which nothing rings; nil: never quiet.
    package var quiet: Quiet? = Quiet(from: 22 * 60, until: 7 * 60)
    /// At most one letter of what is not urgent in so many minutes.
    package var every = Minutes(15)

    package init() {}

    package static let rhythms = [5, 15, 60, 240, 1440]

    package subscript(kind: NoticeKind) -> Ways { ways[kind] ?? kind.usual }
}

package struct Quiet: Sendable, Equatable {
    package let from: Int, until: Int
    package init(from: Int, until: Int) { (self.from, self.until) = (from, until) }

    /// From 22:00 to 7:00 is over midnight; a beginning that is the end too is never.
    package func holds(_ minute: Int) -> Bool {
        from <= until ? (from..<until).contains(minute) : minute >= from || minute < until
    }

    /// The moment at which the quiet that holds now ends.
    package func end(after now: Instant, in zone: Zone) -> Instant {
        let (date, minute) = zone.local(now)
        return zone.instant(until > minute ? date : date.adding(days: 1), minute: until)
    }
}

/// By which ways one notice goes out, and when its letter: a function of values.
package struct Delivery: Sendable, Equatable {
    package var page = false, browser = false
    package var mail: Instant?

    /// News of one moment come together, so the first waits a little for the others.
    package static let gathering = Minutes(2)

    package init(page: Bool = false, browser: Bool = false, mail: Instant? = nil) {
        (self.page, self.browser, self.mail) = (page, browser, mail)
    }

    /// - Parameter lastLetter: when the person was last written to.
    package init(
        of kind: NoticeKind, by choices: Choices, at now: Instant, in zone: Zone, lastLetter: Instant? = nil
    ) {
        let ways = choices[kind], minute = zone.local(now).minute
        let isQuiet = choices.quiet?.holds(minute) ?? false
        page = ways.contains(.page)
        browser = ways.contains(.browser) && !isQuiet
        guard ways.contains(.mail) else { return }
        let soonest = kind.isUrgent ? now : max(now + Self.gathering, lastLetter.map { $0 + choices.every } ?? now)
        mail = Self.past(choices.quiet, soonest, zone)
    }

    /// The same moment, or the end of the quiet it falls into.
    package static func past(_ quiet: Quiet?, _ moment: Instant, _ zone: Zone) -> Instant {
        guard let quiet, quiet.holds(zone.local(moment).minute) else { return moment }
        return quiet.end(after: moment, in: zone)
    }

    package var isNothing: Bool { !page && !browser && mail == nil }
}
