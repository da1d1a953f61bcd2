import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// The keys of the person's own programs.
extension PeopleRoom {
    @Sendable func keysPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await showKeys(context)
    }

    private func showKeys(
        _ context: WebContext, made: String = "", typed: Form? = nil, errors: [String: String] = [:]
    ) async throws -> Response {
        let viewer = try staff(context), words = words(context), text = words.text, now = site.now()
        let keys = try await database.read { tx in try AccessKey.all(of: viewer.person, at: now, tx) }
        let chosen = typed?.raw("days") ?? "90"
        let model: Model = [
            "made": made, "address": site.publicOrigin ?? "", "name": typed?.raw("name") ?? "",
            "writes": typed?.flag("write") ?? false, "errors": errors,
            "days": AccessKey.lives.map { days -> Model in
                [
                    "count": days, "words": text("account.keys.days", count: days),
                    "selected": "\(days)" == chosen,
                ]
            },
            "keys": keys.map { key -> Model in
                [
                    "id": key.id.text, "name": key.name,
                    "scope": text(key.scopes.contains(.write) ? "account.keys.writes" : "account.keys.reads"),
                    "until": text("account.keys.until", ["date": words.dates.day(key.untilAt)]),
                    "seen": key.seenAt.map { text("account.keys.seen", ["date": words.dates.moment($0)]) }
                        ?? text("account.keys.unseen"),
                ]
            }, "any": !keys.isEmpty,
        ]
        let frame = Site.Frame(
            title: text("account.keys.title"), css: ["admin", "account"], js: ["forms", "account"], place: "profile",
            look: .staff)
        return try site.page("account/keys", model, frame, context)
    }

    @Sendable func makeKey(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try staff(context), form = try await Form(request)
        return try await attempt(context) {
            let key = try await accounts.makeKey(
                form.line("name", atMost: 80) ?? "", scopes: form.flag("write") ? [.write] : [.read],
                days: form.int("days", in: 1...3660) ?? 0, by: viewer)
            return try await showKeys(context, made: key)
        } orShow: { errors in
            try await showKeys(context, typed: form, errors: errors)
        }
    }

    @Sendable func endKey(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try staff(context)
        try await accounts.endKey(try context.id("key"), by: viewer)
        return site.go(to: "/profile/keys", context, notice: site.text(context.language)("account.keys.ended"))
    }
}
