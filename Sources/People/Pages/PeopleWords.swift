import Foundation
import Kernel
import Storage
import Web

/// Facts about people in words.
struct PeopleWords: Sendable {
    let text: Catalogue
    let dates: Dates

    static func code(_ role: Role) -> String { role == .administrator ? "admin" : role.rawValue }
    static func role(code: String) -> Role? { code == "admin" ? .administrator : Role(rawValue: code) }

    func role(_ role: Role) -> Model { ["word": text("people.role.\(Self.code(role))"), "kind": Self.code(role)] }

    /// The roles of a person; a client when there are no others.
    func roles(_ roles: Set<Role>) -> [Model] {
        let shown = Role.allCases.filter { roles.contains($0) && $0 != .client }
        return (shown.isEmpty ? [.client] : shown).map(role)
    }

    func name(_ name: PersonName, of person: PersonID, to viewer: Viewer) -> String {
        name.shown(Names.policy(viewer.names, for: viewer, of: person), role: text("people.somebody"))
    }

    func access(_ access: Access) -> Model {
        let (key, date, icon, tone): (String, Instant?, String, String) =
            switch access {
            case .never: ("never", nil, "plus", "faint")
            case .invited(let until): ("invited", until, "mail", "wait")
            case .expired: ("expired", nil, "clock", "late")
            case .active: ("active", nil, "check", "soft")
            case .blocked: ("blocked", nil, "ban", "late")
            case .left(let since): ("left", since, "log-out", "faint")
            }
        return [
            "word": text("people.access.\(key)", date.map { ["date": dates.day($0)] } ?? [:]), "icon": icon,
            "tone": tone,
        ]
    }

    func since(_ instant: Instant) -> String { text("people.role.since", ["date": calendarDay(instant)]) }

    func span(_ from: Instant, _ until: Instant) -> String { "\(calendarDay(from))\u{A0}— \(calendarDay(until))" }

    func calendarDay(_ instant: Instant) -> String { dates.calendarDay(dates.zone.local(instant).date) }

    /// Choices of a select, indented by their depth.
    func choices(_ units: [(node: UnitTree.Node, depth: Int)], selected: UnitID? = nil) -> [Model] {
        units.map { unit, depth in
            [
                "id": unit.id.text, "label": String(repeating: "\u{A0}", count: depth * 4) + unit.name,
                "selected": unit.id == selected,
            ]
        }
    }

    func languages(_ chosen: Language?) -> [Model] {
        [(Language.russian, "Русский"), (.english, "English")].map { language, name in
            ["code": language.rawValue, "name": name, "selected": language == chosen]
        }
    }
}

/// The address of a page with its query.
func address(_ path: String, _ fields: [(String, String?)]) -> String {
    let unreserved = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    let pairs = fields.compactMap { name, value in
        value.flatMap {
            $0.isEmpty ? nil : "\(name)=\($0.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "")"
        }
    }
    return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
}

/// A browser and a system by the words of its User-Agent, as a person would say it.
/// What a browser says of itself, in a few words.
package enum DeviceName {
    /// nil when nothing of it is known.
    package static func of(_ agent: String) -> String? {
        let name = Device(agent).name
        return name.isEmpty ? nil : name
    }
}

struct Device: Equatable {
    let name: String, icon: String

    init(_ agent: String) {
        let browsers = [
            ("YaBrowser", "Яндекс Браузер"), ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
            ("Chromium", "Chromium"),
            ("Chrome", "Chrome"), ("Safari", "Safari"), ("curl", "curl"),
        ]
        let systems = [
            ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "macOS"),
            ("Linux", "Linux"),
        ]
        let browser = browsers.first { agent.contains($0.0) }?.1, system = systems.first { agent.contains($0.0) }?.1
        name = [browser, system].compactMap(\.self).joined(separator: ", ")
        icon =
            switch system {
            case "iPhone": "smartphone"
            case "iPad": "tablet"
            case "Android": agent.contains("Mobile") ? "smartphone" : "tablet"
            case nil: "app-window"
            default: "monitor"
            }
    }
}
