import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import NIOCore

/// What makes the pages a program on a phone: the manifest, the worker that keeps static files, the page without a connection.
package struct Installable: RouterMiddleware {
    package typealias Context = WebContext
    private let site: Site
    private let files = FileIO()
    package init(_ site: Site) { self.site = site }

    package func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        guard request.method == .get || request.method == .head else { return try await next(request, context) }
        switch request.uri.path {
        case "/manifest.webmanifest": return try manifest(context)
        case "/worker.js": return try await worker(context)
        case "/offline":
            let text = site.text(context.language)
            return try site.page("web/offline", [:], Site.Frame(title: text("web.offline.title"), look: .bare), context)
        default: return try await next(request, context)
        }
    }

    private func manifest(_ context: WebContext) throws -> Response {
        let text = site.text(context.language)
        func icon(_ name: String, _ sizes: String, _ type: String, _ purpose: String = "any") -> [String: String] {
            ["src": site.assets.href("img/\(name)"), "sizes": sizes, "type": type, "purpose": purpose]
        }
        let fields: [String: any Sendable] = [
            "name": text("web.name"), "short_name": text("web.name"), "lang": context.language.rawValue, "id": "/",
            "start_url": "/", "scope": "/", "display": "standalone", "background_color": "#f5f4f1",
            "theme_color": "#1a5fb4",
            "icons": [
                icon("icon-192.png", "192x192", "image/png"), icon("icon-512.png", "512x512", "image/png"),
                icon("icon-maskable.png", "512x512", "image/png", "maskable"), icon("logo.svg", "any", "image/svg+xml"),
            ],
            "shortcuts": [
                ["name": text("requests.home.title"), "url": "/"], ["name": text("web.search.mine"), "url": "/search"],
            ],
        ]
        let data = try JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys])
        return Response(
            status: .ok, headers: [.contentType: "application/manifest+json", .cacheControl: "no-cache"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    /// Stands at the root, since a worker sees only what lies below its own address.
    private func worker(_ context: WebContext) async throws -> Response {
        guard let file = site.assets.file(at: "js/worker.js") else { throw WebError.notFound }
        return Response(
            status: .ok, headers: [.contentType: file.type, .cacheControl: "no-cache"],
            body: try await files.loadFile(path: file.path, context: context))
    }
}
