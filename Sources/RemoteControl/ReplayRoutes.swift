import HTTPTypes
import Hummingbird
import Kernel
import Recordings
import Storage
import Web

/// What was recorded of a session: its page, and the parts that the page asks for one after another.
extension RemoteControl {
    @Sendable func replay(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try ControlContext(site, context), id: ControlID = try context.id("session")
        let shown = try await database.read { tx in try ReplayPage(id, page, tx) }
        return try site.page("remote/replay", shown.model, shown.frame, context)
    }

    @Sendable func part(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), id: ControlID = try context.id("session")
        return try await recordings.part(
            request, of: RecordingID(id.text), as: [.contentType: "application/octet-stream", .contentEncoding: "gzip"]
        ) { tx in _ = try Self.watched(id, by: viewer, tx) }
    }
}
