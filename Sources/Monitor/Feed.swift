import Duty
import EventLog
import Kernel
import Requests
import Storage
import Web

/// What of the log a viewer asks for. It stands in the address.
struct FeedFilter: Sendable, Equatable {
    /// Groups of events, as a manager speaks of them.
    enum Kind: String, Sendable, CaseIterable {
        case registered, words, calls, hands, fields, tasks, waiting, solved, ended, duty

        var events: [EventKind] {
            switch self {
            case .registered: [.registered]
            case .words:
                ["request.replied", "request.noted", "request.greeted", "request.client-reminded"].map(
                    EventKind.init(rawValue:))
            case .calls:
                [
                    "call.started", "call.rang", "call.answered", "call.joined", "call.shown", "call.declined",
                    "call.missed",
                    "call.left", "call.ended", "call.back-asked", "call.back-done",
                ].map(EventKind.init(rawValue:))
            case .hands:
                [.taken, .givenBack, .transferred, .lineChanged, .offered, .offerDeclined, .escalated, .unattended]
            case .fields:
                [
                    "request.deadline-changed", "request.priority-changed", "request.topic-changed",
                    "request.plan-changed", "request.answer-due-changed", "request.due-soon", "request.missed",
                    "request.own-state", "request.field-changed",
                ].map(EventKind.init(rawValue:))
            case .tasks:
                ["request.task-given", "request.task-due", "request.check-item"].map(EventKind.init(rawValue:))
            case .waiting: [.waiting, .proceeded]
            case .solved: [.solved]
            case .ended: [.confirmed, .refused, .reopened, .cancelled, .closingSoon, .closedUnanswered]
            case .duty: [.dutyChanged]
            }
        }
    }

    var kind: Kind?
    var line: LineID?
    var person: PersonID?
    var client: PersonID?
    /// Events below this number.
    var before: Int64?
    /// Events up to a past moment.
    var until: Instant?

    init() {}

    init(_ form: Form) throws(WebError) {
        kind = try form.code("kind")
        line = try form.id("line")
        person = try form.id("person")
        client = try form.id("client")
        before = try form.int("before", in: 1...Int.max).map(Int64.init)
    }

    var query: String {
        [
            ("kind", kind?.rawValue), ("line", line?.text), ("person", person?.text), ("client", client?.text),
        ].compactMap { name, value in value.map { "\(name)=\($0)" } }.joined(separator: "&")
    }

    var isNarrowed: Bool { kind != nil || line != nil || person != nil || client != nil }
}

/// The events of a page, newest first, those of the viewer's sight.
struct Feed: Sendable {
    var events: [Event] = []
    /// Where the next page begins; nil at the beginning of the log.
    var next: Int64?

    static let pageSize = 50
    /// So much of the log is looked through for one page at most, in steps: a rare thing is found page by page, and none is slow.
    private static let steps = 4, stepSize: Int64 = 2500

    static func read(
        _ filter: FeedFilter, _ sight: Sight, in organisation: OrganisationID, size: Int = pageSize,
        _ tx: any ReadTransaction
    ) throws -> Feed {
        let lane = Lane.organisation(organisation)
        var top =
            try filter.before
            ?? (filter.until.map { try EventLog.newest(in: lane, until: $0, tx) } ?? EventLog.newest(in: lane, tx)) + 1
        var feed = Feed(), conditions = [condition(filter, sight)]
        if let until = filter.until { conditions.append("event.at <= \(until)") }
        if let client = filter.client {
            // By the client's requests, which are few. COALESCE keeps SQLite from walking through the whole log instead.
            conditions += [
                "request.organisation_id = \(organisation)", "request.client_id = \(client)",
                "COALESCE(event.lane, '') = \(organisation)", "event.number < \(top)",
            ]
            feed.events = try EventLog.down(
                from: "request JOIN event ON event.request_id = request.id",
                where: SQL.joined(conditions, by: " AND "), atMost: size + 1, tx)
            if feed.events.count > size {
                feed.events.removeLast()
                feed.next = feed.events.last?.number
            }
            return feed
        }
        for _ in 0..<steps where top > 1 {
            let low = max(1, top - stepSize)
            feed.events += try EventLog.down(
                from: "event LEFT JOIN request ON request.id = event.request_id",
                where: SQL.joined(
                    [
                        "event.lane = \(organisation)", "event.number >= \(low)", "event.number < \(top)",
                    ] + conditions, by: " AND "),
                atMost: size - feed.events.count, tx)
            if feed.events.count == size, let last = feed.events.last {
                feed.next = last.number > 1 ? last.number : nil
                return feed
            }
            top = low
        }
        feed.next = top > 1 ? top : nil
        return feed
    }

    /// What a viewer may see of the log, and what was asked of that, over `event` and `request`.
    private static func condition(_ filter: FeedFilter, _ sight: Sight) -> SQL {
        let kinds = (filter.kind.map { [$0] } ?? FeedFilter.Kind.allCases).flatMap(\.events)
        var all: [SQL] = [
            "event.kind IN (\(kinds))",
            """
            ((request.id IS NOT NULL AND \(sight.condition(line: "request.line_id", unit: "request.client_unit_id")))
                OR (event.kind = 'duty.changed' AND \(duty(sight))))
            """,
        ]
        if let line = filter.line {
            all.append("(request.line_id = \(line) OR event.kind = 'duty.changed' AND \(holds("line", line.text)))")
        }
        if let person = filter.person {
            all.append(
                """
                (event.actor_id = \(person) OR event.subject_id = \(person) OR \(holds("to", person.text))
                    OR \(holds("from", person.text)))
                """)
        }
        return SQL.joined(all, by: " AND ")
    }

    private static func duty(_ sight: Sight) -> SQL {
        if sight.everything { return "1 = 1" }
        let ways: [SQL] = ["event.subject_id = \(sight.person)"] + sight.led.sorted().map { holds("line", $0.text) }
        return "(\(SQL.joined(ways, by: " OR ")))"
    }

    /// Whether a field of the event holds an id.
    private static func holds(_ field: String, _ id: String) -> SQL {
        let pattern = "%\(field)=\(id)%"
        return "event.data LIKE \(pattern)"
    }
}
