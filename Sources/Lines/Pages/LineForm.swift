import Kernel
import Web

/// The settings of a line as a form holds them: texts as they were typed, so that a refused form comes back as it was.
struct LineForm: Sendable {
    struct Day: Sendable {
        var isOpen = false
        var intervals: [(from: String, to: String)] = []
    }

    static let dayCodes = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    /// The group «Subjects of lines» of share/okno/static/icons.txt, without those that differ only in detail, and a few general ones.
    static let icons = [
        "headset", "life-buoy", "laptop", "monitor", "printer", "smartphone", "keyboard", "router", "server",
        "database",
        "cloud", "plug", "cable", "bug", "terminal", "key-round", "id-card", "shield-check", "qr-code", "credit-card",
        "file-text", "calculator", "receipt", "wallet", "banknote", "gavel", "box", "truck", "car", "train-front",
        "plane",
        "fuel", "factory", "power", "droplets", "thermometer", "wrench", "lamp", "sofa", "coffee", "utensils", "shirt",
        "stethoscope", "newspaper", "palette", "tv", "projector", "leaf", "umbrella", "rocket", "bot", "puzzle",
    ]

    var name = "", staffName = "", about = "", icon = "headset", audience = "everyone", planned = "", zone = ""
    var units: Set<UnitID> = []
    var people: [PersonID] = []
    var days: [Day] = []
    var isRoundTheClock = false
    var ways: Set<Way> = Set(Way.allCases)
    var version: Int64 = 0

    /// A new line: a desk that works on weekdays.
    init(zone: Zone, _ words: LineWords) {
        self.zone = zone.name
        planned = words.dates.labour(.hours(8))
        days = (1...7).map { $0 <= 5 ? Day(isOpen: true, intervals: [("09:00", "18:00")]) : Day() }
    }

    init(_ line: Line, _ audience: Audience, version: Int64, _ words: LineWords) {
        (name, about, icon, zone, ways) = (line.clientName, line.description, line.icon, line.zone.name, line.ways)
        staffName = line.staffName == line.clientName ? "" : line.staffName
        planned = words.dates.labour(line.planned)
        self.audience = audience == .everybody ? "everyone" : "chosen"
        units = Set(audience.units)
        people = audience.people
        isRoundTheClock = line.hours == .aroundTheClock
        days = (1...7).map { day in
            let intervals = isRoundTheClock ? [] : line.hours.days[day] ?? []
            return Day(
                isOpen: !intervals.isEmpty, intervals: intervals.map { (Self.clock($0.from), Self.clock($0.until)) })
        }
        self.version = version
    }

    /// As it was sent. Ids of another shape than ours are a wrong field.
    init(_ form: Form) throws {
        name = form.raw("name") ?? ""
        staffName = form.raw("staff_name") ?? ""
        about = form.raw("about") ?? ""
        icon = form.raw("icon") ?? ""
        audience = form.raw("audience") ?? ""
        planned = form.raw("planned") ?? ""
        zone = form.raw("zone") ?? ""
        units = Set(try form.ids("unit"))
        people = try form.ids("person")
        isRoundTheClock = form.flag("round_the_clock")
        ways = Set(form.all("way").compactMap(Way.init(rawValue:)))
        days = Self.dayCodes.map { day in
            let pairs = zip(form.all("\(day)_from"), form.all("\(day)_to")).prefix(24).map { (from: $0, to: $1) }
            return Day(isOpen: form.flag("\(day)_open"), intervals: Array(pairs))
        }
        version = Int64(form.raw("version") ?? "") ?? 0
    }

    /// «09:00»; the end of a day is the midnight that `<input type=time>` can say.
    static func clock(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60 % 24)):\(two(minute % 60))"
    }

    static func minute(_ clock: String) -> Int? {
        guard let match = clock.wholeMatch(of: /(\d{1,2}):(\d{2})/), let hour = Int(match.1), let minute = Int(match.2),
            hour < 24, minute < 60
        else { return nil }
        return hour * 60 + minute
    }
}

/// What a form says, and what is wrong with it, all at once.
struct LineFormReading {
    struct Parsed {
        let details: LineDetails, audience: Audience, hours: WorkingHours
    }

    private(set) var faults: [String: any RoomError] = [:]
    private(set) var parsed: Parsed?

    init(_ form: LineForm, keeping icon: String? = nil) {
        let clientName = line(form.name, "name", atMost: 80) ?? missing("name")
        let staffName = line(form.staffName, "staff_name", atMost: 80)
        let about = line(form.about, "about", atMost: 300)
        if form.icon != icon, !LineForm.icons.contains(form.icon) { faults["icon"] = WebError.wrong(field: "icon") }
        let zone = Zone(form.zone)
        if zone == nil { faults["zone"] = WebError.wrong(field: "zone") }
        let planned = PlannedTime.parse(form.planned)
        if planned == nil { faults["planned"] = LineError.plannedWrong }
        let hours = check { () throws(LineError) in try Self.hours(form) }
        let audience = check { () throws(LineError) in try Self.audience(form) }
        guard let zone, let planned, let hours, let audience else { return }
        let details = LineDetails(
            clientName: clientName ?? "", staffName: staffName ?? "", description: about ?? "", icon: form.icon,
            zone: zone,
            ways: form.ways, planned: planned)
        _ = check { () throws(LineError) in try details.check() }
        if faults.isEmpty { parsed = Parsed(details: details, audience: audience, hours: hours) }
    }

    private mutating func check<Value>(_ body: () throws(LineError) -> Value) -> Value? {
        do { return try body() } catch {
            faults[error.field ?? ""] = error
            return nil
        }
    }

    private mutating func line(_ raw: String, _ field: String, atMost limit: Int) -> String? {
        let text = Text.line(raw)
        if text.count > limit { faults[field] = WebError.tooLong(field: field, limit: limit) }
        return text.isEmpty ? nil : text
    }

    private mutating func missing(_ field: String) -> String? {
        if faults[field] == nil { faults[field] = WebError.missing(field: field) }
        return nil
    }

    private static func audience(_ form: LineForm) throws(LineError) -> Audience {
        let audience: Audience =
            form.audience == "chosen" ? .chosen(units: Array(form.units), people: form.people) : .everybody
        try audience.check()
        return audience
    }

    /// Intervals of a day may not overlap and may not go over midnight; an empty pair is no interval.
    private static func hours(_ form: LineForm) throws(LineError) -> WorkingHours {
        if form.isRoundTheClock { return .aroundTheClock }
        var days: [Int: [WorkingHours.Interval]] = [:]
        for (index, day) in form.days.enumerated() where day.isOpen {
            var intervals: [WorkingHours.Interval] = []
            for pair in day.intervals where !(pair.from.isEmpty && pair.to.isEmpty) {
                guard let from = LineForm.minute(pair.from), let to = LineForm.minute(pair.to) else {
                    throw .hoursWrong
                }
                let until = to == 0 ? 1440 : to
                guard from < until, !intervals.contains(where: { $0.from < until && from < $0.until }) else {
                    throw .hoursWrong
                }
                intervals.append(.init(from, until))
            }
            guard !intervals.isEmpty else { throw .hoursWrong }
            days[index + 1] = intervals
        }
        guard !days.isEmpty else { throw .hoursEmpty }
        return WorkingHours(days)
    }
}
