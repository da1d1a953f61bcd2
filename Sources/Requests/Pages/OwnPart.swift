import Kernel
import Lines
import People
import Storage
import Web

/// A line's own fields and states on the page of a request, and whom the client may choose.
struct OwnPart {
    private let fields: [OwnField]
    private let values: [OwnFieldID: String]
    private let states: [OwnState]
    private let specialists: [ShownPerson]
    private let request: Request
    private let words: RequestWords

    init(
        _ seen: Seen, asStaff: Bool, _ conditions: Conditions, _ words: RequestWords, _ tx: any ReadTransaction
    ) throws {
        (request, self.words) = (seen.request, words)
        fields = try Lines.fields(of: request.line, topic: request.topic, tx).filter { asStaff || $0.asksClient }
        values = fields.isEmpty ? [:] : try Requests.values(of: request.id, tx)
        let states =
            asStaff
            ? try Lines.ownStates(
                of: request.line, topic: request.topic, state: request.state.rawValue, in: request.organisation, tx)
            : []
        self.states = states
        let mayChoose =
            conditions.mayChoose && !asStaff && seen.standing.isClient && request.state == .new
            && request.assignee == nil
        let staff = mayChoose ? try Lines.staff(of: request.line, tx).map(\.0) : []
        specialists = try Names.shown(Set(staff), to: words.viewer, words.text, tx).values.sorted { $0.name < $1.name }
    }

    private func model(_ field: OwnField) -> Model {
        let value = values[field.id] ?? ""
        return [
            "id": field.id.text, "name": field.name, "value": value, "shown": shown(field),
            "required": field.isRequired,
            "choice": field.kind == .choice, "type": field.kind == .date ? "date" : "text",
            "number": field.kind == .number,
            "choices": field.choices.map { ["value": $0, "current": $0 == value] as Model },
        ]
    }

    private func shown(_ field: OwnField) -> String {
        let value = values[field.id] ?? ""
        guard field.kind == .date, let day = CalendarText.date(value) else { return value }
        return words.dates.calendarDay(day)
    }

    /// What the client is asked, while somebody still works on the request.
    func asked(_ href: String) -> Model {
        let isOpen = [.new, .working, .waiting].contains(request.state)
        let open = isOpen ? fields.filter { (values[$0.id] ?? "").isEmpty } : []
        return [
            "href": href, "fields": open.map(model), "anyFields": !open.isEmpty,
            "specialists": specialists.map { ["id": $0.id.text, "label": $0.name] as Model },
            "anySpecialists": !specialists.isEmpty, "any": !open.isEmpty || !specialists.isEmpty,
        ]
    }

    /// For the specialist: every field, and the states to choose from.
    var forStaff: Model {
        [
            "fields": fields.map(model),
            "states": states.map {
                ["id": $0.id.text, "label": $0.name, "current": $0.id == request.ownState] as Model
            },
            "anyStates": !states.isEmpty,
        ]
    }

    /// What is known, for the client's card.
    var facts: [Model] {
        fields.compactMap { field in
            let value = shown(field)
            return value.isEmpty ? nil : ["label": field.name, "value": value]
        }
    }
}
