package import EventLog
package import Kernel
package import Requests

/// What has happened to a request, as a value.
package struct Happening: Sendable {
    package let kind: EventKind
    package let by: PersonID?
    /// A person whom the event names.
    package let subject: PersonID?
    package let data: [String: String]

    package init(_ kind: EventKind, by: PersonID? = nil, subject: PersonID? = nil, data: [String: String] = [:]) {
        (self.kind, self.by, self.subject, self.data) = (kind, by, subject, data)
    }
}

/// Who has to do with a request.
package struct Circle: Sendable {
    package var client: PersonID
    package var assignee: PersonID?
    /// On the request's line now, or busy there.
    package var onDuty: [PersonID] = []
    package var managers: [PersonID] = []
    /// Who works on the request's line, whether on duty or not.
    package var staff: [PersonID] = []
    package var isSolved = false

    package init(
        client: PersonID, assignee: PersonID? = nil, onDuty: [PersonID] = [], managers: [PersonID] = [],
        staff: [PersonID] = [], isSolved: Bool = false
    ) {
        (self.client, self.assignee, self.onDuty, self.managers) = (client, assignee, onDuty, managers)
        (self.staff, self.isSolved) = (staff, isSolved)
    }
}

/// One person who is to be told one thing.
package struct Telling: Sendable, Equatable {
    package let person: PersonID
    package let kind: NoticeKind
    /// A code or a number that the sentence needs.
    package let detail: String?
    /// Who has done it, when that is not who did the event.
    package var by: PersonID?

    package init(_ person: PersonID, _ kind: NoticeKind, _ detail: String? = nil, by: PersonID? = nil) {
        (self.person, self.kind, self.detail, self.by) = (person, kind, detail, by)
    }
}

