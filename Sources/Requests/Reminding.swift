package import EventLog
package import Kernel
import People
package import Storage
import Web

package enum ReminderTag {}
package typealias ReminderID = ID<ReminderTag>

/// «Напомнить»: to oneself, or a polite word to the client, at a time.
package struct Reminder: Sendable, Equatable {
    package let id: ReminderID
    package let person: PersonID
    package let toClient: Bool
    /// What one wished to be told.
    package let text: String?
    package let due: Instant
    /// It has rung, and its person has not yet put it away.
    package let hasRung: Bool
    package let number: Int64
    package let subject: String
}

extension EventKind {
    /// subject: the reminder; kind: self or client; deadline in milliseconds
    package static let reminderSet = EventKind("request.reminder-set")
    /// subject: the reminder; why: hand, done, ended, answered
    package static let reminderEnded = EventKind("request.reminder-ended")
    /// A reminder to oneself rings. subject: the reminder; to: the person
    package static let reminderDue = EventKind("reminder.due")
    /// Okno has reminded the client, at the wish of the actor. subject: the reminder
    package static let clientReminded = EventKind("request.client-reminded")
}

extension Requests {
    package static let reminderTimer = "request.reminder"
    static let remindersLimit = 50

    /// Sets a reminder. The id is made by the page: a repetition adds nothing.
    package func remind(
        _ id: ReminderID, of number: Int64, at due: Instant, toClient: Bool, text: String?, by viewer: Viewer
    ) async throws {
        try await change(number, by: viewer, toClient ? .reply : .note) { change in
            guard try !change.tx.exists("SELECT 1 FROM reminder WHERE id = \(id)") else { return }
            guard due > change.now, due.since(change.now) <= ReminderRule.furthest else {
                throw RequestError.momentPast
            }
            guard change.request.state.isOpen else { throw RequestError.wrongState }
            if toClient, !change.standing.isStaff || change.standing.isClient { throw RequestError.notAllowed }
            let own: Int =
                try change.tx.value(
                    "SELECT COUNT(*) FROM reminder WHERE person_id = \(viewer.person) AND ended_at IS NULL") ?? 0
            guard own < Self.remindersLimit else { throw RequestError.tooMany }
            try change.tx.send(
                """
                INSERT INTO reminder (id, organisation_id, request_id, person_id, to_client, text, due_at, made_at)
                VALUES (\(id), \(viewer.organisation), \(change.request.id), \(viewer.person), \(toClient),
                    \(toClient ? nil : text), \(due), \(change.now))
                """)
            try Timers.set(Self.reminderTimer, key: id.text, due: due, in: change.tx)
            try change.tell(
                .reminderSet, subject: id.text,
                ["kind": toClient ? "client" : "self", "deadline": String(due.milliseconds)])
        }
    }

    /// Puts a reminder away: before it rings, or after. Only one's own.
    package func endReminder(_ id: ReminderID, by viewer: Viewer) async throws {
        try await own(id, by: viewer) { change, hasRung in
            try change.tx.send("UPDATE reminder SET ended_at = \(change.now) WHERE id = \(id)")
            try Timers.cancel(Self.reminderTimer, key: id.text, in: change.tx)
            try change.tell(.reminderEnded, subject: id.text, ["why": hasRung ? "done" : "hand"])
        }
    }

    /// Rings again later.
    package func moveReminder(_ id: ReminderID, to due: Instant, by viewer: Viewer) async throws {
        try await own(id, by: viewer) { change, _ in
            guard due > change.now, due.since(change.now) <= ReminderRule.furthest else {
                throw RequestError.momentPast
            }
            try change.tx.send("UPDATE reminder SET due_at = \(due), rung_at = NULL WHERE id = \(id)")
            try Timers.set(Self.reminderTimer, key: id.text, due: due, in: change.tx)
            let kind: String =
                try change.tx.exists("SELECT 1 FROM reminder WHERE id = \(id) AND to_client = 1") ? "client" : "self"
            try change.tell(
                .reminderSet, subject: id.text, ["kind": kind, "deadline": String(due.milliseconds)])
        }
    }

    /// One's own reminder that is still there. The request may be out of sight meanwhile: putting away is still possible.
    private func own(
        _ id: ReminderID, by viewer: Viewer, _ body: @escaping @Sendable (Change, Bool) throws -> Void
    ) async throws {
        let now = site.now()
        let (sequence, topics) = try await database.write(in: viewer.organisation) { tx in
            let found = try tx.one(
                """
                SELECT request_id, rung_at FROM reminder
                WHERE id = \(id) AND person_id = \(viewer.person) AND organisation_id = \(viewer.organisation)
                    AND ended_at IS NULL
                """
            ) { row in try (row[0] as RequestID, row[1] as Int64? != nil) }
            guard let (requestID, hasRung) = found, let request = try Self.any(requestID, tx) else {
                throw RequestError.notFound
            }
            let seen = Seen(
                request: request, standing: Self.standing(of: viewer, in: request, observes: false, unit: false),
                number: request.number)
            let change = Change(seen, by: viewer, at: now, in: tx)
            try body(change, hasRung)
            try change.store()
            return (change.lastNumber, ["request/\(request.id)", "person/\(viewer.person)"])
        }
        if sequence > 0 { bell.ring(viewer.organisation, sequence, topics: topics) }
    }

