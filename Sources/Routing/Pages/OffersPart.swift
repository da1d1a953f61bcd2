import Duty
import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// What lies before a specialist on every page: offers to accept, and the way back for whom Okno has marked as away.
struct OffersPart {
    let model: Model

    init(_ viewer: Viewer, _ text: Catalogue, _ dates: Dates, _ tx: any ReadTransaction) throws {
        let open = try Routing.offers(where: "offer.person_id = \(viewer.person)", tx)
        let shown = Array(open.prefix(Routing.offersShown))
        let titles = try Requests.titles(of: shown.map(\.request), for: viewer, tx)
        let lines = Dictionary(
            try Lines.all(in: viewer.organisation, tx).map { ($0.id, $0.staffName) }, uniquingKeysWith: { $1 })
        let left = try Duty.leftByItself(viewer.person, tx).filter { viewer.dutyLines.contains($0.line) }
        let states = try Duty.state(of: viewer.person, tx)
        // Whoever works on one of the lines is at the desk.
        let isAway = !left.isEmpty && !states.values.contains { $0 != .away }
        let last = left.max { $0.since < $1.since }
        model = [
            "offers": shown.compactMap { offer -> Model? in
                guard let title = titles[offer.request] else { return nil }
                let seconds = max(0, offer.until.since(dates.now) / 1000)
                return [
                    "href": "/offers/\(offer.id)", "subject": title.subject,
                    "number": "№\u{A0}\(title.number)", "request": "/requests/\(title.number)?view=free",
                    "line": lines[offer.line] ?? "", "why": text("routing.why.\(offer.why)"),
                    "left": text("routing.left", ["time": dates.length(Minutes(max(1, Int((seconds + 59) / 60))))]),
                    "seconds": Int(seconds),
                ]
            },
            "more": open.count > shown.count ? text("routing.more", count: open.count - shown.count) : "",
            "away": isAway
                ? [
                    "words": text("routing.away.\(last!.why.rawValue)", ["time": dates.short(last!.since)]),
                    "lines": left.map { lines[$0.line] ?? "" }.joined(separator: ", "),
                ] as Model : false,
        ]
    }
}
