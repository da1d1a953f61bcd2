import EventLog
import Kernel
import Recordings
import Storage

/// The recording of a call: one member asks for it, all agree, and the page of the one who asked makes it. Its id is that of what is kept.
struct CallRecording: Sendable, Equatable {
    enum State: String, Sendable, SQLBindable, SQLReadable { case asked, going, ended }

    /// Why it ended, or never began.
    enum End: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
        case refused
        /// It was not begun, for another reason than a refusal.
        case withdrawn
        case stopped
        /// Somebody came who has not been asked.
        case joined
        /// The one whose page records has left the call, or that page.
        case left, page
        case failed
        case noConnection = "no-connection"
        case forbidden
        case callEnded = "call-ended"
        /// Nothing came from the page that records.
        case lost

        /// What the page that records says of itself.
        static let ofPage: Set<End> = [.page, .failed, .noConnection]
        /// Nothing comes after these.
        static let final: Set<End> = [.page, .forbidden, .lost]
    }

    let id: RecordingID
    let call: CallID
    let organisation: OrganisationID
    let request: RequestID
    let askedBy: PersonID
    /// Of the page that records: no other one may send parts.
    let session: SessionID
    var state: State
    var began: Instant?
    var ended: Instant?
    var why: End?
    var endedBy: PersonID?
    /// Nothing more comes.
    var closed: Instant?
    /// How many parts have come.
    var parts: Int

    static let columns: SQL = """
        id, call_id, organisation_id, request_id, asked_by, session_id, state, began_at, ended_at, why, ended_by, closed_at, parts
        """

    init(_ row: Row) throws {
        (id, call, organisation, request, askedBy) = try (row[0], row[1], row[2], row[3], row[4])
        (session, state, began, ended, why) = try (row[5], row[6], row[7], row[8], row[9])
        (endedBy, closed, parts) = try (row[10], row[11], row[12])
    }

    static func find(_ id: RecordingID, _ tx: any ReadTransaction) throws -> CallRecording? {
        try tx.one("SELECT \(columns) FROM call_recording WHERE id = \(id)", CallRecording.init)
    }

    /// What is asked or going on in a call, otherwise its newest one.
    static func last(of call: CallID, _ tx: any ReadTransaction) throws -> CallRecording? {
        try tx.one(
            """
            SELECT \(columns) FROM call_recording WHERE call_id = \(call)
            ORDER BY CASE WHEN ended_at IS NULL THEN 0 ELSE 1 END, asked_at DESC, id DESC LIMIT 1
            """, CallRecording.init)
    }

    /// Who has agreed.
    static func agreed(to id: RecordingID, _ tx: any ReadTransaction) throws -> Set<PersonID> {
        Set(
            try tx.all("SELECT person_id FROM call_consent WHERE recording_id = \(id) AND is_agreed = 1") { row in
                try row[0] as PersonID
            })
    }
}

/// The events of a recorded call; subject: the recording.
extension EventKind {
    static let callRecordAsked = EventKind("call.record-asked")
    static let callRecordAgreed = EventKind("call.record-agreed")
    static let callRecordRefused = EventKind("call.record-refused")
    static let callRecordStarted = EventKind("call.record-started")
    /// why
    static let callRecordStopped = EventKind("call.record-stopped")
    /// minutes: what is kept of it
    static let callRecorded = EventKind("call.recorded")
}
