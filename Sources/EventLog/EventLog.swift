package import Kernel
package import Storage

/// The one log. An act appends its events in its own transaction; history, live hints, notices and statistics are readers.
/// An event holds ids, codes and numbers, never free or personal text, and is never updated or deleted.
package struct Event: Sendable {
    package let number: Int64
    package let at: Instant
    package let kind: EventKind
    package let actor: PersonID?
    package let request: RequestID?
    /// What else the event is about: a person, a unit, a line, a message.
    package let subject: String?
    package var data: EventData
}

/// The name of a kind of event, `room.what` («request.registered»). Each room lists its own as static members.
package struct EventKind: RawRepresentable, Hashable, Sendable, SQLBindable, SQLReadable {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package init(_ rawValue: String) { self.rawValue = rawValue }
}

/// The fields of an event: ids, codes and numbers by name.
package struct EventData: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    /// `name=value` pairs joined by spaces: neither ids nor codes hold either sign. Most readers look at few events, so it is
    /// taken apart when somebody asks.
    let text: String

    package init(dictionaryLiteral fields: (String, String?)...) {
        var pairs: [String] = []
        for case (let name, let value?) in fields {
            assert(value.utf8.count <= 64 && value.allSatisfy { $0.isASCII }, "an event holds ids and codes, not text")
            pairs.append("\(name)=\(value)")
        }
        text = pairs.sorted().joined(separator: " ")
    }

    init(text: String) { self.text = text }

    /// The same and one more.
    package func with(_ name: String, _ value: String) -> EventData {
        EventData(
            text: (text.split(separator: " ").map(String.init) + ["\(name)=\(value)"]).sorted().joined(separator: " "))
    }

    package subscript(name: String) -> String? { fields[name] }

    package var fields: [String: String] {
        var fields: [String: String] = [:]
        for pair in text.split(separator: " ") {
            guard let sign = pair.firstIndex(of: "=") else { continue }
            fields[String(pair[..<sign])] = String(pair[pair.index(after: sign)...])
        }
        return fields
    }
}

package enum EventLog {
    /// Appends one event to the log of the transaction's lane.
    /// - Returns: its number, gapless within the lane and in commit order.
    @discardableResult
    package static func append(
        _ kind: EventKind, by actor: PersonID?, at instant: Instant, request: RequestID? = nil, subject: String? = nil,
        data: EventData = [:], in tx: any WriteTransaction
    ) throws -> Int64 {
        let number = try tx.nextEventNumber()
        try tx.send(
            """
            INSERT INTO event (lane, number, at, kind, actor_id, request_id, subject_id, data)
            VALUES (\(tx.lane.key), \(number), \(instant), \(kind), \(actor), \(request), \(subject), \(data.text))
            """)
        return number
    }

    /// The newest number of a lane; 0 for a lane without events.
    package static func newest(in lane: Lane, _ tx: any ReadTransaction) throws -> Int64 {
        try tx.value("SELECT event_number FROM lane WHERE key = \(lane.key)") ?? 0
    }

    /// Events of a lane after a number, oldest first.
    package static func since(
        _ number: Int64, in lane: Lane, atMost limit: Int, _ tx: any ReadTransaction
    ) throws -> [Event] {
        try tx.all(
            "\(columns) WHERE lane = \(lane.key) AND number > \(number) ORDER BY number LIMIT \(limit)", Event.init)
    }

    /// The number of the last event up to a moment. Numbers have no gaps and follow time, so that some twenty looks find it among millions.
    package static func newest(
        in lane: Lane, until moment: Instant, _ tx: any ReadTransaction
    ) throws -> Int64 {
        var known: Int64 = 0, beyond = try newest(in: lane, tx) + 1
        while beyond - known > 1 {
            let middle = (known + beyond) / 2
            let at: Instant? = try tx.value("SELECT at FROM event WHERE lane = \(lane.key) AND number = \(middle)")
            if let at, at <= moment { known = middle } else { beyond = middle }
        }
        return known
    }

    /// Events of a lane by a condition over `event`, from a number downwards, newest first.
    package static func down(
        from tables: SQL, where condition: SQL, atMost limit: Int, _ tx: any ReadTransaction
    ) throws -> [Event] {
        try tx.all(
            """
            SELECT event.number, event.at, event.kind, event.actor_id, event.request_id, event.subject_id, event.data
            FROM \(tables) WHERE \(condition) ORDER BY event.number DESC LIMIT \(limit)
            """, Event.init)
    }

    /// The events of one request, oldest first.
    package static func of(_ request: RequestID, _ tx: any ReadTransaction) throws -> [Event] {
        try tx.all("\(columns) WHERE request_id = \(request) ORDER BY number", Event.init)
    }

    /// The events about one subject, newest first.
    package static func about(_ subject: String, atMost limit: Int, _ tx: any ReadTransaction) throws -> [Event] {
        try tx.all("\(columns) WHERE subject_id = \(subject) ORDER BY number DESC LIMIT \(limit)", Event.init)
    }

    private static let columns: SQL = "SELECT number, at, kind, actor_id, request_id, subject_id, data FROM event"
}

extension Event {
    fileprivate init(_ row: Row) throws {
        try self.init(
            number: row[0], at: row[1], kind: row[2], actor: row[3], request: row[4], subject: row[5],
            data: EventData(text: row[6]))
    }
}
