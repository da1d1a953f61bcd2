import Kernel
import Recordings
import Requests
import Storage

/// Who may watch a recorded call: the staff of the request, and whoever agreed to it and sees the request still.
struct SeenCallRecording {
    let recording: Recording
    let request: CalledRequest
    let subject: String
    /// Who was recorded.
    let people: [PersonID]
}

extension Calls {
    static func watched(_ id: RecordingID, by viewer: Viewer, _ tx: any ReadTransaction) throws -> SeenCallRecording {
        guard let made = try CallRecording.find(id, tx), made.organisation == viewer.organisation,
            let recording = try Recording.find(id, tx),
            let title = try Requests.titles(of: [made.request], for: viewer, tx)[made.request]
        else { throw RecordingError.notFound }
        let request = try Requests.called(title.number, for: viewer, tx), people = try CallRecording.agreed(to: id, tx)
        guard ConsentRule.mayWatch(request.standing, hasAgreed: people.contains(viewer.person)) else {
            throw RecordingError.notFound
        }
        return SeenCallRecording(
            recording: recording, request: request, subject: title.subject, people: people.sorted())
    }

    /// The newest one of a request that the viewer may watch and that has come to its end.
    static func lastWatched(
        of request: CalledRequest, by viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> Recording? {
        let closed = Set(
            try tx.all("SELECT id FROM call_recording WHERE request_id = \(request.id) AND closed_at IS NOT NULL") {
                row in try row[0] as RecordingID
            })
        let found = try Recording.all(.call, of: request.id, tx).filter { $0.length > 0 && closed.contains($0.id) }
        guard !found.isEmpty, !request.standing.isStaff else { return found.last }
        let agreed = try Set(
            tx.all(
                """
                SELECT recording_id FROM call_consent WHERE person_id = \(viewer.person) AND is_agreed = 1
                    AND recording_id IN (\(found.map(\.id)))
                """
            ) { row in try row[0] as RecordingID })
        return found.last { ConsentRule.mayWatch(request.standing, hasAgreed: agreed.contains($0.id)) }
    }
}
