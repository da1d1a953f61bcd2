package import AgentProtocol
import EventLog
package import Kernel
import Requests
import Storage

extension RemoteControl {
    /// A specialist asks the person at the computer; the answer comes from there.
    package func ask(_ what: Rights, in id: ControlID, by viewer: Viewer) async throws {
        try await change(id, in: viewer.organisation) { tx, now in
            let seen = try Self.find(id, for: viewer, tx), session = seen.session
            let hindrance = ControlRule.hindersQuestion(
                seen.request.standing, session.state, isAsking: session.asked != nil, asked: what,
                agreed: session.agreed)
            if let hindrance { throw hindrance }
            let looking = try Self.viewers(of: id, tx)
            guard looking.contains(viewer.person) || looking.count < ControlRule.mostViewers else {
                throw ControlError.tooMany
            }
            let change = ControlChange(session, by: viewer.person, at: now, tx)
            let question = ControlRule.question(what, agreed: session.agreed)
            let isUnattended =
                try session.isUnattended && UnattendedPolicy.admits(viewer, on: seen.request.line, tx)
            try change.ask(question, for: viewer.person, unattended: isUnattended)
            try change.store()
            try change.setTimer()
            try change.tell(
                isUnattended ? .controlEntered : .controlAsked, ["fields": question.codes.joined(separator: ",")])
            return change
        }
    }

    /// What the person at the computer said, or nobody.
    func answer(_ answer: Answer, to question: Int, in id: ControlID, of organisation: OrganisationID) async throws {
        try await change(id, in: organisation) { tx, now in
            // A late answer to an old question grants nothing.
            guard let session = try Self.session(id, tx), session.state != .ended, session.question == question,
                let asked = session.asked, let by = session.askedBy
            else { return nil }
            var actor: PersonID? = session.client
            if answer == .timedOut { actor = nil }
            if case .admitted = answer { actor = nil }
            let change = ControlChange(session, by: actor, at: now, tx)
            change.session.asked = nil
            var state = ControlSession.State.refused
            switch answer {
            case .granted(let rights), .admitted(let rights):
                let granted = ControlRule.granted(rights, asked: asked)
                var isUnattended = false
                if case .admitted = answer { isUnattended = true }
                // No computer opens itself to a question that was to be put to a person.
                guard !granted.isEmpty, !isUnattended || session.asksUnattended else { fallthrough }
                change.session.agreed = granted
                if !granted.contains(.files) { try change.endFiles(.consent) }
                change.session.isRecorded = session.asksRecorded
                change.session.isUnattended = isUnattended
                state = .agreed
                try change.tell(
                    isUnattended ? .controlAdmitted : .controlAgreed,
                    ["fields": granted.codes.joined(separator: ",")])
                try change.come(by)
            case .refused:
                change.failInvitation(.refused)
                try change.tell(.controlRefused)
            case .timedOut:
                state = .timedOut
                change.failInvitation(.timedOut)
                try change.tell(.controlTimedOut)
            case .impossible:
                change.failInvitation(.impossible)
                try change.tell(.controlImpossible)
            }
            // A refusal leaves what was agreed to before.
            if session.state != .agreed || state == .agreed { change.session.state = state }
            try change.store()
            return change
        }
    }
}
