import EventLog
package import Kernel
import Lines
import Storage

/// Fields of a request: topic, priority, deadline, plan, progress; labour time; observers.
extension Requests {
    package func setTopic(_ number: Int64, to topic: TopicID?, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            guard topic != change.request.topic else { return }
            if let topic {
                guard let found = try Lines.topic(topic, on: change.request.line, change.tx) else {
                    throw RequestError.noSuchTopic
                }
                change.request.plan = found.planned ?? change.request.plan
            }
            try change.tell(.topicChanged, ["from": change.request.topic?.text, "to": topic?.text])
            change.request.topic = topic
            try change.renorm(why: "topic")
        }
    }

    package func setPriority(_ number: Int64, to priority: Priority, by viewer: Viewer, version: Int64? = nil)
        async throws
    {
        try await change(number, by: viewer, .edit, version: version) { change in
            guard priority != change.request.priority else { return }
            try change.tell(
                .priorityChanged, ["from": change.request.priority.rawValue, "to": priority.rawValue])
            change.request.priority = priority
            try change.renorm(why: "priority")
        }
    }

    /// By hand, or nil for the norm again.
    package func setDeadline(
        _ number: Int64, to deadline: Instant?, reason: String? = nil, by viewer: Viewer, version: Int64? = nil
    ) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            if let deadline, deadline <= change.now { throw RequestError.deadlinePast }
            change.request.deadlineByHand = deadline != nil
            guard let deadline else { return try change.renorm(why: "norm") }
            try change.set(deadline: deadline, why: "hand", reason: reason)
            if change.request.state == .waiting { try change.pause([.solution]) }
        }
    }

    /// When the first answer is due: by hand, or nil for the norm again.
    package func setAnswerDue(
        _ number: Int64, to due: Instant?, reason: String? = nil, by viewer: Viewer, version: Int64? = nil
    ) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            guard change.request.firstAnswer == nil else { throw RequestError.wrongState }
            if let due, due <= change.now { throw RequestError.deadlinePast }
            change.request.answerByHand = due != nil
            guard let due else { return try change.renorm(why: "norm") }
            try change.set(answerDue: due, why: "hand", reason: reason)
            if change.request.state == .waiting { try change.pause([.answer]) }
        }
    }

    package func setPlan(
        _ number: Int64, to plan: Minutes?, reason: String? = nil, by viewer: Viewer, version: Int64? = nil
    ) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            guard plan != change.request.plan else { return }
            try change.tell(
                .planChanged, subject: try change.keep(reason: reason),
                ["from": change.request.plan.map { String($0.count) }, "to": plan.map { String($0.count) }])
            change.request.plan = plan
        }
    }

    package func setProgress(_ number: Int64, to percent: Int, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            guard percent != change.request.progress else { return }
            try change.tell(.progressChanged, ["from": String(change.request.progress), "to": String(percent)])
            change.request.progress = percent
        }
    }

    /// Adds labour time; a negative number corrects, but never below nothing.
    package func addTime(_ number: Int64, _ minutes: Minutes, reason: String?, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .addTime) { change in try change.add(minutes, reason: reason) }
    }

    package func watch(_ number: Int64, _ person: PersonID? = nil, by viewer: Viewer) async throws {
        try await change(number, by: viewer, person == nil ? .watch : .edit) { change in
            let person = person ?? viewer.person
            guard
                try change.tx.exists(
                    "SELECT 1 FROM person WHERE id = \(person) AND organisation_id = \(viewer.organisation)")
            else { throw RequestError.noSuchPerson }
            guard try change.observe(person) else { return }
            try change.tell(.observerAdded, subject: person.text)
        }
    }

    package func unwatch(_ number: Int64, _ person: PersonID? = nil, by viewer: Viewer) async throws {
        try await change(number, by: viewer, person == nil ? .watch : .edit) { change in
            let person = person ?? viewer.person
            guard try !Self.hasTask(person, in: change.request.id, change.tx) else { throw RequestError.hasTask }
            let changed = try change.tx.run(
                """
                UPDATE observer SET until_at = \(change.now)
                WHERE request_id = \(change.request.id) AND person_id = \(person) AND until_at IS NULL
                """)
            guard changed > 0 else { return }
            try change.tell(.observerRemoved, subject: person.text)
            try change.rescope()
        }
    }
}

extension Change {
    /// - Returns: false when the person observed already.
    func observe(_ person: PersonID) throws -> Bool {
        let changed = try tx.run(
            """
            INSERT INTO observer (request_id, person_id, from_at) VALUES (\(request.id), \(person), \(now))
            ON CONFLICT (person_id, request_id) WHERE until_at IS NULL DO NOTHING
            """)
        guard changed > 0 else { return false }
        try rescope()
        return true
    }

    func add(_ minutes: Minutes, reason: String?, isAttention: Bool = false, why: String? = nil) throws {
        let minutes = Minutes(max(minutes.count, -request.fact.count))
        guard minutes.count != 0 else { return }
        let id = ID<Change>.new(at: now)
        try tx.send(
            """
            INSERT INTO time_spent (id, request_id, person_id, minutes, reason, at, is_attention)
            VALUES (\(id), \(request.id), \(viewer.person), \(minutes), \(reason), \(now), \(isAttention))
            """)
        request.fact = request.fact + minutes
        try tell(
            .timeAdded, subject: id.text,
            [
                "minutes": String(minutes.count), "total": String(request.fact.count),
                "why": why ?? (isAttention ? "attention" : nil),
            ])
    }
}
