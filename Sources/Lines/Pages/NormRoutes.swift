import Hummingbird
import Kernel
import People
import Storage
import Web

/// Norms of a line: which hold, and for whom.
extension LinesRoom {
    func showNorms(_ request: Request, _ context: WebContext) async throws -> Response {
        try await norms(Form(), [:], context)
    }

    func keepNorm(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), line: LineID = try context.id("line")
        let form = try await Form(request)
        do {
            let norm = Norm(
                id: .new(), topic: try form.id("topic"), priority: try form.code("priority"), unit: try form.id("unit"),
                answer: try Self.minutes("answer", form), solution: try Self.minutes("solution", form))
            try await setNorm(norm, on: line, by: viewer)
            return site.go(to: "/lines/\(line)/norms", context, notice: words.text("lines.norms.kept"))
        } catch let fault as any RoomError where fault.field != nil {
            let field = fault.field == "parent" ? "topic" : fault.field!
            return try await norms(form, [field: words.text(fault.key, fault.details)], context)
        }
    }

    private static func minutes(_ field: String, _ form: Form) throws -> Minutes? {
        guard let text = try form.line(field, atMost: 20) else { return nil }
        guard let minutes = PlannedTime.parse(text), minutes.count > 0, minutes <= LineDetails.longestPlanned else {
            throw WebError.wrong(field: field)
        }
        return minutes
    }

    func dropNorm(_ request: Request, _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), line: LineID = try context.id("line")
        try await endNorm(context.id("norm"), on: line, by: viewer)
        return site.go(to: "/lines/\(line)/norms", context, notice: words.text("lines.norms.kept"))
    }

    private func norms(_ form: Form, _ problems: [String: String], _ context: WebContext) async throws -> Response {
        let (viewer, words) = try administrator(context), id: LineID = try context.id("line")
        let (title, model) = try await database.read { tx in
            let line = try Lines.known(id, in: viewer.organisation, tx)
            return (line.clientName, try NormsPage(line, form, problems: problems, workload, words, tx).model)
        }
        return try site.page(
            "lines/norms", model, frame(title), context, status: problems.isEmpty ? .ok : .unprocessableContent)
    }
}

/// The norms of a line, the closest first, with what they mean.
struct NormsPage {
    let model: Model

    init(
        _ line: Line, _ form: Form, problems: [String: String], _ workload: Workload, _ words: LineWords,
        _ tx: any ReadTransaction
    ) throws {
        let text = words.text, counts = try Lines.counts(of: line.id, tx)
        let norms = try Lines.norms(of: line.id, tx), topics = try Lines.topics(of: line.id, tx)
        let units = try Units.all(in: line.organisation, tx)
        let tree = TopicTree(topics: topics)
        let open = try workload.ofLines(line.organisation, tx)[line.id]?.open ?? 0
        func conditions(_ norm: Norm) -> [String] {
            [
                norm.unit.map { id in units.first { $0.id == id }?.name ?? "" },
                norm.topic.map { id in topics.first { $0.id == id }?.name ?? "" },
                norm.priority.map { text("lines.norms.priority", ["name": words.priority($0).lowercased()]) },
            ].compactMap(\.self)
        }
        let rows = norms.map { (norm: $0, words: conditions($0)) }.sorted { $0.words.count > $1.words.count }
        model = words.head(line, tab: "norms", topics: counts.topics, staff: counts.staff).merging([
            "norms": rows.map { norm, conditions -> Model in
                [
                    "id": norm.id.text,
                    "whose": conditions.isEmpty ? text("lines.norms.all") : conditions.joined(separator: " · "),
                    "answer": norm.answer.map(words.dates.labour) ?? "",
                    "solution": norm.solution.map(words.dates.labour) ?? "",
                ]
            },
            "any": !norms.isEmpty, "planned": text("lines.norms.planned", ["time": words.dates.labour(line.planned)]),
            "open": open > 0 ? text("lines.norms.open", count: open) : "",
            "topics": topics.filter { !$0.isArchived }.map { topic -> Model in
                let indent = String(repeating: "\u{A0}\u{A0}\u{A0}", count: max(0, tree.depth(of: topic.id) - 1))
                return [
                    "id": topic.id.text, "label": indent + topic.name, "selected": form.raw("topic") == topic.id.text,
                ]
            },
            "priorities": Priority.allCases.map { priority -> Model in
                [
                    "id": priority.rawValue, "label": words.priority(priority),
                    "selected": form.raw("priority") == priority.rawValue,
                ]
            },
            "units": units.filter { $0.archivedAt == nil }.map { unit -> Model in
                [
                    "id": unit.id.text,
                    "label": String(repeating: "\u{A0}\u{A0}\u{A0}", count: max(0, unit.depth - 1)) + unit.name,
                    "selected": form.raw("unit") == unit.id.text,
                ]
            },
            "values": ["answer": form.raw("answer") ?? "", "solution": form.raw("solution") ?? ""] as Model,
            "problems": ["topic", "priority", "unit", "answer", "solution"].reduce(into: Model()) {
                $0[$1] = problems[$1] ?? ""
            },
        ]) { $1 }
    }
}
