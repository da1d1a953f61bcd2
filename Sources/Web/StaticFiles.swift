import HTTPTypes
package import Hummingbird
import NIOCore

/// Answers `/static/<checksum>/…`; any other checksum is a stale page's and gets the present file without being kept.
package struct StaticFiles: RouterMiddleware {
    package typealias Context = WebContext
    private let site: Site
    private let files = FileIO()
    package init(_ site: Site) { self.site = site }

    package func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        let parts = request.uri.path.split(separator: "/", maxSplits: 2)
        guard parts.count == 3, parts[0] == "static", request.method == .get || request.method == .head else {
            return try await next(request, context)
        }
        guard let file = site.assets.file(at: parts[2]) else { throw WebError.notFound }
        let isCurrent = site.assets.root == "/static/" + parts[1]
        let body = try await files.loadFile(path: file.path, context: context)
        return Response(
            status: .ok,
            headers: [
                .contentType: file.type,
                .cacheControl: isCurrent ? "public, max-age=31536000, immutable" : "no-cache",
            ], body: body)
    }
}
