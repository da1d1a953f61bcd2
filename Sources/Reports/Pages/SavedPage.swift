import Kernel
import People
import Storage
import Web

/// Saved reports: one's own and those that are shared.
struct SavedPage {
    let model: Model

    init(mayMail: Bool, problem: String, _ words: ReportWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer
        let saved = try SavedReport.all(for: viewer, tx)
        let mailings = try Mailing.all(to: viewer.person, tx)
        let names = try Names.shown(Set(saved.map(\.person)), to: viewer, words.text, tx)
        model = [
            "problem": problem, "any": !saved.isEmpty, "mayMail": mayMail, "back": "/reports",
            "saved": saved.map { report -> Model in
                let isOwn = report.person == viewer.person
                let mailing = mailings[report.id]
                return [
                    "id": report.id.text, "name": report.name, "open": "/reports/saved/\(report.id)",
                    "kind": words("kind.\(report.kind.rawValue)"), "own": isOwn, "shared": report.isShared,
                    "mayShare": viewer.leads, "owner": isOwn ? "" : names[report.person]?.name ?? words("somebody"),
                    "href": "/reports/saved/\(report.id)", "mailing": "/reports/saved/\(report.id)/mailing",
                    "sent": mailing.map {
                        words("rhythm.said.\($0.rhythm.rawValue)", ["time": Dates.clock($0.minute)])
                    } ?? "",
                    "rhythms": Rhythm.allCases.map {
                        [
                            "id": $0.rawValue, "name": words("rhythm.\($0.rawValue)"),
                            "current": $0 == (mailing?.rhythm ?? .month),
                        ] as Model
                    },
                    "time": Self.clock(mailing?.minute ?? 540),
                ]
            },
        ]
    }

    /// As an input of a time wants it.
    private static func clock(_ minute: Int) -> String {
        let words = Dates.clock(minute)
        return words.count < 5 ? "0" + words : words
    }
}
