import EventLog
import Kernel
import Storage
import TextSearch
import Web

/// One act on one request inside its transaction: the request as it was, as it becomes, and the events told meanwhile.
final class Change {
    let tx: any WriteTransaction
    let viewer: Viewer
    /// Whom the history names; nil: Okno itself.
    let actor: PersonID?
    let now: Instant
    let standing: Standing
    let before: Request
    var request: Request
    private(set) var lastNumber: Int64 = 0
    /// Other requests that this act has touched.
    var also: [Change] = []

    init(_ seen: Seen, by viewer: Viewer, at now: Instant, in tx: any WriteTransaction) {
        self.tx = tx
        self.viewer = viewer
        actor = viewer.person
        self.now = now
        standing = seen.standing
        before = seen.request
        request = seen.request
    }

    /// What Okno does by itself.
    init(_ request: Request, at now: Instant, in tx: any WriteTransaction) {
        self.tx = tx
        viewer = Viewer(kind: .system, organisation: request.organisation, person: request.client, roles: [])
        actor = nil
        self.now = now
        standing = Standing()
        before = request
        self.request = request
    }

    /// Tells the log. The number of the event becomes the request's last.
    @discardableResult
    func tell(_ kind: EventKind, subject: String? = nil, _ data: EventData = [:]) throws -> Int64 {
        lastNumber = try EventLog.append(
            kind, by: actor, at: now, request: request.id, subject: subject, data: data, in: tx)
        request.lastNumber = lastNumber
        return lastNumber
    }

    /// Keeps words a person gave beside the log, which holds none.
    func keep(reason: String?) throws -> String? {
        guard let reason else { return nil }
        let id = ID<Change>.new(at: now)
        try tx.send("INSERT INTO reason (id, request_id, text) VALUES (\(id), \(request.id), \(reason))")
        return id.text
    }

    func store() throws {
        // A name for a part of a state goes with the state, and with the line that gave it.
        if before.state != request.state || before.line != request.line, request.ownState == before.ownState {
            request.ownState = nil
        }
        try watchClocks()
        guard request != before else { return }
        request.changed = now
        if Self.fields(request) != Self.fields(before) { request.version += 1 }
        try request.update(tx)
        try Span.change(from: before, to: request, by: actor, at: now, in: tx)
        if before.line != request.line || before.assignee != request.assignee { try rescope() }
    }

    /// Tells the search index who may find the request now.
    func rescope() throws {
        try SearchIndex.rescope(
            request.searchRow, to: Searching.scope(of: request, observers: Requests.observers(of: request.id, tx), tx),
            in: tx)
    }

    /// The fields that two people may change at once.
    private static func fields(_ request: Request) -> [String?] {
        [
            request.line.text, request.topic?.text, request.state.rawValue, request.priority.rawValue,
            request.assignee?.text,
            request.deadline.map { String($0.milliseconds) }, request.answerDue.map { String($0.milliseconds) },
            request.plan.map { String($0.count) },
            String(request.progress), request.ownState?.text,
        ]
    }
}

extension Requests {
    /// Runs an act on a request that the viewer may see, after the permission rule.
    /// - Parameter version: what the person saw; nil when the act does not depend on it.
    /// - Returns: what the body returns, after the commit.
    @discardableResult
    func change<Value: Sendable>(
        _ number: Int64, by viewer: Viewer, _ act: RequestAct, version: Int64? = nil,
        _ body: @escaping @Sendable (Change) throws -> Value
    ) async throws -> Value {
        let now = site.now()
        // The lane is the owner's; within one organisation that is the viewer's own.
        let (value, sequence, topics) = try await database.write(in: viewer.organisation) { tx in
            let seen = try Self.find(number, for: viewer, tx)
            try Permission.check(act, seen.request, seen.standing)
            if let version, version != seen.request.version { throw RequestError.changedMeanwhile }
            let change = Change(seen, by: viewer, at: now, in: tx)
            let value = try body(change)
            try change.store()
            let observers = try Self.observers(of: change.request.id, tx)
            let topics = try change.also.reduce(Self.topics(change.before, change.request, observers)) { topics, also in
                topics + Self.topics(also.before, also.request, try Self.observers(of: also.request.id, tx))
            }
            return (value, change.lastNumber, topics)
        }
        if sequence > 0 { bell.ring(viewer.organisation, sequence, topics: topics) }
        return value
    }
}
