package import Hummingbird
package import Logging

/// The way of every request: `Answering`, static files, the manifest and its worker, `Guarding`, then the routes. They stand around the router and not in it,
/// because a router chooses the route before its middleware runs, and a form may ask for PUT or DELETE.
package struct Door<Routes: HTTPResponder>: HTTPResponder where Routes.Context == WebContext {
    private let answering: Answering, files: StaticFiles, installable: Installable, guarding: Guarding, routes: Routes

    package init(site: Site, logger: Logger, recognise: @escaping Guarding.Recognise, routes: Routes) {
        answering = Answering(site, logger: logger)
        files = StaticFiles(site)
        installable = Installable(site)
        guarding = Guarding(site, recognise: recognise)
        self.routes = routes
    }

    package func respond(to request: Request, context: WebContext) async throws -> Response {
        try await answering.handle(request, context: context) { request, context in
            try await files.handle(request, context: context) { request, context in
                try await installable.handle(request, context: context) { request, context in
                    try await guarding.handle(request, context: context) { request, context in
                        try await routes.respond(to: request, context: context)
                    }
                }
            }
        }
    }
}

/// Turns Hummingbird's own faults into ours, which its router would answer by itself and without words. To be added to a router
/// before its routes; it holds for unknown addresses too.
package struct OwnFaults: RouterMiddleware {
    package typealias Context = WebContext
    package init() {}

    package func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        do { return try await next(request, context) } catch { throw Answering.roomError(error) ?? error }
    }
}
