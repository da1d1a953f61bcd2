import HTTPTypes
import Hummingbird
import Kernel
import Storage
import Web

/// The administrator's page of outgoing mail.
extension Notices {
    private func administrator(_ context: WebContext) throws -> Viewer {
        let viewer = try context.viewer()
        guard viewer.isAdministrator else { throw WebError.notFound }
        return viewer
    }

    @Sendable func showMail(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), text = site.text(context.language), dates = site.dates(context)
        let model = try await database.read { [outbox] tx in try MailPage.model(outbox, viewer, text, dates, tx) }
        return try site.page(
            "notices/mail", model,
            Site.Frame(
                title: text("notices.mail"), css: ["admin", "notices"], js: ["forms"], place: "organisation",
                look: .staff), context)
    }

    /// A letter to oneself shows whether mail works.
    @Sendable func tryMail(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), text = site.text(context.language), now = site.now()
        guard outbox != nil else { throw WebError.notFound }
        let isPut = try await database.write(in: viewer.organisation) { tx in
            try Outbox.put(
                Outbox.Draft(
                    to: viewer.person, subject: text("notices.mail.try.subject"), text: text("notices.mail.try.text")),
                at: now, in: tx)
        }
        return site.go(to: "/mail", context, notice: text(isPut ? "notices.mail.try.done" : "notices.mail.try.nowhere"))
    }

    /// An address that was refused may hold again.
    @Sendable func allowAddress(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try administrator(context), now = site.now()
        let address = try await Form(request).requiredLine("address", atMost: 254)
        let changed = try await database.write(in: viewer.organisation) { tx in
            try tx.run(
                """
                UPDATE mail_refusal SET ended_at = \(now)
                WHERE address = \(address) AND organisation_id = \(viewer.organisation) AND ended_at IS NULL
                """)
        }
        guard changed > 0 else { throw NoticesError.notFound }
        return site.go(to: "/mail", context, notice: site.text(context.language)("notices.mail.allowed"))
    }
}
