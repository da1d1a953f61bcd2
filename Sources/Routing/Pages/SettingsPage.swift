import Duty
import EventLog
import Kernel
import Lines
import People
import Storage
import Web

/// How a line's requests find their specialist: what is in force in words, then each rule with what it does.
struct SettingsPage {
    let model: Model
    let title: String

    init(
        _ id: LineID, _ form: SettingsForm?, problems: [String: String] = [:], _ site: Site, _ context: WebContext,
        _ tx: any ReadTransaction
    ) throws {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        guard let (line, head) = try LinesRoom.head(id, tab: "routing", site, context, viewer, tx) else {
            throw RoutingError.notFound
        }
        let settings = try Routing.settings(in: viewer.organisation, tx)[id] ?? RoutingSettings()
        let limits = try Duty.limits(in: viewer.organisation, tx)
        let others = try Lines.all(in: viewer.organisation, tx).filter { $0.id != id && !$0.isArchived }
        let form = form ?? SettingsForm(settings, idle: limits.lines[id])
        let staff = try Lines.staff(of: id, tx), named = try Routing.responsible(on: id, tx)
        let people = try Names.shown(
            Set(staff.map(\.0) + named.map(\.person) + named.compactMap(\.client)), to: viewer, text, tx)
        let units = try Units.all(in: viewer.organisation, tx)
        let on = try Duty.now(of: [id], tx)[id, default: []].count { $0.state == .on }
        let words = SettingsWords(text, dates, lines: Dictionary(others.map { ($0.id, $0.staffName) }) { $1 })
        title = line.clientName
        model = head.merging([
            "force": words.inForce(settings, idle: limits.inForce(on: id), on: on),
            "modes": RoutingSettings.Mode.allCases.map { words.choice("mode", $0.rawValue, chosen: form.mode) },
            "firsts": RoutingSettings.First.allCases.map { words.choice("first", $0.rawValue, chosen: form.first) },
            "values": [
                "most": form.most, "accept": form.accept, "reserve": form.reserve, "escalate": form.escalate,
                "overflow": form.overflowAfter, "idle": form.idle,
                "idleUsual": text.number((limits.organisation ?? IdleRule.usual).count),
            ] as Model,
            "tells": form.tells, "problems": SettingsForm.fields.reduce(into: Model()) { $0[$1] = problems[$1] ?? "" },
            "lines": others.map {
                ["id": $0.id.text, "label": $0.staffName, "current": $0.id.text == form.overflowLine] as Model
            },
            "staff": staff.compactMap { person, _ in
                people[person].map { ["id": person.text, "label": $0.name] as Model }
            },
            "anyStaff": !staff.isEmpty,
            "units": units.filter { $0.archivedAt == nil }.map { unit -> Model in
                [
                    "id": unit.id.text,
                    "label": String(repeating: "\u{A0}\u{A0}\u{A0}", count: max(0, unit.depth - 1)) + unit.name,
                ]
            },
            "named": named.map { entry -> Model in
                [
                    "id": entry.id.text,
                    "whose": entry.client.flatMap { people[$0]?.name }
                        ?? units.first { $0.id == entry.unit }?.name ?? "",
                    "who": people[entry.person]?.name ?? "",
                    "since": text("routing.since", ["date": dates.day(entry.from)]),
                ]
            },
            "anyNamed": !named.isEmpty,
        ]) { $1 }
    }
}

/// The form as it was filled: texts, so that what is wrong can be shown again.
struct SettingsForm: Sendable {
    static let fields = [
        "mode", "first", "most", "accept", "reserve", "overflow_line", "overflow", "escalate", "idle", "person", "unit",
    ]
    static let longest = 14_400

    var mode = "hand", first = "nobody", most = "", accept = "", reserve = "", overflowLine = "", overflowAfter = ""
    var escalate = "", idle = ""
    var tells = true

