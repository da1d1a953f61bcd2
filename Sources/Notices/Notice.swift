import EventLog
package import Kernel
package import Requests
package import Storage
import Web

/// One row behind the bell, as its person may see it now.
package struct Notice: Sendable {
    package let id: NoticeID
    package let kind: NoticeKind
    package let request: RequestID?
    /// The event it tells of; grows when more of the same came.
    package let event: Int64
    package let actor: PersonID?
    package let detail: String?
    package let count: Int
    package let inBrowser: Bool
    package let at: Instant
    package let isUnread: Bool
    /// What the person may see of the request; nil for what is about no request.
    package internal(set) var glance: Requests.Glance?

    /// Whoever has read a request up to an event knows what a notice of it says.
    static let reading: SQL = """
        LEFT JOIN reading ON reading.request_id = notice.request_id AND reading.person_id = notice.person_id
        """
    static let isUnread: SQL = "notice.read_at IS NULL AND COALESCE(reading.up_to, 0) < notice.event_number"

    private static let columns: SQL = """
        notice.id, notice.kind, notice.request_id, notice.event_number, notice.actor_id, notice.detail, notice.count,
        notice.in_browser, notice.at, CASE WHEN \(isUnread) THEN 1 ELSE 0 END
        """

    private init?(_ row: Row) throws {
        guard let kind = NoticeKind(rawValue: try row[1]) else { return nil }
        self.kind = kind
        id = try row[0]
        request = try row[2]
        event = try row[3]
        actor = try row[4]
        detail = try row[5]
        count = try row[6]
        inBrowser = try row[7]
        at = try row[8]
        isUnread = try row[9]
    }

    /// Reads notices of the viewer and leaves out those that they may not see any more.
    private static func all(_ which: SQL, _ limit: Int, for viewer: Viewer, _ tx: any ReadTransaction) throws
        -> [Notice]
    {
        let rows = try tx.all(
            """
            SELECT \(columns) FROM notice \(reading)
            WHERE notice.person_id = \(viewer.person) AND notice.organisation_id = \(viewer.organisation) AND \(which)
            ORDER BY notice.at DESC, notice.event_number DESC LIMIT \(limit)
            """
        ) { row in try Notice(row) }.compactMap(\.self)
        let glances = try Requests.glances(of: Array(Set(rows.compactMap(\.request))).sorted(), for: viewer, tx)
        return rows.compactMap { row in
            guard let request = row.request else {
                return row.kind.side == .administrator && viewer.isAdministrator ? row : nil
            }
            guard let glance = glances[request], Deciding.may(row.kind, glance.standing) else { return nil }
            var row = row
            row.glance = glance
            return row
        }
    }

    static let unreadShown = 200, readShown = 50

    package static func unread(of viewer: Viewer, _ tx: any ReadTransaction) throws -> [Notice] {
        try all("notice.on_page = 1 AND \(isUnread)", unreadShown, for: viewer, tx)
    }

    static func read(of viewer: Viewer, before: Instant?, _ tx: any ReadTransaction) throws -> [Notice] {
        let earlier: SQL = before.map { " AND notice.at < \($0)" } ?? ""
        return try all("notice.on_page = 1 AND NOT (\(isUnread))\(earlier)", readShown, for: viewer, tx)
    }

    static func find(_ id: NoticeID, for viewer: Viewer, _ tx: any ReadTransaction) throws -> Notice {
        guard let notice = try all("notice.id = \(id)", 1, for: viewer, tx).first else { throw NoticesError.notFound }
        return notice
    }

    /// What waits to be written to the viewer and has not been read meanwhile.
    static func unwritten(of viewer: Viewer, _ tx: any ReadTransaction) throws -> [Notice] {
        try all("notice.mail_due_at IS NOT NULL AND \(isUnread)", unreadShown, for: viewer, tx)
    }

    /// Another part of every page says it: the queue, the offer, the reminder. Then the page says nothing of its own.
    var isShownElsewhere: Bool {
        kind == .fresh || kind == .reminder || kind == .rings || (kind == .assigned && detail == "offered")
    }

    /// Notices of one tag take each other's place in a browser: what has rung has been missed.
    var tag: String {
        guard kind.side == .call, let glance else { return "notice-\(id)" }
        return "call-\(glance.number)"
    }

    /// Where one click leads.
    package var target: String { glance.map { "/requests/\($0.number)" } ?? "/mail" }
}

extension Notices {
    /// Marks one as read.
    /// - Returns: where it leads.
    func open(_ id: NoticeID, by viewer: Viewer) async throws -> String {
        let now = site.now()
        let (target, changed) = try await database.write(in: viewer.organisation) { tx in
            let notice = try Notice.find(id, for: viewer, tx)
            let changed = try tx.run(
                "UPDATE notice SET read_at = \(now) WHERE id = \(id) AND person_id = \(viewer.person) AND read_at IS NULL"
            )
            return (notice.target, changed > 0)
        }
        if changed { bell.ring(viewer.organisation, 0, topics: [Self.topic(viewer.person)]) }
        return target
    }

    /// Marks everything as read.
    /// - Returns: how many they were, and the mark by which it is taken back.
    func readAll(by viewer: Viewer) async throws -> (count: Int, mark: Instant) {
        let now = site.now()
        let count = try await database.write(in: viewer.organisation) { tx in
            try tx.run(
                "UPDATE notice SET read_at = \(now) WHERE person_id = \(viewer.person) AND read_at IS NULL AND on_page = 1"
            )
        }
        if count > 0 { bell.ring(viewer.organisation, 0, topics: [Self.topic(viewer.person)]) }
        return (count, now)
    }

    func takeBackReading(_ mark: Instant, by viewer: Viewer) async throws {
        try await database.write(in: viewer.organisation) { tx in
            _ = try tx.run(
                "UPDATE notice SET read_at = NULL WHERE person_id = \(viewer.person) AND read_at = \(mark)")
        }
        bell.ring(viewer.organisation, 0, topics: [Self.topic(viewer.person)])
    }
}
