package import EventLog
package import Kernel
import Lines
import Requests
import Storage
import Web

/// Making, changing, pausing and ending a request that repeats; and registering it when its time has come.
extension Plans {
    package static let timer = "plan.register"
    static let mostOfOnePerson = 100

    /// Keeps a template. The id is made by the page: a repetition makes nothing.
    package func make(_ id: RecurringID, _ details: RecurringDetails, by viewer: Viewer) async throws {
        try await act(by: viewer) { now, tx in
            guard try !tx.exists("SELECT 1 FROM recurring WHERE id = \(id)") else { return }
            try Self.check(details, by: viewer, tx)
            let own: Int =
                try tx.value(
                    "SELECT COUNT(*) FROM recurring WHERE author_id = \(viewer.person) AND ended_at IS NULL") ?? 0
            guard own < Self.mostOfOnePerson else { throw PlanError.tooMany }
            guard let next = details.repetition.next(after: now, in: viewer.zone) else { throw PlanError.untilPast }
            let when = details.repetition
            try tx.run(
                """
                INSERT INTO recurring (id, organisation_id, author_id, line_id, topic_id, client_id, subject, text, every, minute,
                    weekday, month_day, until_day, zone, made_at, next_at, next_message)
                VALUES (\(id), \(viewer.organisation), \(viewer.person), \(details.line), \(details.topic), \(details.client),
                    \(details.subject), \(details.text), \(when.every.rawValue), \(when.minute), \(when.weekday), \(when.day),
                    \(when.until?.daysSince1970), \(viewer.zone.name), \(now), \(next), \(MessageID.new(at: now)))
                """)
            try Timers.set(Self.timer, key: id.text, due: next, in: tx)
            try Self.tell(.planMade, id, by: viewer.person, at: now, Self.data(details), tx)
        }
    }

    /// Changes what is registered from the next time on. What has been registered stays as it is.
    package func change(_ id: RecurringID, _ details: RecurringDetails, by viewer: Viewer) async throws {
        try await act(by: viewer) { now, tx in
            let known = try Recurring.find(id, for: viewer, tx)
            guard known.ended == nil else { throw PlanError.notFound }
            guard known.details != details else { return }
            try Self.check(details, by: viewer, tx)
            guard let next = details.repetition.next(after: now, in: known.zone) else { throw PlanError.untilPast }
            let when = details.repetition
            // A new id: a request may be there under the old one, and then the next time would register nothing.
            try tx.run(
                """
                UPDATE recurring SET line_id = \(details.line), topic_id = \(details.topic), client_id = \(details.client),
                    subject = \(details.subject), text = \(details.text), every = \(when.every.rawValue),
                    minute = \(when.minute), weekday = \(when.weekday), month_day = \(when.day),
                    until_day = \(when.until?.daysSince1970), next_at = \(known.paused == nil ? next : nil),
                    next_message = \(MessageID.new(at: now))
                WHERE id = \(id)
                """)
            if known.paused == nil { try Timers.set(Self.timer, key: id.text, due: next, in: tx) }
            try Self.tell(.planChanged, id, by: viewer.person, at: now, Self.data(details), tx)
        }
    }

    package func pause(_ id: RecurringID, by viewer: Viewer) async throws {
        try await act(by: viewer) { now, tx in
            let known = try Recurring.find(id, for: viewer, tx)
            guard known.ended == nil, known.paused == nil else { return }
            try Self.pause(id, why: "hand", by: viewer.person, at: now, tx)
        }
    }

    /// What was missed meanwhile is not made up for.
    package func resume(_ id: RecurringID, by viewer: Viewer) async throws {
        try await act(by: viewer) { now, tx in
            let known = try Recurring.find(id, for: viewer, tx)
            guard known.ended == nil, known.paused != nil else { return }
            guard let next = known.details.repetition.next(after: now, in: known.zone) else {
                throw PlanError.untilPast
            }
            // As in a change, the next time gets an id of its own.
            try tx.run(
                """
                UPDATE recurring SET paused_at = NULL, paused_why = NULL, next_at = \(next),
                    next_message = \(MessageID.new(at: now))
                WHERE id = \(id)
                """)
            try Timers.set(Self.timer, key: id.text, due: next, in: tx)
            try Self.tell(.planResumed, id, by: viewer.person, at: now, [:], tx)
        }
    }

    package func end(_ id: RecurringID, by viewer: Viewer) async throws {
        try await act(by: viewer) { now, tx in
            guard try Recurring.find(id, for: viewer, tx).ended == nil else { return }
            try Self.end(id, why: "hand", by: viewer.person, at: now, tx)
        }
    }

