import Foundation
import HTTPTypes
package import Hummingbird
import Kernel
import Markup
import People
import Requests
import Storage
package import Web

extension Talks {
    package func addRoutes(to router: Router<WebContext>) {
        let talks = router.group("/talks")
        talks.get("", use: list)
        talks.post("", use: begin)
        talks.get("new", use: beginning)
        talks.get("unread", use: unread)

        let talk = talks.group(":talk")
        talk.get("", use: page)
        talk.get("head", use: head)
        talk.post("members", use: addMembers)
        talk.delete("members/:person") { try await removeMember($0, $1) }
        talk.post("title", use: retitle)
        talk.post("reading", use: reading)
        talk.get("messages", use: messages)
        talk.post("messages", use: post)
        talk.get("files/:file") { try await file($0, $1, isPreview: false) }
        talk.get("files/:file/preview") { try await file($0, $1, isPreview: true) }

        let message = talk.group("messages/:message")
        message.get("text", use: messageText)
        message.get("versions", use: versions)
        message.post("", use: editMessage)
        message.post("removal") { try await removeMessage($0, $1, isRemoved: true) }
        message.delete("removal") { try await removeMessage($0, $1, isRemoved: false) }
        message.post("reactions") { try await reactTo($0, $1, isOn: true) }
        message.delete("reactions") { try await reactTo($0, $1, isOn: false) }
    }

    private func staff(_ context: WebContext) throws -> TalkContext {
        let page = try TalkContext(site, context)
        guard page.viewer.mayWork else { throw WebError.notFound }
        return page
    }

    private func frame(_ title: String, _ topics: [String], _ sequence: Int64) -> Site.Frame {
        Site.Frame(
            title: title, css: ["workplace", "talks"], topics: topics, sequence: sequence, place: "talks", look: .staff)
    }

    // MARK: pages

