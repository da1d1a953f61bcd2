import Hummingbird
import Kernel
import Storage
import Web

extension LinesRoom {
    func showTopics(_ request: Request, _ context: WebContext) async throws -> Response {
        let (_, words) = try administrator(context)
        return try await topics(of: try context.id("line"), nil, words, context)
    }

    func makeTopic(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let line: LineID = try context.id("line")
        let form = try await Form(request)
        return try await answering(form, topic: nil, on: line, words, context) {
            let parent: TopicID? = try form.id("parent")
            try await addTopic(try await details(form, under: parent, on: line), under: parent, on: line, by: viewer)
        }
    }

    /// Name, planned time and priority of a row; its place when `parent` is sent; `archived=no` brings it back.
    func keepTopic(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let topic: TopicID = try context.id("topic")
        let form = try await Form(request)
        let line = try await lineOf(topic, viewer)
        return try await answering(form, topic: topic, on: line, words, context) {
            if form.raw("archived") == "no" { try await restoreTopic(topic, on: line, by: viewer) }
            if form.has("name") {
                let old = try await database.read { tx in try Lines.topic(topic, on: line, tx) }
                try await changeTopic(
                    topic, to: try await details(form, under: old?.parent, on: line), on: line, by: viewer)
            }
            if form.has("parent") {
                try await moveTopic(
                    topic, under: try form.id("parent"), before: try form.id("before"), on: line, by: viewer)
            }
        }
    }

    /// Moves a topic under another, at the end there.
    func placeTopic(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let line: LineID = try context.id("line"), form = try await Form(request)
        let topic: TopicID = try form.requiredID("topic")
        return try await answering(Form(), topic: topic, on: line, words, context) {
            try await moveTopic(topic, under: try form.id("parent"), on: line, by: viewer)
        }
    }

    func archiveTopic(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context)
        let topic: TopicID = try context.id("topic")
        let line = try await lineOf(topic, viewer)
        return try await answering(Form(), topic: topic, on: line, words, context) {
            try await archiveTopic(topic, on: line, by: viewer)
        }
    }

    /// A priority that holds anyway, from above, is not made the topic's own.
    private func details(_ form: Form, under parent: TopicID?, on line: LineID) async throws -> TopicDetails {
        var planned: Minutes?
        if let text = try form.line("planned", atMost: 20) {
            guard let parsed = PlannedTime.parse(text) else { throw LineError.plannedWrong }
            planned = parsed
        }
        let above = try await database.read { tx in try parent.flatMap { try Lines.topic($0, on: line, tx)?.priority } }
        let priority: Priority? = try form.code("priority")
        return TopicDetails(
            name: try form.requiredLine("name", atMost: 120), planned: planned,
            priority: priority == above ?? .normal ? nil : priority)
    }

    private func lineOf(_ topic: TopicID, _ viewer: Viewer) async throws -> LineID {
        let line = try await database.read { tx in try Lines.line(ofTopic: topic, in: viewer.organisation, tx) }
        guard let line else { throw LineError.topicNotFound }
        return line
    }

    /// Does the act; an htmx row gets the tree again, a plain form is sent back to it, a refused form comes back with its fault.
    private func answering(
        _ form: Form, topic: TopicID?, on line: LineID, _ words: LineWords, _ context: WebContext,
        _ act: () async throws -> Void
    ) async throws -> Response {
        do {
            try await act()
        } catch let fault as any RoomError {
            guard let field = fault.field else { throw fault }
            let refused = TopicsPage.Refused(
                topic: topic, name: form.raw("name") ?? "", planned: form.raw("planned") ?? "",
                priority: form.raw("priority") ?? "", parent: form.raw("parent") ?? "", faults: [field: fault])
            return try await topics(of: line, refused, words, context)
        }
        guard context.wantsFragment else { return site.go(to: "/lines/\(line)/topics", context) }
        return try await topics(of: line, nil, words, context)
    }

    private func topics(
        of line: LineID, _ refused: TopicsPage.Refused?, _ words: LineWords, _ context: WebContext
    ) async throws -> Response {
        let page = try await database.read { tx in
            try TopicsPage(Lines.known(line, in: words.viewer.organisation, tx), refused: refused, workload, words, tx)
        }
        // htmx puts only answers of success in place: the row carries its fault in words.
        if context.wantsFragment { return try site.fragment("lines/topics", page.model, context) }
        return try site.page(
            "lines/topics", page.model, frame(page.title), context, status: refused == nil ? .ok : .unprocessableContent
        )
    }
}
