package import EventLog
package import Kernel
package import Requests
package import Storage
package import Web

/// What is yet to come: requests that repeat, and the calendar over deadlines, tasks, reminders and these.
package struct Plans: Sendable {
    let database: Database
    let site: Site
    let bell: Bell
    let requests: Requests
    /// A person as they are at this moment, with their rights; nil for one who has left.
    let somebody: @Sendable (PersonID, any ReadTransaction) throws -> Viewer?

    package init(
        database: Database, site: Site, bell: Bell, requests: Requests,
        somebody: @escaping @Sendable (PersonID, any ReadTransaction) throws -> Viewer?
    ) {
        (self.database, self.site, self.bell, self.requests) = (database, site, bell, requests)
        self.somebody = somebody
    }
}

package enum PlanError: String, RoomError, CaseIterable {
    case notFound, notAllowed, untilPast, noSuchClient, noSuchLine, noSuchTopic, tooMany, dayMissing

    package var status: Int {
        switch self {
        case .notFound: 404
        case .notAllowed: 403
        default: 422
        }
    }

    package var key: String { "plans.error.\(rawValue.lowercased())" }

    package var field: String? {
        switch self {
        case .untilPast: "until"
        case .noSuchClient: "client"
        case .noSuchLine: "line"
        case .noSuchTopic: "topic"
        case .dayMissing: "day"
        default: nil
        }
    }
}

extension EventKind {
    /// Subject: the plan, also of those below. line, topic?, client, kind: how often
    package static let planMade = EventKind("plan.made")
    package static let planChanged = EventKind("plan.changed")
    /// why: hand, rights, line, client, topic
    package static let planPaused = EventKind("plan.paused")
    package static let planResumed = EventKind("plan.resumed")
    /// why: hand, until
    package static let planEnded = EventKind("plan.ended")
}
