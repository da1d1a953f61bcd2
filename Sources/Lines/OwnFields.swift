import EventLog
package import Kernel
package import Storage
import Web

package typealias OwnFieldID = ID<OwnField>
package typealias OwnStateID = ID<OwnState>

/// What is asked about requests of a line, or of one of its topics with all below it.
package struct OwnField: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable, SQLBindable, SQLReadable { case text, number, date, choice }

    package let id: OwnFieldID
    package let topic: TopicID?
    package let name: String
    package let kind: Kind
    package let choices: [String]
    /// Without it a request is not solved.
    package let isRequired: Bool
    /// The client is asked too.
    package let asksClient: Bool

    package init(
        id: OwnFieldID, topic: TopicID?, name: String, kind: Kind, choices: [String] = [], isRequired: Bool = false,
        asksClient: Bool = true
    ) {
        (self.id, self.topic, self.name, self.kind, self.choices) = (id, topic, name, kind, choices)
        (self.isRequired, self.asksClient) = (isRequired, asksClient)
    }

    /// The value as it is kept, of what a person typed; nil: it is none of this kind. Empty is no value and fits.
    package func value(of text: String) -> String? {
        let text = Text.line(text)
        guard !text.isEmpty else { return "" }
        switch kind {
        case .text: return text.count <= 300 ? text : nil
        case .number:
            let number = text.filter { !$0.isWhitespace }.replacing(",", with: ".")
            return number.wholeMatch(of: /-?\d{1,15}(\.\d{1,6})?/) == nil ? nil : number
        case .date: return CalendarText.date(text)?.description
        case .choice: return choices.contains(text) ? text : nil
        }
    }
}

/// A name of the line's own for a part of a built-in state: «ждём запчасть» of what is in work.
package struct OwnState: Sendable, Equatable {
    package let id: OwnStateID
    package let line: LineID
    package let topic: TopicID?
    /// The built-in state, by its code.
    package let state: String
    package let name: String

    package init(id: OwnStateID, line: LineID, topic: TopicID?, state: String, name: String) {
        (self.id, self.line, self.topic, self.state, self.name) = (id, line, topic, state, name)
    }

    /// Those that may be told apart further.
    package static let states = ["new", "working", "waiting"]
}

extension LinesRoom {
    package static let mostOwn = 40

    package func addField(
        _ name: String, _ kind: OwnField.Kind, choices: [String] = [], isRequired: Bool = false,
        asksClient: Bool = true, topic: TopicID? = nil, on line: LineID, by viewer: Viewer
    ) async throws {
        let choices = kind == .choice ? choices : []
        if kind == .choice {
            guard (2...50).contains(choices.count), choices.allSatisfy({ $0.count <= 100 }),
                Set(choices).count == choices.count
            else { throw LineError.choicesWrong }
        }
        try await change(line, by: viewer) { line, now, tx in
            let known = try Lines.fields(of: line.id, tx)
            try Self.check(name, topic, among: known.map { ($0.name, $0.topic) }, on: line, tx)
            try tx.run(
                """
                INSERT INTO own_field (id, organisation_id, line_id, topic_id, name, kind, choices, is_required, asks_client,
                    sort)
                VALUES (\(OwnFieldID.new(at: now)), \(line.organisation), \(line.id), \(topic), \(name), \(kind),
                    \(choices.joined(separator: "\n")), \(isRequired), \(asksClient), \(known.count + 1))
                """)
            return try EventLog.append(
                .fieldAdded, by: viewer.person, at: now, subject: line.id.text,
                data: ["topic": topic?.text, "kind": kind.rawValue], in: tx)
        }
    }

    /// What was said in it stays with the requests.
    package func archiveField(_ id: OwnFieldID, on line: LineID, by viewer: Viewer) async throws {
        try await change(line, by: viewer) { line, now, tx in
            let changed = try tx.run(
                """
                UPDATE own_field SET archived_at = \(now)
                WHERE id = \(id) AND line_id = \(line.id) AND archived_at IS NULL
                """)
            guard changed > 0 else { throw LineError.ownUnknown }
            return try EventLog.append(
                .fieldArchived, by: viewer.person, at: now, subject: line.id.text, in: tx)
        }
    }

