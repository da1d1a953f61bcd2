import HTTPTypes
package import Hummingbird
import Kernel
import NIOCore
import People
import Storage
import Turn
package import Web

/// The room's table of contents.
extension ConnectionRoom {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/connection", use: page)
        router.get("/connection/echo", use: echo)
        router.get("/connection/ice", use: relays)
        router.get("/connection/body", use: body)
        router.post("/connection/sink", use: sink)
        router.post("/connection/checks", use: keepHere)
        router.get("/connection/summary", use: summary)
    }

    @Sendable func page(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), address = site.address(of: request.head)
        let seat = CheckPage.Seat(
            name: context.signedIn?.name.full ?? "", organisation: context.signedIn?.organisationName ?? "",
            device: DeviceName.of(request.headers[.userAgent] ?? "") ?? "", client: context.clientAddress,
            address: address, certificate: certificate(),
            hasRelay: !ice(Seat(person: viewer.person, address: address)).isEmpty,
            isAdministrator: viewer.isAdministrator, command: command(for: viewer, address))
        return try site.page(
            "connection/check", CheckPage(seat, text, site.dates(context)).model,
            Site.Frame(
                title: text("connection.title"), css: ["connection"], js: ["forms", "copy", "connection"],
                place: "connection",
                look: viewer.isStaff ? .staff : .client), context)
    }

    /// What measures the same from the command line.
    private func command(for viewer: Viewer, _ address: PageAddress) -> String {
        let command = "okno doctor --from-here \(address.origin)"
        guard case .session(let session) = viewer.kind else { return command }
        return "\(command) --pass \(CheckPass.make(for: session, at: site.now(), site.vault))"
    }

    /// Whoever measures: the person of the page, or a program at their computer.
    private func measurer(_ request: Request, _ context: WebContext) async throws -> PersonID {
        if let holder = try await holder(of: request.head) { return holder }
        return try context.viewer().person
    }

    /// There and back: as little as an answer can be.
    @Sendable func echo(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await measurer(request, context)
        return Response(status: .noContent, headers: [.cacheControl: "no-store"])
    }

    @Sendable func relays(_ request: Request, _ context: WebContext) async throws -> Response {
        let person = try await measurer(request, context)
        let servers = ice(Seat(person: person, address: site.address(of: request.head)))
        return try site.json([
            "servers": servers.map { server -> [String: any Sendable] in
                ["urls": server.urls, "username": server.username, "credential": server.credential]
            }
        ])
    }

    // MARK: throughput

    /// The largest body of a measurement, either way.
    static let largestBody = 32 << 20

    private static let portion = ByteBuffer(bytes: (0..<(64 << 10)).map { _ in UInt8.random(in: 0...255) })

    /// Bytes that no proxy can make smaller.
    @Sendable func body(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await measurer(request, context)
        let most = Self.largestBody >> 10
        guard let kilobytes = try Form(query: request).int("kb", in: 1...most) else {
            throw WebError.missing(field: "kb")
        }
        let size = kilobytes << 10, portion = Self.portion
        let body = ResponseBody(contentLength: size) { writer in
            var rest = size
            while rest > 0 {
                let count = min(rest, portion.readableBytes)
                try await writer.write(portion.getSlice(at: 0, length: count)!)
                rest -= count
            }
            try await writer.finish(nil)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/octet-stream", .cacheControl: "no-store"], body: body)
    }

    /// Counts what comes and keeps nothing.
    @Sendable func sink(_ request: Request, _ context: WebContext) async throws -> Response {
        _ = try await measurer(request, context)
        var count = 0
        for try await part in request.body {
            count += part.readableBytes
            guard count <= Self.largestBody else { throw WebError.tooLarge }
        }
        return try site.json(["bytes": count])
    }

    // MARK: what was found

    @Sendable func keepHere(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        guard case .session(let session) = viewer.kind else { throw WebError.forbidden }
        let check = try Self.check(form)
        let device = DeviceName.of(request.headers[.userAgent] ?? "") ?? ""
        try await keep(check, on: device, in: session, by: viewer)
        let text = site.text(context.language)
        let model = ResultPart(check, site.address(of: request.head), text, site.dates(context)).model
        return try site.fragment("connection/_result", model, context)
    }

    static func check(_ form: Form) throws -> Check {
        var results: [Step: Outcome] = [:], figures: [Figure: Int] = [:]
        for step in Step.allCases {
            guard let outcome = try form.code(step.rawValue, Outcome.self) else { continue }
            guard step.outcomes.contains(outcome) else { throw WebError.wrong(field: step.rawValue) }
            results[step] = outcome
        }
        guard !results.isEmpty else { throw WebError.missing(field: Step.address.rawValue) }
        for figure in Figure.allCases {
            figures[figure] = try form.int("\(figure.rawValue)-figure", in: figure.range)
        }
        return Check(id: try form.requiredID("id"), results: results, figures: figures)
    }

    @Sendable func summary(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try Form(query: request)
        guard viewer.isAdministrator else { throw WebError.notFound }
        let question = Question(way: try form.code("way"), trouble: try form.code("trouble"))
        let text = site.text(context.language), dates = site.dates(context)
        let page = try await database.read { tx in try SummaryPage(question, viewer, text, dates, tx) }
        if context.wantsFragment { return try site.fragment("connection/_summary", page.model, context) }
        return try site.page(
            "connection/summary", page.model,
            Site.Frame(
                title: text("connection.summary"), css: ["admin", "connection"], js: ["forms"], place: "connection",
                look: .staff), context)
    }
}