    init(_ settings: RoutingSettings, idle: Minutes?) {
        func text(_ minutes: Minutes?) -> String { minutes.map { String($0.count) } ?? "" }
        mode = settings.mode.rawValue
        first = settings.first.rawValue
        most = settings.most == 0 ? "" : String(settings.most)
        accept = text(settings.accept)
        reserve = text(settings.reserve)
        overflowLine = settings.overflow?.line.text ?? ""
        overflowAfter = text(settings.overflow?.after)
        escalate = text(settings.escalate)
        self.idle = text(idle)
        tells = settings.tells
    }

    init(_ form: Form) {
        func text(_ name: String) -> String { String((form.raw(name) ?? "").prefix(40)) }
        mode = text("mode")
        first = text("first")
        most = text("most")
        accept = text("accept")
        reserve = text("reserve")
        overflowLine = text("overflow_line")
        overflowAfter = text("overflow")
        escalate = text("escalate")
        idle = text("idle")
        tells = form.flag("tells")
    }

    /// - Throws: `WebError` that names the field.
    static func parsed(_ form: Form) throws -> (settings: RoutingSettings, idle: Minutes?) {
        func minutes(_ name: String, from least: Int = 0) throws -> Minutes? {
            try form.int(name, in: least...longest).map { Minutes($0) }
        }
        var settings = RoutingSettings()
        settings.mode = try form.requiredCode("mode")
        settings.first = try form.code("first") ?? .nobody
        settings.most = try form.int("most", in: 0...1000) ?? 0
        settings.accept = try form.int("accept", in: 0...240).map { Minutes($0) } ?? Minutes(3)
        settings.reserve = try minutes("reserve")
        settings.escalate = try minutes("escalate", from: 1)
        if let line: LineID = try form.id("overflow_line") {
            guard let after = try minutes("overflow", from: 1) else { throw WebError.missing(field: "overflow") }
            settings.overflow = (line, after)
        }
        settings.tells = form.flag("tells")
        return (settings, try form.int("idle", in: 0...DutyRoom.longestLimit).map { Minutes($0) })
    }
}

/// Rules in sentences.
struct SettingsWords {
    let text: Catalogue, dates: Dates, lines: [LineID: String]

    init(_ text: Catalogue, _ dates: Dates, lines: [LineID: String]) {
        (self.text, self.dates, self.lines) = (text, dates, lines)
    }

    func choice(_ group: String, _ code: String, chosen: String) -> Model {
        [
            "code": code, "name": text("routing.\(group).\(code)"), "about": text("routing.\(group).\(code).about"),
            "selected": code == chosen,
        ]
    }

    func inForce(_ settings: RoutingSettings, idle: Minutes, on: Int) -> [String] {
        func time(_ minutes: Minutes) -> String { dates.length(minutes) }
        var said = [on == 0 ? text("routing.force.nobody") : text("routing.force.on", count: on)]
        said.append(text("routing.force.\(settings.mode.rawValue)"))
        if settings.mode != .hand {
            if settings.first != .nobody { said.append(text("routing.force.first.\(settings.first.rawValue)")) }
            if settings.most > 0 { said.append(text("routing.force.most", count: settings.most)) }
            said.append(
                settings.accept.count == 0
                    ? text("routing.force.given") : text("routing.force.accept", ["time": time(settings.accept)]))
            said.append(
                settings.reserve.map {
                    $0.count == 0
                        ? text("routing.force.reserve.atonce") : text("routing.force.reserve", ["time": time($0)])
                } ?? text("routing.force.reserve.never"))
        }
        if let overflow = settings.overflow {
            said.append(
                text("routing.force.overflow", ["time": time(overflow.after), "line": lines[overflow.line] ?? "—"]))
        }
        if let escalate = settings.escalate { said.append(text("routing.force.escalate", ["time": time(escalate)])) }
        if settings.tells { said.append(text("routing.force.tells")) }
        said.append(
            idle.count == 0 ? text("routing.force.idle.never") : text("routing.force.idle", ["time": time(idle)]))
        return said
    }
}
