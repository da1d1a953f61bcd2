package import Storage

/// What a person may be told of. The names are kept in the database and never changed.
package enum NoticeKind: String, Sendable, CaseIterable, SQLBindable, SQLReadable {
    // To clients, of their own requests.
    case registered, taken, answered, deadline, solved, confirm, reminded, closed
    // To those who work on requests.
    case fresh, assigned, task, message, mentioned, due, late, reopened, withdrawn, rated
    // To those who lead.
    case missed, escalated
    // To whom a call is for, and to those who work on the line whose client has called in vain.
    case rings, unanswered = "call-missed", callback = "call-back"
    // To whoever has asked for it.
    case reminder
    // To administrators.
    case undelivered

    /// As whom a person is told: it must hold when a notice is written and again whenever it is read.
    package enum Side: String, Sendable, CaseIterable { case client, staff, manager, call, anybody, administrator }

    package var side: Side {
        switch self {
        case .registered, .taken, .answered, .deadline, .solved, .confirm, .reminded, .closed: .client
        case .fresh, .assigned, .task, .message, .mentioned, .due, .late, .reopened, .withdrawn, .rated, .callback:
            .staff
        case .missed, .escalated: .manager
        case .rings, .unanswered: .call
        case .reminder: .anybody
        case .undelivered: .administrator
        }
    }

    /// A letter that nobody should wait for is not collected with others.
    package var isUrgent: Bool {
        switch self {
        case .solved, .confirm, .reminded, .reminder, .assigned, .mentioned, .due, .late, .missed, .escalated, .rings:
            true
        default: false
        }
    }

    /// How a person is told who has chosen nothing.
    package var usual: Ways {
        switch self {
        case .taken, .fresh, .withdrawn, .rated, .undelivered: [.page]
        case .registered, .deadline, .confirm, .closed: [.page, .mail]
        case .assigned, .task, .message, .due, .reopened, .reminder, .rings: [.page, .browser]
        case .answered, .solved, .reminded, .mentioned, .late, .missed, .escalated, .unanswered, .callback:
            [.page, .browser, .mail]
        }
    }

    package var icon: String {
        switch self {
        case .registered: "clipboard-list"
        case .taken: "hand"
        case .answered, .message: "message-circle"
        case .deadline: "calendar-clock"
        case .solved: "circle-check"
        case .confirm: "circle-help"
        case .closed: "archive"
        case .reminded: "bell-ring"
        case .reminder: "alarm-clock"
        case .task: "list-todo"
        case .fresh: "inbox"
        case .assigned: "user-check"
        case .mentioned: "at-sign"
        case .due: "alarm-clock"
        case .late, .missed: "clock-alert"
        case .reopened: "rotate-ccw"
        case .withdrawn: "ban"
        case .rated: "star"
        case .escalated: "megaphone"
        case .undelivered: "mail"
        case .rings: "phone-incoming"
        case .unanswered: "phone-off"
        case .callback: "phone-outgoing"
        }
    }

    /// Seconds for which a push service keeps it for a browser that is not to be reached.
    package var lives: Int { self == .rings ? 45 : 86_400 }

    /// The colour of the icon: time that runs out, time that has run out.
    package var tone: String {
        switch self {
        case .due, .confirm, .escalated, .callback: "wait"
        case .late, .missed, .undelivered, .unanswered: "late"
        case .solved: "ok"
        default: ""
        }
    }
}

/// The ways by which a person is told.
package struct Ways: OptionSet, Sendable, Hashable, SQLBindable, SQLReadable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }

    /// The list behind the bell.
    package static let page = Ways(rawValue: 1)
    /// The browser's own notice, also while no page is open.
    package static let browser = Ways(rawValue: 2)
    package static let mail = Ways(rawValue: 4)
    package static let all: Ways = [.page, .browser, .mail]

    package static let named: [(code: String, way: Ways)] = [("page", .page), ("browser", .browser), ("mail", .mail)]

    package var sqlValue: SQLValue { .integer(Int64(rawValue)) }
    package static func read(_ row: any RowValues, _ column: Int) -> Ways? {
        row.integer(column).map { Ways(rawValue: Int($0)) }
    }
}
