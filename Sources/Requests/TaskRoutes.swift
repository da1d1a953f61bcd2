import Hummingbird
import Kernel
import Storage
import Web

/// Tasks and reminders.
extension Requests {
    func addTaskRoutes(to router: Router<WebContext>) {
        router.get("/tasks", use: tasks)
        router.get("/tasks/badge", use: tasksBadge)
        router.post("/requests/:number/checklist/:item/task", use: setTask)
        router.post("/requests/:number/reminders", use: remind)
        router.post("/reminders/:reminder", use: moveReminder)
        router.delete("/reminders/:reminder", use: endReminder)
    }

    @Sendable func tasks(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let words = try RequestWords(site, context)
        guard words.viewer.mayWork else { throw WebError.notFound }
        let page = try await database.read { tx in try TasksPage(words, tx) }
        if context.wantsFragment { return try site.fragment("requests/_tasks", page.model, context) }
        return try site.page(
            "requests/tasks", page.model,
            Site.Frame(
                title: words.text("requests.tasks"), css: ["admin", "plans"], topics: page.topics, place: "tasks",
                look: .staff), context)
    }

    @Sendable func tasksBadge(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let words = try RequestWords(site, context)
        guard words.viewer.mayWork else { throw WebError.notFound }
        let badge = try await database.read { tx in try TasksBadge(words, tx) }
        return try site.fragment("requests/_tasks-badge", badge.model, context)
    }

    @Sendable func setTask(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request), viewer = try context.viewer()
        try await setTask(
            try context.id("item"), to: form.id("person"), due: form.moment("at", in: viewer.zone), in: number,
            by: viewer)
        return done(number, context)
    }

    @Sendable func remind(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request), viewer = try context.viewer()
        guard let due = try moment(form, viewer) else { throw WebError.missing(field: "at") }
        try await remind(
            form.requiredID("id"), of: number, at: due, toClient: form.raw("to") == "client",
            text: form.line("text", atMost: 200), by: viewer)
        return done(number, context)
    }

    @Sendable func moveReminder(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer()
        guard let due = try moment(form, viewer) else { throw WebError.missing(field: "at") }
        try await moveReminder(try context.id("reminder"), to: due, by: viewer)
        return context.wantsFragment ? Response(status: .noContent) : site.go(to: "/tasks", context)
    }

    @Sendable func endReminder(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        try await endReminder(try context.id("reminder"), by: context.viewer())
        return context.wantsFragment ? Response(status: .noContent) : site.go(to: "/tasks", context)
    }

    /// A preset by its button, or a moment of one's own.
    private func moment(_ form: Form, _ viewer: Viewer) throws -> Instant? {
        let preset: ReminderRule.Preset? = try form.code("preset")
        if let preset { return ReminderRule.moment(preset, from: site.now(), in: viewer.zone) }
        return try form.moment("at", in: viewer.zone)
    }
}