    @Sendable func list(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), page = try staff(context)
        let text = try form.line("text", atMost: 100) ?? ""
        let number = try form.int("request", in: 1...Int.max).map(Int64.init)
        let isPart = context.wantsFragment, current: TalkID? = try form.id("current")
        let list = try await database.read { tx in
            let about = try number.map { try Requests.staffSide(of: $0, for: page.viewer, tx) }
            return try TalksList(current: current, text: text, about: about, page, tx).model
        }
        if isPart { return try site.fragment("talks/_talks", list, context) }
        return try site.page(
            "talks/talks", ["list": list, "listHref": "/talks", "live": "person/\(page.viewer.person)", "talk": false],
            frame(page.text("talks.title"), ["person/\(page.viewer.person)"], 0), context)
    }

    @Sendable func page(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try staff(context), id: TalkID = try context.id("talk")
        let (list, shown) = try await database.read { tx in
            (
                try TalksList(current: id, text: "", page, tx).model,
                try TalkPage(id, largestFile: largestFile, page, tx)
            )
        }
        return try site.page(
            "talks/talks",
            [
                "list": list, "listHref": "/talks?current=\(id)", "live": "person/\(page.viewer.person)",
                "talk": [
                    "href": shown.href, "topic": shown.live, "seq": shown.sequence, "head": shown.head,
                    "conversation": shown.conversation,
                ] as Model,
            ], frame(shown.title, ["person/\(page.viewer.person)", shown.live], shown.sequence), context)
    }

    @Sendable func head(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try staff(context), id: TalkID = try context.id("talk")
        let model = try await database.read { tx in
            try TalkPage(id, after: .max, largestFile: largestFile, page, tx).head
        }
        return try site.fragment("talks/_head", model, context)
    }

    @Sendable func beginning(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request)
        return try await beginPage(form, problem: nil, status: .ok, context)
    }

    private func beginPage(
        _ form: Form, problem: String?, status: HTTPResponse.Status, _ context: WebContext
    ) async throws -> Response {
        let page = try staff(context), number = try form.int("request", in: 1...Int.max).map(Int64.init)
        let (known, subject) = try await database.read { tx -> (Model, String) in
            guard let number else { return (["any": false], "") }
            let about = try Requests.staffSide(of: number, for: page.viewer, tx)
            return (
                try TalksList(current: nil, text: "", about: about, page, tx).model,
                try Requests.titles(of: [about], for: page.viewer, tx)[about]?.subject ?? ""
            )
        }
        return try site.page(
            "talks/new",
            [
                "newId": TalkID.new(at: page.dates.now).text, "request": number.map { String($0) } ?? "",
                "subject": subject, "known": known, "problem": problem ?? "", "title": form.raw("title") ?? "",
            ], frame(page.text("talks.new"), [], 0), context, status: status)
    }

    @Sendable func begin(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), viewer = try context.viewer()
        do {
            let talk = try await begin(
                form.requiredID("id"), with: form.ids("person"), title: form.line("title", atMost: 80) ?? "",
                about: form.int("request", in: 1...Int.max).map(Int64.init), by: viewer)
            return site.go(to: "/talks/\(talk)", context)
        } catch let error as TalkError where error.field != nil && !context.wantsFragment {
            let words = site.text(context.language)(error.key)
            return try await beginPage(form, problem: words, status: .unprocessableContent, context)
        }
    }

    /// The number on the icon of the rail; nothing for none.
    @Sendable func unread(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let page = try staff(context)
        let count = try await database.read { tx in try Self.unread(of: page.viewer, tx) }
        return try site.fragment(
            "talks/_unread",
            ["count": count > 0 ? page.text.number(count) : "", "words": page.text("talks.unread", count: count)],
            context)
    }

    // MARK: members

    @Sendable func addMembers(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), id: TalkID = try context.id("talk")
        try await add(form.ids("person"), to: id, by: context.viewer())
        return done(id, context)
    }

    private func removeMember(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let id: TalkID = try context.id("talk"), person: PersonID = try context.id("person"),
            viewer = try context.viewer()
        try await remove(person, from: id, by: viewer)
        return person == viewer.person ? site.go(to: "/talks", context) : done(id, context)
    }

    @Sendable func retitle(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), id: TalkID = try context.id("talk")
        try await rename(id, to: form.line("title", atMost: 80) ?? "", by: context.viewer())
        return done(id, context)
    }

    private func done(_ id: TalkID, _ context: WebContext) -> Response {
        context.wantsFragment ? Response(status: .noContent) : site.go(to: "/talks/\(id)", context)
    }

    // MARK: messages

    @Sendable func messages(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try Form(query: request), page = try staff(context), id: TalkID = try context.id("talk")
        let after = try form.int("after", in: 0...Int.max).map(Int64.init)
        let before = try form.int("before", in: 0...Int.max).map(Int64.init)
        let model = try await database.read { tx in
            try TalkPage(id, after: after, before: before, largestFile: largestFile, page, tx).messages
        }
        return try site.fragment("requests/_messages", model, context)
    }

    @Sendable func post(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), page = try staff(context), id: TalkID = try context.id("talk")
        var draft = Draft(
            id: try form.requiredID("id"), text: try form.text("text") ?? "", uploads: try form.ids("upload"))
        draft.quote = try form.id("quote")
        let message = draft.id
        try await say(draft, in: id, by: page.viewer)
        guard context.wantsFragment else { return site.go(to: "/talks/\(id)", context) }
        let model = try await database.read { tx in
            let own: Int64 = try tx.value("SELECT number FROM talk_message WHERE id = \(message)") ?? 0
            return try TalkPage(id, after: own - 1, largestFile: largestFile, page, tx).messages
        }
        return try site.fragment("requests/_messages", model, context)
    }

    @Sendable func reading(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), id: TalkID = try context.id("talk")
        guard let upTo = try form.int("upto", in: 0...Int.max) else { throw WebError.missing(field: "upto") }
        try await read(id, upTo: Int64(upTo), by: context.viewer())
        return done(id, context)
    }

    private struct Said: Sendable { let author: PersonID, text: String, at: Instant }

    private func said(_ context: WebContext) async throws -> (said: Said, earlier: [(String, Instant)]) {
        let page = try staff(context), id: TalkID = try context.id("talk"),
            message: MessageID = try context.id("message")
        return try await database.read { tx in
            _ = try Self.find(id, for: page.viewer, tx)
            let said = try tx.one(
                """
                SELECT author_id, text, COALESCE(edited_at, at) FROM talk_message
                WHERE id = \(message) AND talk_id = \(id) AND removed_at IS NULL
                """
            ) { row in try Said(author: row[0], text: row[1], at: row[2]) }
            guard let said else { throw TalkError.notFound }
            let earlier = try tx.all(
                "SELECT text, from_at FROM talk_message_version WHERE message_id = \(message) ORDER BY until_at DESC, from_at DESC"
            ) { row in try (row[0] as String, row[1] as Instant) }
            return (said, earlier)
        }
    }

    @Sendable func messageText(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let said = try await said(context).said
        guard said.author == (try context.viewer().person) else { throw TalkError.notFound }
        let id: TalkID = try context.id("talk"), message: MessageID = try context.id("message")
        return try site.fragment(
            "requests/_message-edit", ["href": "/talks/\(id)/messages/\(message)", "text": said.text], context)
    }

    @Sendable func versions(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let (said, earlier) = try await said(context), dates = site.dates(context)
        let versions = ([(said.text, said.at)] + earlier).map { text, at -> Model in
            ["html": SafeText.html(text), "at": dates.moment(at)]
        }
        return try site.fragment("requests/_versions", ["versions": versions], context)
    }

    @Sendable func editMessage(_ request: Hummingbird.Request, _ context: WebContext) async throws -> Response {
        let form = try await Form(request), id: TalkID = try context.id("talk")
        try await edit(context.id("message"), in: id, to: form.requiredText("text"), by: context.viewer())
        return done(id, context)
    }

    private func removeMessage(
        _ request: Hummingbird.Request, _ context: WebContext, isRemoved: Bool
    ) async throws -> Response {
        let id: TalkID = try context.id("talk"), message: MessageID = try context.id("message")
        try await remove(message, in: id, isRemoved: isRemoved, by: context.viewer())
        var response = done(id, context)
        if isRemoved, context.wantsFragment {
            try site.offerUndo(
                site.text(context.language)("requests.done.removed-message"),
                "/talks/\(id)/messages/\(message)/removal",
                ["_method": "DELETE"], &response)
        }
        return response
    }

    private func reactTo(_ request: Hummingbird.Request, _ context: WebContext, isOn: Bool) async throws -> Response {
        let form = try await Form(request), id: TalkID = try context.id("talk")
        try await react(
            form.requiredCode("code"), to: context.id("message"), in: id, isOn: isOn, by: context.viewer())
        return done(id, context)
    }

    private func file(
        _ request: Hummingbird.Request, _ context: WebContext, isPreview: Bool
    ) async throws -> Response {
        let page = try staff(context), id: TalkID = try context.id("talk"), file: UploadID = try context.id("file")
        let stored = try await database.read { tx in
            _ = try Self.find(id, for: page.viewer, tx)
            return try tx.one(
                """
                SELECT talk_file.name, talk_file.type, talk_file.hash, talk_file.size FROM talk_file
                    JOIN talk_message ON talk_message.id = talk_file.message_id
                WHERE talk_file.id = \(file) AND talk_file.talk_id = \(id) AND talk_message.removed_at IS NULL
                """
            ) { row in try StoredFile(name: row[0], type: row[1], hash: row[2], size: row[3]) }
        }
        guard let stored else { throw TalkError.notFound }
        guard isPreview else { return try await files.answer(stored, request, context) }
        guard let preview = try await files.answerPreview(of: stored, request, context) else {
            throw TalkError.notFound
        }
        return preview
    }
}
