import Kernel
import Lines
import People
import Storage
import Web

/// Own texts and those of lines, to be kept.
struct QuickRepliesPage {
    let model: Model

    init(_ form: Form, problems: [String: String], _ words: RequestWords, _ tx: any ReadTransaction) throws {
        let viewer = words.viewer, replies = try Requests.quickReplies(for: viewer, tx)
        let lines = try Lines.all(in: viewer.organisation, tx).filter { !$0.isArchived }
        let names = Dictionary(lines.map { ($0.id, $0.staffName) }, uniquingKeysWith: { $1 })
        let refused = form.raw("id") ?? ""
        func row(_ reply: QuickReply) -> Model {
            let isRefused = refused == reply.id.text
            return [
                "id": reply.id.text, "title": isRefused ? form.raw("title") ?? "" : reply.title,
                "text": isRefused ? form.raw("text") ?? "" : reply.text, "line": reply.line?.text ?? "",
                "lineName": reply.line.flatMap { names[$0] } ?? "",
                "mine": reply.line == nil || QuickReply.mayKeep(reply.line!, viewer), "open": isRefused,
            ]
        }
        let isNew = !refused.isEmpty && !replies.contains { $0.id.text == refused }
        model = [
            "own": replies.filter { $0.line == nil }.map(row), "ofLines": replies.filter { $0.line != nil }.map(row),
            "anyOwn": replies.contains { $0.line == nil }, "anyOfLines": replies.contains { $0.line != nil },
            "newId": isNew ? refused : QuickReplyID.new(at: words.now).text,
            "newTitle": isNew ? form.raw("title") ?? "" : "", "newText": isNew ? form.raw("text") ?? "" : "",
            "lines": lines.filter { QuickReply.mayKeep($0.id, viewer) }.map {
                ["id": $0.id.text, "label": $0.staffName, "current": form.raw("line") == $0.id.text] as Model
            },
            "problem": problems.values.first ?? "",
            "places": Self.placeNames(words.text).map { "{\($0)}" }.joined(separator: " "),
        ]
    }

    private static let places = ["client", "number", "subject", "deadline", "line", "specialist"]

    static func placeNames(_ text: Catalogue) -> [String] { places.map { text("requests.quick.place.\($0)") } }

    /// What the places stand for in a request; names through the policy.
    static func values(_ seen: Seen, _ words: RequestWords, _ tx: any ReadTransaction) throws -> [String: String] {
        let request = seen.request
        let people = try Names.shown([request.client, words.viewer.person], to: words.viewer, words.text, tx)
        let line = try Lines.find(request.line, in: words.viewer.organisation, tx)
        let values = [
            "client": words.name(request.client, people), "number": words.number(seen.number),
            "subject": request.subject, "deadline": request.deadline.map { words.dates.moment($0) } ?? "",
            "line": line?.clientName ?? "", "specialist": words.name(words.viewer.person, people),
        ]
        // A text is kept in the language it was written in: both names of a place are known.
        var named: [String: String] = [:]
        for text in words.site.catalogues.values {
            for (place, name) in zip(places, placeNames(text)) { named[name.lowercased()] = values[place] }
        }
        return named
    }
}
