import EventLog
package import Kernel
package import Lines
import Storage
import TextSearch

/// What is known of a request by its line's own fields, its own states, and the client's choice of a specialist.
extension Requests {
    /// Says the value of a field, or nothing again. The client answers what clients are asked.
    package func setField(_ number: Int64, _ field: OwnFieldID, to text: String, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .reply) { change in
            let fields = try Lines.fields(of: change.request.line, topic: change.request.topic, change.tx)
            guard let field = fields.first(where: { $0.id == field }) else { throw RequestError.noSuchField }
            let staff = change.standing.works || change.standing.leads
            guard staff || field.asksClient else { throw RequestError.noSuchField }
            guard let value = field.value(of: text) else { throw RequestError.valueWrong }
            try change.set(field, to: value)
        }
    }

    /// One of the line's own names for the state of now; nil: the built-in state without one.
    package func setOwnState(
        _ number: Int64, to state: OwnStateID?, by viewer: Viewer, version: Int64? = nil
    ) async throws {
        try await change(number, by: viewer, .edit, version: version) { change in
            guard state != change.request.ownState else { return }
            if let state {
                let known = try Lines.ownStates(
                    of: change.request.line, topic: change.request.topic, state: change.request.state.rawValue,
                    in: viewer.organisation, change.tx)
                guard known.contains(where: { $0.id == state }) else { throw RequestError.noSuchState }
            }
            try change.tell(.ownState, ["from": change.request.ownState?.text, "to": state?.text])
            change.request.ownState = state
        }
    }

    /// The client chooses who is to help, where the line allows it and nobody has taken the request yet.
    package func choose(_ person: PersonID, for number: Int64, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .reply) { change in
            guard change.standing.isClient, change.request.state == .new, change.request.assignee == nil else {
                throw RequestError.wrongState
            }
            guard try Lines.conditions(of: change.request.line, change.tx).mayChoose else {
                throw RequestError.notAllowed
            }
            guard try Lines.staff(of: change.request.line, change.tx).contains(where: { $0.0 == person }) else {
                throw RequestError.noSuchPerson
            }
            try change.tell(.transferred, ["from": nil, "to": person.text, "why": "chosen"])
            try change.assign(person)
            change.request.state = .working
        }
    }

    /// The values of a request's fields now.
    static func values(of request: RequestID, _ tx: any ReadTransaction) throws -> [OwnFieldID: String] {
        Dictionary(
            try tx.all("SELECT field_id, value FROM field_value WHERE request_id = \(request) AND until_at IS NULL") {
                row in
                try (row[0] as OwnFieldID, row[1] as String)
            }, uniquingKeysWith: { $1 })
    }
}

extension Change {
    fileprivate func set(_ field: OwnField, to value: String) throws {
        guard try Requests.values(of: request.id, tx)[field.id] ?? "" != value else { return }
        let id = ID<OwnField>.new(at: now)
        try tx.run(
            """
            UPDATE field_value SET until_at = \(now)
            WHERE request_id = \(request.id) AND field_id = \(field.id) AND until_at IS NULL
            """)
        try tx.run(
            """
            INSERT INTO field_value (id, request_id, field_id, value, from_at, by_id)
            VALUES (\(id), \(request.id), \(field.id), \(value), \(now), \(viewer.person))
            """)
        try tell(.fieldChanged, subject: id.text, ["state": value.isEmpty ? "off" : "on"])
        if !value.isEmpty {
            try SearchIndex.add(value, forStaffOnly: !field.asksClient, to: request.searchRow, in: tx)
        }
    }

    /// What has to be known before a request is solved.
    func checkFields() throws {
        let required = try Lines.fields(of: request.line, topic: request.topic, tx).filter(\.isRequired)
        guard !required.isEmpty else { return }
        let values = try Requests.values(of: request.id, tx)
        guard required.allSatisfy({ !(values[$0.id] ?? "").isEmpty }) else { throw RequestError.fieldsMissing }
    }

    /// From when the silence of the client closes the request.
    func promiseClosing() throws {
        request.closesAt = nil
        guard let line = try Lines.find(request.line, in: viewer.organisation, tx),
            let days = try Lines.conditions(of: line.id, tx).closeAfter
        else { return }
        request.closesAt = line.calendar.end(ofWorkingDay: days, after: now)
    }
}

/// Conditions of a line as rules of values.
package enum ConditionRule {
    package static func mayClose(_ closers: Conditions.Closers, _ viewer: Standing) -> Bool {
        switch closers {
        case .staff: true
        case .assignee: viewer.isAssignee || viewer.leads
        case .managers: viewer.leads
        }
    }

    /// Whether files of these sizes may go with one message.
    static func check(files sizes: [Int64], _ conditions: Conditions) throws(RequestError) {
        if let most = conditions.mostFiles, sizes.count > most { throw .tooManyFiles }
        if let largest = conditions.largestFile, sizes.contains(where: { $0 > Int64(largest) << 20 }) {
            throw .fileTooLarge
        }
    }
}

extension Requests {
    /// What Okno says of itself when somebody turns to a line: other words while it works and while it does not.
    static func greet(
        _ id: RequestID, _ conditions: Conditions, on line: Line, at now: Instant, in tx: any WriteTransaction
    ) throws -> Int64? {
        let isOpen = line.isOpen(at: now), text = isOpen ? conditions.greeting : conditions.closedText
        guard !text.isEmpty else { return nil }
        return try byItself(id, at: now, in: tx) { change in
            try change.tell(.greeted, subject: try change.keep(reason: text), ["why": isOpen ? "open" : "closed"])
        }.number
    }
}
