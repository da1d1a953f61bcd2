package import EventLog
package import Kernel
import Storage

package enum CallTag {}
package typealias CallID = ID<CallTag>

/// One call about a request, from its first ring.
package struct Call: Sendable, Equatable {
    package enum Kind: String, Sendable, SQLBindable, SQLReadable { case call, screen }
    package enum State: String, Sendable, SQLBindable, SQLReadable { case ringing, open, ended }

    /// How a call ends, and why somebody leaves it.
    package enum End: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        case hungUp = "hung-up"
        /// The one who called hung up before an answer.
        case cancelled
        case declined, busy, missed
        /// There was nobody to ring for.
        case nobody
        case noDevices = "no-devices"
        case noConnection = "no-connection"
        case lost
        /// Somebody else has answered instead of the one who passed the call on.
        case transferred
    }

    /// How the media went, from the best to the last.
    package enum Way: String, Sendable, CaseIterable, SQLBindable, SQLReadable { case direct, relayed, socket }

    package let id: CallID
    package let organisation: OrganisationID
    package let request: RequestID
    package let kind: Kind
    /// Between colleagues: its client neither sees nor joins it.
    let isInternal: Bool
    let startedBy: PersonID
    var state: State
    let started: Instant
    var answered: Instant?
    var why: End?

    static let columns: SQL = """
        call.id, call.organisation_id, call.request_id, call.kind, call.started_by, call.state, call.started_at, call.answered_at, call.why,
        call.is_internal
        """

    init(_ row: Row) throws {
        (id, organisation, request, kind, startedBy) = try (row[0], row[1], row[2], row[3], row[4])
        (state, started, answered, why, isInternal) = try (row[5], row[6], row[7], row[8], row[9])
    }

    init(
        id: CallID, organisation: OrganisationID, request: RequestID, kind: Kind, isInternal: Bool, startedBy: PersonID,
        started: Instant
    ) {
        (self.id, self.organisation, self.request, self.kind) = (id, organisation, request, kind)
        self.isInternal = isInternal
        (self.startedBy, self.started, state) = (startedBy, started, .ringing)
    }
}

/// Somebody in a call, or somebody it rang for.
package struct CallMember: Sendable, Equatable {
    package enum State: String, Sendable, SQLBindable, SQLReadable {
        case ringing
        case inside = "in"
        case left, declined, busy, missed
        /// Another one answered, or the call ended.
        case stopped
    }

    package let person: PersonID
    var state: State
    let isClient: Bool
    /// The first answer to a ring ends it for the others whom it rang for.
    var ring: String
    var by: PersonID
    var insteadOf: PersonID?
    /// The order of joining: who came earlier makes the offer.
    var place: Int
    var joined: Instant?
    var way: Call.Way?

    static let columns: SQL = "person_id, state, is_client, ring_id, by_id, instead_of, place, joined_at, way"

    init(_ row: Row) throws {
        (person, state, isClient, ring, by) = try (row[0], row[1], row[2], row[3], row[4])
        (insteadOf, place, joined, way) = try (row[5], row[6], row[7], row[8])
    }

    init(_ person: PersonID, _ state: State, isClient: Bool, ring: String, by: PersonID, insteadOf: PersonID? = nil) {
        (self.person, self.state, self.isClient, self.ring, self.by) = (person, state, isClient, ring, by)
        (self.insteadOf, place) = (insteadOf, 0)
    }
}

/// The events of this room, all of them of a request; subject: the call. side: staff in a call between colleagues, which is nothing
/// that a client is told of.
extension EventKind {
    /// kind
    package static let callStarted = EventKind("call.started")
    /// to
    package static let callRang = EventKind("call.rang")
    /// from: who called
    package static let callAnswered = EventKind("call.answered")
    package static let callJoined = EventKind("call.joined")
    /// A screen is shown in a talk.
    package static let callShown = EventKind("call.shown")
    /// why
    package static let callDeclined = EventKind("call.declined")
    /// to: for whom it rang in vain, from: who called
    package static let callMissed = EventKind("call.missed")
    /// why, to when Okno noticed it
    package static let callLeft = EventKind("call.left")
    /// why, from: who called, minutes, way?
    package static let callEnded = EventKind("call.ended")
    /// A client wishes to be called back. subject: the wish
    package static let callWished = EventKind("call.back-asked")
    package static let callWishMet = EventKind("call.back-done")
}
