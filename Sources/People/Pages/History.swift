import EventLog
import Kernel
import Web

/// Events in sentences: who, when, from, to.
struct History {
    let text: Catalogue
    let dates: Dates
    let tree: UnitTree
    let actors: [PersonID: ShownPerson]

    private static let keys: [EventKind: String] = [
        .personAdded: "created", .personChanged: "edited", .unitChanged: "unit", .roleGiven: "role.given",
        .roleTaken: "role.taken", .personInvited: "invited", .invitationAccepted: "entered",
        .passwordChanged: "password",
        .sessionsEnded: "sessions", .personBlocked: "blocked", .personUnblocked: "unblocked", .personLeft: "left",
        .personReturned: "returned", .unitAdded: "unit-added", .unitRenamed: "renamed", .unitMoved: "moved",
        .unitArchived: "archived", .unitRestored: "restored",
    ]

    func line(_ event: Event) -> Model {
        let (from, to) = change(event)
        return [
            "what": Self.keys[event.kind].map { text("people.history.\($0)") } ?? event.kind.rawValue, "from": from,
            "to": to,
            "who": event.actor.flatMap { actors[$0]?.name } ?? text("people.history.system"),
            "when": dates.moment(event.at),
        ]
    }

    private func change(_ event: Event) -> (from: String, to: String) {
        switch event.kind {
        case .roleGiven: ("", role(event) + scope(event))
        case .roleTaken: (role(event), "")
        case .unitChanged: (unit(event.data["from"], "without"), unit(event.data["to"], "without"))
        case .unitMoved: (unit(event.data["from"], "top"), unit(event.data["to"], "top"))
        case .personReturned, .personAdded: ("", event.data["unit"].map { unit($0, "without") } ?? "")
        default: ("", "")
        }
    }

    private func role(_ event: Event) -> String {
        event.data["role"].flatMap(Role.init).map { text("people.role.\(PeopleWords.code($0))") } ?? ""
    }

    private func scope(_ event: Event) -> String {
        event.data["unit"].map { ", \(unit($0, "without"))" } ?? ""
    }

    private func unit(_ id: String?, _ none: String) -> String {
        id.map { tree.nodes[UnitID($0)]?.name ?? "" } ?? text("people.unit.\(none)").lowercased()
    }
}
