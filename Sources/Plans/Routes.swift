import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import Requests
import Storage
package import Web

/// The room's table of contents.
extension Plans {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/calendar", use: calendar)
        router.get("/recurring", use: list)
        router.post("/recurring", use: makeOne)
        router.get("/recurring/new", use: newOne)
        router.get("/recurring/:plan", use: one)
        router.post("/recurring/:plan", use: changeOne)
        router.post("/recurring/:plan/pause") { try await act($0, $1) { try await pause($0, by: $1) } }
        router.delete("/recurring/:plan/pause") { try await act($0, $1) { try await resume($0, by: $1) } }
        router.delete("/recurring/:plan") { try await act($0, $1) { try await end($0, by: $1) } }
    }

    @Sendable func calendar(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        guard viewer.isStaff || viewer.roles.contains(.specialist) else { throw WebError.notFound }
        let query = try CalendarPage.Query(Form(query: request), today: viewer.zone.local(dates.now).date)
        let page = try await database.read { tx in try CalendarPage(query, viewer, text, dates, tx) }
        guard let page else { throw WebError.notFound }
        if context.wantsFragment { return try site.fragment("plans/_calendar", page.model, context) }
        return try site.page(
            "plans/calendar", page.model,
            Site.Frame(
                title: text("plans.calendar"), css: ["admin", "plans"], js: ["calendar"], topics: page.topics,
                place: "calendar", look: .staff), context)
    }

    // MARK: requests that repeat

    @Sendable func list(_ request: Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        guard viewer.isStaff else { throw WebError.notFound }
        let page = try await database.read { tx in try RecurringPage(viewer, text, dates, tx) }
        if context.wantsFragment { return try site.fragment("plans/_recurring", page.model, context) }
        return try site.page("plans/recurring", page.model, frame(text("plans.recurring")), context)
    }

    @Sendable func newOne(_ request: Request, _ context: WebContext) async throws -> Response {
        try await form(nil, Form(query: request), problems: [:], status: .ok, context)
    }

    @Sendable func one(_ request: Request, _ context: WebContext) async throws -> Response {
        try await form(try context.id("plan"), Form(), problems: [:], status: .ok, context)
    }

    private func form(
        _ id: RecurringID?, _ form: Form, problems: [String: String], status: HTTPResponse.Status, _ context: WebContext
    ) async throws -> Response {
        let viewer = try context.viewer(), text = site.text(context.language), dates = site.dates(context)
        guard viewer.isStaff else { throw WebError.notFound }
        let model = try await database.read { tx in
            let plan = try id.map { try Recurring.find($0, for: viewer, tx) }
            guard plan?.ended == nil else { throw PlanError.notFound }
            return try RecurringForm(plan, form, problems: problems, viewer, text, dates, tx).model
        }
        return try site.page(
            "plans/recurring-form", model, frame(text(id == nil ? "plans.recurring.new" : "plans.recurring.change")),
            context, status: status)
    }

    private func frame(_ title: String) -> Site.Frame {
        Site.Frame(title: title, css: ["admin", "workplace", "plans"], js: ["forms"], place: "calendar", look: .staff)
    }

    @Sendable func makeOne(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request)
        return try await keep(nil, form, context) { details, viewer in
            try await make(form.requiredID("id"), details, by: viewer)
        }
    }

    @Sendable func changeOne(_ request: Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), id: RecurringID = try context.id("plan")
        return try await keep(id, form, context) { details, viewer in try await change(id, details, by: viewer) }
    }

    private func keep(
        _ id: RecurringID?, _ form: Form, _ context: WebContext,
        _ act: (RecurringDetails, Viewer) async throws -> Void
    ) async throws -> Response {
        do {
            try await act(Self.details(form), context.viewer())
        } catch let error as any RoomError where error.field != nil && !context.wantsFragment {
            let words = site.text(context.language)(error.key, error.details)
            return try await self.form(
                id, form, problems: [error.field!: words], status: .unprocessableContent, context)
        }
        return site.go(to: "/recurring", context, notice: site.text(context.language)("plans.recurring.kept"))
    }

    private static func details(_ form: Form) throws -> RecurringDetails {
        let every: Repetition.Every = try form.requiredCode("every")
        guard let clock = try form.line("time", atMost: 8),
            let match = clock.wholeMatch(of: /(\d{1,2}):(\d{2})(?::\d{2})?/),
            let hour = Int(match.1), let minute = Int(match.2), hour < 24, minute < 60
        else { throw WebError.wrong(field: "time") }
        var when = Repetition(every, minute: hour * 60 + minute)
        // What another rhythm would ask is left as it was, so that two equal templates are equal.
        if every == .week {
            guard let weekday = try form.int("weekday", in: 1...7) else { throw PlanError.dayMissing }
            when.weekday = weekday
        }
        if every == .month {
            guard let day = try form.int("day", in: 1...31) else { throw PlanError.dayMissing }
            when.day = day
        }
        if let until = try form.line("until", atMost: 12) {
            guard let date = LocalDate(parsing: until) else { throw WebError.wrong(field: "until") }
            when.until = date
        }
        guard let client: PersonID = try form.id("client") else { throw PlanError.noSuchClient }
        return try RecurringDetails(
            line: form.requiredID("line"), topic: form.id("topic"), client: client,
            subject: form.requiredLine("subject", atMost: 120), text: form.text("text", atMost: 10_000) ?? "",
            repetition: when)
    }

    private func act(
        _ request: Request, _ context: WebContext, _ body: (RecurringID, Viewer) async throws -> Void
    ) async throws -> Response {
        try await body(try context.id("plan"), context.viewer())
        return context.wantsFragment ? Response(status: .noContent) : site.go(to: "/recurring", context)
    }
}
