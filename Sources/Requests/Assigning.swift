import EventLog
package import Kernel
import Lines
import Storage
import TextSearch

/// Taking, giving back and passing on.
extension Requests {
    package func take(_ number: Int64, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .take, version: version) { change in try change.take() }
    }

    /// Back into the queue, with everything kept.
    package func giveBack(_ number: Int64, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .giveBack, version: version) { change in
            if change.request.state == .waiting { try change.proceed() }
            try change.tell(.givenBack, ["from": change.request.assignee?.text])
            change.request.assignee = nil
            change.request.state = .new
        }
    }

    /// To a specialist of the request's line, or of another line, or into another line's queue; the thread stays one.
    package func transfer(
        _ number: Int64, to person: PersonID?, line: LineID?, note: String?, by viewer: Viewer, version: Int64? = nil
    ) async throws {
        guard person != nil || line != nil else { throw RequestError.lineFirst }
        try await change(number, by: viewer, .transfer, version: version) { change in
            if let line, line != change.request.line { try change.move(to: line) }
            if let person, person != change.request.assignee {
                guard try Lines.staff(of: change.request.line, change.tx).contains(where: { $0.0 == person }) else {
                    throw RequestError.noSuchPerson
                }
                try change.tell(.transferred, ["from": change.request.assignee?.text, "to": person.text])
                try change.assign(person)
                if change.request.state == .new { change.request.state = .working }
            }
            try change.write(note, isNote: true)
        }
    }

    package func changeLine(_ number: Int64, to line: LineID, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            if line != change.request.line { try change.move(to: line) }
        }
    }
}

extension Change {
    func take(why: String? = nil) throws {
        if request.state == .waiting { try proceed() }
        try tell(.taken, ["from": request.assignee?.text, "to": viewer.person.text, "why": why])
        try assign(viewer.person)
        request.state = .working
    }

    /// The assignee's name leads to the request from now on.
    func assign(_ person: PersonID) throws {
        request.assignee = person
        request.taken = request.taken ?? now
        let name = try Requests.searchNames([person], tx).joined(separator: " ")
        try SearchIndex.add(name, forStaffOnly: false, to: request.searchRow, in: tx)
    }

    /// The other line's norm counts from the registration, so that passing on gains no time; a deadline set by hand stays.
    func move(to id: LineID, why: String? = nil) throws {
        guard let line = try Lines.find(id, in: viewer.organisation, tx), !line.isArchived else {
            throw RequestError.noSuchLine
        }
        if request.state == .waiting { try proceed() }
        try tell(.lineChanged, ["from": request.line.text, "to": id.text, "why": why])
        request.line = id
        request.topic = nil
        request.plan = line.planned.count > 0 ? line.planned : nil
        if let assignee = request.assignee, try !Lines.staff(of: id, tx).contains(where: { $0.0 == assignee }) {
            request.assignee = nil
            request.state = .new
        }
        try renorm(why: "line")
    }

    /// Computes anew what is due unless a person has set it.
    func renorm(why: String) throws {
        guard let line = try Lines.find(request.line, in: viewer.organisation, tx) else { return }
        let topic = try request.topic.flatMap { try Lines.topic($0, on: line.id, tx) }
        let norm = try Lines.norm(
            on: line.id, topic: request.topic, priority: request.priority, unit: request.clientUnit, tx)
        let waited = try waited(line)
        var counted: Set<DueRule.What> = []
        if !request.deadlineByHand {
            counted.insert(.solution)
            let deadline = Deadlines.norm(
                from: request.registered, line: line, planned: topic?.planned, priority: request.priority,
                said: norm.solution, waited: waited)
            try set(deadline: deadline, why: why)
        }
        if !request.answerByHand, request.firstAnswer == nil {
            counted.insert(.answer)
            let due = norm.answer.map { line.calendar.deadline(from: request.registered, after: $0 + waited) }
            try set(answerDue: due, why: why)
        }
        if request.state == .waiting { try pause(counted) }
    }

    /// How much of the line's time has been spent waiting.
    private func waited(_ line: Line) throws -> Minutes {
        let pauses: [(Instant, Instant?)] = try tx.all(
            """
            SELECT from_at, until_at FROM request_span
            WHERE request_id = \(request.id) AND field = \(Span.state) AND value = \(Request.State.waiting)
            """
        ) { row in try (row[0], row[1]) }
        return pauses.reduce(Minutes(0)) { $0 + line.calendar.working(between: $1.0, and: $1.1 ?? now) }
    }

    func set(deadline: Instant?, why: String, reason: String? = nil) throws {
        guard deadline != request.deadline else { return }
        try tell(
            .deadlineChanged, subject: try keep(reason: reason),
            [
                "from": request.deadline.map { String($0.milliseconds) },
                "to": deadline.map { String($0.milliseconds) },
                "why": why,
            ])
        request.deadline = deadline
        request.solutionTold = told(request.solutionTold, of: deadline)
    }

    func set(answerDue due: Instant?, why: String, reason: String? = nil) throws {
        guard due != request.answerDue else { return }
        try tell(
            .answerDueChanged, subject: try keep(reason: reason),
            [
                "from": request.answerDue.map { String($0.milliseconds) }, "to": due.map { String($0.milliseconds) },
                "why": why,
            ])
        request.answerDue = due
        request.answerTold = told(request.answerTold, of: due)
    }

    /// What was missed and is moved within the past is not missed again.
    private func told(_ told: DueRule.Told, of due: Instant?) -> DueRule.Told {
        guard told == .missed, let due, due <= now else { return .nothing }
        return .missed
    }
}
