import AgentProtocol
import Foundation
import Kernel
import Lines
import People
import Requests
import Storage
import Web

extension ControlContext {
    /// The client's computers that are on line, for whoever works on the request; none while somebody is at one of them.
    func machines(
        of request: CalledRequest, besides present: ControlSession?, _ tx: any ReadTransaction
    ) throws -> [Model] {
        if let present, !ControlRule.givesWay(present.state, isOfMachine: present.machine != nil) { return [] }
        let known = try RemoteControl.machines(of: request.client, in: viewer.organisation, tx)
        let onLine = known.filter { $0.isOnLine(at: now) }.prefix(5)
        guard !onLine.isEmpty else { return [] }
        let isAdmitted = try UnattendedPolicy.admits(viewer, on: request.line, tx)
        return onLine.map { machine in
            [
                "id": machine.id.text, "words": text("remote.machine.on-line", ["computer": machine.computer]),
                "href": "/requests/\(request.number)/machines/\(machine.id)/sessions",
                "rights": Rights.offered.codes.map { right($0).merging(["checked": true]) { $1 } },
                "unattended": isAdmitted && machine.mayAdmit,
            ]
        }
    }

    func row(_ machine: Machine, at now: Instant) -> Model {
        let isOnLine = machine.isOnLine(at: now)
        return [
            "id": machine.id.text, "computer": machine.computer.isEmpty ? "—" : machine.computer,
            "login": machine.login,
            "kind": text("remote.machine.kind.\(machine.kind.rawValue)"), "wide": machine.kind == .wide,
            "system": text(machine.system == "linux-wayland" ? "remote.machine.wayland" : "remote.machine.x11"),
            "on": isOnLine,
            "seen": isOnLine
                ? text("remote.machine.on") : text("remote.machine.seen", ["date": dates.moment(machine.lastSeen)]),
        ]
    }

    func introduction(_ code: String, until: Instant, at address: PageAddress) -> Model {
        [
            "code": "\(code.prefix(4)) \(code.suffix(4))",
            "command": "chmod +x okno-agent && ./okno-agent \(address.origin) \(code) --autostart",
            "until": text("remote.code.until", ["until": dates.time(until)]), "download": "/agent/okno-agent",
        ]
    }

    func enrolment(_ token: String, until: Instant, at address: PageAddress) -> Model {
        [
            "token": token, "command": "okno-agent --install-machine \(address.origin) \(token)",
            "until": text("remote.machines.token.until", ["until": dates.moment(until)]),
            "download": "/agent/okno-agent",
        ]
    }
}

/// The administrator's list of computers.
struct MachinesPage {
    static let rows = 50
    let model: Model

    init(_ page: ControlContext, words: String, number: Int, at now: Instant, _ tx: any ReadTransaction) throws {
        let viewer = page.viewer, text = page.text
        var condition: SQL = "machine.organisation_id = \(viewer.organisation) AND \(Machine.isAlive)"
        if !words.isEmpty {
            let people = try Directory.find(words, for: viewer, atMost: 200, text, tx).map(\.id)
            var found: SQL = "1 = 1"
            for word in Text.folded(words).split(whereSeparator: \.isWhitespace).prefix(6) {
                let part = "%\(word.map { "%_\\".contains($0) ? "\\\($0)" : String($0) }.joined())%"
                found = "\(found) AND machine.name_search LIKE \(part) ESCAPE '\\'"
            }
            condition =
                people.isEmpty
                ? "\(condition) AND (\(found))" : "\(condition) AND ((\(found)) OR machine.person_id IN (\(people)))"
        }
        let known = try tx.all(
            """
            SELECT \(Machine.columns) FROM machine WHERE \(condition) AND introduced_at IS NOT NULL
            ORDER BY seen_at DESC, id LIMIT \(Self.rows + 1) OFFSET \((number - 1) * Self.rows)
            """, Machine.init)
        let waiting = try tx.all(
            """
            SELECT \(Machine.columns) FROM machine WHERE organisation_id = \(viewer.organisation)
                AND kind = \(Machine.Kind.wide) AND introduced_at IS NULL AND removed_at IS NULL AND code_until > \(now)
            ORDER BY made_at DESC LIMIT 50
            """, Machine.init)
        let shown = Array(known.prefix(Self.rows))
        let people = try Names.shown(Set((shown + waiting).map(\.person)), to: viewer, text, tx)
        func row(_ machine: Machine) -> Model {
            let person = people[machine.person]
            return page.row(machine, at: now).merging([
                "person": person?.name ?? "", "initials": person?.monogram ?? "", "hue": person?.hue ?? 0,
                "unit": person?.unit ?? "", "href": "/people/\(machine.person)",
                "until": text("remote.machines.token.until", ["until": page.dates.moment(machine.codeUntil)]),
            ]) { $1 }
        }
        let policy = try UnattendedPolicy.of(viewer.organisation, tx)
        func href(_ to: Int) -> String {
            var query = "page=\(to)"
            if !words.isEmpty {
                query += "&q=" + (words.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
            }
            return "/machines?\(query)"
        }
        model = [
            "q": words, "rows": shown.map(row), "nobody": shown.isEmpty, "filtered": !words.isEmpty,
            "back": number > 1 ? href(number - 1) : "", "next": known.count > Self.rows ? href(number + 1) : "",
            "paged": number > 1 || known.count > Self.rows, "waiting": waiting.map(row), "waits": !waiting.isEmpty,
            "allowed": policy.isAllowed,
            "lines": try Lines.all(in: viewer.organisation, tx).filter { !$0.isArchived }.map { line -> Model in
                ["id": line.id.text, "name": line.staffName, "chosen": policy.lines.contains(line.id)]
            },
        ]
    }
}
