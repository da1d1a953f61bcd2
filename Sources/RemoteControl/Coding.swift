import EventLog
package import Kernel
import Lines
import Requests
import Secrets
import Storage
import Web

extension RemoteControl {
    /// «Разрешить управление»: a code for one use by the agent on the client's computer. A new one replaces what was before.
    /// - Returns: the code and until when it is good.
    package func offer(on number: Int64, by viewer: Viewer) async throws -> (code: String, until: Instant) {
        let now = site.now(), code = ControlRule.code(Random.bytes(8))
        let until = Instant(milliseconds: now.milliseconds + ControlRule.codeLife)
        let fingerprint = vault.fingerprint(code, purpose: "control code")
        let all = try await database.write(in: viewer.organisation) { tx -> [ControlChange.Told] in
            let request = try Requests.called(number, for: viewer, tx)
            let hindrance = ControlRule.hindersOffer(
                request.standing, isRequestOpen: request.isOpen,
                isWayOpen: try Lines.isOpen(.control, on: request.line, to: request.client, tx))
            if let hindrance { throw hindrance }
            var told: [ControlChange.Told] = []
            if let old = try Self.present(of: request.id, tx) {
                let change = ControlChange(old, by: viewer.person, at: now, tx)
                try change.end(.replaced)
                told.append(change.told)
            }
            let id = ControlID.new(at: now)
            try tx.run(
                """
                INSERT INTO control_session (id, organisation_id, request_id, client_id, state, question, agreed, code,
                    code_until, computer, login, system, abilities, made_at, seen_at)
                VALUES (\(id), \(viewer.organisation), \(request.id), \(viewer.person), \(ControlSession.State.offered), 0, 0,
                    \(fingerprint), \(until), '', '', '', 0, \(now), \(now))
                """)
            guard let session = try Self.session(id, tx) else { throw ControlError.notFound }
            let change = ControlChange(session, by: viewer.person, at: now, tx)
            try change.setTimer()
            try change.tell(.controlOffered)
            return told + [change.told]
        }
        all.forEach(tell)
        return (code, until)
    }
}
