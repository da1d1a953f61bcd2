package import AgentProtocol
package import EventLog
package import Kernel
import Storage

package enum ControlTag {}
package typealias ControlID = ID<ControlTag>

/// One time that a client's computer may be looked at or controlled: from the code to the end.
package struct ControlSession: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        /// The client has a code.
        case offered
        /// The agent is there.
        case ready
        /// The person at the computer is being asked.
        case waiting
        case agreed, refused
        case timedOut = "timed-out"
        case ended
    }

    package enum End: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        /// Consent was withdrawn at the computer.
        case person
        case specialist
        /// Nobody heard of the agent for two minutes.
        case lost
        /// The request is closed, or its line allows control no more.
        case closed
        /// The client made another code.
        case replaced
        /// Nobody used the code while it was good.
        case unused
    }

    /// What became of the wish to have a colleague look too.
    enum Invitation: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        case waiting, refused
        case timedOut = "timed-out"
        case impossible
    }

    package let id: ControlID
    package let organisation: OrganisationID
    package let request: RequestID
    package let client: PersonID
    package internal(set) var state: State
    /// What the present question is about; nil: nothing is being asked.
    var asked: Rights?
    /// Who may look when it is agreed to.
    var askedBy: PersonID?
    var askedAt: Instant?
    /// A colleague of theirs asked that for them, and goes when they come; the outcome stays until the next question.
    var invitation: Invitation?
    var invitedBy: PersonID?
    var isInstead: Bool
    /// Counts the questions, so that each is put once.
    var question: Int
    package internal(set) var agreed: Rights
    package internal(set) var computer: String
    var abilities: Abilities
    var started: Instant?
    /// Whether the present question says that the session is recorded, and whether the one that was agreed to did.
    var asksRecorded: Bool
    package internal(set) var isRecorded: Bool
    /// When the node that holds the agent's wire last said so.
    var seen: Instant
    var codeUntil: Instant
    /// The computer that is known, and the number that the session has on its wire.
    let machine: MachineID?
    let number: UInt32
    /// Whether the present question may be answered by the computer itself, and whether the consent is such an answer.
    var asksUnattended: Bool
    package internal(set) var isUnattended: Bool

    static let columns: SQL = """
        control_session.id, control_session.organisation_id, control_session.request_id, control_session.client_id,
        control_session.state, control_session.asked, control_session.asked_by, control_session.question,
        control_session.agreed, control_session.computer, control_session.abilities, control_session.started_at,
        control_session.seen_at, control_session.asks_recorded, control_session.recorded,
        control_session.asked_at, control_session.invitation, control_session.invited_by, control_session.instead,
        control_session.code_until, control_session.machine_id, control_session.number,
        control_session.asks_unattended, control_session.unattended
        """

    init(_ row: Row) throws {
        (id, organisation, request, client) = try (row[0], row[1], row[2], row[3])
        state = try row[4]
        asked = try (row[5] as Int?).map { Rights(rawValue: UInt8(truncatingIfNeeded: $0)) }
        (askedBy, question) = try (row[6], row[7])
        agreed = Rights(rawValue: UInt8(truncatingIfNeeded: try row[8] as Int))
        computer = try row[9]
        abilities = Abilities(rawValue: UInt32(truncatingIfNeeded: try row[10] as Int64))
        (started, seen) = try (row[11], row[12])
        asksRecorded = try row[13] as Int != 0
        isRecorded = try row[14] as Int != 0
        (askedAt, invitation, invitedBy) = try (row[15], row[16], row[17])
        isInstead = try row[18] as Int != 0
        (codeUntil, machine) = try (row[19], row[20])
        number = UInt32(truncatingIfNeeded: try row[21] as Int)
        asksUnattended = try row[22] as Int != 0
        isUnattended = try row[23] as Int != 0
    }
}

extension Rights {
    /// What can be asked for.
    static let offered: Rights = [.view, .control, .clipboard, .files]
    /// What is ticked in the question before anybody has chosen: files are for when they are needed.
    static let usual: Rights = [.view, .control, .clipboard]
    static let codes: [(right: Rights, code: String)] = [
        (.view, "view"), (.control, "control"), (.clipboard, "clipboard"), (.files, "files"),
    ]

    /// «view,control»: for events and for pages.
    var codes: [String] { Self.codes.filter { contains($0.right) }.map(\.code) }

    init(codes: [String]) {
        self = Rights(Self.codes.filter { codes.contains($0.code) }.map(\.right))
    }
}

/// The events of this room, all of them of a request; subject: the session.
extension EventKind {
    package static let controlOffered = EventKind("control.offered")
    package static let controlReady = EventKind("control.ready")
    /// fields: what is asked for
    package static let controlAsked = EventKind("control.asked")
    /// fields: what was agreed to
    package static let controlAgreed = EventKind("control.agreed")
    package static let controlRefused = EventKind("control.refused")
    package static let controlTimedOut = EventKind("control.timed-out")
    package static let controlImpossible = EventKind("control.impossible")
    package static let controlStarted = EventKind("control.started")
    /// to
    package static let controlJoined = EventKind("control.joined")
    package static let controlHanded = EventKind("control.handed")
    /// minutes
    package static let controlRecorded = EventKind("control.recorded")
    /// why, minutes
    package static let controlEnded = EventKind("control.ended")
    // Of one file; subject: the file.
    /// A specialist gave one for the computer; it was kept there.
    package static let controlFileSent = EventKind("control.file-sent")
    package static let controlFileKept = EventKind("control.file-kept")
    /// A specialist asked for one; it came from there.
    package static let controlFileWanted = EventKind("control.file-wanted")
    package static let controlFileCame = EventKind("control.file-came")
    /// why
    package static let controlFileUnchosen = EventKind("control.file-unchosen")
    /// way, why
    package static let controlFileFailed = EventKind("control.file-failed")
}
