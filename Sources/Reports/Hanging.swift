package import Kernel
import Storage

/// Why an open request hangs. The rule stands in SQL alone, so that a number and the list behind it cannot differ.
package enum Hanging: String, CaseIterable, Sendable, SQLReadable {
    /// Nobody has taken it for an hour; it waits for the client, or for another company, for a day; its deadline has passed; nothing
    /// has moved for three days.
    case nobody, client, company, late, silent

    package static let untaken = Minutes.hours(1)
    package static let longWait = Minutes.days(1)
    package static let silence = Minutes.days(3)

    /// NULL for what does not hang; over `request_fact AS fact`.
    static func reason(at now: Instant) -> SQL {
        """
        CASE WHEN fact.state = 'waiting' AND fact.moved_at < \(now - longWait)
                THEN CASE WHEN COALESCE(fact.wait, 'client') = 'client' THEN 'client' ELSE 'company' END
            WHEN fact.state = 'waiting' THEN NULL
            WHEN fact.assignee_id IS NULL AND fact.registered_at < \(now - untaken) THEN 'nobody'
            WHEN fact.deadline_at < \(now) THEN 'late'
            WHEN fact.moved_at < \(now - silence) THEN 'silent' END
        """
    }
}
