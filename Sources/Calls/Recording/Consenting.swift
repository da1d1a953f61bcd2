import EventLog
import Kernel
import Recordings
import Storage
import Web

extension Calls {
    /// May this call be recorded? Whoever asks agrees. The id is made by the page: a repetition asks nothing anew.
    func askToRecord(_ call: CallID, as id: RecordingID, session: SessionID, by viewer: Viewer) async throws {
        try await change(call, by: viewer) { change in
            if let known = try CallRecording.find(id, change.tx) {
                guard known.askedBy == viewer.person, known.call == call else { throw RecordingError.notFound }
                return
            }
            let me = change.member(viewer.person)
            let hindrance = try ConsentRule.hindersQuestion(
                isAllowed: RecordingPolicy.of(viewer.organisation, change.tx).calls, me: me?.state,
                isClient: me?.isClient ?? true, call: change.call.state, inside: change.inside,
                isOpen: change.recording() != nil)
            if let hindrance { throw hindrance }
            try change.tx.run(
                """
                INSERT INTO call_recording (id, call_id, organisation_id, request_id, asked_by, session_id, state, asked_at, parts)
                VALUES (\(id), \(call), \(viewer.organisation), \(change.call.request), \(viewer.person), \(session), 'asked',
                    \(change.now), 0)
                """)
            try change.note(true, of: viewer.person, to: id)
            try change.tell(.callRecordAsked, subject: id.text)
        }
    }

    /// The answer of one who is in the call. One «no» is enough.
    func answerToRecord(_ isAgreed: Bool, _ id: RecordingID, by viewer: Viewer) async throws {
        try await change(recorded: id, by: viewer) { change, recording in
            guard change.member(viewer.person)?.state == .inside else { throw RecordingError.notFound }
            // A second press.
            let hasAnswered = try change.tx.exists(
                "SELECT 1 FROM call_consent WHERE recording_id = \(id) AND person_id = \(viewer.person)")
            if hasAnswered { return }
            guard recording.state == .asked else { throw RecordingError.ended }
            try change.note(isAgreed, of: viewer.person, to: id)
            try change.tell(isAgreed ? .callRecordAgreed : .callRecordRefused, subject: id.text)
            if isAgreed { try change.recordIfAgreed() } else { try change.stopRecording(.refused) }
        }
    }

    /// Anybody who is in the call may stop it; the question is taken back by the one who has put it.
    func stopRecording(_ id: RecordingID, _ why: CallRecording.End, by viewer: Viewer) async throws {
        try await change(recorded: id, by: viewer) { change, recording in
            guard recording.state != .ended else { return }
            let isMine = recording.askedBy == viewer.person
            guard change.member(viewer.person)?.state == .inside, isMine || recording.state == .going else {
                throw RecordingError.notFound
            }
            try change.stopRecording(isMine ? why : .stopped)
        }
    }

    private func change(
        recorded id: RecordingID, by viewer: Viewer,
        _ body: @escaping @Sendable (CallChange, CallRecording) throws -> Void
    ) async throws {
        let call = try await database.read { tx in try CallRecording.find(id, tx)?.call }
        guard let call else { throw RecordingError.notFound }
        try await change(call, by: viewer) { change in
            guard let recording = try CallRecording.find(id, change.tx) else { throw RecordingError.notFound }
            try body(change, recording)
        }
    }
}

/// Steps of an act on a call that is recorded, or is to be.
extension CallChange {
    /// What is asked or going on.
    func recording() throws -> CallRecording? {
        try CallRecording.last(of: call.id, tx).flatMap { $0.state == .ended ? nil : $0 }
    }

    func note(_ isAgreed: Bool, of person: PersonID, to id: RecordingID) throws {
        try tx.run(
            """
            INSERT INTO call_consent (recording_id, person_id, is_agreed, at)
            VALUES (\(id), \(person), \(isAgreed ? 1 : 0), \(now))
            """)
    }

    /// Begins when nobody who is in the call is still to be asked.
    func recordIfAgreed() throws {
        guard let recording = try recording(), recording.state == .asked else { return }
        let inside = members.filter { $0.state == .inside }.map(\.person)
        guard try ConsentRule.isAgreed(inside: inside, agreed: CallRecording.agreed(to: recording.id, tx)) else {
            return
        }
        guard try RecordingPolicy.of(call.organisation, tx).calls else { return try stopRecording(.forbidden) }
        try tx.run("UPDATE call_recording SET state = 'going', began_at = \(now) WHERE id = \(recording.id)")
        try Recordings.begin(recording.id, .call, of: call.request, in: call.organisation, at: now, tx)
        try Timers.set(
            Calls.recordingTimer, key: recording.id.text, due: now.later(ConsentRule.silence), in: tx)
        try tell(.callRecordStarted, subject: recording.id.text)
    }

    /// Ends what is asked or going on, if anything is.
    func stopRecording(_ why: CallRecording.End) throws {
        guard let recording = try recording() else { return }
        let hasBegun = recording.began != nil, why = hasBegun || why == .refused ? why : .withdrawn
        let closed: Instant? = hasBegun ? nil : until
        try tx.run(
            """
            UPDATE call_recording SET state = 'ended', ended_at = \(until), why = \(why), ended_by = \(actor),
                closed_at = \(closed) WHERE id = \(recording.id)
            """)
        if why != .refused { try tell(.callRecordStopped, subject: recording.id.text, ["why": why.rawValue]) }
        guard hasBegun else { return }
        if CallRecording.End.final.contains(why) { return try closeRecording(recording.id) }
        // What was recorded before is perhaps still on its way.
        try Timers.set(Calls.recordingTimer, key: recording.id.text, due: now.later(ConsentRule.tail), in: tx)
    }

    /// Somebody is out of the call: with the one whose page records the recording ends; otherwise one answer less is waited for.
    func leaveRecording(_ person: PersonID) throws {
        guard let recording = try recording() else { return }
        if recording.askedBy == person { try stopRecording(.left) } else { try recordIfAgreed() }
    }

    /// Nothing more comes: the history says what is kept.
    func closeRecording(_ id: RecordingID) throws {
        try Timers.cancel(Calls.recordingTimer, key: id.text, in: tx)
        try tx.run("UPDATE call_recording SET closed_at = \(now) WHERE id = \(id)")
        let length = try Recording.find(id, tx)?.length ?? 0
        if length > 0 {
            try tell(.callRecorded, subject: id.text, ["minutes": String(CallRule.minutes(length))])
        }
    }
}

extension Instant {
    fileprivate func later(_ milliseconds: Int64) -> Instant { Instant(milliseconds: self.milliseconds + milliseconds) }
}
