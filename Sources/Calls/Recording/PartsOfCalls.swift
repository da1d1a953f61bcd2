package import EventLog
import Kernel
import Recordings
import Storage
import Web

/// A part of a recorded call on its way from the page that records.
struct SentPart: Sendable {
    /// Parts come in turn, from 0.
    let number: Int
    /// Milliseconds.
    let length: Int64, ago: Int64
    /// The page has no more.
    let isLast: Bool
}

extension Calls {
    package static let recordingTimer = "call-recording"

    /// Keeps a part, which can be played by itself. What has come already is not kept again.
    /// - Parameter bytes: read when they are wanted.
    func keep(
        _ part: SentPart, of id: RecordingID, session: SessionID, by viewer: Viewer,
        _ bytes: () async throws -> [UInt8]
    ) async throws {
        let now = site.now()
        var recording = try await taking(part, of: id, session: session, by: viewer, at: now)
        if part.number == recording.parts {
            let film = try await bytes()
            if !film.isEmpty || !part.isLast {
                guard film.starts(with: ConsentRule.film) else { throw RecordingError.notFilm }
                // While the bytes were on their way the recording may have been stopped: then it is asked once more what is wanted.
                while try await keep(film, part, of: recording, at: now) == false {
                    recording = try await taking(part, of: id, session: session, by: viewer, at: now)
                    if part.number < recording.parts { break }
                }
            }
        }
        if part.isLast { try await close(id, in: recording.organisation, by: viewer.person) }
    }

    /// The recording as it is now, when a part of it may come.
    private func taking(
        _ part: SentPart, of id: RecordingID, session: SessionID, by viewer: Viewer, at now: Instant
    ) async throws -> CallRecording {
        let (recording, isAllowed) = try await database.read { tx in
            guard let recording = try CallRecording.find(id, tx), recording.organisation == viewer.organisation,
                recording.askedBy == viewer.person, recording.session == session
            else { throw RecordingError.notFound }
            return (recording, try RecordingPolicy.of(viewer.organisation, tx).calls)
        }
        guard recording.began != nil, recording.closed == nil else { throw RecordingError.ended }
        guard isAllowed else {
            // What is forbidden ends at once, also where it was agreed to.
            try await change(recording.call, by: viewer) { change in try change.stopRecording(.forbidden) }
            throw RecordingError.forbidden
        }
        if let ended = recording.ended, now.since(ended) > ConsentRule.tail { throw RecordingError.ended }
        guard part.number <= recording.parts else { throw RecordingError.outOfTurn }
        return recording
    }

    /// - Returns: whether it was kept; false: the recording is another one than it was.
    private func keep(
        _ film: [UInt8], _ part: SentPart, of recording: CallRecording, at now: Instant
    ) async throws -> Bool {
        let id = recording.id, number = part.number
        let last = try await database.read { tx in try Recording.find(id, tx)?.length ?? 0 }
        guard let began = recording.began,
            let place = ConsentRule.place(
                length: part.length, ago: part.ago, now: now.since(began), last: last,
                ended: recording.ended.map { $0.since(began) })
        else { throw RecordingError.ended }
        return try await recordings.keep(
            film, from: place.lowerBound, until: place.upperBound, of: id, in: recording.organisation
        ) { tx in
            guard try CallRecording.find(id, tx) == recording else { return false }
            try tx.run("UPDATE call_recording SET parts = \(number + 1) WHERE id = \(id)")
            if recording.state == .going {
                try Timers.set(
                    Self.recordingTimer, key: id.text,
                    due: Instant(milliseconds: now.milliseconds + ConsentRule.silence), in: tx)
            }
            return true
        }
    }

    private func close(_ id: RecordingID, in organisation: OrganisationID, by person: PersonID) async throws {
        try await write(in: organisation) { tx, now in
            guard let recording = try CallRecording.find(id, tx), recording.closed == nil,
                let call = try Self.any(recording.call, tx)
            else { return ((), nil) }
            // What ends it is on its way.
            guard recording.state == .ended else { throw RecordingError.early }
            let change = try CallChange(call, Self.members(of: call.id, tx), by: person, at: now, tx)
            try change.closeRecording(id)
            return ((), change)
        }
    }

    /// No part has come for long.
    package func mind(_ timer: DueTimer) async throws {
        let id = RecordingID(timer.key)
        guard let organisation = try await database.read({ tx in try CallRecording.find(id, tx)?.organisation }) else {
            return
        }
        try await write(in: organisation) { tx, now in
            guard try Timers.finish(timer, at: now, in: tx), let recording = try CallRecording.find(id, tx),
                let call = try Self.any(recording.call, tx)
            else { return ((), nil) }
            let change = try CallChange(call, Self.members(of: call.id, tx), by: nil, at: now, tx)
            if recording.state == .going {
                try change.stopRecording(.lost)
            } else if recording.closed == nil {
                try change.closeRecording(id)
            }
            return ((), change)
        }
    }
}
