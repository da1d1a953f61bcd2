import EventLog
import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// All that happened, newest first, by line, specialist, kind and client.
struct FeedPage {
    let model: Model
    let topics: [String]
    let sequence: Int64

    init(
        _ filter: FeedFilter, _ sight: Sight, _ viewer: Viewer, _ text: Catalogue, _ dates: Dates,
        _ tx: any ReadTransaction
    ) throws {
        let feed = try Feed.read(filter, sight, in: viewer.organisation, tx)
        let lines = try Lines.all(in: viewer.organisation, tx).filter { sight.sees($0.id) }
        let staff =
            try sight.seesOthers
            ? Lines.staff(ofAny: lines.map(\.id).filter(sight.leads), tx) : viewer.isSpecialist ? [viewer.person] : []
        let words = try MonitorWords(
            viewer, text, dates, people: staff + [filter.client, filter.person].compactMap(\.self), tx)
        let titles = try Requests.titles(of: feed.events.compactMap(\.request), for: viewer, tx)
        let rows = try FeedRows(feed.events, titles: titles, words, tx).rows
        let query = filter.query
        func choice(_ id: String, _ label: String, _ isCurrent: Bool) -> Model {
            ["id": id, "label": label, "current": isCurrent]
        }
        topics = Array(lines.map { "line/\($0.id)" }.prefix(50)) + ["person/\(viewer.person)"]
        sequence = try EventLog.newest(in: .organisation(viewer.organisation), tx)
        model = [
            "rows": rows, "any": !rows.isEmpty, "narrowed": filter.isNarrowed,
            "live": filter.before == nil ? topics.joined(separator: " ") : "",
            "here": "/monitor/feed" + (query.isEmpty ? "" : "?\(query)"), "first": filter.before == nil,
            "older": feed.next.map { "/monitor/feed?\(query.isEmpty ? "" : query + "&")before=\($0)" } ?? "",
            "lines": lines.map { choice($0.id.text, $0.staffName, $0.id == filter.line) },
            "people": staff.map { ($0, words.name($0)) }.sorted { $0.1 < $1.1 }.map { id, name in
                choice(id.text, name, id == filter.person)
            }, "anyPeople": staff.count > 1,
            "kinds": FeedFilter.Kind.allCases.map {
                choice($0.rawValue, words("kind.\($0.rawValue)"), $0 == filter.kind)
            },
            "client": filter.client?.text ?? "", "clientName": filter.client.map { words.name($0) } ?? "",
            "search": viewer.isStaff ? "/requests/people" : "",
        ]
    }
}
