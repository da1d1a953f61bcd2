import Kernel
import Recordings
import Requests
import Storage

/// Who may watch what was recorded: the staff of the request, and the client whose computer it was if the organisation says so.
struct SeenRecording {
    let session: ControlSession
    let recording: Recording
    let request: CalledRequest
    let subject: String
}

extension RemoteControl {
    static func watched(_ id: ControlID, by viewer: Viewer, _ tx: any ReadTransaction) throws -> SeenRecording {
        guard let session = try session(id, tx), session.organisation == viewer.organisation,
            let recording = try Recording.find(RecordingID(id.text), tx),
            let title = try Requests.titles(of: [session.request], for: viewer, tx)[session.request]
        else { throw ControlError.notFound }
        let request = try Requests.called(title.number, for: viewer, tx)
        let may = ControlRule.mayWatch(
            request.standing, isOwnComputer: session.client == viewer.person,
            clientsMay: try RecordingPolicy.of(session.organisation, tx).clients)
        guard may else { throw ControlError.notFound }
        return SeenRecording(session: session, recording: recording, request: request, subject: title.subject)
    }

    /// All of a request that the viewer sees; as many statements for many as for one.
    static func watched(
        of request: CalledRequest, by viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> [Recording] {
        let found = try Recording.all(.session, of: request.id, tx)
        guard !found.isEmpty, !request.standing.isStaff else { return found }
        let clientsMay = try RecordingPolicy.of(viewer.organisation, tx).clients
        guard clientsMay else { return [] }
        let own = try Set(
            tx.all(
                "SELECT id FROM control_session WHERE request_id = \(request.id) AND client_id = \(viewer.person)"
            ) { row in RecordingID(try row[0]) })
        return found.filter {
            ControlRule.mayWatch(request.standing, isOwnComputer: own.contains($0.id), clientsMay: clientsMay)
        }
    }
}

extension ControlRule {
    static func mayWatch(_ viewer: Standing, isOwnComputer: Bool, clientsMay: Bool) -> Bool {
        viewer.isStaff || (viewer.isClient && isOwnComputer && clientsMay)
    }
}
