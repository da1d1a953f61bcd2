import EventLog
package import Kernel
package import Storage
package import Web

/// What the history tells of a stretch of time, for a page that plays what was recorded then.
package struct Mark: Sendable {
    /// Milliseconds since the beginning; what led to it and what ended it stand at its ends.
    package let moment: Int64
    package let words: String, who: String

    /// Milliseconds before and after, of which the history is told too.
    private static let around: Int64 = 15_000

    package static func all(
        of request: CalledRequest, from began: Instant, length: Int64, to viewer: Viewer, _ text: Catalogue,
        _ dates: Dates, _ tx: any ReadTransaction
    ) throws -> [Mark] {
        let told = -around...length + around
        let events = try EventLog.of(request.id, tx).filter { told ~= $0.at.since(began) }
        let words = try EventWords(events, asStaff: request.standing.isStaff, to: viewer, text, dates, tx)
        return events.compactMap { event in
            guard let sentence = words.sentence(event) else { return nil }
            return Mark(
                moment: min(max(0, event.at.since(began)), length), words: sentence, who: words.who(event))
        }
    }
}
