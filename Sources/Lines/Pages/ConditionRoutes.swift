import Hummingbird
import Kernel
import People
import Storage
import Web

/// Conditions of a line, its own fields and states.
extension LinesRoom {
    func showConditions(_ request: Request, _ context: WebContext) async throws -> Response {
        try await conditions(Form(), [:], context)
    }

    func keepConditions(_ request: Request, _ context: WebContext) async throws -> Response {
        try await answering(request, context, "lines.conditions.kept") { form, line, viewer in
            try await setConditions(ConditionForm.parsed(form), on: line, by: viewer)
        }
    }

    func makeField(_ request: Request, _ context: WebContext) async throws -> Response {
        try await answering(request, context, "lines.fields.kept") { form, line, viewer in
            let choices = (try form.text("choices", atMost: 6000) ?? "").split(whereSeparator: \.isNewline).map {
                Text.line(String($0))
            }.filter { !$0.isEmpty }
            try await addField(
                form.requiredLine("field_name", atMost: 80), form.requiredCode("kind"), choices: choices,
                isRequired: form.flag("required"), asksClient: form.flag("asks"), topic: form.id("field_topic"),
                on: line,
                by: viewer)
        }
    }

    func dropField(_ request: Request, _ context: WebContext) async throws -> Response {
        try await answering(request, context, "lines.fields.kept") { _, line, viewer in
            try await archiveField(context.id("field"), on: line, by: viewer)
        }
    }

    func makeState(_ request: Request, _ context: WebContext) async throws -> Response {
        try await answering(request, context, "lines.states.kept") { form, line, viewer in
            try await addState(
                form.requiredLine("state_name", atMost: 60), of: form.requiredLine("state", atMost: 20),
                topic: form.id("state_topic"), on: line, by: viewer)
        }
    }

    func dropState(_ request: Request, _ context: WebContext) async throws -> Response {
        try await answering(request, context, "lines.states.kept") { _, line, viewer in
            try await archiveState(context.id("state"), on: line, by: viewer)
        }
    }

    private func answering(
        _ request: Request, _ context: WebContext, _ notice: String,
        _ act: (Form, LineID, Viewer) async throws -> Void
    ) async throws -> Response {
        let (viewer, words) = try administrator(context), line: LineID = try context.id("line")
        let form = try await Form(request)
        do {
            try await act(form, line, viewer)
            return site.go(to: "/lines/\(line)/conditions", context, notice: words.text(notice))
        } catch let fault as any RoomError where fault.field != nil {
            // A topic that is gone, or a name that is taken, belongs to the form it came in.
            let part = form.has("kind") ? "field_" : form.has("state") ? "state_" : ""
            let field = ["parent": "\(part)topic", "name": "\(part)name"][fault.field!] ?? fault.field!
            return try await conditions(form, [field: words.text(fault.key, fault.details)], context)
        }
    }

    private func conditions(_ form: Form, _ problems: [String: String], _ context: WebContext) async throws -> Response
    {
        let (viewer, words) = try administrator(context), id: LineID = try context.id("line")
        let (title, model) = try await database.read { tx in
            let line = try Lines.known(id, in: viewer.organisation, tx)
            return (line.clientName, try ConditionsPage(line, form, problems: problems, words, tx).model)
        }
        return try site.page(
            "lines/conditions", model, frame(title), context, status: problems.isEmpty ? .ok : .unprocessableContent)
    }
}

/// The form of the conditions as it was filled.
struct ConditionForm {
    var greeting = "", closedText = "", closers = "staff", closeAfter = "", largestFile = "", mostFiles = ""
    var mayChoose = false, needsRating = true
    var ways: [Conditions.Contact: (code: String, units: Set<UnitID>)] = [:]

