import AgentProtocol
import EventLog
package import Kernel
import Requests
import Secrets
import Storage
import Web

/// Somebody who may look, for as long as both the person and the session may.
struct Admitted: Sendable {
    let session: ControlID
    let organisation: OrganisationID
    let person: PersonID
    let signIn: SessionID
}

extension RemoteControl {
    /// What opens one stream once, within a minute, from the browser that asked for it.
    package func token(for id: ControlID, by viewer: Viewer) async throws -> String {
        guard case .session(let signIn) = viewer.kind else { throw ControlError.notAllowed }
        let token = Random.token(), now = site.now()
        let print = vault.fingerprint(token, purpose: "control stream")
        try await database.write(in: viewer.organisation) { tx in
            let seen = try Self.find(id, for: viewer, tx)
            guard try Self.looks(viewer, at: seen, tx) else { throw ControlError.notAllowed }
            guard seen.session.state == .agreed else { throw ControlError.notAgreed }
            try tx.run("DELETE FROM control_token WHERE until_at < \(now)")
            try tx.run(
                """
                INSERT INTO control_token (token, session_id, person_id, sign_in_id, until_at)
                VALUES (\(print), \(id), \(viewer.person), \(signIn),
                    \(Instant(milliseconds: now.milliseconds + ControlRule.tokenLife)))
                """)
        }
        return token
    }

    static func looks(_ viewer: Viewer, at seen: SeenSession, _ tx: any ReadTransaction) throws -> Bool {
        try ControlRule.mayWork(seen.request.standing)
            && (!seen.session.isUnattended || UnattendedPolicy.admits(viewer, on: seen.request.line, tx))
            && viewers(of: seen.session.id, tx).contains(viewer.person)
    }

    /// Takes a token; nil: it is not good, or not for this browser.
    func admit(_ token: String, signIn: SessionID, person: Viewer) async throws -> Admitted? {
        let print = vault.fingerprint(token, purpose: "control stream"), now = site.now()
        return try await database.write(in: person.organisation) { tx in
            let id: ControlID? = try tx.value(
                """
                SELECT session_id FROM control_token WHERE token = \(print) AND person_id = \(person.person)
                    AND sign_in_id = \(signIn) AND until_at > \(now)
                """)
            guard let id, let seen = try? Self.find(id, for: person, tx), seen.session.state == .agreed,
                try Self.looks(person, at: seen, tx)
            else { return nil }
            try tx.run("DELETE FROM control_token WHERE token = \(print)")
            return Admitted(session: id, organisation: person.organisation, person: person.person, signIn: signIn)
        }
    }

    /// A stream of a viewer opens: from here on the time counts.
    func began(_ viewer: Admitted) async throws {
        try await change(viewer.session, in: viewer.organisation) { tx, now in
            guard let session = try Self.session(viewer.session, tx), session.state == .agreed else { return nil }
            let isNew = try tx.run(
                """
                UPDATE control_viewer SET opened_at = \(now) WHERE session_id = \(viewer.session)
                    AND person_id = \(viewer.person) AND until_at IS NULL AND opened_at IS NULL
                """)
            guard isNew > 0 else { return nil }
            let isFirst = try tx.run(
                """
                UPDATE control_viewer SET began_at = \(now) WHERE session_id = \(viewer.session)
                    AND person_id = \(viewer.person) AND until_at IS NULL AND began_at IS NULL
                """)
            guard isFirst > 0 else { return nil }
            let change = ControlChange(session, by: viewer.person, at: now, tx)
            if session.started == nil {
                change.session.started = now
                try change.store()
            }
            try change.tell(.controlStarted)
            return change
        }
    }

    /// The last stream of a viewer closed.
    func paused(_ viewer: Admitted) async throws {
        try await change(viewer.session, in: viewer.organisation) { [desk] tx, now in
            // Somebody who came again meanwhile looks on.
            guard !desk.looks(viewer), let session = try Self.session(viewer.session, tx), session.state != .ended
            else { return nil }
            let change = ControlChange(session, by: nil, at: now, tx)
            try change.pause(viewer.person, at: now)
            return change
        }
    }
}
