package import Hummingbird
package import Logging

/// The way of every request: `Answering`, then `Guarding`, then the routes. They stand around the router and not in it, because a
/// router chooses the route before its middleware runs, and a form may ask for PUT or DELETE.
package struct Door<Routes: HTTPResponder>: HTTPResponder where Routes.Context == WebContext {
    private let answering: Answering, guarding: Guarding, routes: Routes

    package init(site: Site, logger: Logger, recognise: @escaping Guarding.Recognise, routes: Routes) {
        answering = Answering(site, logger: logger)
        guarding = Guarding(site, recognise: recognise)
        self.routes = routes
    }

    package func respond(to request: Request, context: WebContext) async throws -> Response {
        try await answering.handle(request, context: context) { request, context in
            try await guarding.handle(request, context: context) { request, context in
                try await routes.respond(to: request, context: context)
            }
        }
    }
}