    init(_ conditions: Conditions) {
        func text(_ number: Int?) -> String { number.map(String.init) ?? "" }
        (greeting, closedText) = (conditions.greeting, conditions.closedText)
        (mayChoose, needsRating, closers) = (conditions.mayChoose, conditions.needsRating, conditions.closers.rawValue)
        (closeAfter, largestFile, mostFiles) = (
            text(conditions.closeAfter), text(conditions.largestFile), text(conditions.mostFiles)
        )
        for contact in Conditions.Contact.allCases {
            let openness = conditions.openness(contact)
            if case .units(let units) = openness {
                ways[contact] = (openness.code, Set(units))
            } else {
                ways[contact] = (openness.code, [])
            }
        }
    }

    init(_ form: Form) throws {
        func text(_ name: String) -> String { String((form.raw(name) ?? "").prefix(Conditions.longestText + 1)) }
        (greeting, closedText, closers) = (text("greeting"), text("closed_text"), text("closers"))
        (closeAfter, largestFile, mostFiles) = (text("close_after"), text("largest_file"), text("most_files"))
        (mayChoose, needsRating) = (form.flag("may_choose"), form.flag("needs_rating"))
        for contact in Conditions.Contact.allCases {
            ways[contact] = (text("way_\(contact.rawValue)"), Set(try form.ids("units_\(contact.rawValue)")))
        }
    }

    /// - Throws: `WebError` that names the field.
    static func parsed(_ form: Form) throws -> Conditions {
        var conditions = Conditions()
        conditions.greeting = try form.text("greeting", atMost: Conditions.longestText) ?? ""
        conditions.closedText = try form.text("closed_text", atMost: Conditions.longestText) ?? ""
        conditions.mayChoose = form.flag("may_choose")
        conditions.needsRating = form.flag("needs_rating")
        conditions.closers = try form.requiredCode("closers")
        conditions.closeAfter = try form.int("close_after", in: 1...Conditions.mostDays)
        conditions.largestFile = try form.int("largest_file", in: 1...Conditions.largestMegabytes)
        conditions.mostFiles = try form.int("most_files", in: 1...Conditions.mostFiles)
        for contact in Conditions.Contact.allCases {
            switch form.raw("way_\(contact.rawValue)") {
            case "all": break
            case "nobody": conditions.ways[contact] = .nobody
            case "chosen": conditions.ways[contact] = .units(try form.ids("units_\(contact.rawValue)"))
            default: throw WebError.wrong(field: "way_\(contact.rawValue)")
            }
        }
        return conditions
    }
}

/// The conditions of a line: what is in force in words, then each with what it does.
struct ConditionsPage {
    static let fields = [
        "greeting", "closed_text", "closers", "close_after", "largest_file", "most_files", "field_name", "field_topic",
        "kind", "choices", "state_name", "state_topic", "state",
    ]

    let model: Model

