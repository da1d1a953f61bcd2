import Foundation
import HTTPTypes
package import Hummingbird
package import Kernel
package import Logging
import NIOCore
import Storage

/// The outermost middleware: gives each request an id, turns every fault into words, sets the security headers, writes one line
/// to the log. Anything that is not a `RoomError` becomes a 500 page with the request id; its text goes to the log only.
package struct Answering: RouterMiddleware {
    package typealias Context = WebContext
    private let site: Site
    private let logger: Logger
    /// Networks whose `X-Forwarded-For` is believed are resolved below, in the port; here only the language is chosen.
    package init(_ site: Site, logger: Logger) {
        self.site = site
        self.logger = logger
    }

    package func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let started = ContinuousClock.now
        context.language = Self.language(request)
        context.wantsFragment = request.headers[HTTPField.Name("HX-Request")!] != nil
        var response: Response
        var fault: String?
        do {
            try checkTarget(request)
            response = try await next(request, context)
        } catch {
            var error = error
            if let fault = error as? GuardedFault { (error, context) = (fault.cause, fault.context) }
            let known = Self.roomError(error)
            if known == nil || known!.status >= 500 { fault = "\(error)" }
            response = try answer(known, request, context)
        }
        secure(&response)
        let spent = (ContinuousClock.now - started).components
        var facts: Logger.Metadata = [
            "request": .string(context.requestID), "method": .string(request.method.rawValue),
            "route": .string(context.coreContext.endpointPath.value ?? "-"),
            "status": .stringConvertible(response.status.code),
            "ms": .stringConvertible(spent.seconds * 1000 + spent.attoseconds / 1_000_000_000_000_000),
        ]
        if let fault {
            facts["fault"] = .string(fault)
            logger.error("fault", metadata: facts)
        } else {
            logger.debug("answered", metadata: facts)
        }
        return response
    }

    /// A path of broken UTF-8 or with a NUL names nothing here.
    private func checkTarget(_ request: Request) throws {
        guard let path = request.uri.path.removingPercentEncoding, !path.contains("\0") else { throw WebError.notFound }
    }

    package static func roomError(_ error: any Error) -> (any RoomError)? {
        switch error {
        case let error as any RoomError: error
        case StorageError.unavailable: WebError.unavailable
        case StorageError.full: WebError.diskFull
        case let error as HTTPError where error.status == .notFound: WebError.notFound
        case let error as HTTPError where error.status == .contentTooLarge: WebError.tooLarge
        case is NIOTooManyBytesError: WebError.tooLarge
        default: nil
        }
    }

    private func answer(_ error: (any RoomError)?, _ request: Request, _ context: WebContext) throws -> Response {
        let status = HTTPResponse.Status(code: error?.status ?? 500)
        let text = site.text(context.language)
        let words = text(error?.key ?? "web.error.fault", error?.details ?? [:])
        let wantsPage = request.method == .get && !context.wantsFragment
        if error as? WebError == .signInFirst, wantsPage {
            let next = request.uri.string.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            return Response(
                status: .seeOther, headers: [.location: "/sign-in?next=\(next)", .cacheControl: "no-store"])
        }
        if request.headers[.accept]?.contains("application/json") == true {
            return try site.json(
                ["error": words, "field": error?.field ?? "", "request": context.requestID], status: status)
        }
        let isFault = status.code >= 500
        let model: Model = [
            "key": error?.key ?? "web.error.fault",
            "title": text(status.code == 404 ? "web.error.title.not-found" : "web.error.title"),
            "words": words, "todo": text(isFault ? "web.error.todo.fault" : "web.error.todo"),
            "requestId": isFault ? context.requestID : "",
            "back": ["href": "/", "label": text("web.error.back")] as Model,
            "again": isFault,
        ]
        if context.wantsFragment || request.headers[HTTPField.Name("X-CSRF")!] != nil {
            return try site.fragment("web/_problem", model.merging(["todo": ""]) { $1 }, context, status: status)
        }
        let look: Site.Frame.Look =
            context.signedIn == nil ? .bare : context.signedIn!.viewer.isStaff ? .staff : .client
        return try site.page("web/error", model, Site.Frame(title: words, look: look), context, status: status)
    }

    private func secure(_ response: inout Response) {
        let headers = [
            (
                "Content-Security-Policy",
                "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
                    + "form-action 'self'; frame-ancestors 'none'"
            ),
            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"), ("X-Frame-Options", "DENY"),
            ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Resource-Policy", "same-origin"),
        ]
        for (name, value) in headers where response.headers[HTTPField.Name(name)!] == nil {
            response.headers[HTTPField.Name(name)!] = value
        }
        if site.secureCookies {
            response.headers[HTTPField.Name("Strict-Transport-Security")!] = "max-age=31536000"
        }
    }

    /// The browser's first language that we speak, or the one chosen on the sign-in page.
    private static func language(_ request: Request) -> Language {
        if let chosen = request.cookies["language"]?.value, let language = Language(rawValue: chosen) {
            return language
        }
        let wanted = (request.headers[.acceptLanguage] ?? "").split(separator: ",")
        for tag in wanted {
            let code = tag.trimmingCharacters(in: .whitespaces).prefix(2).lowercased()
            if let language = Language(rawValue: code) { return language }
        }
        return .russian
    }
}
