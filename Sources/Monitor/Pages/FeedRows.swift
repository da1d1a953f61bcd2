import Duty
import EventLog
import Kernel
import Lines
import People
import Requests
import Storage
import Web

/// Events in sentences, as the history of a request says them, with what it leaves to the conversation: words that were written, and duty.
struct FeedRows {
    let rows: [Model]

    init(
        _ events: [Event], titles: [RequestID: (number: Int64, subject: String)], _ words: MonitorWords,
        _ tx: any ReadTransaction
    ) throws {
        let telling = try EventWords(events, asStaff: true, to: words.viewer, words.text, words.dates, tx)
        let onDuty = events.filter { $0.request == nil }.compactMap { $0.subject.flatMap { PersonID(parsing: $0) } }
        let people = try Names.shown(Set(onDuty), to: words.viewer, words.text, tx)
        rows = events.compactMap { event in
            let title = event.request.flatMap { titles[$0] }
            var who = telling.who(event), said: String?, icon = History.icon(event.kind)
            switch event.kind.rawValue {
            case "request.replied":
                said = words("event.replied-\(event.data["side"] == "staff" ? "staff" : "client")")
                icon = "message-square"
            case "request.noted": (said, icon) = (words("event.noted"), "lock")
            case EventKind.dutyChanged.rawValue:
                let person = event.subject.flatMap { PersonID(parsing: $0) }
                who = person.map { people[$0]?.name ?? words("somebody") } ?? who
                let line = event.data["line"].flatMap { LineID(parsing: $0) }.map(words.line) ?? ""
                said = words(
                    "event.duty",
                    ["state": words.text("duty.state.\(event.data["to"] ?? "away")"), "line": line])
                icon = "calendar-clock"
            default: said = telling.sentence(event)
            }
            guard let said else { return nil }
            // Whoever speaks as a client is known as one: the name leads to all that happened with their requests.
            let isClient =
                event.kind == .registered && event.actor?.text == event.data["client"]
                || event.kind.rawValue == "request.replied" && event.data["side"] == "client"
            return [
                "time": words.dates.short(event.at), "icon": icon, "who": who, "words": said,
                "number": title.map { "№\u{A0}\($0.number)" } ?? "",
                "href": title.map { "/requests/\($0.number)" } ?? "", "subject": title?.subject ?? "",
                "client": isClient ? event.actor.map { "/monitor/feed?client=\($0)" } ?? "" : "",
                "event": event.number,
            ]
        }
    }
}