    package func addState(
        _ name: String, of state: String, topic: TopicID? = nil, on line: LineID, by viewer: Viewer
    ) async throws {
        guard OwnState.states.contains(state) else { throw WebError.wrong(field: "state") }
        try await change(line, by: viewer) { line, now, tx in
            let known = try Lines.ownStates(in: line.organisation, tx).filter { $0.line == line.id }
            try Self.check(name, topic, among: known.map { ($0.name, $0.topic) }, on: line, tx)
            try tx.run(
                """
                INSERT INTO own_state (id, organisation_id, line_id, topic_id, state, name, sort)
                VALUES (\(OwnStateID.new(at: now)), \(line.organisation), \(line.id), \(topic), \(state), \(name),
                    \(known.count + 1))
                """)
            return try EventLog.append(
                .stateAdded, by: viewer.person, at: now, subject: line.id.text,
                data: ["topic": topic?.text, "state": state], in: tx)
        }
    }

    package func archiveState(_ id: OwnStateID, on line: LineID, by viewer: Viewer) async throws {
        try await change(line, by: viewer) { line, now, tx in
            let changed = try tx.run(
                """
                UPDATE own_state SET archived_at = \(now)
                WHERE id = \(id) AND line_id = \(line.id) AND archived_at IS NULL
                """)
            guard changed > 0 else { throw LineError.ownUnknown }
            return try EventLog.append(
                .stateArchived, by: viewer.person, at: now, subject: line.id.text, in: tx)
        }
    }

    private static func check(
        _ name: String, _ topic: TopicID?, among known: [(name: String, topic: TopicID?)], on line: Line,
        _ tx: any ReadTransaction
    ) throws {
        if let topic, try Lines.topic(topic, on: line.id, tx)?.isArchived ?? true { throw LineError.parentUnknown }
        guard known.count < mostOwn else { throw LineError.ownTooMany }
        let folded = Text.folded(name)
        guard !known.contains(where: { $0.topic == topic && Text.folded($0.name) == folded }) else {
            throw LineError.ownNameTaken
        }
    }
}

extension Lines {
    /// All fields of a line that are asked now, whatever their topic.
    package static func fields(of line: LineID, _ tx: any ReadTransaction) throws -> [OwnField] {
        try tx.all("\(fieldColumns) WHERE line_id = \(line) AND archived_at IS NULL ORDER BY sort, id", OwnField.init)
    }

    /// Those that are asked about a request of this topic.
    package static func fields(
        of line: LineID, topic: TopicID?, _ tx: any ReadTransaction
    ) throws -> [OwnField] {
        let fields = try fields(of: line, tx)
        guard fields.contains(where: { $0.topic != nil }) else { return fields }
        let above = Set(try topic.map { try path(of: $0, tx) } ?? [])
        return fields.filter { field in field.topic.map(above.contains) ?? true }
    }

    private static let fieldColumns: SQL =
        "SELECT id, topic_id, name, kind, choices, is_required, asks_client FROM own_field"

    /// Every state of its own that an organisation has, archived ones too when asked: requests keep them.
    package static func ownStates(
        in organisation: OrganisationID, withArchived: Bool = false, _ tx: any ReadTransaction
    ) throws -> [OwnState] {
        let present: SQL = withArchived ? "" : " AND archived_at IS NULL"
        return try tx.all(
            """
            SELECT id, line_id, topic_id, state, name FROM own_state WHERE organisation_id = \(organisation)\(present)
            ORDER BY line_id, sort, id
            """
        ) { row in try OwnState(id: row[0], line: row[1], topic: row[2], state: row[3], name: row[4]) }
    }

    /// Those that a request of this line, topic and state may be in.
    package static func ownStates(
        of line: LineID, topic: TopicID?, state: String, in organisation: OrganisationID, _ tx: any ReadTransaction
    ) throws -> [OwnState] {
        let states = try ownStates(in: organisation, tx).filter { $0.line == line && $0.state == state }
        guard states.contains(where: { $0.topic != nil }) else { return states }
        let above = Set(try topic.map { try path(of: $0, tx) } ?? [])
        return states.filter { own in own.topic.map(above.contains) ?? true }
    }
}

extension OwnField {
    fileprivate init(_ row: Row) throws {
        let choices: String = try row[4]
        try self.init(
            id: row[0], topic: row[1], name: row[2], kind: row[3],
            choices: choices.split(separator: "\n").map(String.init),
            isRequired: row[5], asksClient: row[6])
    }
}
