import Kernel
import Requests
import Storage

/// The moment of a board. Every query is the same for now and for then: of a column that changes, now is in the row of the request,
/// and then is in its dated facts.
struct Moment: Sendable, Equatable {
    let at: Instant
    let isPast: Bool

    static func present(_ now: Instant) -> Moment { Moment(at: now, isPast: false) }
    static func past(_ at: Instant) -> Moment { Moment(at: at, isPast: true) }

    // Columns over `request`.
    var state: SQL { isPast ? span("'state'") : "request.state" }
    var line: SQL { isPast ? span("'line'") : "request.line_id" }
    var assignee: SQL { isPast ? span("'assignee'") : "request.assignee_id" }
    var deadline: SQL { isPast ? "CAST(\(span("'deadline'")) AS BIGINT)" : "request.deadline_at" }
    /// Whom a waiting request waits for; no such fact means the client.
    var wait: SQL { span("'wait'") }
    /// When anything happened to it last.
    var moved: SQL {
        guard isPast else { return "request.changed_at" }
        return """
            (SELECT event.at FROM event WHERE event.request_id = request.id AND event.at <= \(at)
                ORDER BY event.number DESC LIMIT 1)
            """
    }
    /// The number of the event that was the last word of either side.
    var lastReply: SQL {
        guard isPast else { return "request.last_reply_number" }
        return """
            (SELECT event.number FROM event WHERE event.request_id = request.id AND event.at <= \(at)
                AND event.kind IN ('request.registered', 'request.replied') ORDER BY event.number DESC LIMIT 1)
            """
    }

    /// Requests of an organisation that may have been open; nothing that was is left out.
    func candidates(in organisation: OrganisationID) -> SQL {
        guard isPast else {
            return "SELECT id FROM request WHERE organisation_id = \(organisation) AND is_open = 1"
        }
        return """
            SELECT id FROM request WHERE organisation_id = \(organisation) AND is_open = 1 AND registered_at <= \(at)
            UNION ALL SELECT id FROM request WHERE organisation_id = \(organisation) AND is_open = 0 AND ended_at > \(at)
                AND registered_at <= \(at)
            """
    }

    private func span(_ field: SQL) -> SQL {
        """
        (SELECT span.value FROM request_span AS span WHERE span.request_id = request.id AND span.field = \(field)
            AND span.from_at <= \(at) AND (span.until_at IS NULL OR span.until_at > \(at)) ORDER BY span.from_at DESC LIMIT 1)
        """
    }
}
