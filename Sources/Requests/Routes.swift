import Duty
import EventLog
import Files
import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import Lines
import NIOCore
import People
import Storage
package import Web

/// The room's table of contents: method, address, function.
extension Requests {
    package func addRoutes(to router: Router<WebContext>) {
        router.get("/", use: home)
        router.get("/search", use: search)

        let requests = router.group("/requests")
        requests.get("", use: workplace)
        requests.post("", use: registerOwn)
        requests.get("mine", use: mine)

        addRegisterRoutes(to: router)
        addDeskRoutes(to: router)
        addBoardRoutes(to: router)
        addTaskRoutes(to: router)
        addConversationRoutes(to: router)

        let request = router.group("/requests/:number")
        request.get("", use: page)
        for part in Part.allCases {
            request.get(RouterPath(part.rawValue)) { try await fragment(part, $0, $1) }
        }
        request.get("messages", use: messages)
        request.post("messages", use: postMessage)
        request.get("history", use: history)
        request.get("files/:file", use: download)
        request.get("files/:file/preview", use: preview)
        for act in Self.acts {
            request.on(RouterPath(act.path), method: act.method) { request, context in
                let form = try await Form(request)
                let viewer = try context.viewer(), number = try context.number("number")
                let before =
                    context.wantsFragment && Self.undoable.contains(act.path)
                    ? try await database.read { tx in try Self.find(number, for: viewer, tx) } : nil
                try await act.run(Call(requests: self, number: number, form: form, viewer: viewer, context: context))
                guard context.wantsFragment else { return site.go(to: "/requests/\(number)", context) }
                var response = Response(status: .noContent)
                if let before { try await offerUndo(number, before: before, &response, context) }
                return response
            }
        }

        let uploads = router.group("/uploads")
        uploads.post("", use: beginUpload)
        uploads.get(":upload", use: uploadOffset)
        uploads.patch(":upload", use: uploadPart)
        uploads.delete(":upload", use: endUpload)
    }

    /// One act asked for by a form.
    private struct Call: Sendable {
        let requests: Requests, number: Int64, form: Form, viewer: Viewer, context: WebContext

        /// What the person saw when deciding; absent from a form that does not depend on it.
        var version: Int64? { get throws { try form.int("version", in: 0...Int.max).map(Int64.init) } }
    }

    private struct Act: Sendable {
        let method: HTTPRequest.Method
        let path: String
        let run: @Sendable (Call) async throws -> Void

        init(_ method: HTTPRequest.Method, _ path: String, _ run: @escaping @Sendable (Call) async throws -> Void) {
            (self.method, self.path, self.run) = (method, path, run)
        }
    }

