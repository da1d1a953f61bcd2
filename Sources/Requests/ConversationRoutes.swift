import HTTPTypes
import Hummingbird
import Kernel
import Markup
import People
import Storage
import Web

/// What is done with messages after they were sent, with steps and with drafts.
extension Requests {
    func addConversationRoutes(to router: Router<WebContext>) {
        let request = router.group("/requests/:number")
        request.get("talk", use: talk)
        request.get("colleagues", use: colleagues)
        request.post("checklist", use: addCheckItems)
        request.post("checklist/:item", use: check)

        let message = request.group("messages/:message")
        message.get("text", use: messageText)
        message.get("versions", use: versions)
        message.post("", use: editMessage)
        message.post("removal") { try await removeMessage($0, $1, isRemoved: true) }
        message.delete("removal") { try await removeMessage($0, $1, isRemoved: false) }
        message.post("reactions") { try await react($0, $1, isOn: true) }
        message.delete("reactions") { try await react($0, $1, isOn: false) }

        request.post("links", use: link)
        request.delete("links/:other") { try await unlink($0, $1) }
        request.delete("merge") { try await unmerge($0, $1) }
        request.post("split", use: split)

        router.get("/drafts", use: keptDraft)
        router.post("/drafts", use: keepDraft)
    }

    /// The conversation with its composer, for a page that has something else in its middle.
    @Sendable func talk(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), words = try RequestWords(site, context)
        let model = try await database.read { tx -> Model in
            let seen = try Self.find(number, for: words.viewer, tx)
            let page = try RequestPage(
                number, asStaff: seen.standing.isStaff, largestFile: largestFile, words, tx)
            return page.talkModel(
                try Talk(page.seen, words, tx),
                readHere: try Self.readHere(seen.request.id, by: words.viewer, tx),
                draft: try Self.draft(of: words.viewer.person, "/requests/\(number)", tx))
        }
        return try site.fragment("requests/_talk", model, context)
    }

    // MARK: messages

    private struct Own: Sendable {
        let id: MessageID, author: PersonID, text: String, at: Instant, isRemoved: Bool, editedAt: Instant?
    }

    /// A message the viewer may see.
    private static func message(_ id: MessageID, _ seen: Seen, _ tx: any ReadTransaction) throws -> Own {
        let notes: SQL = seen.standing.isStaff ? "" : " AND is_note = 0"
        let found = try tx.one(
            """
            SELECT id, author_id, text, at, removed_at, edited_at FROM message
            WHERE id = \(id) AND request_id = \(seen.request.id)\(notes)
            """
        ) { row in
            try Own(
                id: row[0], author: row[1], text: row[2], at: row[3], isRemoved: row[4] as Int64? != nil,
                editedAt: row[5])
        }
        guard let found, !found.isRemoved else { throw RequestError.notFound }
        return found
    }

    /// The text as it was written, in a form that changes it.
    @Sendable func messageText(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), viewer = try context.viewer(),
            id: MessageID = try context.id("message")
        let text = try await database.read { tx in
            let own = try Self.message(id, try Self.find(number, for: viewer, tx), tx)
            guard own.author == viewer.person else { throw RequestError.notFound }
            return own.text
        }
        return try site.fragment(
            "requests/_message-edit", ["href": "/requests/\(number)/messages/\(id)", "text": text], context)
    }

    @Sendable func editMessage(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request)
        try await edit(
            context.id("message"), in: number, to: form.requiredText("text"), by: context.viewer())
        return done(number, context)
    }

    private func removeMessage(
        _ request: Hummingbird.Request, _ context: WebContext, isRemoved: Bool
    ) async throws -> Response {
        let number = try context.number("number"), id: MessageID = try context.id("message")
        try await remove(id, in: number, isRemoved: isRemoved, by: context.viewer())
        var response = done(number, context)
        if isRemoved, context.wantsFragment {
            try offer(
                "requests.done.removed-message", "/requests/\(number)/messages/\(id)/removal", ["_method": "DELETE"],
                &response, context)
        }
        return response
    }

    private func react(_ request: Hummingbird.Request, _ context: WebContext, isOn: Bool) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request)
        try await react(
            form.requiredCode("code"), to: context.id("message"), in: number, isOn: isOn, by: context.viewer())
        return done(number, context)
    }

    /// The texts a message had before, the newest first.
    @Sendable func versions(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), words = try RequestWords(site, context)
        let id: MessageID = try context.id("message")
        let versions = try await database.read { tx -> [Model] in
            let message = try Self.message(id, try Self.find(number, for: words.viewer, tx), tx)
            let earlier = try tx.all(
                "SELECT text, from_at FROM message_version WHERE message_id = \(id) ORDER BY until_at DESC, from_at DESC"
            ) { row in try (row[0] as String, row[1] as Instant) }
            return ([(message.text, message.editedAt ?? message.at)] + earlier).map { text, at in
                ["html": SafeText.html(text), "at": words.dates.moment(at)]
            }
        }
        return try site.fragment("requests/_versions", ["versions": versions], context)
    }

    // MARK: calling a colleague

    @Sendable func colleagues(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try Form(query: request),
            words = try RequestWords(site, context)
        let text = try form.line("text", atMost: 60) ?? ""
        let people = try await database.read { tx -> [ShownPerson] in
            guard try Self.find(number, for: words.viewer, tx).standing.isStaff else { throw RequestError.notFound }
            return try Directory.find(text, staffOnly: true, for: words.viewer, atMost: 9, words.text, tx)
        }.filter { $0.id != words.viewer.person }.prefix(8)
        return try site.fragment(
            "requests/_colleagues",
            ["people": people.map { RequestWords.person($0, under: $0.unitName) }, "any": !people.isEmpty], context)
    }

    // MARK: steps

    @Sendable func addCheckItems(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request)
        try await addCheckItems(
            form.requiredText("text", atMost: 4000), first: form.requiredID("id"), to: number, by: context.viewer())
        return done(number, context)
    }

    @Sendable func check(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request),
            item: CheckItemID = try context.id("item")
        let act: CheckAct = try form.requiredCode("act")
        try await check(item, act, in: number, by: context.viewer())
        var response = done(number, context)
        if act == .removed, context.wantsFragment {
            try offer(
                "requests.done.removed-step", "/requests/\(number)/checklist/\(item)",
                ["act": CheckAct.restored.rawValue],
                &response, context)
        }
        return response
    }

    // MARK: requests that belong together

    @Sendable func link(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request), viewer = try context.viewer()
        guard let other = try form.int("other", in: 1...Int.max).map(Int64.init) else {
            throw WebError.missing(field: "other")
        }
        guard form.raw("kind") == "merged" else {
            try await link(number, with: other, by: viewer)
            return done(number, context)
        }
        let version = try form.int("version", in: 0...Int.max).map(Int64.init)
        try await merge(number, into: other, by: viewer, version: version)
        return site.go(to: "/requests/\(other)?view=mine", context)
    }

    private func unlink(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number")
        try await link(number, with: context.number("other"), isLinked: false, by: context.viewer())
        return done(number, context)
    }

    private func unmerge(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number")
        try await unmerge(number, by: context.viewer())
        return done(number, context)
    }

    @Sendable func split(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let number = try context.number("number"), form = try await Form(request)
        let registration = Registration(
            id: try form.requiredID("id"), line: try form.requiredID("line"), text: try form.requiredText("text"))
        let made = try await split(
            form.requiredID("message"), of: number, into: registration, by: context.viewer())
        return site.go(to: "/requests/\(made)?view=all", context)
    }

    // MARK: drafts

    @Sendable func keptDraft(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), viewer = try context.viewer()
        let place = form.raw("place") ?? ""
        let draft = try await database.read { tx in try Self.draft(of: viewer.person, place, tx) }
        return try site.json(Self.json(draft))
    }

    @Sendable func keepDraft(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), kind = form.raw("kind")
        let draft = KeptDraft(
            text: try form.text("text") ?? "", kind: kind == "note" || kind == "reply" ? kind : nil,
            line: try form.id("line"), version: 0)
        let version = try await keep(draft, at: form.raw("place") ?? "", by: context.viewer())
        return try site.json(["version": Int(version)])
    }

    private static func json(_ draft: KeptDraft?) -> [String: any Sendable] {
        [
            "text": draft?.text ?? "", "kind": draft?.kind ?? "", "line": draft?.line?.text ?? "",
            "version": Int(draft?.version ?? 0),
        ]
    }

    // MARK: answers

    /// Nothing for a script, which reads the live parts again; the page otherwise.
    func done(_ number: Int64, _ context: WebContext) -> Response {
        context.wantsFragment ? Response(status: .noContent) : site.go(to: "/requests/\(number)", context)
    }
}
