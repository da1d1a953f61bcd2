import Hummingbird
import Kernel
import Storage
import Web

/// Files of a session: the list on its page, and what a specialist does with them. They come in and go out by the request itself.
extension RemoteControl {
    @Sendable func files(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try ControlContext(site, context), id: ControlID = try context.id("session")
        let model = try await database.read { tx in try page.files(of: Self.find(id, for: page.viewer, tx), tx) }
        return try site.fragment("remote/_files", model, context)
    }

    @Sendable func give(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer(), id: ControlID = try context.id("session")
        try await give(form.requiredID("upload"), in: id, by: viewer)
        return try await back(id, context)
    }

    @Sendable func wish(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), id: ControlID = try context.id("session")
        try await wish(in: id, by: viewer)
        return try await back(id, context)
    }

    @Sendable func stopFile(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), id: ControlID = try context.id("session")
        try await stop(try context.id("file"), of: id, by: viewer)
        return try await back(id, context)
    }
}