    private static let acts: [Act] = [
        Act(.post, "assignment") { try await $0.requests.take($0.number, by: $0.viewer, version: $0.version) },
        Act(.delete, "assignment") { try await $0.requests.giveBack($0.number, by: $0.viewer, version: $0.version) },
        Act(.post, "transfer") { call in
            let toLine = call.form.raw("to") == "line"
            try await call.requests.transfer(
                call.number, to: toLine ? nil : call.form.id("person"), line: toLine ? call.form.id("line") : nil,
                note: call.form.text("text"), by: call.viewer, version: call.version)
        },
        Act(.post, "line") {
            try await $0.requests.changeLine(
                $0.number, to: $0.form.requiredID("line"), by: $0.viewer, version: $0.version)
        },
        Act(.post, "topic") {
            try await $0.requests.setTopic($0.number, to: $0.form.id("topic"), by: $0.viewer, version: $0.version)
        },
        Act(.post, "priority") {
            try await $0.requests.setPriority(
                $0.number, to: $0.form.requiredCode("priority"), by: $0.viewer, version: $0.version)
        },
        Act(.post, "deadline") { call in
            guard let at = try call.form.moment("at", in: call.viewer.zone) else { throw WebError.missing(field: "at") }
            try await call.requests.setDeadline(
                call.number, to: at, reason: call.form.line("text", atMost: 500), by: call.viewer, version: call.version
            )
        },
        Act(.delete, "deadline") {
            try await $0.requests.setDeadline($0.number, to: nil, by: $0.viewer, version: $0.version)
        },
        Act(.post, "answer-due") { call in
            guard let at = try call.form.moment("at", in: call.viewer.zone) else { throw WebError.missing(field: "at") }
            try await call.requests.setAnswerDue(
                call.number, to: at, reason: call.form.line("text", atMost: 500), by: call.viewer, version: call.version
            )
        },
        Act(.delete, "answer-due") {
            try await $0.requests.setAnswerDue($0.number, to: nil, by: $0.viewer, version: $0.version)
        },
        Act(.post, "plan") { call in
            let plan = try call.form.int("minutes", in: 0...60_000).map { Minutes($0) }
            try await call.requests.setPlan(
                call.number, to: plan, reason: call.form.line("text", atMost: 500), by: call.viewer,
                version: call.version)
        },
        Act(.post, "progress") { call in
            guard let percent = try call.form.int("percent", in: 0...100) else {
                throw WebError.missing(field: "percent")
            }
            try await call.requests.setProgress(call.number, to: percent, by: call.viewer, version: call.version)
        },
        Act(.post, "time") { call in
            guard let minutes = try call.form.int("minutes", in: -1440...1440) else {
                throw WebError.missing(field: "minutes")
            }
            try await call.requests.addTime(
                call.number, Minutes(minutes), reason: call.form.line("text", atMost: 500), by: call.viewer)
        },
        Act(.post, "waiting") {
            try await $0.requests.wait(
                $0.number, for: $0.form.code("for") ?? .client, by: $0.viewer, version: $0.version)
        },
        Act(.delete, "waiting") { try await $0.requests.proceed($0.number, by: $0.viewer, version: $0.version) },
        Act(.post, "solution") {
            try await $0.requests.solve($0.number, answer: $0.form.text("text"), by: $0.viewer, version: $0.version)
        },
        Act(.post, "rating") { call in
            try await call.requests.confirm(
                call.number, rating: call.form.int("rating", in: 1...5),
                comment: call.form.text("comment", atMost: 4000), by: call.viewer)
        },
        Act(.post, "refusal") {
            try await $0.requests.refuse($0.number, text: $0.form.requiredText("text", atMost: 4000), by: $0.viewer)
        },
        Act(.post, "closure") { try await $0.requests.closeUnanswered($0.number, by: $0.viewer, version: $0.version) },
        Act(.delete, "change") { call in
            let plan = try call.form.int("plan", in: 0...60_000).map { Minutes($0) }
            try await call.requests.takeBack(
                call.number, topic: call.form.id("topic"), plan: plan, by: call.viewer,
                version: call.version)
        },
        Act(.delete, "closure") {
            try await $0.requests.reopen($0.number, text: $0.form.text("text"), by: $0.viewer, version: $0.version)
        },
        Act(.post, "cancellation") {
            try await $0.requests.cancel(
                $0.number, reason: $0.form.line("text", atMost: 500), by: $0.viewer, version: $0.version)
        },
        Act(.post, "fields/:field") { call in
            try await call.requests.setField(
                call.number, call.context.id("field"), to: call.form.raw("value") ?? "", by: call.viewer)
        },
        Act(.post, "own-state") {
            try await $0.requests.setOwnState(
                $0.number, to: $0.form.id("state"), by: $0.viewer, version: $0.version)
        },
        Act(.post, "specialist") {
            try await $0.requests.choose($0.form.requiredID("person"), for: $0.number, by: $0.viewer)
        },
        Act(.post, "watch") { try await $0.requests.watch($0.number, by: $0.viewer) },
        Act(.delete, "watch") { try await $0.requests.unwatch($0.number, by: $0.viewer) },
        Act(.post, "observers") { try await $0.requests.watch($0.number, $0.form.requiredID("person"), by: $0.viewer) },
        Act(.delete, "observers/:person") {
            try await $0.requests.unwatch($0.number, $0.context.id("person"), by: $0.viewer)
        },
        Act(.post, "attention") { call in
            try await call.requests.attend(
                call.number, for: Int64(call.form.int("ms", in: 0...Int.max) ?? 0), isLeft: call.form.flag("left"),
                by: call.viewer)
        },
        Act(.post, "reading") { call in
            guard let upTo = try call.form.int("upto", in: 0...Int.max) else { throw WebError.missing(field: "upto") }
            try await call.requests.read(call.number, upTo: Int64(upTo), by: call.viewer)
        },
    ]
}

// MARK: pages

extension Requests {
    /// Parts of a request's page that are read again when it changes.
    enum Part: String, CaseIterable { case head, acts, brief, card, context, rating, own }

