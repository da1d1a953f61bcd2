import EventLog
package import Kernel
import Requests
import Storage

extension Calls {
    /// The first answer to a ring stops it everywhere else.
    package func answer(_ id: CallID, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { change in
            guard let me = change.member(viewer.person) else { throw CallError.notFound }
            // A second press, or the same person's other window.
            if me.state == .inside, change.call.state != .ended { return }
            if let before = try Self.departed(me.person, at: change.now, change.tx) { change.follow(before) }
            // Who passed the call on goes with this answer, and makes room.
            let passing = me.insteadOf.flatMap(change.member).flatMap { $0.state == .inside ? $0 : nil }
            let hindrance = try CallRule.hindersAnswer(
                me.state, call: change.call.state, inside: change.inside - (passing == nil ? 0 : 1),
                isElsewhere: !Self.talking([viewer.person], change.tx).isEmpty)
            if let hindrance { throw hindrance }
            try change.still(me, .stopped)
            for other in change.members where other.state == .ringing && other.ring == me.ring {
                try change.still(other, .stopped)
            }
            let isFirst = change.call.answered == nil
            if isFirst { try change.open() }
            try change.enter(me.person, isClient: me.isClient, ring: me.ring, by: me.by)
            try change.tell(isFirst ? .callAnswered : .callJoined, ["from": me.by.text])
            if let passing { try change.leave(passing, .transferred) }
            try Self.meetWish(change)
            try change.settle()
        }
    }

    /// Whom somebody wished to be called back by has called.
    private static func meetWish(_ change: CallChange) throws {
        let inside = change.members.filter { $0.state == .inside }
        guard let staff = inside.first(where: { !$0.isClient }), inside.contains(where: \.isClient) else { return }
        let wish: String? = try change.tx.value(
            "SELECT id FROM call_wish WHERE request_id = \(change.call.request) AND met_at IS NULL")
        guard let wish else { return }
        try change.tx.run("UPDATE call_wish SET met_at = \(change.now), met_by = \(staff.person) WHERE id = \(wish)")
        try change.tell(.callWishMet, subject: wish)
    }
}
