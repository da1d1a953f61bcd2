import Kernel

/// What the columns of a board are.
package enum Grouping: String, CaseIterable, Sendable { case state, assignee, line, priority, topic }

/// What putting a card into another column would be: the same act as on the request's page, or the reason why not. A function of
/// values.
enum BoardMove: Equatable {
    /// Its own column.
    case stays
    /// A form of the request's page, sent as it is.
    case act(String, [String: String], isUndoing: Bool = false)
    /// A dialog of the request's page, which asks for more; without such a dialog, the act.
    case form(String, orElse: String?)
    case refused(Reason)

    enum Reason: String, CaseIterable {
        /// Others may, this viewer may not.
        case notAllowed = "not-allowed"
        /// Not in the state the request is in.
        case solvedFirst = "solved"
        case nobody, otherLine = "other-line", otherTopic = "other-topic", archived
    }

    /// What lies around a request and decides where it may go.
    struct Place {
        let me: PersonID
        /// Who can be given the request: the specialists of its line.
        var staff: Set<PersonID> = []
        /// Topics of its line that are in use.
        var topics: Set<TopicID> = []
        /// Lines that take requests.
        var lines: Set<LineID> = []
    }

    static func decide(_ request: Request, _ viewer: Standing, to key: String, by grouping: Grouping, _ place: Place)
        -> BoardMove
    {
        guard key != grouping.key(of: request) else { return .stays }
        func allowed(_ act: RequestAct, _ move: BoardMove) -> BoardMove {
            if Permission.may(act, request.state, viewer, hasAssignee: request.assignee != nil) { return move }
            let open = request.state == .solved ? Request.State.working : request.state
            let inWork = Permission.may(act, open, viewer, hasAssignee: true)
            return .refused(request.state == .solved && inWork ? .solvedFirst : .notAllowed)
        }
        switch grouping {
        case .state: return state(request, to: key, allowed)
        case .priority:
            guard Priority(rawValue: key) != nil else { return .refused(.notAllowed) }
            return allowed(.edit, .act("priority", ["priority": key]))
        case .line:
            guard let line = LineID(parsing: key), place.lines.contains(line) else { return .refused(.archived) }
            return allowed(.edit, .act("line", ["line": key]))
        case .topic:
            if key.isEmpty { return allowed(.edit, .act("topic", ["topic": ""])) }
            guard let topic = TopicID(parsing: key), place.topics.contains(topic) else { return .refused(.otherTopic) }
            return allowed(.edit, .act("topic", ["topic": key]))
        case .assignee:
            if key.isEmpty { return allowed(.giveBack, .act("assignment", [:], isUndoing: true)) }
            guard let person = PersonID(parsing: key) else { return .refused(.notAllowed) }
            if person == place.me, case .act = allowed(.take, .act("", [:])) { return .act("assignment", [:]) }
            guard place.staff.contains(person) else { return .refused(.otherLine) }
            return allowed(.transfer, .act("transfer", ["to": "person", "person": key]))
        }
    }

    private static func state(
        _ request: Request, to key: String, _ allowed: (RequestAct, BoardMove) -> BoardMove
    ) -> BoardMove {
        let isAssigned = request.assignee != nil
        switch (request.state, Request.State(rawValue: key)) {
        case (.new, .working),
            (.waiting, .working) where !isAssigned:
            return allowed(.take, .act("assignment", [:]))
        case (.waiting, .working): return allowed(.proceed, .act("waiting", [:], isUndoing: true))
        case (.solved, .working): return isAssigned ? allowed(.reopen, .form("reopen", orElse: nil)) : .refused(.nobody)
        case (.waiting, .new) where !isAssigned: return allowed(.proceed, .act("waiting", [:], isUndoing: true))
        case (.working, .new), (.waiting, .new): return allowed(.giveBack, .act("assignment", [:], isUndoing: true))
        case (.solved, .new):
            return isAssigned ? .refused(.solvedFirst) : allowed(.reopen, .form("reopen", orElse: nil))
        case (.new, .waiting), (.working, .waiting): return allowed(.wait, .form("wait", orElse: "waiting"))
        case (.solved, .waiting): return .refused(.solvedFirst)
        case (.new, .solved), (.working, .solved), (.waiting, .solved):
            return allowed(.solve, .form("solve", orElse: nil))
        default: return .refused(.notAllowed)
        }
    }
}

extension Grouping {
    /// The column that a request stands in; empty for nobody and for no topic.
    func key(of request: Request) -> String {
        switch self {
        case .state: request.state.rawValue
        case .assignee: request.assignee?.text ?? ""
        case .line: request.line.text
        case .priority: request.priority.rawValue
        case .topic: request.topic?.text ?? ""
        }
    }
}
