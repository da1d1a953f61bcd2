import Duty
package import EventLog
package import Kernel
import Requests
package import Storage
import Synchronization
import Web

/// A reader of the log: what happens to requests and to duty moves waiting requests on. It acts in the transaction that moves its
/// cursor, so a server that dies between two events leaves nothing half done.
package final class RequestRouter: LogReader {
    package let name = "router"
    private let routing: Routing
    private let told = Mutex<[OrganisationID: (Int64, Set<String>)]>([:])

    package init(_ routing: Routing) { self.routing = routing }

    /// A request that may wait for somebody now.
    private static let freeing: Set<EventKind> = [
        .registered, .givenBack, .lineChanged, .proceeded, .refused, .reopened, .transferred,
    ]
    /// Somebody's hands may be freer now, or a request is off the queue.
    private static let settling: Set<EventKind> = [
        .taken, .waiting, .solved, .cancelled, .closedUnanswered, .confirmed, .transferred, .givenBack, .lineChanged,
    ]

    package func take(_ events: [Event], in tx: any WriteTransaction) throws {
        guard case .organisation(let organisation) = tx.lane else { return }
        told.withLock { $0[organisation] = nil }
        let requests = Set(
            events.filter { Self.freeing.contains($0.kind) || Self.settling.contains($0.kind) }
                .compactMap(\.request))
        let isFreer = events.contains { Self.settling.contains($0.kind) }
        let lines = Set(events.compactMap(\.lineToLookAt))
        let gone = events.filter { $0.kind == .dutyChanged && $0.data["to"] != DutyState.on.rawValue }
        guard !requests.isEmpty || !lines.isEmpty || !gone.isEmpty else { return }
        let steering = try Steering(in: organisation, at: routing.site.now(), tx)
        for event in gone {
            guard let person = event.subject, let line = event.data["line"] else { continue }
            try steering.withdraw(from: PersonID(person), on: LineID(line))
        }
        for request in requests.sorted() { try steering.look(atRequest: request) }
        let steered = Set(steering.steered)
        for line in (isFreer ? steered : lines.intersection(steered)).sorted() { try steering.look(atLine: line) }
        let changed = Set(events.filter { $0.kind == .routingChanged }.compactMap(\.lineToLookAt))
        for line in lines.subtracting(steered).union(changed).sorted() {
            try Self.lookAtEach(line, isSteered: steered.contains(line), steering)
        }
        if steering.lastNumber > 0 || !steering.topics.isEmpty {
            told.withLock { $0[organisation] = (steering.lastNumber, steering.topics) }
        }
    }

    package func committed(in organisation: OrganisationID) {
        guard let (number, topics) = told.withLock({ $0.removeValue(forKey: organisation) }) else { return }
        routing.bell.ring(organisation, number, topics: topics.sorted())
    }

    /// A rule that has changed to «by hand» withdraws what it offered; its other limits hold from now on.
    private static func lookAtEach(_ line: LineID, isSteered: Bool, _ steering: Steering) throws {
        for offer in isSteered ? [] : try Routing.offers(where: "offer.line_id = \(line)", steering.tx) {
            try steering.end(offer, .withdrawn)
        }
        for request in try Requests.free(
            on: line, in: steering.organisation, atMost: Steering.most, steering.tx)
        {
            try steering.look(atRequest: request.id)
        }
    }
}

extension Routing {
    package static let timer = Steering.timer

    /// What a timer does: looks at its request again.
    package func look(_ timer: DueTimer) async throws {
        let id = RequestID(timer.key), now = site.now()
        let home: OrganisationID? = try await database.read { tx in
            try tx.value("SELECT organisation_id FROM request WHERE id = \(id)")
        }
        guard let home else {
            try await database.write(in: .installation) { tx in _ = try Timers.finish(timer, at: now, in: tx) }
            return
        }
        try await steer(in: home) { steering in
            guard try Timers.finish(timer, at: now, in: steering.tx) else { return }
            try steering.look(atRequest: id)
        }
    }

    @discardableResult
    func steer<Value: Sendable>(
        in organisation: OrganisationID, _ body: @escaping @Sendable (Steering) throws -> Value
    ) async throws -> Value {
        let now = site.now()
        let (value, number, topics) = try await database.write(in: organisation) { tx in
            let steering = try Steering(in: organisation, at: now, tx)
            let value = try body(steering)
            return (value, steering.lastNumber, steering.topics)
        }
        if !topics.isEmpty { bell.ring(organisation, number, topics: topics.sorted()) }
        return value
    }
}
