import EventLog
package import Kernel
import Lines
import Storage
import Web

/// Taking back a transfer or a closing, from the dated facts. Whoever passes a request on may lose sight of it: for two minutes the
/// one who made the last change still may take it back.
extension Requests {
    /// The request whose last change is this viewer's own and fresh, whether or not it is still in sight.
    static func justChanged(
        _ number: Int64, by viewer: Viewer, at now: Instant, _ tx: any ReadTransaction
    ) throws -> Seen? {
        guard viewer.mayWork else { return nil }
        return try tx.one(
            """
            SELECT \(Request.columns), party.number FROM request
                JOIN party ON party.request_id = request.id AND party.organisation_id = \(viewer.organisation)
            WHERE party.number = \(number) AND request.changed_at >= \(now - Minutes(2)) AND EXISTS (
                SELECT 1 FROM request_span WHERE request_span.request_id = request.id AND until_at IS NULL
                    AND from_at = request.changed_at AND by_id = \(viewer.person) AND field IN ('line', 'assignee', 'state'))
            """
        ) { row in
            let request = try Request(row)
            return try Seen(
                request: request, standing: standing(of: viewer, in: request, observes: false, unit: false),
                number: row[Request.columnCount])
        }
    }

    /// - Parameters:
    ///   - topic: a line's topic is no dated fact; whoever takes back still knows it.
    ///   - version: what the change has made; somebody else's change since is not undone unseen.
    package func takeBack(
        _ number: Int64, topic: TopicID?, plan: Minutes?, by viewer: Viewer, version: Int64?
    ) async throws {
        let now = site.now()
        let (sequence, topics) = try await database.write(in: viewer.organisation) { tx -> (Int64, [String]) in
            guard let seen = try Self.justChanged(number, by: viewer, at: now, tx) else { throw RequestError.notFound }
            guard let version, seen.request.version == version else { throw RequestError.changedMeanwhile }
            let change = Change(seen, by: viewer, at: now, in: tx)
            try change.takeBack(topic: topic, plan: plan)
            try change.store()
            let observers = try Self.observers(of: change.request.id, tx)
            return (change.lastNumber, Self.topics(change.before, change.request, observers))
        }
        if sequence > 0 { bell.ring(viewer.organisation, sequence, topics: topics) }
    }
}

extension Change {
    /// What line, assignee and state were before the last change; absent for what it left alone.
    private func former() throws -> [Span: String?] {
        let ended = try tx.all(
            """
            SELECT field, value FROM request_span
            WHERE request_id = \(request.id) AND until_at = \(request.changed) AND field IN ('line', 'assignee', 'state')
            """
        ) { row in try (row[0] as String, row[1] as String?) }
        return Dictionary(
            ended.compactMap { field, value in Span(rawValue: field).map { ($0, value) } }, uniquingKeysWith: { $1 })
    }

    fileprivate func takeBack(topic: TopicID?, plan: Minutes?) throws {
        let former = try former()
        guard !former.isEmpty else { throw RequestError.wrongState }
        if let line = former[.line].flatMap({ $0 }).flatMap({ LineID(parsing: $0) }) {
            try tell(.lineChanged, ["from": request.line.text, "to": line.text])
            request.line = line
            request.topic = try topic.flatMap { try Lines.topic($0, on: line, tx)?.id }
            request.plan = plan
            try renorm(why: "line")
        }
        if let value = former[.assignee] {
            let person = value.flatMap { PersonID(parsing: $0) }
            try tell(
                person == nil ? .givenBack : .transferred,
                ["from": request.assignee?.text, "to": person?.text])
            if let person { try assign(person) } else { request.assignee = nil }
        }
        if let state = former[.state].flatMap({ $0 }).flatMap({ Request.State(rawValue: $0) }) {
            try takeBack(to: state)
        }
    }

    private func takeBack(to state: Request.State) throws {
        switch state {
        case .waiting:
            try tell(.waiting, ["why": request.waitsFor == .client ? nil : request.waitsFor.rawValue])
            try pause()
        case .solved:
            // Readers of the log know a solved request by its solution.
            try tell(.reopened)
            try tell(.solved)
            try promiseClosing()
            request.ended = nil
            request.closedUnanswered = false
        case .new, .working: break
        case .closed, .cancelled: throw RequestError.wrongState
        }
        request.state = state
    }
}
