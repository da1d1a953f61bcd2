import EventLog
package import Kernel
import Lines

/// Waiting, solving, and the client's last word.
extension Requests {
    /// The client's answer is needed, or another company's work: the clocks stand still meanwhile.
    package func wait(
        _ number: Int64, for awaited: Request.Awaited = .client, by viewer: Viewer, version: Int64? = nil
    ) async throws {
        try await change(number, by: viewer, .wait, version: version) { change in
            if change.request.assignee == nil, change.standing.works { try change.take() }
            try change.tell(.waiting, ["why": awaited == .client ? nil : awaited.rawValue])
            change.request.waitsFor = awaited
            try change.pause()
            change.request.state = .waiting
        }
    }

    package func proceed(_ number: Int64, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .proceed, version: version) { change in try change.proceed() }
    }

    package func solve(_ number: Int64, answer: String?, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .solve, version: version) { change in
            try change.checkFields()
            if change.request.state == .waiting { try change.proceed() }
            if change.request.assignee == nil, change.standing.works { try change.take() }
            try change.write(answer)
            if change.request.firstAnswer == nil { change.request.firstAnswer = change.now }
            try change.tell(.solved)
            change.request.state = .solved
            change.request.solved = change.now
            change.request.progress = 100
            try change.promiseClosing()
        }
    }

    /// «Да, решена»: the rating closes the request; without one where the line does not ask for it.
    package func confirm(_ number: Int64, rating: Int?, comment: String?, by viewer: Viewer) async throws {
        if let rating, !(1...5).contains(rating) { throw RequestError.ratingFirst }
        try await change(number, by: viewer, .confirm) { change in
            if rating == nil, try Lines.conditions(of: change.request.line, change.tx).needsRating {
                throw RequestError.ratingFirst
            }
            try change.tell(.confirmed, ["rating": rating.map(String.init)])
            change.request.rating = rating
            change.request.ratingComment = comment
            change.request.closedUnanswered = false
            change.end(in: .closed)
        }
    }

    /// «Нет, ещё нет»: back to work with everything kept.
    package func refuse(_ number: Int64, text: String, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .refuse) { change in
            try change.tell(.refused)
            change.backToWork()
            try change.write(text)
        }
    }

    package func reopen(_ number: Int64, text: String?, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .reopen, version: version) { change in
            try change.tell(.reopened)
            change.backToWork()
            try change.write(text)
        }
    }

    package func cancel(_ number: Int64, reason: String?, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .cancel, version: version) { change in
            if change.request.state == .waiting { try change.proceed() }
            try change.tell(.cancelled, subject: try change.keep(reason: reason))
            change.end(in: .cancelled)
        }
    }

    /// A specialist closes without the client's answer; the pages say so for ever.
    package func closeUnanswered(_ number: Int64, by viewer: Viewer, version: Int64? = nil) async throws {
        try await change(number, by: viewer, .closeUnanswered, version: version) { change in
            let closers = try Lines.conditions(of: change.request.line, change.tx).closers
            guard ConditionRule.mayClose(closers, change.standing) else { throw RequestError.notAllowed }
            try change.tell(.closedUnanswered)
            change.request.closedUnanswered = true
            change.end(in: .closed)
        }
    }
}

extension Change {
    /// What is left of these clocks is kept while somebody else is waited for. A clock that stands already is left alone: what it
    /// waited through is not counted twice.
    func pause(_ clocks: Set<DueRule.What> = [.answer, .solution]) throws {
        guard let line = try Lines.find(request.line, in: viewer.organisation, tx) else { return }
        if clocks.contains(.solution) { request.pausedLeft = Deadlines.paused(request, at: now, line: line) }
        if clocks.contains(.answer) {
            request.answerLeft =
                request.firstAnswer == nil ? Deadlines.left(until: request.answerDue, at: now, line: line) : nil
        }
    }

    /// The client answered, or the specialist goes on without.
    func proceed() throws {
        try tell(.proceeded)
        request.state = request.assignee == nil ? .new : .working
        guard let line = try Lines.find(request.line, in: viewer.organisation, tx) else { return }
        try set(deadline: Deadlines.resumed(request, at: now, line: line), why: "pause")
        if let left = request.answerLeft, request.firstAnswer == nil {
            try set(answerDue: Deadlines.due(after: left, at: now, line: line), why: "pause")
        }
        request.pausedLeft = nil
        request.answerLeft = nil
    }

    func end(in state: Request.State) {
        request.state = state
        request.ended = now
        request.closesAt = nil
        request.pausedLeft = nil
        request.answerLeft = nil
    }

    func backToWork() {
        request.state = request.assignee == nil ? .new : .working
        request.ended = nil
        request.solved = nil
        request.closesAt = nil
        request.closedUnanswered = false
        request.progress = min(request.progress, 90)
    }
}
