import HTTPTypes
package import Hummingbird
import Kernel

/// Finds out who asks, and lets a write pass only from our own pages.
package struct Guarding: RouterMiddleware {
    package typealias Context = WebContext
    /// The signed-in person of a session cookie's value.
    package typealias Recognise = @Sendable (_ token: String, _ context: WebContext) async throws -> SignedIn?

    package static let cookie = "okno"
    private let site: Site
    private let recognise: Recognise

    package init(_ site: Site, recognise: @escaping Recognise) {
        self.site = site
        self.recognise = recognise
    }

    package func handle(
        _ request: Request, context: WebContext, next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let key = Self.key(request), token = key ?? request.cookies[Self.cookie]?.value
        // A key in a cookie is no session, and a session is no key.
        if let token, let signedIn = try await recognise(token, context), (signedIn.reach != nil) == (key != nil) {
            context.signedIn = signedIn
            context.language = signedIn.viewer.language
        }
        if key != nil, context.signedIn?.reach == nil { throw WebError.keyUnknown }
        var response: Response
        do { response = try await guarded(request, context, next) } catch {
            throw GuardedFault(cause: error, context: context)
        }
        let hasCookie = response.headers[values: .setCookie].contains { $0.hasPrefix("\(Self.cookie)=") }
        if let token, key == nil, context.signedIn?.isRenewed == true, !hasCookie {
            let cookie = sessionCookie(token, secure: site.secureCookies)
            response.headers.append(HTTPField(name: .setCookie, value: cookie))
        }
        return response
    }

    private func guarded(
        _ request: Request, _ context: WebContext, _ next: (Request, WebContext) async throws -> Response
    ) async throws -> Response {
        var request = request
        let isWrite = request.method != .get && request.method != .head
        if let reach = context.signedIn?.reach, !reach.holds(path: request.uri.path, isWrite: isWrite) {
            throw WebError.beyondKey
        }
        guard isWrite else { return try await next(request, context) }
        try checkOrigin(request)
        var form: Form?
        if holdsForm(request) {
            let bytes = try await request.body.collect(upTo: Form.largestBody + 1)
            guard bytes.readableBytes <= Form.largestBody else { throw WebError.tooLarge }
            form = try Form(body: bytes.readableBytesView, type: request.headers[.contentType])
            request.body = RequestBody(buffer: bytes)
        }
        // No browser sends a key by itself, so another site cannot write with it.
        if let csrf = context.signedIn?.csrf, context.signedIn?.reach == nil {
            let shown = request.headers[HTTPField.Name("X-CSRF")!] ?? form?.raw("csrf")
            guard FormToken.matches(shown, csrf) else { throw WebError.foreignForm }
        }
        // Forms know only GET and POST: a hidden field names the other methods. It counts because `Door` stands before the routes.
        if request.method == .post, let method = form?.raw("_method"), ["PUT", "DELETE"].contains(method) {
            var head = request.head
            head.method = HTTPRequest.Method(rawValue: method)!
            request = Request(head: head, body: request.body)
        }
        return try await next(request, context)
    }

    /// What follows «Authorization: Bearer».
    private static func key(_ request: Request) -> String? {
        guard let words = request.headers[.authorization]?.split(separator: " "), words.count == 2,
            words[0].lowercased() == "bearer"
        else { return nil }
        return String(words[1])
    }

    /// Whether the body is a form to look into. One of several parts is held in memory only when it is small and no script has
    /// sent it with the header: uploads are streamed.
    private func holdsForm(_ request: Request) -> Bool {
        let type = request.headers[.contentType] ?? ""
        if type.hasPrefix("application/x-www-form-urlencoded") { return true }
        return type.hasPrefix("multipart/form-data") && request.headers[HTTPField.Name("X-CSRF")!] == nil
    }

    /// A browser says where a form comes from; a write from another site is refused whatever cookies it carries.
    private func checkOrigin(_ request: Request) throws {
        if let site = request.headers[HTTPField.Name("Sec-Fetch-Site")!], site == "cross-site" {
            throw WebError.foreignForm
        }
        guard let origin = request.headers[.origin], origin != "null" else { return }
        let host = origin.split(separator: "/").last.map(String.init)
        guard host == request.head.authority || origin == site.publicOrigin else { throw WebError.foreignForm }
    }
}

/// A fault on the way of a person who was recognised: `Answering` says it in their language and in their frame.
struct GuardedFault: Error {
    let cause: any Error
    let context: WebContext
}

/// A cookie that lives as long as the session may: 180 days.
package func sessionCookie(_ token: String, secure: Bool) -> String {
    "\(Guarding.cookie)=\(token); Path=/; Max-Age=\(token.isEmpty ? 0 : 180 * 86_400); HttpOnly; SameSite=Lax\(secure ? "; Secure" : "")"
}