/// Who is told of what: a function of values. Nobody is told of their own act, and nobody twice of one event.
package enum Deciding {
    private static let taskGiven = EventKind("request.task-given"),
        clientReminded = EventKind("request.client-reminded")
    private static let reminderDue = EventKind("reminder.due")
    package static let callRang = EventKind("call.rang"), callAnswered = EventKind("call.answered"),
        callJoined = EventKind("call.joined"), callDeclined = EventKind("call.declined"),
        callMissed = EventKind("call.missed"), callEnded = EventKind("call.ended"),
        callWished = EventKind("call.back-asked"), callWishMet = EventKind("call.back-done")

    /// The events of which anybody is told.
    package static let kinds: Set<EventKind> = [
        .registered, .taken, .transferred, .replied, .noted, .deadlineChanged, .solved, .closingSoon, .closedUnanswered,
        .cancelled, .lineChanged, .givenBack, .offered, .mentioned, .dueSoon, .missed, .refused, .reopened, .confirmed,
        .escalated, taskGiven, clientReminded, reminderDue, callRang, callAnswered, callJoined, callDeclined,
        callMissed,
        callEnded, callWished, callWishMet,
    ]
    /// Those for which `Circle.onDuty` and `Circle.managers` have to be known.
    package static let asksDuty: Set<EventKind> = [
        .registered, .lineChanged, .givenBack, .dueSoon, callEnded, callWished,
    ]
    /// Those for which `Circle.staff` has to be known, when nobody is on duty.
    package static let asksStaff: Set<EventKind> = [callEnded, callWished]
    package static let asksManagers: Set<EventKind> = [.missed, .escalated]

    package static func tell(_ event: Happening, _ circle: Circle) -> [Telling] {
        var told: Set<PersonID> = []
        return everybody(event, circle).filter { $0.person != event.by && told.insert($0.person).inserted }
    }

    private static func everybody(_ event: Happening, _ circle: Circle) -> [Telling] {
        let client = circle.client, assignee = circle.assignee.map { [$0] } ?? []
        let named = event.data["to"].flatMap { PersonID(parsing: $0) }
        switch event.kind {
        case .registered:
            return [Telling(client, .registered)] + (circle.assignee == nil ? all(circle.onDuty, .fresh) : [])
        case .taken: return [Telling(client, .taken)]
        case .transferred:
            return (named.map { [Telling($0, .assigned, "given")] } ?? [])
                + (event.data["from"] == nil ? [Telling(client, .taken)] : [])
        case .offered: return named.map { [Telling($0, .assigned, "offered")] } ?? []
        case .lineChanged, .givenBack: return circle.assignee == nil ? all(circle.onDuty, .fresh) : []
        case .replied:
            return event.data["side"] == "staff"
                ? [Telling(client, .answered)] + all(assignee, .message, "colleague")
                : all(assignee, .message, "client")
        case .noted: return all(assignee, .message, "note")
        case .mentioned: return event.subject.map { [Telling($0, .mentioned)] } ?? []
        case .deadlineChanged:
            // A clock that goes on after a pause is no news: who has answered knows it.
            return event.data["why"] == "pause" ? [] : [Telling(client, .deadline, event.data["to"])]
        case .solved: return [Telling(client, .solved)]
        case .closingSoon: return [Telling(client, .confirm, event.data["until"])]
        case clientReminded: return [Telling(client, .reminded)]
        case reminderDue: return named.map { [Telling($0, .reminder)] } ?? []
        case taskGiven: return named.map { [Telling($0, .task)] } ?? []
        case .closedUnanswered: return [Telling(client, .closed, "unanswered")]
        case .cancelled: return [Telling(client, .closed, "cancelled")] + all(assignee, .withdrawn)
        case .refused, .reopened: return all(assignee, .reopened)
        // A client may confirm without rating: then there is nothing to tell.
        case .confirmed: return event.data["rating"].map { all(assignee, .rated, $0) } ?? []
        case .dueSoon: return all(circle.assignee == nil ? circle.onDuty : assignee, .due, event.data["kind"])
        case .missed:
            return all(assignee, .late, event.data["kind"]) + all(circle.managers, .missed, event.data["kind"])
        case .escalated: return all(circle.managers, .escalated, event.data["minutes"])
        case callRang: return named.map { [Telling($0, .rings, event.subject?.text)] } ?? []
        case callMissed:
            return named.map { [Telling($0, .unanswered, event.subject?.text, by: caller(event))] } ?? []
        case callEnded: return inVain(event, circle)
        // Whoever is there calls back; who has the request in hand is told in any case.
        case callWished: return all(assignee + (circle.onDuty.isEmpty ? circle.staff : circle.onDuty), .callback)
        default: return []
        }
    }

    private static func caller(_ event: Happening) -> PersonID? {
        event.data["from"].flatMap { PersonID(parsing: $0) }
    }

    /// A client has called and nobody has answered: who has the request in hand is told though nothing rang there; nobody having it, those of
    /// the line, when it rang nowhere. For whom it rang, each is told by an event of their own.
    private static func inVain(_ event: Happening, _ circle: Circle) -> [Telling] {
        guard event.data["side"] != "staff", caller(event) == circle.client,
            let why = event.data["why"], ["nobody", "busy", "missed"].contains(why)
        else { return [] }
        let line = why == "missed" ? [] : circle.onDuty.isEmpty ? circle.staff : circle.onDuty
        return (circle.assignee.map { [$0] } ?? line).map {
            Telling($0, .unanswered, event.subject?.text, by: circle.client)
        }
    }

    private static func all(_ people: [PersonID], _ kind: NoticeKind, _ detail: String? = nil) -> [Telling] {
        people.map { Telling($0, kind, detail) }
    }

    /// Whether a person who stands so to a request may be told of this kind. The same on writing and on every read.
    package static func may(_ kind: NoticeKind, _ standing: Standing) -> Bool {
        switch kind.side {
        case .client: standing.isClient
        case .staff: standing.isStaff
        case .manager: standing.leads
        case .call: standing.isClient || standing.isStaff
        case .anybody: standing.sees
        case .administrator: false
        }
    }
}
