package import EventLog
package import Kernel
import Storage
import Web

extension Calls {
    package static let ringingTimer = "call-ringing"

    package func decline(_ id: CallID, busy: Bool, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard let me = change.member(viewer.person), me.state == .ringing else { return }
            try change.still(me, busy ? .busy : .declined)
            try change.tell(.callDeclined, ["why": busy ? "busy" : "declined"])
            try change.settle()
        }
    }

    /// Nobody has answered in time.
    package func miss(_ timer: DueTimer) async throws {
        try await onTime(timer) { change, member in
            guard member.state == .ringing else { return }
            try change.miss(member)
            try change.settle()
        }
    }

    /// What a timer says of a member of a call.
    func onTime(
        _ timer: DueTimer, _ body: @escaping @Sendable (CallChange, CallMember) throws -> Void
    ) async throws {
        let parts = timer.key.split(separator: "/").map(String.init)
        let id = CallID(parts.first ?? ""), person = PersonID(parts.last ?? ""), now = site.now()
        guard let call = try await database.read({ tx in try Self.any(id, tx) }) else {
            try await database.write(in: .installation) { tx in _ = try Timers.finish(timer, at: now, in: tx) }
            return
        }
        try await write(in: call.organisation) { tx, now in
            guard try Timers.finish(timer, at: now, in: tx), let call = try Self.any(id, tx), call.state != .ended
            else {
                return ((), nil)
            }
            let change = try CallChange(call, Self.members(of: id, tx), by: nil, at: now, tx)
            if let member = change.member(person) { try body(change, member) }
            return ((), change)
        }
    }
}
