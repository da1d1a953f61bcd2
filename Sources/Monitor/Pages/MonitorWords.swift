import Kernel
import Lines
import People
import Storage
import Web

/// What the pages of the monitor need to say things: texts, dates as of the moment that is shown, names of lines and people.
struct MonitorWords: Sendable {
    let viewer: Viewer
    let text: Catalogue
    let dates: Dates
    let lines: [LineID: Line]
    let people: [PersonID: ShownPerson]

    /// - Parameter people: whoever will be named; only through the door of names.
    init(
        _ viewer: Viewer, _ text: Catalogue, _ dates: Dates, people: some Collection<PersonID>,
        _ tx: any ReadTransaction
    ) throws {
        (self.viewer, self.text, self.dates) = (viewer, text, dates)
        lines = Dictionary(try Lines.all(in: viewer.organisation, tx).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        self.people = try Names.shown(Set(people), to: viewer, text, tx)
    }

    func callAsFunction(_ key: String, _ values: [String: String] = [:]) -> String { text("monitor.\(key)", values) }

    func line(_ id: LineID) -> String { lines[id]?.staffName ?? "" }
    func name(_ id: PersonID?) -> String {
        id.map { people[$0]?.name ?? text("monitor.somebody") } ?? text("monitor.free")
    }

    /// «5 мин», from a moment to the one that is shown.
    func since(_ moment: Instant, at now: Instant) -> String {
        dates.length(Minutes(max(0, Int(now.since(moment) / 60_000))))
    }

    /// «4,7»
    func stars(_ tenths: Int?) -> String {
        guard let tenths else { return "—" }
        return "\(tenths / 10)\(text.language == .russian ? "," : ".")\(tenths % 10)"
    }
}

/// Where a number leads: to the queue when it holds exactly the same, otherwise to a list of the monitor.
struct MonitorAddress: Sendable {
    let sight: Sight
    /// «2026-11-25T11:20» of a past moment.
    var at: String?
    /// A wall has no addresses.
    var isWall = false
    /// The viewer's own figures only.
    var isOwn = false

    func list(
        _ what: Facts.What, line: LineID? = nil, person: PersonID? = nil, reason: HangingRule.Reason? = nil
    ) -> String {
        guard !isWall else { return "" }
        if at == nil, person == nil, let line, sight.sees(line), let state = Self.states[what] {
            return "/requests?view=all&line=\(line)&state=\(state)"
        }
        return "/monitor/requests?"
            + [
                ("what", what.rawValue), ("line", line?.text), ("person", person?.text), ("reason", reason?.rawValue),
                ("at", at), ("me", isOwn ? "1" : nil),
            ].compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
    }

    private static let states: [Facts.What: String] = [
        .free: "new", .working: "working", .waiting: "waiting", .confirming: "solved",
    ]

    var board: String { query("/monitor/board") }
    var page: String { isOwn ? "/monitor/me" : "/monitor" }

    private func query(_ path: String) -> String {
        let fields = [at.map { "at=\($0)" }, isOwn ? "me=1" : nil].compactMap(\.self)
        return fields.isEmpty ? path : path + "?" + fields.joined(separator: "&")
    }
}
