import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// Notices in sentences of one language, for one reader.
struct NoticeWords {
    let text: Catalogue
    let dates: Dates
    private let people: [PersonID: ShownPerson]
    private let lines: [LineID: String]

    /// Reads the names that these notices need.
    init(_ notices: [Notice], to viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        (self.text, self.dates) = (text, dates)
        people = try Names.shown(Set(notices.compactMap(\.actor)), to: viewer, text, tx)
        lines =
            notices.contains { $0.kind.side != .client }
            ? Dictionary(
                try Lines.all(in: viewer.organisation, tx).map { ($0.id, $0.staffName) }, uniquingKeysWith: { $1 })
            : [:]
    }

    /// «Новый ответ — Громов Б. О.», «3 новых ответа»
    func sentence(_ notice: Notice) -> String {
        let key = "notices.say.\(notice.kind.rawValue)"
        switch notice.kind {
        case .answered: return counted(key, notice)
        case .message: return counted("\(key)-\(notice.detail ?? "client")", notice)
        case .assigned: return by(notice.actor, "\(key)-\(notice.detail ?? "given")")
        case .unanswered: return counted(key, notice)
        case .registered, .taken, .mentioned, .reopened, .solved, .reminded, .task, .rings, .callback:
            return by(notice.actor, key)
        case .deadline:
            guard let deadline = moment(notice.detail) else { return text("\(key)-none") }
            return text(key, ["until": dates.until(deadline)])
        case .confirm:
            guard let closes = moment(notice.detail) else { return text("\(key)-soon") }
            return text(key, ["moment": dates.moment(closes)])
        case .closed: return text("\(key)-\(notice.detail ?? "unanswered")")
        case .fresh: return text(key, ["line": line(notice)])
        case .due, .late, .missed:
            let what = notice.detail == "answer" ? "answer" : "solution"
            return text("\(key)-\(what)", ["line": line(notice)])
        case .withdrawn, .undelivered, .reminder: return text(key)
        case .rated: return text(key, ["rating": notice.detail ?? ""])
        case .escalated:
            return text(key, ["time": dates.length(Minutes(Int(notice.detail ?? "") ?? 0)), "line": line(notice)])
        }
    }

    /// «№ 812. Не приходит почта с утра»
    func about(_ notice: Notice) -> String {
        guard let glance = notice.glance else { return "" }
        return text("notices.about", ["number": String(glance.number), "subject": glance.request.subject])
    }

    private func counted(_ key: String, _ notice: Notice) -> String {
        notice.count > 1 ? text("\(key)-many", count: notice.count) : by(notice.actor, key)
    }

    /// With the name of whoever did it; Okno itself has none.
    private func by(_ actor: PersonID?, _ key: String) -> String {
        guard let name = actor.flatMap({ people[$0]?.name }) else { return text(key) }
        return text("notices.by", ["sentence": text(key), "who": name])
    }

    private func line(_ notice: Notice) -> String { notice.glance.flatMap { lines[$0.request.line] } ?? "" }

    private func moment(_ milliseconds: String?) -> Instant? {
        milliseconds.flatMap { Int64($0) }.map(Instant.init(milliseconds:))
    }
}
