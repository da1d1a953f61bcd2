package import EventLog
package import HTTPTypes
package import Hummingbird
import Kernel
import NIOCore
package import Storage
package import Web

/// What an organisation allows, for its administrator.
extension Recordings {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/recordings", use: showPolicy)
        router.post("/recordings", use: changePolicy)
    }

    private func administrator(_ context: WebContext) throws -> Viewer {
        let viewer = try context.viewer()
        guard viewer.isAdministrator else { throw WebError.notFound }
        return viewer
    }

    @Sendable func showPolicy(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), text = site.text(context.language)
        let policy = try await database.read { tx in try RecordingPolicy.of(viewer.organisation, tx) }
        return try site.page(
            "recordings/policy",
            [
                "sessions": policy.sessions, "calls": policy.calls, "days": policy.days, "clients": policy.clients,
                "most": RecordingPolicy.daysKept.upperBound,
            ],
            Site.Frame(
                title: text("recordings.title"), css: ["admin"], js: ["forms"], place: "organisation", look: .staff),
            context)
    }

    @Sendable func changePolicy(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), form = try await Form(request), now = site.now()
        guard let days = try form.int("days", in: RecordingPolicy.daysKept) else {
            throw WebError.missing(field: "days")
        }
        var policy = RecordingPolicy()
        policy.sessions = form.flag("sessions")
        policy.calls = form.flag("calls")
        policy.days = days
        policy.clients = form.flag("clients")
        let wanted = policy
        try await database.write(in: viewer.organisation) { tx in
            guard try RecordingPolicy.of(viewer.organisation, tx) != wanted else { return }
            try wanted.store(for: viewer.organisation, by: viewer.person, at: now, in: tx)
            let codes = [("sessions", wanted.sessions), ("calls", wanted.calls), ("clients", wanted.clients)]
            _ = try EventLog.append(
                .recordingPolicyChanged, by: viewer.person, at: now, subject: viewer.organisation.text,
                data: [
                    "fields": codes.filter(\.1).map(\.0).joined(separator: ","), "day": String(wanted.days),
                ], in: tx)
        }
        return site.go(to: "/recordings", context, notice: site.text(context.language)("recordings.kept"))
    }
}

extension Recordings {
    /// The part that an address asks for; nothing comes after the last one.
    /// - Parameter check: throws for whoever may not watch.
    package func part(
        _ address: Hummingbird.Request, of id: RecordingID, as headers: HTTPFields,
        _ check: @escaping @Sendable (any ReadTransaction) throws -> Void
    ) async throws -> Response {
        let wanted = try RecordingPart.Wanted(Form(query: address))
        let part = try await database.read { tx in
            try check(tx)
            return try RecordingPart.find(wanted, of: id, tx)
        }
        guard let part else { return Response(status: .noContent) }
        var headers = headers
        headers[.cacheControl] = "private, no-store"
        headers[.part] = "\(part.from)-\(part.until)"
        return try await Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: read(part, of: id))))
    }
}

extension RecordingPart.Wanted {
    /// Of an address: `at` a moment, or `after` the part that begins at one; milliseconds.
    init(_ form: Form) throws {
        let times = 0...Int(UInt32.max)
        if let after = try form.int("after", in: times) {
            self = .after(Int64(after))
        } else {
            self = .at(Int64(try form.int("at", in: times) ?? 0))
        }
    }
}

extension HTTPField.Name {
    /// From when until when a part of a recording goes.
    static let part = Self("Okno-Part")!
}

extension EventKind {
    /// fields: what is allowed; day: how many days it is kept
    package static let recordingPolicyChanged = EventKind("recording.policy-changed")
}