    @Sendable func home(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request)
        return try await homePage(form, refused: nil, status: .ok, context)
    }

    private func homePage(
        _ form: Form, refused: Form?, status: HTTPResponse.Status, _ context: WebContext
    ) async throws -> Response {
        let words = try RequestWords(site, context)
        let tab = form.raw("tab") == "finished" ? "finished" : "open"
        let page = try form.int("page", in: 1...50) ?? 1
        let chosen: LineID? = try refused?.id("line") ?? form.id("line")
        let home = try await database.read { tx in
            try HomePage(tab: tab, page: page, refused: refused, chosen: chosen, largestFile: largestFile, words, tx)
        }
        let frame = Site.Frame(
            title: words.text("requests.home.title"), css: ["client"], topics: home.topics, sequence: home.sequence,
            place: "home", look: .client)
        return try site.page("requests/home", home.model, frame, context, status: status)
    }

    @Sendable func mine(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), words = try RequestWords(site, context)
        let tab = form.raw("tab") == "finished" ? "finished" : "open"
        let mine = try await database.read { tx in try MyRequests(tab: tab, page: 1, words, tx) }
        return try site.fragment("requests/_my-requests", mine.model, context)
    }

    @Sendable func registerOwn(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let viewer = try context.viewer(), form = try await Form(request)
        do {
            let text = try form.requiredText("text")
            guard let line: LineID = try form.id("line") else { throw RequestError.lineFirst }
            var registration = Registration(id: try form.requiredID("id"), line: line, text: text)
            registration.topic = try form.id("topic")
            registration.uploads = try form.ids("upload")
            let number = try await register(registration, by: viewer)
            return site.go(to: "/requests/\(number)", context)
        } catch let error as any RoomError where error.field != nil && !context.wantsFragment {
            return try await homePage(Form(), refused: form, status: .unprocessableContent, context)
        }
    }

    @Sendable func workplace(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), words = try RequestWords(site, context)
        // A new specialist whom nobody has put on a line yet hears so, and not that there is no such page.
        guard words.viewer.isStaff || words.viewer.roles.contains(.specialist) else { throw WebError.notFound }
        let queue = try Queue(form), page = try form.int("page", in: 1...20) ?? 1
        let isPart = context.wantsFragment
        let (shown, around, sequence) = try await database.read { tx in
            let shown = try QueuePage(queue, page: page, current: nil, words, tx)
            return (
                shown, isPart ? [:] : try shown.around(words, tx),
                try EventLog.newest(in: .organisation(words.viewer.organisation), tx)
            )
        }
        if isPart { return try site.fragment("requests/_queue", shown.model, context) }
        return try site.page(
            "requests/workplace", around.merging(["queue": shown.model, "request": false]) { $1 },
            staffFrame(words.text("requests.queue"), shown.topics, sequence), context)
    }

    private func staffFrame(_ title: String, _ topics: [String], _ sequence: Int64) -> Site.Frame {
        Site.Frame(title: title, css: ["workplace"], topics: topics, sequence: sequence, place: "queue", look: .staff)
    }

    /// The client's page, or the workplace for those who see the request as staff. A client of an own request who also works on the
    /// line sees the client's page unless coming from the queue.
    @Sendable func page(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try Form(query: request),
            words = try RequestWords(site, context)
        let queue = try Queue(form), fromQueue = form.has("view")
        let (template, model, frame) = try await database.read { tx -> (String, Model, Site.Frame) in
            let seen = try Self.find(number, for: words.viewer, tx)
            let asStaff = seen.standing.isStaff && (fromQueue || !seen.standing.isClient)
            let page = try RequestPage(number, asStaff: asStaff, largestFile: largestFile, words, tx)
            let talk = try Talk(page.seen, words, tx)
            let readHere = try Self.readHere(page.seen.request.id, by: words.viewer, tx)
            let draft = try Self.draft(of: words.viewer.person, "/requests/\(number)", tx)
            guard asStaff else {
                let frame = Site.Frame(
                    title: page.title, css: ["conversation", "client"], topics: page.topicsOfPage,
                    sequence: page.newest,
                    look: .client)
                return ("requests/request", page.clientPage(talk, readHere: readHere, draft: draft), frame)
            }
            let shown = try QueuePage(queue, page: 1, current: number, words, tx)
            let model = try shown.around(words, tx).merging([
                "queue": shown.model,
                "request": page.staffPage(
                    talk, readHere: readHere, draft: draft, back: "/requests?\(queue.query)"),
            ]) { $1 }
            return ("requests/workplace", model, staffFrame(page.title, shown.topics + page.topicsOfPage, page.newest))
        }
        return try site.page(template, model, frame, context)
    }

    func fragment(_ part: Part, _ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), words = try RequestWords(site, context)
        let asStaff = Self.comesFromQueue(request)
        let model = try await database.read { tx -> Model in
            let seen = try Self.find(number, for: words.viewer, tx)
            let staff = seen.standing.isStaff && (part == .context || !seen.standing.isClient || asStaff)
            let page = try RequestPage(number, asStaff: staff, largestFile: largestFile, words, tx)
            switch part {
            case .head: return page.head
            case .acts: return page.acts
            case .brief: return page.brief
            case .card: return page.card
            case .rating: return page.rating
            case .own: return page.own
            case .context:
                guard staff else { throw RequestError.notFound }
                return page.context
            }
        }
        return try site.fragment("requests/_\(part.rawValue)", model, context)
    }

    /// htmx tells the page's own address: the same request is shown from two sides.
    private static func comesFromQueue(_ request: Hummingbird.Request) -> Bool {
        let page =
            request.headers[HTTPField.Name("HX-Current-URL")!] ?? request.headers[HTTPField.Name("Referer")!] ?? ""
        return page.contains("view=")
    }

    @Sendable func messages(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try Form(query: request),
            words = try RequestWords(site, context)
        let after = try form.int("after", in: 0...Int.max).map(Int64.init)
        let before = try form.int("before", in: 0...Int.max).map(Int64.init)
        let model = try await database.read { tx -> Model in
            let page = try RequestPage(number, asStaff: false, largestFile: largestFile, words, tx)
            return page.entries(try Talk(page.seen, after: after, before: before, words, tx))
        }
        return try site.fragment("requests/_messages", model, context)
    }

    /// The answer is the entry as this viewer sees it.
    @Sendable func postMessage(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request),
            words = try RequestWords(site, context)
        var draft = Draft(
            id: try form.requiredID("id"), text: try form.text("text") ?? "", isNote: form.raw("kind") == "note",
            uploads: try form.ids("upload"))
        draft.quote = try form.id("quote")
        draft.mentions = try form.ids("mention")
        let id = draft.id
        try await write(draft, in: number, by: words.viewer)
        guard context.wantsFragment else { return site.go(to: "/requests/\(number)", context) }
        let model = try await database.read { tx -> Model in
            let page = try RequestPage(number, asStaff: false, largestFile: largestFile, words, tx)
            let own: Int64 = try tx.value("SELECT number FROM message WHERE id = \(id)") ?? 0
            return page.entries(try Talk(page.seen, after: own - 1, words, tx))
        }
        return try site.fragment("requests/_messages", model, context)
    }

    @Sendable func history(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), words = try RequestWords(site, context)
        let page = try await database.read { tx in
            let seen = try Self.find(number, for: words.viewer, tx)
            return try RequestPage(number, asStaff: seen.standing.isStaff, largestFile: largestFile, words, tx)
        }
        let look: Site.Frame.Look = words.viewer.isStaff && !page.seen.standing.isClient ? .staff : .client
        return try site.page(
            "requests/history", page.historyPage,
            Site.Frame(
                title: words.text("requests.history"), css: ["client"], topics: page.topicsOfPage,
                sequence: page.newest, look: look),
            context)
    }

    @Sendable func search(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), words = try RequestWords(site, context)
        let text = try form.line("text") ?? ""
        let before = try form.int("before", in: 1...Int.max).map(Int64.init)
        let model = try await database.read { tx -> Model in
            let found =
                text.isEmpty
                ? Searching.Found(requests: [], hasMore: false, last: nil)
                : try Searching.find(text, for: words.viewer, before: before, tx)
            let named = try Named(found.requests, words, tx)
            let snippets = try Searching.snippets(of: text, in: found.requests, for: words.viewer, tx)
            let encoded = text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
            let count = found.hasMore ? "\(Searching.pageSize)+" : words.text.number(found.requests.count)
            return [
                "action": "/search", "text": text, "staff": words.viewer.isStaff, "any": !found.requests.isEmpty,
                "searched": !text.isEmpty,
                "found": found.hasMore
                    ? words.text("requests.search.first", ["n": count])
                    : words.text("requests.search.found", count: found.requests.count),
                "requests": found.requests.map {
                    words.row($0, lines: named.lines, people: named.people, snippet: snippets[$0.request.id])
                }, "more": found.hasMore ? "/search?text=\(encoded)&before=\(found.last ?? 0)" : "",
            ]
        }
        let look: Site.Frame.Look = words.viewer.isStaff ? .staff : .client
        return try site.page(
            "requests/search", model,
            Site.Frame(
                title: words.text("requests.search.title"), css: ["client"], place: "search", look: look,
                searchText: text),
            context)
    }
}
