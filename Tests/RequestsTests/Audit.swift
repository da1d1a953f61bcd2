import Kernel
import Storage
import Testing

@testable import Requests

/// What holds of every request and of the log after any act.
extension Desk {
    func audit(_ at: SourceLocation = #_sourceLocation) async throws {
        let faults = try await database.read { tx in
            try Audit.log(tx) + Audit.numbers(tx)
                + tx.all("SELECT id FROM request") { row in try row[0] as RequestID }.flatMap {
                    try Audit.request($0, tx)
                }
        }
        #expect(faults == [], sourceLocation: at)
    }
}

enum Audit {
    /// The log of each lane counts 1, 2, 3 … without a gap.
    static func log(_ tx: any ReadTransaction) throws -> [String] {
        try gaps("SELECT lane, number FROM event ORDER BY lane, number", tx).map { "event \($0)" }
    }

    /// So do the numbers of an organisation's requests.
    static func numbers(_ tx: any ReadTransaction) throws -> [String] {
        try gaps("SELECT organisation_id, number FROM request ORDER BY organisation_id, number", tx).map {
            "request \($0)"
        }
    }

    private static func gaps(_ sql: SQL, _ tx: any ReadTransaction) throws -> [String] {
        var last: [String: Int64] = [:], faults: [String] = []
        try tx.query(sql) { row in
            let lane: String = try row[0], number: Int64 = try row[1]
            if number != (last[lane] ?? 0) + 1 { faults.append("\(number) follows \(last[lane] ?? 0)") }
            last[lane] = number
        }
        return faults
    }

    private struct Kept { let value: String?, from: Instant, until: Instant? }

    static func request(_ id: RequestID, _ tx: any ReadTransaction) throws -> [String] {
        let request = try tx.one("SELECT \(Request.columns) FROM request WHERE id = \(id)") { try Request($0) }!
        var faults: [String] = []
        func expect(_ condition: Bool, _ words: String) {
            if !condition { faults.append("№ \(request.number): \(words)") }
        }

        for span in Span.allCases {
            let kept = try tx.all(
                """
                SELECT value, from_at, until_at FROM request_span WHERE request_id = \(id) AND field = \(span)
                ORDER BY from_at, COALESCE(until_at, \(Int64.max))
                """
            ) { row in try Kept(value: row[0], from: row[1], until: row[2]) }
            let open = kept.filter { $0.until == nil }
            // There is none of it while nothing is waited for.
            if span == .wait {
                expect(open.map(\.value) == [span.value(of: request)].filter { $0 != nil }, "\(span) is what is open")
                continue
            }
            expect(open.count == 1, "one open span of \(span)")
            expect(kept.first?.from == request.registered, "\(span) begins with the registration")
            expect(kept.last?.value == span.value(of: request), "\(span) is what is open")
            for (one, next) in zip(kept, kept.dropFirst()) {
                expect(one.until == next.from, "\(span) has no hole")
                expect(one.value != next.value, "\(span) changes")
            }
        }
        let spent: Int =
            try tx.value("SELECT CAST(SUM(minutes) AS BIGINT) FROM time_spent WHERE request_id = \(id)") ?? 0
        expect(request.fact.count == spent, "fact \(request.fact.count) is the sum of entries \(spent)")
        expect(request.fact.count >= 0, "fact is not below nothing")
        let last: Int64 = try tx.value("SELECT MAX(number) FROM event WHERE request_id = \(id)") ?? 0
        expect(request.lastNumber == last, "last number \(request.lastNumber) is the last event's \(last)")
        let replied: Int64 =
            try tx.value("SELECT MAX(number) FROM message WHERE request_id = \(id) AND is_note = 0") ?? 0
        expect(request.lastReplyNumber == replied, "last reply is the last message")
        let isOpen: Bool = try tx.value("SELECT is_open FROM request WHERE id = \(id)")!
        expect(isOpen == request.state.isOpen, "is_open agrees with the state")
        expect((request.ended != nil) == !request.state.isOpen, "an end is dated when there is one")
        expect(request.state != .working || request.assignee != nil, "somebody works on what is in work")
        expect(request.pausedLeft == nil || request.state == .waiting, "the clock stands only while waiting")
        expect(try tx.exists("SELECT 1 FROM search WHERE rowid = \(request.searchRow)"), "can be searched")
        let messages: Int = try tx.value("SELECT COUNT(*) FROM message WHERE request_id = \(id)") ?? 0
        let told: Int =
            try tx.value(
                """
                SELECT COUNT(*) FROM event WHERE request_id = \(id)
                    AND kind IN ('request.registered', 'request.replied', 'request.noted')
                """) ?? 0
        expect(messages == told, "each message is told once")
        return faults
    }
}
