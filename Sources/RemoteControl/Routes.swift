import AgentProtocol
import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import Requests
import Storage
package import Web

extension RemoteControl {
    package func addRoutes(to router: Router<WebContext>) {
        let request = router.group("/requests/:number/control")
        request.get("", use: bar)
        request.post("", use: offer)

        router.get("/agent/okno-agent", use: program)
        addMachineRoutes(to: router)

        let session = router.group("/control/:session")
        session.get("", use: page)
        session.get("state", use: state)
        session.post("asks", use: ask)
        session.post("tokens", use: token)
        session.post("viewers", use: invite)
        session.post("end", use: end)
        session.get("files", use: files)
        session.post("files", use: give)
        session.post("files/:file/end", use: stopFile)
        session.post("wishes", use: wish)
        session.get("recording", use: replay)
        session.get("recording/parts", use: part)
    }

    @Sendable func bar(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try ControlContext(site, context), number = try context.number("number")
        let model = try await database.read { tx in try ControlBar(number, page, tx).model }
        return try site.fragment("remote/_bar", model, context)
    }

    @Sendable func offer(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try ControlContext(site, context), number = try context.number("number")
        let offered = try await offer(on: number, by: page.viewer)
        let model = page.code(offered.code, until: offered.until, at: site.address(of: request.head))
        return try site.fragment("remote/_code", model, context)
    }

    /// The program for the client's computer, as it lies beside the server.
    @Sendable func program(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        guard FileManager.default.isReadableFile(atPath: agent) else { throw ControlError.noProgram }
        return Response(
            status: .ok,
            headers: [
                .contentType: "application/octet-stream", .cacheControl: "no-cache",
                .contentDisposition: "attachment; filename=\"okno-agent\"",
            ], body: try await FileIO().loadFile(path: agent, context: context))
    }

    @Sendable func page(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try ControlContext(site, context), id: ControlID = try context.id("session")
        let token = try await token(for: id, by: page.viewer)
        let shown = try await database.read { tx in try ControlPage(id, page, tx) }
        return try site.page(
            "remote/session", shown.model(token: token, limit: requests.largestFile), shown.frame, context)
    }

    @Sendable func state(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try ControlContext(site, context), id: ControlID = try context.id("session")
        let model = try await database.read { tx in try page.state(Self.find(id, for: page.viewer, tx), tx) }
        return try site.fragment("remote/_state", model, context)
    }

    @Sendable func ask(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer(), id: ControlID = try context.id("session")
        let codes = form.all("what").flatMap { $0.split(separator: ",").map(String.init) }
        try await ask(Rights(codes: codes), in: id, by: viewer)
        return try await back(id, context)
    }

    /// The address of another stream, as plain text.
    @Sendable func token(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let token = try await token(for: try context.id("session"), by: try context.viewer())
        return Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: .init(string: ControlContext.stream(token))))
    }

    @Sendable func invite(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer(), id: ControlID = try context.id("session")
        let instead = form.flag("instead")
        try await invite(form.requiredID("person"), instead: instead, to: id, by: viewer)
        return try await back(id, context)
    }

    @Sendable func end(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), id: ControlID = try context.id("session")
        try await end(id, by: viewer)
        return try await back(id, context)
    }

    /// Both pages, of the request and of the session, read themselves again where they are.
    func back(_ id: ControlID, _ context: WebContext) async throws -> Response {
        if context.wantsFragment { return Response(status: .noContent) }
        let viewer = try context.viewer()
        let number = try await database.read { tx in try Self.find(id, for: viewer, tx).request.number }
        return site.go(to: "/requests/\(number)", context)
    }
}
