import EventLog
package import Kernel
import Storage
import Web

/// The timer that nobody starts: an open page of a request says how long its specialist was active.
extension Requests {
    /// - Parameters:
    ///   - claim: milliseconds of activity since the page's last word, up to now.
    ///   - isLeft: the page is left: whole minutes are counted at once.
    package func attend(_ number: Int64, for claim: Int64, isLeft: Bool, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .attend) { change in
            let claim = min(max(0, claim), Attention.longestBeat), tx = change.tx
            let now = change.now.milliseconds
            if claim > 0 {
                let known = try tx.all(
                    """
                    SELECT from_at, until_at FROM attention
                    WHERE person_id = \(viewer.person) AND until_at > \(now - Attention.longestBeat) AND from_at < \(now)
                    """
                ) { row -> Range<Int64> in
                    let from: Int64 = try row[0], until: Int64 = try row[1]
                    return from..<max(from, until)
                }
                for part in Attention.fresh((now - claim)..<now, besides: known) { try change.attended(part) }
            }
            let total: Int64 =
                try tx.value(
                    """
                    SELECT SUM(until_at - from_at) FROM attention
                    WHERE person_id = \(viewer.person) AND request_id = \(change.request.id)
                    """) ?? 0
            let counted: Int =
                try tx.value(
                    """
                    SELECT SUM(minutes) FROM time_spent WHERE request_id = \(change.request.id)
                        AND person_id = \(viewer.person) AND is_attention = 1
                    """) ?? 0
            let minutes = Attention.uncounted(total: total, counted: counted)
            guard minutes >= (isLeft ? 1 : Attention.step) else { return }
            try change.add(Minutes(minutes), reason: nil, isAttention: true)
        }
    }

    /// Milliseconds of the viewer's attention that the fact does not hold yet.
    static func uncounted(_ request: RequestID, by person: PersonID, _ tx: any ReadTransaction) throws -> Int64 {
        let figures =
            try tx.one(
                """
                SELECT (SELECT SUM(until_at - from_at) FROM attention WHERE person_id = \(person) AND request_id = \(request)),
                    (SELECT SUM(minutes) FROM time_spent WHERE request_id = \(request) AND person_id = \(person)
                        AND is_attention = 1)
                """
            ) { row in try (row[0] as Int64? ?? 0, row[1] as Int64? ?? 0) } ?? (0, 0)
        return max(0, figures.0 - figures.1 * 60_000)
    }

    /// What similar finished requests took: of the topic, or of the line when the topic has too few.
    static func usualPlan(of request: Request, _ tx: any ReadTransaction) throws -> Minutes? {
        let finished = try tx.all(
            """
            SELECT topic_id, fact_minutes FROM (
                SELECT topic_id, fact_minutes, is_open FROM request WHERE line_id = \(request.line)
                ORDER BY registered_at DESC LIMIT 300) AS latest
            WHERE is_open = 0 AND fact_minutes > 0
            """
        ) { row in try (row[0] as TopicID?, row[1] as Int) }
        let ofTopic = finished.filter { $0.0 == request.topic }.map(\.1)
        return (Plan.usual(ofTopic) ?? Plan.usual(finished.map(\.1))).map { Minutes($0) }
    }
}

extension Change {
    /// One more span, or the last one grown.
    fileprivate func attended(_ part: Range<Int64>) throws {
        let grown = try tx.run(
            """
            UPDATE attention SET until_at = \(part.upperBound)
            WHERE person_id = \(viewer.person) AND request_id = \(request.id) AND until_at = (
                SELECT MAX(until_at) FROM attention WHERE person_id = \(viewer.person)
                    AND until_at BETWEEN \(part.lowerBound - Attention.seam) AND \(part.lowerBound))
            """)
        guard grown == 0 else { return }
        try tx.send(
            """
            INSERT INTO attention (person_id, request_id, from_at, until_at)
            VALUES (\(viewer.person), \(request.id), \(part.lowerBound), \(part.upperBound))
            """)
    }
}
