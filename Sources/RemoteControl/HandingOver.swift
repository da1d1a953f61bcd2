import AgentProtocol
import EventLog
package import Kernel
import Requests
import Storage

extension RemoteControl {
    /// A colleague is to look too, or instead. The person at the computer agreed to somebody else: they are asked again, in the name of
    /// the colleague and about the same, and until they agree the colleague sees nothing.
    package func invite(_ person: PersonID, instead: Bool, to id: ControlID, by viewer: Viewer) async throws {
        try await change(id, in: viewer.organisation) { tx, now in
            let seen = try Self.find(id, for: viewer, tx), session = seen.session
            let looking = try Self.viewers(of: id, tx)
            guard looking.contains(viewer.person) else { throw ControlError.notAllowed }
            guard session.state == .agreed else { throw ControlError.notAgreed }
            guard person != viewer.person, let colleague = try self.somebody(person, tx),
                colleague.organisation == viewer.organisation,
                let theirs = try? Self.find(id, for: colleague, tx), ControlRule.mayWork(theirs.request.standing)
            else { throw ControlError.noSuchPerson }
            let change = ControlChange(session, by: viewer.person, at: now, tx)
            if looking.contains(person) {
                // The colleague has a consent of their own.
                guard instead else { return nil }
                try change.part(viewer.person)
                try change.tell(.controlHanded, ["to": person.text])
                return change
            }
            guard session.asked == nil else { throw ControlError.asking }
            guard looking.count - (instead ? 1 : 0) < ControlRule.mostViewers else { throw ControlError.tooMany }
            let isUnattended =
                try session.isUnattended && UnattendedPolicy.admits(colleague, on: theirs.request.line, tx)
            try change.ask(session.agreed, for: person, unattended: isUnattended)
            (change.session.invitation, change.session.invitedBy) = (.waiting, viewer.person)
            change.session.isInstead = instead
            try change.store()
            try change.setTimer()
            try change.tell(instead ? .controlHanded : .controlJoined, ["to": person.text])
            return change
        }
    }
}

extension ControlChange {
    /// What was asked for somebody is agreed to.
    func come(_ person: PersonID) throws {
        let inviter = session.invitation == .waiting ? session.invitedBy : nil
        try join(person, by: inviter ?? person)
        if let inviter, session.isInstead { try part(inviter) }
        (session.invitation, session.invitedBy, session.isInstead) = (nil, nil, false)
    }

    /// Who invited is told of it, on the page of the session.
    func failInvitation(_ why: ControlSession.Invitation) {
        if session.invitation == .waiting { session.invitation = why }
    }
}
