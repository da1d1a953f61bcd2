package import EventLog
package import Kernel
import Lines
import Storage
import Web

/// Warning before a deadline is missed, and telling when it was: each once for each due moment. When a request is to be looked at
/// stands in its row, so that nothing is forgotten by a restart.
extension Requests {
    package static let dueTimer = "request-due"
    private static let every: Int64 = 20_000
    private static let portion = 200

    /// Sets the timer unless it is set already.
    package func scheduleWarnings() async throws {
        let now = site.now()
        try await database.write(in: .installation) { tx in
            guard try !tx.exists("SELECT 1 FROM timer WHERE kind = \(Self.dueTimer)") else { return }
            try Timers.set(Self.dueTimer, key: "all", due: now, in: tx)
        }
    }

    package func warn(_ timer: DueTimer) async throws {
        let now = site.now()
        let mine = try await database.write(in: .installation) { tx -> Bool in
            guard try Timers.finish(timer, at: now, in: tx) else { return false }
            try Timers.set(
                Self.dueTimer, key: timer.key, due: Instant(milliseconds: now.milliseconds + Self.every), in: tx)
            return true
        }
        if mine { try await warn(at: now) }
    }

    /// - Returns: how many requests were looked at.
    @discardableResult
    package func warn(at now: Instant) async throws -> Int {
        var count = 0
        while true {
            let found = try await database.read { tx in
                try tx.all(
                    "SELECT id, organisation_id FROM request WHERE watch_at <= \(now) ORDER BY watch_at LIMIT \(Self.portion)"
                ) { row in try (row[0] as RequestID, row[1] as OrganisationID) }
            }
            count += found.count
            for (organisation, requests) in Dictionary(grouping: found, by: \.1) {
                let told = try await database.write(in: organisation) { tx in
                    try requests.compactMap { try Self.warn($0.0, at: now, in: tx) }
                }
                for told in told where told.number > 0 { bell.ring(organisation, told.number, topics: told.topics) }
            }
            if found.count < Self.portion { return count }
        }
    }

    private static func warn(_ id: RequestID, at now: Instant, in tx: any WriteTransaction) throws -> Told? {
        try byItself(id, at: now, in: tx) { change in
            // Another node may have told it meanwhile.
            guard let at = change.request.watchAt, at <= now else { return }
            try change.tellDue()
        }
    }

    /// Counts the deadlines of a line's open requests again, by the norms and the calendar of now. Those set by hand stay.
    /// - Returns: how many requests have another deadline than before.
    package func recount(_ line: LineID, by viewer: Viewer) async throws -> Int {
        guard viewer.isAdministrator else { throw RequestError.notFound }
        let now = site.now()
        let open = try await database.read { tx -> [RequestID] in
            guard try Lines.find(line, in: viewer.organisation, tx) != nil else { throw RequestError.notFound }
            return try tx.all(
                """
                SELECT id FROM request WHERE organisation_id = \(viewer.organisation) AND line_id = \(line) AND is_open = 1
                    AND state IN ('new', 'working', 'waiting') ORDER BY id
                """
            ) { row in try row[0] }
        }
        var changed = 0
        for start in stride(from: 0, to: open.count, by: Self.portion) {
            let part = Array(open[start..<min(start + Self.portion, open.count)])
            let told = try await database.write(in: viewer.organisation) { tx in
                try part.compactMap { id -> Told? in
                    guard
                        let request = try tx.one(
                            "SELECT \(Request.columns) FROM request WHERE id = \(id)", Request.init),
                        request.line == line, request.state.isOpen, request.state != .solved
                    else { return nil }
                    let seen = Seen(
                        request: request,
                        standing: Self.standing(of: viewer, in: request, observes: false, unit: false),
                        number: request.number)
                    let change = Change(seen, by: viewer, at: now, in: tx)
                    try change.renorm(why: "recount")
                    return change.lastNumber > 0 ? try Self.told(change) : nil
                }
            }
            changed += told.count
            for told in told { bell.ring(viewer.organisation, told.number, topics: told.topics) }
        }
        return changed
    }
}

extension Change {
    fileprivate func tellDue() throws {
        guard let line = try Lines.find(request.line, in: viewer.organisation, tx) else {
            request.watchAt = nil
            return
        }
        if request.state == .solved, let closes = request.closesAt {
            if closes > now {
                try tell(.closingSoon, ["until": String(closes.milliseconds)])
            } else {
                try tell(.closedUnanswered, ["why": "silent"])
                request.closedUnanswered = true
                end(in: .closed)
            }
        }
        for clock in DueClock.running(request) {
            let warn = DueRule.warning(from: request.registered, due: clock.due, calendar: line.calendar)
            guard let step = DueRule.step(warn: warn, due: clock.due, told: clock.told, now: now) else { continue }
            try tell(
                step == .missed ? .missed : .dueSoon,
                ["kind": clock.what.rawValue, "deadline": String(clock.due.milliseconds)])
            switch clock.what {
            case .answer:
                request.answerTold = step
                if step == .missed { request.answerMissed = request.answerMissed ?? clock.due }
            case .solution:
                request.solutionTold = step
                if step == .missed { request.missed = request.missed ?? clock.due }
            }
        }
        request.watchAt = DueClock.next(request, calendar: line.calendar)
    }

    /// Whatever moves a clock moves the moment at which it is looked at.
    func watchClocks() throws {
        guard
            before.closesAt != request.closesAt || before.state != request.state || before.line != request.line
                || before.registered != request.registered
                || DueClock.running(before) != DueClock.running(request)
        else { return }
        if request.state == .solved, let closes = request.closesAt, closes != before.closesAt {
            request.watchAt = DueRule.closingReminder(from: now, closes: closes)
            return
        }
        guard request.closesAt != nil || !DueClock.running(request).isEmpty,
            let line = try Lines.find(request.line, in: viewer.organisation, tx)
        else {
            request.watchAt = nil
            return
        }
        request.watchAt = DueClock.next(request, calendar: line.calendar)
    }
}
