package import EventLog
package import Kernel
import Lines
import Requests
import Storage
import Web

extension RemoteControl {
    /// Looks after a session: whether somebody answered, and whether the agent is still there.
    package static let timer = "control.watch"

    package func end(_ id: ControlID, by viewer: Viewer) async throws {
        try await change(id, in: viewer.organisation) { tx, now in
            let seen = try Self.find(id, for: viewer, tx)
            guard seen.session.state != .ended else { return nil }
            let looks = try Self.viewers(of: id, tx).contains(viewer.person)
            guard ControlRule.mayEnd(seen.request.standing, isViewer: looks) else { throw ControlError.notAllowed }
            let change = ControlChange(seen.session, by: viewer.person, at: now, tx)
            try change.end(viewer.person == seen.session.client ? .person : .specialist)
            return change
        }
    }

    /// At the computer, or because it must be.
    func end(_ id: ControlID, of organisation: OrganisationID, why: ControlSession.End) async throws {
        try await change(id, in: organisation) { tx, now in
            guard let session = try Self.session(id, tx), session.state != .ended else { return nil }
            let change = ControlChange(session, by: why == .person ? session.client : nil, at: now, tx)
            try change.end(why)
            return change
        }
    }

    /// Why a session must end now; nil: it goes on.
    func mustEnd(_ session: ControlSession, at now: Instant, _ tx: any ReadTransaction) throws -> ControlSession.End? {
        guard let client = try somebody(session.client, tx),
            let title = try Requests.titles(of: [session.request], for: client, tx)[session.request]
        else { return .closed }
        let request = try Requests.called(title.number, for: client, tx)
        // Its computer is known no more, or the rule that let somebody in without a question is over.
        if let machine = session.machine, try Self.machine(machine, in: session.organisation, tx) == nil {
            return .closed
        }
        guard try Self.staysUnattended(session, tx) else { return .closed }
        return ControlRule.end(
            isRequestOpen: request.isOpen,
            isWayOpen: try Lines.isOpen(.control, on: request.line, to: request.client, tx),
            silence: now.since(session.seen))
    }

    /// What the timer says.
    package func watch(_ timer: DueTimer) async throws {
        guard let organisation = timer.data["by"].map({ OrganisationID($0) }) else { return }
        let id = ControlID(timer.key)
        try await change(id, in: organisation) { tx, now in
            guard try Timers.finish(timer, at: now, in: tx), let session = try Self.session(id, tx),
                session.state != .ended
            else { return nil }
            let change = ControlChange(session, by: nil, at: now, tx)
            let isUnused = session.state == .offered && now >= session.codeUntil
            if let why = isUnused ? .unused : try self.mustEnd(session, at: now, tx) {
                try change.end(why)
                return change
            }
            if session.asked != nil, let asked = session.askedAt, now.since(asked) >= ControlRule.patience {
                change.session.asked = nil
                if session.state == .waiting { change.session.state = .timedOut }
                if session.invitation != nil { change.session.invitation = .timedOut }
                try change.store()
                try change.tell(.controlTimedOut)
            }
            try change.setTimer()
            return change
        }
    }

    /// The agent's wire is open at this node.
    func saw(_ id: ControlID, of organisation: OrganisationID) async throws {
        let now = site.now()
        try await database.write(in: organisation) { tx in
            _ = try tx.run("UPDATE control_session SET seen_at = \(now) WHERE id = \(id)")
        }
    }
}
