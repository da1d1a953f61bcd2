import Kernel
import People
import Storage
import Web

/// The settings of a line, new or known.
struct EditPage {
    let model: Model
    let title: String

    init(
        _ form: LineForm, of line: Line?, faults: [String: any RoomError] = [:], isStale: Bool = false,
        _ words: LineWords,
        _ tx: any ReadTransaction
    ) throws {
        let text = words.text
        let units = try Units.all(in: words.viewer.organisation, tx).filter {
            $0.archivedAt == nil || form.units.contains($0.id)
        }
        let people = try Names.shown(form.people, to: words.viewer, text, tx)
        var model: Model = [
            "creating": line == nil, "version": String(form.version),
            "changed": isStale ? text("lines.error.changed") : "",
            "values": ["name": form.name, "staff_name": form.staffName, "about": form.about, "planned": form.planned]
                as Model,
            "errors": faults.mapValues { text($0.key, $0.details) } as Model,
            "icon_choices": Self.icons(form.icon), "round_the_clock": form.isRoundTheClock,
            "audience": [
                "everyone": form.audience != "chosen", "chosen": form.audience == "chosen",
            ] as Model,
            "audience_units": units.map { unit -> Model in
                [
                    "id": unit.id.text,
                    "label": String(repeating: "\u{A0}\u{A0}\u{A0}", count: max(0, unit.depth - 1)) + unit.name,
                    "selected": form.units.contains(unit.id),
                ]
            },
            "audience_people": form.people.compactMap { id -> Model? in
                people[id].map { ["id": id.text, "name": $0.name, "under": $0.unit] }
            },
            "days": zip(LineForm.dayCodes, form.days).map { Self.day($0, $1, text) },
            "zones": ZoneChoices.models(chosen: Zone(form.zone) ?? words.viewer.zone, at: words.dates.now, text),
            "ways": Way.allCases.map { Self.way($0, isSelected: form.ways.contains($0), text) },
        ]
        if let line {
            let counts = try Lines.counts(of: line.id, tx)
            model.merge(words.head(line, tab: "edit", topics: counts.topics, staff: counts.staff)) { $1 }
        } else {
            model["line"] = ["id": "", "name": "", "archived": false] as Model
        }
        self.model = model
        title = line?.clientName ?? text("lines.new")
    }

    private static func icons(_ chosen: String) -> [Model] {
        let codes = LineForm.icons.contains(chosen) || chosen.isEmpty ? LineForm.icons : [chosen] + LineForm.icons
        return codes.map { ["code": $0, "selected": $0 == chosen] }
    }

    private static func day(_ code: String, _ day: LineForm.Day, _ text: Catalogue) -> Model {
        let intervals = day.isOpen && day.intervals.isEmpty ? [("", "")] : day.intervals
        return [
            "code": code, "name": text("lines.day.\(code)"), "closed": !day.isOpen,
            "intervals": intervals.map { ["from": $0.0, "to": $0.1] as Model },
        ]
    }

    private static func way(_ way: Way, isSelected: Bool, _ text: Catalogue) -> Model {
        let icon =
            switch way {
            case .chat: "message-square"
            case .phone: "phone"
            case .oral: "user"
            }
        return [
            "code": way.rawValue, "name": text("lines.way.\(way.rawValue)"),
            "about": text("lines.way.\(way.rawValue).about"),
            "icon": icon, "selected": isSelected,
        ]
    }
}

extension Lines {
    /// How many topics are in use and how many people have an open competence.
    static func counts(of line: LineID, _ tx: any ReadTransaction) throws -> (topics: Int, staff: Int) {
        try tx.one(
            """
            SELECT (SELECT COUNT(*) FROM topic WHERE line_id = \(line) AND archived_at IS NULL),
                (SELECT COUNT(*) FROM competence WHERE line_id = \(line) AND until_at IS NULL)
            """
        ) { row in (topics: try row[0], staff: try row[1]) } ?? (0, 0)
    }
}
