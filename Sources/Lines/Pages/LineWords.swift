package import Kernel
package import Storage
package import Web

/// Words of this room's pages for one viewer: one language, one time zone, one moment.
struct LineWords: Sendable {
    let text: Catalogue
    let dates: Dates
    let viewer: Viewer

    init(_ site: Site, _ context: WebContext, _ viewer: Viewer) {
        text = site.text(context.language)
        dates = site.dates(context)
        self.viewer = viewer
    }

    /// «Работает до 18:00», «Откроется завтра в 9:00», «Работает круглосуточно», «Часы не заданы»
    func hours(of line: Line) -> String {
        if line.hours.days.isEmpty { return text("lines.hours.none") }
        if let closing = line.calendar.closing(after: dates.now) {
            let isToday = dates.zone.local(closing).date == dates.zone.local(dates.now).date
            return text("lines.hours.until", ["time": isToday ? dates.time(closing) : dates.moment(closing)])
        }
        guard let opening = line.calendar.nextOpening(after: dates.now) else {
            return text("lines.hours.always.word")
        }
        return text("lines.hours.opens", ["time": dates.moment(opening)])
    }

    func level(_ level: CompetenceLevel) -> String { text("lines.level.\(level.rawValue)") }
    func priority(_ priority: Priority) -> String { text("lines.priority.\(priority.rawValue)") }

    func span(_ from: Instant, _ until: Instant) -> String { "\(dates.day(from)) — \(dates.day(until))" }

    /// The head that all pages of one line share.
    func head(_ line: Line, tab: String, topics: Int, staff: Int) -> Model {
        [
            "line": [
                "id": line.id.text, "name": line.clientName, "icon": line.icon, "working": line.isOpen(at: dates.now),
                "archived": line.isArchived, "hours": hours(of: line),
            ] as Model,
            "tab": [
                "edit": tab == "edit", "calendar": tab == "calendar", "norms": tab == "norms",
                "conditions": tab == "conditions", "topics": tab == "topics", "staff": tab == "staff",
                "routing": tab == "routing",
            ] as Model,
            "counts": ["topics": text.number(topics), "staff": text.number(staff)] as Model,
            "can_edit": true,
        ]
    }
}

extension LinesRoom {
    /// A line with the head that its pages share, for a page of a later room; nil when the viewer's organisation has no such line.
    package static func head(
        _ id: LineID, tab: String, _ site: Site, _ context: WebContext, _ viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> (line: Line, model: Model)? {
        guard let line = try Lines.find(id, in: viewer.organisation, tx) else { return nil }
        let counts = try Lines.counts(of: id, tx)
        return (line, LineWords(site, context, viewer).head(line, tab: tab, topics: counts.topics, staff: counts.staff))
    }
}
