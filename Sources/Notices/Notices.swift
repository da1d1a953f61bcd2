package import EventLog
package import Kernel
package import Storage
package import Web

package enum NoticeTag {}
package typealias NoticeID = ID<NoticeTag>

/// Who is told of what, and how: behind the bell of every page, by the browser, by mail.
///
/// A reader of the log (`Noticing`) asks the rule (`Deciding`) whom an event concerns, looks whether each may see it, and writes a row
/// for each. A row holds ids and codes only: its sentence is made when it is read, by what the reader of it may see then.
package struct Notices: Sendable {
    /// A person with the rights of this moment; nil for who may not come in any more.
    package typealias Somebody = @Sendable (PersonID, any ReadTransaction) throws -> Viewer?

    let database: Database
    let site: Site
    let bell: Bell
    let somebody: Somebody
    /// nil: the operator has named no mail server.
    package let outbox: Outbox?
    /// nil: the operator lets no browser be told from afar.
    package var pushes: Pushes?

    package init(
        database: Database, site: Site, bell: Bell, outbox: Outbox? = nil, pushes: Pushes? = nil,
        somebody: @escaping Somebody
    ) {
        (self.database, self.site, self.bell) = (database, site, bell)
        (self.outbox, self.pushes, self.somebody) = (outbox, pushes, somebody)
    }

    /// The topic of a person's own pages.
    package static func topic(_ person: PersonID) -> Bell.Topic { "notices/\(person)" }

    /// What has long been read and told is in the log still.
    package static let kept = Minutes.days(90)

    package static func sweep(at now: Instant, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM notice WHERE at < \(now - kept)")
        try Outbox.sweep(at: now, in: tx)
    }
}

package enum NoticesError: String, RoomError, CaseIterable {
    case notFound, quietHours, deviceUnknown, tooManyDevices

    package var status: Int { self == .notFound ? 404 : 422 }
    package var key: String { "notices.error.\(rawValue.lowercased())" }
    package var field: String? { self == .quietHours ? "quiet_from" : nil }
}

extension Notices {
    /// What is due to be written to a person is done by a timer of theirs.
    package static let timer = "notice-letter"

    static func wakeMail(of person: PersonID, in tx: any WriteTransaction) throws {
        let due: Instant? = try tx.value(
            "SELECT MIN(mail_due_at) FROM notice WHERE person_id = \(person) AND mail_due_at IS NOT NULL")
        if let due {
            try Timers.set(timer, key: person.text, due: due, in: tx)
        } else {
            try Timers.cancel(timer, key: person.text, in: tx)
        }
    }
}
