import Kernel
import Web

/// The act that takes the last one back, as the form it would be: a function of the request before and after. Both stay in the
/// history. The version goes along, so that nothing is undone over somebody else's change.
struct Undo: Equatable {
    let path: String
    let fields: [String: String]

    init(_ path: String, _ fields: [String: String]) { (self.path, self.fields) = (path, fields) }

    /// nil when one act cannot bring back what was.
    static func of(_ before: Request, _ after: Request, by person: PersonID, zone: Zone) -> Undo? {
        if before.version == after.version, before.fact != after.fact {
            return Undo("time", ["minutes": String(before.fact.count - after.fact.count)])
        }
        guard before.version != after.version else { return nil }
        func form(_ path: String, _ fields: [String: String], _ delete: Bool) -> Undo {
            var fields = fields
            fields["version"] = String(after.version)
            if delete { fields["_method"] = "DELETE" }
            return Undo(path, fields)
        }
        func undo(_ path: String, _ fields: [String: String] = [:], delete: Bool = false) -> Undo {
            form(path, fields, delete)
        }
        if before.line != after.line || before.assignee != after.assignee {
            switch (before.assignee, after.assignee) {
            case (nil, person) where before.line == after.line && before.state == .new:
                return undo("assignment", delete: true)
            case (person, nil) where before.line == after.line && before.state == .working: return undo("assignment")
            default: return takeBack(before, form)
            }
        }
        switch (before.state, after.state) {
        case (.new, .waiting), (.working, .waiting): return undo("waiting", delete: true)
        case (.waiting, .working), (.waiting, .new): return undo("waiting", ["for": before.waitsFor.rawValue])
        case (.new, .cancelled), (.working, .cancelled), (.new, .solved), (.working, .solved):
            return undo("closure", delete: true)
        case (.solved, .closed) where after.closedUnanswered: return takeBack(before, form)
        case let (was, now) where was != now: return nil
        default: break
        }
        if before.topic != after.topic { return undo("topic", ["topic": before.topic?.text ?? ""]) }
        if before.priority != after.priority { return undo("priority", ["priority": before.priority.rawValue]) }
        if before.plan != after.plan { return undo("plan", ["minutes": before.plan.map { String($0.count) } ?? ""]) }
        if before.progress != after.progress { return undo("progress", ["percent": String(before.progress)]) }
        for (path, was, now, byHand) in [
            ("deadline", before.deadline, after.deadline, before.deadlineByHand),
            ("answer-due", before.answerDue, after.answerDue, before.answerByHand),
        ] where was != now {
            guard byHand, let was else { return undo(path, delete: true) }
            return undo(path, ["at": Dates.field(was, zone)])
        }
        return nil
    }

    /// Back to the dated facts, with what is no dated fact.
    private static func takeBack(_ before: Request, _ undo: (String, [String: String], Bool) -> Undo) -> Undo {
        undo("change", ["topic": before.topic?.text ?? "", "plan": before.plan.map { String($0.count) } ?? ""], true)
    }

    /// What is said beside «Отменить».
    static func words(_ before: Request, _ after: Request) -> String {
        if before.line != after.line { return "line" }
        if before.assignee != after.assignee { return after.assignee == nil ? "given-back" : "assigned" }
        if before.state != after.state { return after.state.rawValue }
        if before.version == after.version { return "time" }
        return "changed"
    }
}
