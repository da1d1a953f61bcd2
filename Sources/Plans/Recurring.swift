package import Kernel
import Lines
import Requests
import Storage

package enum RecurringTag {}
package typealias RecurringID = ID<RecurringTag>

/// What a template says: which request, and how often.
package struct RecurringDetails: Sendable, Equatable {
    package var line: LineID
    package var topic: TopicID?
    package var client: PersonID
    package var subject: String
    package var text: String
    package var repetition: Repetition

    package init(
        line: LineID, topic: TopicID? = nil, client: PersonID, subject: String, text: String = "",
        repetition: Repetition
    ) {
        (self.line, self.topic, self.client) = (line, topic, client)
        (self.subject, self.text, self.repetition) = (subject, text, repetition)
    }
}

/// A request that repeats.
package struct Recurring: Sendable, Equatable {
    package let id: RecurringID
    package let author: PersonID
    package let details: RecurringDetails
    /// The author's when it was made: the local time of day stays what it is.
    package let zone: Zone
    package let next: Instant?
    /// The id of the next request's first message: tried twice, it registers once.
    let message: MessageID
    package let paused: Instant?
    package let why: String?
    package let ended: Instant?
    package let last: (at: Instant, number: Int64)?

    package static func == (left: Recurring, right: Recurring) -> Bool {
        left.id == right.id && left.details == right.details && left.next == right.next && left.paused == right.paused
            && left.ended == right.ended
    }

    private static let columns: SQL = """
        SELECT id, author_id, line_id, topic_id, client_id, subject, text, every, minute, weekday, month_day, until_day, zone,
            next_at, next_message, paused_at, paused_why, ended_at, last_at, last_number
        FROM recurring
        """

    private init(_ row: Row) throws {
        id = try row[0]
        author = try row[1]
        let until: Int? = try row[11]
        details = try RecurringDetails(
            line: row[2], topic: row[3], client: row[4], subject: row[5], text: row[6],
            repetition: Repetition(
                Repetition.Every(rawValue: row[7]) ?? .day, minute: row[8], weekday: row[9], day: row[10],
                until: until.map { LocalDate(daysSince1970: $0) }))
        let zone: String = try row[12]
        self.zone = Zone(zone) ?? .moscow
        next = try row[13]
        message = try row[14]
        paused = try row[15]
        why = try row[16]
        ended = try row[17]
        let at: Instant? = try row[18], number: Int64? = try row[19]
        last = at.flatMap { at in number.map { (at, $0) } }
    }

    /// One's own; for those who lead a line, all of it.
    static func visible(_ viewer: Viewer) -> SQL {
        let ours: SQL = "recurring.organisation_id = \(viewer.organisation)"
        if viewer.isAdministrator || viewer.manages.everything { return ours }
        let own: SQL = "recurring.author_id = \(viewer.person)"
        guard !viewer.manages.lines.isEmpty else { return "\(ours) AND \(own)" }
        return "\(ours) AND (\(own) OR recurring.line_id IN (\(viewer.manages.lines)))"
    }

    static func all(for viewer: Viewer, _ tx: any ReadTransaction) throws -> [Recurring] {
        try tx.all(
            """
            \(columns) WHERE \(visible(viewer)) AND ended_at IS NULL
            ORDER BY COALESCE(next_at, \(Int64.max >> 1)), id LIMIT 500
            """, Recurring.init)
    }

    static func find(_ id: RecurringID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> Recurring {
        guard let found = try tx.one("\(columns) WHERE id = \(id) AND \(visible(viewer))", Recurring.init) else {
            throw PlanError.notFound
        }
        return found
    }

    /// For a timer, which is nobody.
    static func waiting(_ id: RecurringID, _ tx: any ReadTransaction) throws -> (OrganisationID, Recurring)? {
        let home: OrganisationID? = try tx.value("SELECT organisation_id FROM recurring WHERE id = \(id)")
        let found = try tx.one(
            "\(columns) WHERE id = \(id) AND ended_at IS NULL AND paused_at IS NULL", Recurring.init)
        return home.flatMap { home in found.map { (home, $0) } }
    }
}
