package import EventLog
package import Kernel
package import Storage
package import Web

package enum OfferTag {}
package typealias OfferID = ID<OfferTag>

/// How a request finds its specialist. A reader of the log and durable timers look at requests that nobody has; `RoutingRule` decides;
/// the acts run in the organisation's lane, so that two servers never give one request twice.
package struct Routing: Sendable {
    let database: Database
    let site: Site
    let bell: Bell

    package init(database: Database, site: Site, bell: Bell) {
        (self.database, self.site, self.bell) = (database, site, bell)
    }
}

package enum RoutingError: String, RoomError, CaseIterable {
    case notFound, gone, sameLine, noSuchPerson, whomFirst

    package var status: Int {
        switch self {
        case .notFound: 404
        case .gone: 409
        default: 422
        }
    }
    package var key: String { "routing.error.\(rawValue.lowercased())" }
    package var field: String? {
        switch self {
        case .sameLine: "overflow_line"
        case .noSuchPerson: "person"
        case .whomFirst: "unit"
        default: nil
        }
    }
}

extension EventKind {
    /// Subject: the line. fields: which, joined by commas
    package static let routingChanged = EventKind("routing.changed")
    /// Subject: the line. person; unit or client
    package static let responsibleNamed = EventKind("routing.responsible-named")
    package static let responsibleEnded = EventKind("routing.responsible-ended")
}

extension Routing {
    /// The rule of each line that has one of its own; for all others a request is taken by hand.
    package static func settings(
        in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [LineID: RoutingSettings] {
        Dictionary(
            try tx.all(
                """
                SELECT line_id, mode, first, most, accept_minutes, reserve_minutes, overflow_line, overflow_minutes,
                    escalate_minutes, tells FROM routing_rule WHERE organisation_id = \(organisation)
                """
            ) { row in
                var settings = RoutingSettings()
                settings.mode = RoutingSettings.Mode(rawValue: try row[1]) ?? .hand
                settings.first = RoutingSettings.First(rawValue: try row[2]) ?? .nobody
                (settings.most, settings.accept, settings.reserve) = try (row[3], row[4], row[5])
                let line: LineID? = try row[6], after: Minutes? = try row[7]
                if let line, let after { settings.overflow = (line, after) }
                (settings.escalate, settings.tells) = try (row[8], row[9])
                return try (row[0] as LineID, settings)
            }, uniquingKeysWith: { $1 })
    }
}

/// What lies before a specialist to accept.
package struct Offer: Sendable {
    package let id: OfferID
    package let request: RequestID
    package let line: LineID
    package let person: PersonID
    package let why: String
    package let at: Instant
    package let until: Instant

    static let columns: SQL =
        "offer.id, offer.request_id, offer.line_id, offer.person_id, offer.why, offer.at, offer.until_at"

    init(_ row: Row) throws {
        (id, request, line, person) = try (row[0], row[1], row[2], row[3])
        (why, at, until) = try (row[4], row[5], row[6])
    }

    enum Outcome: String, SQLBindable { case accepted, declined, expired, withdrawn, given }
}

extension Routing {
    /// Open offers, the first to run out first.
    static func offers(where condition: SQL, _ tx: any ReadTransaction) throws -> [Offer] {
        try tx.all(
            "SELECT \(Offer.columns) FROM offer WHERE \(condition) AND offer.ended_at IS NULL ORDER BY until_at, id",
            Offer.init)
    }
}
