import Kernel
import Mail
import People
import Storage
import Web

/// «Почта»: what is in force for outgoing mail and how it stands, for the administrator.
struct MailPage {
    static func model(
        _ outbox: Outbox?, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction
    ) throws -> Model {
        guard let outbox else { return ["set": false] }
        let state = try MailState.read(tx), organisation = viewer.organisation
        let refused = try tx.all(
            """
            SELECT address, person_id, at, why FROM mail_refusal
            WHERE organisation_id = \(organisation) AND ended_at IS NULL ORDER BY at DESC, address LIMIT 100
            """
        ) { row in
            try (address: row[0] as String, person: row[1] as PersonID, at: row[2] as Instant, why: row[3] as String)
        }
        let lost = try tx.all(
            """
            SELECT address, person_id, ended_at, COALESCE(fault, '') FROM letter
            WHERE organisation_id = \(organisation) AND state = 'lost' ORDER BY ended_at DESC, id LIMIT 50
            """
        ) { row in
            try (address: row[0] as String, person: row[1] as PersonID, at: row[2] as Instant, why: row[3] as String)
        }
        let names = try Names.shown(Set((refused + lost).map(\.person)), to: viewer, text, tx)
        func row(_ entry: (address: String, person: PersonID, at: Instant, why: String)) -> Model {
            [
                "address": entry.address, "name": names[entry.person]?.name ?? "", "person": entry.person.text,
                "when": dates.moment(entry.at), "why": entry.why,
            ]
        }
        return [
            "set": true, "server": "\(outbox.server.host):\(outbox.server.port)",
            "security": text("notices.mail.security.\(outbox.server.security.rawValue)"), "from": outbox.from.address,
            "user": outbox.server.user ?? "",
            "waiting": text("notices.mail.waiting", count: state.waiting), "waits": state.waiting > 0,
            "oldest": state.oldest.map { text("notices.mail.oldest", ["when": dates.moment($0)]) } ?? "",
            "sent": state.lastSent.map { text("notices.mail.sent", ["when": dates.moment($0)]) }
                ?? text("notices.mail.never"),
            "fault": state.faultKind.map { text("notices.mail.fault.\($0)") } ?? "", "cause": state.fault ?? "",
            "since": state.since.map { text("notices.mail.since", ["when": dates.moment($0)]) } ?? "",
            "refused": refused.map(row), "lost": lost.map(row), "any_refused": !refused.isEmpty,
            "any_lost": !lost.isEmpty,
        ]
    }
}
