import Kernel
import People
import Storage
import Web

/// Links to the board on a wall: which are open, until when, whose.
struct LinksPage {
    let model: Model

    init(
        made: String, name: String, days: Int, errors: [String: String], _ viewer: Viewer, _ text: Catalogue,
        _ dates: Dates, _ tx: any ReadTransaction
    ) throws {
        let links = try MonitorLink.all(for: viewer, at: dates.now, tx)
        let words = try MonitorWords(viewer, text, dates, people: links.map(\.person), tx)
        model = [
            "made": made, "name": name, "errors": errors,
            "days": MonitorLink.lives.map { count -> Model in
                ["count": count, "words": text("monitor.links.days", count: count), "selected": count == days]
            },
            "links": links.map { link -> Model in
                [
                    "id": link.id.text, "name": link.name, "who": words.name(link.person),
                    "made": words("links.made-at", ["moment": dates.short(link.made)]),
                    "until": words("links.until", ["moment": dates.moment(link.until)]),
                ]
            }, "any": !links.isEmpty,
        ]
    }
}