    /// What the timer does. The reminder, the event and the end of the timer are one transaction.
    package func ring(_ timer: DueTimer) async throws {
        let id = ReminderID(timer.key), now = site.now()
        let home: OrganisationID? = try await database.read { tx in
            try tx.value("SELECT organisation_id FROM reminder WHERE id = \(id)")
        }
        guard let home else {
            try await database.write(in: .installation) { tx in _ = try Timers.finish(timer, at: now, in: tx) }
            return
        }
        let (sequence, topics) = try await database.write(in: home) { tx -> (Int64, [String]) in
            guard try Timers.finish(timer, at: now, in: tx) else { return (0, []) }
            let found = try tx.one(
                """
                SELECT request_id, person_id, to_client, made_at FROM reminder
                WHERE id = \(id) AND ended_at IS NULL AND rung_at IS NULL
                """
            ) { row in
                try (row[0] as RequestID, row[1] as PersonID, row[2] as Bool, row[3] as Instant)
            }
            guard let (requestID, person, toClient, set) = found, let request = try Self.any(requestID, tx) else {
                return (0, [])
            }
            let change = Change(request, at: now, in: tx)
            try change.ring(id, of: person, toClient: toClient, set: set)
            try change.store()
            let observers = try Self.observers(of: request.id, tx)
            return (
                change.lastNumber, Self.topics(request, change.request, observers) + ["person/\(person)"]
            )
        }
        if sequence > 0 { bell.ring(home, sequence, topics: topics) }
    }

    /// A request by its id, for what has been allowed already.
    static func any(_ id: RequestID, _ tx: any ReadTransaction) throws -> Request? {
        try tx.one("SELECT \(Request.columns) FROM request WHERE id = \(id)", Request.init)
    }

    private static let reminderColumns: SQL = """
        SELECT reminder.id, reminder.person_id, reminder.to_client, reminder.text, reminder.due_at, reminder.rung_at,
            party.number, request.subject
        """

    private static func reminder(_ row: Row) throws -> Reminder {
        try Reminder(
            id: row[0], person: row[1], toClient: row[2], text: row[3], due: row[4],
            hasRung: row[5] as Int64? != nil, number: row[6], subject: row[7])
    }

    /// The viewer's own reminders, the nearest first.
    /// - Parameter rung: only those that wait to be put away.
    package static func reminders(
        of viewer: Viewer, in request: RequestID? = nil, rung: Bool = false, due range: Range<Instant>? = nil,
        _ tx: any ReadTransaction
    ) throws -> [Reminder] {
        var conditions: [SQL] = [
            "reminder.person_id = \(viewer.person) AND reminder.ended_at IS NULL", Visible.to(viewer),
        ]
        if let request { conditions.append("reminder.request_id = \(request)") }
        if rung { conditions.append("reminder.rung_at IS NOT NULL") }
        if let range {
            conditions.append("reminder.due_at >= \(range.lowerBound) AND reminder.due_at < \(range.upperBound)")
        }
        return try tx.all(
            """
            \(reminderColumns) FROM \(Visible.from(viewer)) JOIN reminder ON reminder.request_id = request.id
            WHERE \(SQL.joined(conditions, by: " AND ")) ORDER BY reminder.due_at, reminder.id LIMIT \(remindersLimit)
            """, reminder)
    }

    /// Which of these requests have a reminder of this viewer that rings.
    static func ringing(
        in requests: [RequestID], for viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> Set<RequestID> {
        guard !requests.isEmpty else { return [] }
        return Set(
            try tx.all(
                """
                SELECT request_id FROM reminder WHERE person_id = \(viewer.person) AND ended_at IS NULL
                    AND rung_at IS NOT NULL AND request_id IN (\(requests))
                """
            ) { row in try row[0] as RequestID })
    }
}

extension Change {
    /// To oneself it stays until it is put away; to the client it is a line of the conversation, and is over.
    fileprivate func ring(_ id: ReminderID, of person: PersonID, toClient: Bool, set: Instant) throws {
        guard ReminderRule.outcome(toClient: toClient, request, set: set) == .ring else {
            try tx.send("UPDATE reminder SET rung_at = \(now), ended_at = \(now) WHERE id = \(id)")
            try tell(.reminderEnded, subject: id.text, ["why": request.state.isOpen ? "answered" : "ended"])
            return
        }
        guard toClient else {
            try tx.send("UPDATE reminder SET rung_at = \(now) WHERE id = \(id)")
            try tell(.reminderDue, subject: id.text, ["to": person.text])
            return
        }
        try tx.send("UPDATE reminder SET rung_at = \(now), ended_at = \(now) WHERE id = \(id)")
        request.lastReplyNumber = try tell(.clientReminded, subject: id.text)
        request.lastReply = now
        request.lastReplyBy = person
    }
}