    init(
        _ line: Line, _ form: Form, problems: [String: String], _ words: LineWords, _ tx: any ReadTransaction
    ) throws {
        let text = words.text, counts = try Lines.counts(of: line.id, tx)
        let inForce = try Lines.conditions(of: line.id, tx)
        let filled = form.has("closers") ? try ConditionForm(form) : ConditionForm(inForce)
        let units = try Units.all(in: line.organisation, tx).filter { $0.archivedAt == nil }
        let topics = try Lines.topics(of: line.id, tx), tree = TopicTree(topics: topics)
        func topic(_ id: TopicID?) -> String {
            id.flatMap { id in topics.first { $0.id == id }?.name } ?? text("lines.own.everywhere")
        }
        func places(_ chosen: String?) -> [Model] {
            topics.filter { !$0.isArchived }.map { topic in
                let indent = String(repeating: "\u{A0}\u{A0}\u{A0}", count: max(0, tree.depth(of: topic.id) - 1))
                return ["id": topic.id.text, "label": indent + topic.name, "selected": chosen == topic.id.text]
            }
        }
        func choices(_ codes: [String], _ group: String, chosen: String?) -> [Model] {
            codes.map { ["code": $0, "name": text("lines.\(group).\($0)"), "selected": $0 == chosen] }
        }
        model = words.head(line, tab: "conditions", topics: counts.topics, staff: counts.staff).merging([
            "force": Self.force(inForce, units: Dictionary(uniqueKeysWithValues: units.map { ($0.id, $0.name) }), text),
            "ways": Conditions.Contact.allCases.map { contact -> Model in
                let way = filled.ways[contact] ?? ("all", [])
                return [
                    "way": contact.rawValue, "name": text("lines.way-of.\(contact.rawValue)"),
                    "choices": ["all", "nobody", "chosen"].map { code -> Model in
                        ["code": code, "name": text("lines.way-of.\(code)"), "selected": code == way.code]
                    },
                    "units": units.map { unit -> Model in
                        [
                            "id": unit.id.text, "selected": way.units.contains(unit.id),
                            "label": String(repeating: "\u{A0}\u{A0}\u{A0}", count: max(0, unit.depth - 1)) + unit.name,
                        ]
                    },
                    "chosen": way.code == "chosen", "problem": problems["units_\(contact.rawValue)"] ?? "",
                ]
            },
            "values": [
                "greeting": filled.greeting, "closed_text": filled.closedText, "close_after": filled.closeAfter,
                "largest_file": filled.largestFile, "most_files": filled.mostFiles,
                "field_name": form.raw("field_name") ?? "", "choices": form.raw("choices") ?? "",
                "state_name": form.raw("state_name") ?? "",
            ] as Model,
            "mayChoose": filled.mayChoose, "needsRating": filled.needsRating,
            "closers": choices(Conditions.Closers.allCases.map(\.rawValue), "closers", chosen: filled.closers),
            "fields": try Lines.fields(of: line.id, tx).map { field -> Model in
                [
                    "id": field.id.text, "name": field.name, "kind": text("lines.field.\(field.kind.rawValue)"),
                    "choices": field.choices.joined(separator: ", "), "topic": topic(field.topic),
                    "required": field.isRequired, "asks": field.asksClient,
                ]
            },
            "states": try Lines.ownStates(in: line.organisation, tx).filter { $0.line == line.id }.map { own -> Model in
                [
                    "id": own.id.text, "name": own.name, "state": text("lines.state.\(own.state)"),
                    "topic": topic(own.topic),
                ]
            },
            "kinds": choices(OwnField.Kind.allCases.map(\.rawValue), "field", chosen: form.raw("kind")),
            "builtIn": choices(OwnState.states, "state", chosen: form.raw("state") ?? "working"),
            "fieldTopics": places(form.raw("field_topic")), "stateTopics": places(form.raw("state_topic")),
            "required": form.flag("required"), "asks": form.flag("asks") || !form.has("kind"),
            "problems": Self.fields.reduce(into: Model()) { $0[$1] = problems[$1] ?? "" },
        ]) { $1 }
    }

    private static func force(_ conditions: Conditions, units: [UnitID: String], _ text: Catalogue) -> [String] {
        var said = Conditions.Contact.allCases.map { contact in
            let openness = conditions.openness(contact), key = "lines.force.\(contact.rawValue).\(openness.code)"
            if case .units(let chosen) = openness {
                return text(key, ["units": chosen.compactMap { units[$0] }.joined(separator: ", ")])
            }
            return text(key)
        }
        said.append(text(conditions.greeting.isEmpty ? "lines.force.greeting.none" : "lines.force.greeting"))
        said.append(text(conditions.closedText.isEmpty ? "lines.force.closed.none" : "lines.force.closed"))
        said.append(text(conditions.mayChoose ? "lines.force.choose" : "lines.force.choose.not"))
        said.append(text(conditions.needsRating ? "lines.force.rating" : "lines.force.rating.not"))
        said.append(text("lines.force.closers.\(conditions.closers.rawValue)"))
        said.append(
            conditions.closeAfter.map { text("lines.force.close-after", count: $0) } ?? text("lines.force.close-never"))
        if let most = conditions.mostFiles { said.append(text("lines.force.files", count: most)) }
        if let largest = conditions.largestFile { said.append(text("lines.force.file", ["n": text.number(largest)])) }
        return said
    }
}
