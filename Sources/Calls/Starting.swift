import Duty
import EventLog
package import Kernel
import Lines
import People
import Requests
import Storage

extension Calls {
    /// A client calls the specialist, a specialist the client or a colleague. The id is made by the page: a repetition starts nothing.
    /// - Parameters:
    ///   - colleague: the client of the request is neither rung for nor told.
    ///   - next: somebody has not answered: whoever else of the line is free.
    package func start(
        _ id: CallID, _ kind: Call.Kind, on number: Int64, to colleague: PersonID? = nil, next: Bool = false,
        by viewer: Viewer
    ) async throws {
        let node = node, present = present
        try await write(in: viewer.organisation) { tx, now in
            let request = try Requests.called(number, for: viewer, tx)
            if let known = try Self.any(id, tx) {
                guard known.startedBy == viewer.person, known.request == request.id else { throw CallError.notFound }
                return ((), nil)
            }
            let isClient = request.standing.isClient, isInternal = colleague != nil
            // Whoever asked for help calls those who help, whatever else they are here.
            guard !(isInternal && isClient) else { throw CallError.notAllowed }
            let before = try Self.departed(viewer.person, at: now, tx)
            let isWayOpen =
                try isInternal
                || Lines.isOpen(kind == .call ? .call : .screen, on: request.line, to: request.client, tx)
            let hindrance = try CallRule.hindersStart(
                request.standing, isRequestOpen: request.isOpen, isWayOpen: isWayOpen,
                isElsewhere: !Self.talking([viewer.person], tx).isEmpty,
                isGoing: !isInternal && Self.withClient(request.id, tx) != nil)
            if let hindrance { throw hindrance }
            var target = CallRule.Target.people([request.client])
            if isClient {
                target = try Self.target(
                    of: request.line, assignee: next ? nil : request.assignee,
                    besides: [viewer.person]
                        + (next ? Self.unavailing(request.id, for: viewer.person, at: now, tx) : []), at: now, tx)
            } else if let colleague {
                try Self.check(colleague, on: request.id, for: viewer, present, tx)
                target = .people([colleague])
            } else if try !Self.talking([request.client], tx).isEmpty {
                target = .inVain(.busy)
            }
            let call = Call(
                id: id, organisation: viewer.organisation, request: request.id, kind: kind, isInternal: isInternal,
                startedBy: viewer.person, started: now)
            try tx.run(
                """
                INSERT INTO call (id, organisation_id, request_id, kind, state, node_id, started_by, started_at, seen_at,
                    is_internal)
                VALUES (\(id), \(viewer.organisation), \(request.id), \(kind), 'ringing', \(node), \(viewer.person), \(now),
                    \(now), \(isInternal))
                """)
            let change = try CallChange(call, [], by: viewer.person, at: now, tx)
            if let before { change.follow(before) }
            try change.enter(viewer.person, isClient: isClient, ring: id.text, by: viewer.person)
            try change.tell(.callStarted, ["kind": kind.rawValue])
            switch target {
            case .people(let people):
                for person in people {
                    try change.ring(
                        person, isClient: person == request.client, ring: id.text, by: viewer.person)
                }
            case .inVain(let why): try change.end(why)
            }
            return ((), change)
        }
    }

    /// Whom a call to a line rings for.
    static func target(
        of line: LineID, assignee: PersonID?, besides others: [PersonID], at now: Instant, _ tx: any ReadTransaction
    ) throws -> CallRule.Target {
        let states = try Duty.now(of: [line], tx)[line] ?? []
        let staff = Set(try Lines.staff(of: line, tx).map(\.0)).subtracting(others + [assignee].compactMap(\.self))
        let onLine = states.filter { $0.state == .on && staff.contains($0.person) }.map(\.person)
        let assigned = try assignee.flatMap { others.contains($0) ? nil : $0 }.map { person in
            (person: person, whereabouts: try whereabouts(of: person, on: line, at: now, tx))
        }
        return try CallRule.target(
            assignee: assigned, onLine: onLine, talking: talking(onLine + [assignee].compactMap(\.self), tx))
    }

    /// Who has not answered somebody's calls about a request just now.
    static func unavailing(
        _ request: RequestID, for caller: PersonID, at now: Instant, _ tx: any ReadTransaction
    ) throws -> [PersonID] {
        try tx.all(
            """
            SELECT DISTINCT call_member.person_id FROM call JOIN call_member ON call_member.call_id = call.id
            WHERE call.request_id = \(request) AND call.started_by = \(caller) AND call.is_internal = 0
                AND call.started_at > \(now - CallRule.refusal) AND call_member.state IN ('declined', 'busy', 'missed')
            """
        ) { row in try row[0] }
    }

    static func whereabouts(
        of person: PersonID, on line: LineID, at now: Instant, _ tx: any ReadTransaction
    ) throws -> CallRule.Whereabouts {
        let state = try Duty.state(of: person, tx)[line]
        return try CallRule.Whereabouts(state, hasPage: !Presence.here([person], at: now, tx).isEmpty)
    }

    /// A colleague may be called who works in the same organisation, may see the request and is in no other call.
    static func check(
        _ person: PersonID, on request: RequestID, for viewer: Viewer,
        _ present: Present, _ tx: any ReadTransaction
    ) throws {
        guard person != viewer.person, try !seeing(request, [person], for: viewer, present, tx).isEmpty else {
            throw CallError.noSuchPerson
        }
        guard try talking([person], tx).isEmpty else { throw CallError.busy }
    }

    /// Those of these people who work in the viewer's organisation and may see a request, in their order; its client is not called as a
    /// colleague.
    static func seeing(
        _ request: RequestID, _ people: [PersonID], for viewer: Viewer, _ present: Present, _ tx: any ReadTransaction
    ) throws -> [PersonID] {
        let client = try client(of: request, tx)
        let colleagues = try present(people, tx).filter {
            $0.key != client && $0.value.organisation == viewer.organisation && $0.value.mayWork
        }
        let able = try Requests.seeing(request, among: Array(colleagues.values), tx)
        return people.filter(able.contains)
    }
}
