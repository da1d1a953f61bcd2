import HTTPTypes
package import Hummingbird
import NIOCore

/// Stands before the router, which finds the route by path and method before any middleware runs: forms know only GET and POST, so a
/// hidden field `_method` names PUT and DELETE.
package struct FormMethods<Router: HTTPResponder>: HTTPResponder where Router.Context == WebContext {
    private let router: Router
    package init(_ router: Router) { self.router = router }

    package func respond(to request: Request, context: WebContext) async throws -> Response {
        let type = request.headers[.contentType] ?? ""
        let length = request.headers[.contentLength].flatMap(Int.init) ?? .max
        let isForm = type.hasPrefix("application/x-www-form-urlencoded") || type.hasPrefix("multipart/form-data")
        guard request.method == .post, isForm, length <= Form.largestBody else {
            return try await router.respond(to: request, context: context)
        }
        var request = request
        let body = try await request.collectBody(upTo: Form.largestBody)
        guard let form = try? Form(body: body.readableBytesView, type: type), let name = form.raw("_method"),
            ["PUT", "DELETE"].contains(name), let method = HTTPRequest.Method(rawValue: name)
        else { return try await router.respond(to: request, context: context) }
        var head = request.head
        head.method = method
        return try await router.respond(to: Request(head: head, body: request.body), context: context)
    }
}