    /// What a timer does. The request is registered under an id that was chosen before, so a crash between it and the next time
    /// registers nothing twice; a time that was missed while the server was off is made up for once.
    package func register(_ timer: DueTimer) async throws {
        let id = RecurringID(timer.key), now = site.now()
        // Whose time is not now has been registered meanwhile, by another node or before a crash.
        let (found, author, hasClient) = try await database.read { tx in
            let found = try Recurring.waiting(id, tx).flatMap { ($0.1.next ?? now) <= now ? $0 : nil }
            return (
                found, try found.flatMap { try somebody($0.1.author, tx) },
                try found.map { try Self.works($0.1.details.client, in: $0.0, tx) } ?? false
            )
        }
        guard let (home, plan) = found else {
            try await database.write(in: .installation) { tx in _ = try Timers.finish(timer, at: now, in: tx) }
            return
        }
        var number: Int64?, refused: String?
        if let author, author.organisation == home, author.isStaff, hasClient {
            do { number = try await requests.register(plan.registration, by: author) } catch let fault as RequestError {
                refused = Self.reason(fault)
            }
        } else {
            // One who has left answers nothing: the author is told, and may name another client.
            refused = hasClient ? "rights" : "client"
        }
        let (registered, why) = (number, refused)
        let told = try await database.write(in: home) { tx -> Bool in
            guard try Timers.finish(timer, at: now, in: tx), try Recurring.waiting(id, tx) != nil else { return false }
            if let why {
                try Self.pause(id, why: why, by: nil, at: now, tx)
                return true
            }
            let next = plan.details.repetition.next(after: now, in: plan.zone)
            try tx.run(
                """
                UPDATE recurring SET last_at = \(now), last_number = \(registered), next_at = \(next),
                    next_message = \(MessageID.new(at: now))
                WHERE id = \(id)
                """)
            guard let next else {
                try Self.end(id, why: "until", by: nil, at: now, tx)
                return true
            }
            try Timers.set(Self.timer, key: id.text, due: next, in: tx)
            return true
        }
        if told { bell.ring(home, 0, topics: ["person/\(plan.author)"]) }
    }

    // MARK: the same in all of them

    private func act(
        by viewer: Viewer, _ body: @escaping @Sendable (Instant, any WriteTransaction) throws -> Void
    ) async throws {
        guard viewer.isStaff else { throw PlanError.notFound }
        let now = site.now()
        try await database.write(in: viewer.organisation) { tx in try body(now, tx) }
        bell.ring(viewer.organisation, 0, topics: ["person/\(viewer.person)"])
    }

    /// A template that could not be registered today is not kept for tomorrow.
    private static func check(_ details: RecurringDetails, by viewer: Viewer, _ tx: any ReadTransaction) throws {
        guard let line = try Lines.find(details.line, in: viewer.organisation, tx), !line.isArchived,
            try viewer.lines[line.id] != nil || viewer.isManager || viewer.isAdministrator
                || Lines.isOffered(line.id, to: viewer, tx)
        else { throw PlanError.noSuchLine }
        if let topic = details.topic {
            guard let found = try Lines.topic(topic, on: line.id, tx), !found.isArchived else {
                throw PlanError.noSuchTopic
            }
        }
        guard try works(details.client, in: viewer.organisation, tx) else { throw PlanError.noSuchClient }
    }

    /// Whether a client is of this organisation and has not left. Who is blocked comes back, and their requests go on.
    private static func works(
        _ client: PersonID, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> Bool {
        try tx.exists(
            "SELECT 1 FROM person WHERE id = \(client) AND organisation_id = \(organisation) AND state <> 'left'")
    }

    private static func reason(_ fault: RequestError) -> String {
        switch fault {
        case .noSuchLine: "line"
        case .noSuchTopic: "topic"
        case .noSuchPerson: "client"
        default: "rights"
        }
    }

    private static func pause(
        _ id: RecurringID, why: String, by person: PersonID?, at now: Instant, _ tx: any WriteTransaction
    ) throws {
        try tx.run(
            "UPDATE recurring SET paused_at = \(now), paused_why = \(why), next_at = NULL WHERE id = \(id)")
        try Timers.cancel(timer, key: id.text, in: tx)
        try tell(.planPaused, id, by: person, at: now, ["why": why], tx)
    }

    private static func end(
        _ id: RecurringID, why: String, by person: PersonID?, at now: Instant, _ tx: any WriteTransaction
    ) throws {
        try tx.run("UPDATE recurring SET ended_at = \(now), next_at = NULL WHERE id = \(id)")
        try Timers.cancel(timer, key: id.text, in: tx)
        try tell(.planEnded, id, by: person, at: now, ["why": why], tx)
    }

    private static func tell(
        _ kind: EventKind, _ id: RecurringID, by person: PersonID?, at now: Instant, _ data: EventData,
        _ tx: any WriteTransaction
    ) throws {
        try EventLog.append(kind, by: person, at: now, subject: id.text, data: data, in: tx)
    }

    private static func data(_ details: RecurringDetails) -> EventData {
        [
            "line": details.line.text, "topic": details.topic?.text, "client": details.client.text,
            "kind": details.repetition.every.rawValue,
        ]
    }
}

extension Recurring {
    var registration: Registration {
        let text = details.text.isEmpty ? details.subject : "\(details.subject)\n\n\(details.text)"
        var registration = Registration(id: message, line: details.line, text: text)
        registration.topic = details.topic
        registration.client = details.client
        registration.origin = .recurring
        return registration
    }
}
