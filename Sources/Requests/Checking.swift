import EventLog
package import Kernel
package import Storage

package enum CheckItemTag {}
package typealias CheckItemID = ID<CheckItemTag>

/// One step of what has to be done. Progress follows from the list as soon as there is one. A step with somebody to do it, or a
/// deadline of its own, is a task.
package struct CheckItem: Sendable, Equatable {
    package let id: CheckItemID
    package var text: String
    package var isDone: Bool
    package var person: PersonID?
    package var due: Instant?

    /// Percent of the steps that are done; nil for no list: then it is set by hand.
    package static func progress(of items: [CheckItem]) -> Int? {
        items.isEmpty ? nil : items.count(where: \.isDone) * 100 / items.count
    }
}

package enum CheckAct: String, Sendable { case added, done, undone, removed, restored, reworded }

extension Requests {
    package static let checkItemsLimit = 50

    package static func checkItems(of request: RequestID, _ tx: any ReadTransaction) throws -> [CheckItem] {
        try tx.all(
            """
            SELECT id, text, done_at, person_id, due_at FROM check_item
            WHERE request_id = \(request) AND removed_at IS NULL ORDER BY place, id
            """
        ) { try CheckItem(id: $0[0], text: $0[1], isDone: $0[2] as Int64? != nil, person: $0[3], due: $0[4]) }
    }

    /// Adds steps, one for each line of the text. The id is the first step's, made by the page: a repetition adds nothing.
    package func addCheckItems(_ text: String, first id: CheckItemID, to number: Int64, by viewer: Viewer) async throws
    {
        let lines = text.split(whereSeparator: \.isNewline).map { Text.line(String($0)) }.filter { !$0.isEmpty }
        guard !lines.isEmpty else { throw RequestError.nothingWritten }
        try await change(number, by: viewer, .edit) { change in
            let known = try Self.checkItems(of: change.request.id, change.tx)
            guard try !change.tx.exists("SELECT 1 FROM check_item WHERE id = \(id)") else { return }
            guard known.count + lines.count <= Self.checkItemsLimit else { throw RequestError.tooMany }
            let place: Int64 =
                (try change.tx.value("SELECT MAX(place) FROM check_item WHERE request_id = \(change.request.id)") ?? 0)
                + 1
            for (index, line) in lines.enumerated() {
                let item = index == 0 ? id : CheckItemID.new(at: change.now)
                try change.tx.send(
                    """
                    INSERT INTO check_item (id, request_id, text, place)
                    VALUES (\(item), \(change.request.id), \(String(line.prefix(300))), \(place + Int64(index)))
                    """)
                try change.tell(.checkItem, subject: item.text, ["state": CheckAct.added.rawValue])
            }
            try change.followChecklist()
        }
    }

    /// Does, undoes, removes or brings back a step. Whoever a task was given to does it without any other right to the request.
    package func check(_ item: CheckItemID, _ act: CheckAct, in number: Int64, by viewer: Viewer) async throws {
        try await change(number, by: viewer, .read) { change in
            let now = change.now
            let isOwn = try Self.checkItems(of: change.request.id, change.tx)
                .contains { $0.id == item && $0.person == viewer.person }
            if !(isOwn && change.standing.isStaff && change.request.state.isOpen && (act == .done || act == .undone)) {
                try Permission.check(.edit, change.request, change.standing)
            }
            let set: SQL =
                switch act {
                case .done: "done_at = \(now), done_by = \(viewer.person)"
                case .undone: "done_at = NULL, done_by = NULL"
                case .removed: "removed_at = \(now)"
                case .restored: "removed_at = NULL"
                case .added, .reworded: throw RequestError.notFound
                }
            let already: SQL =
                switch act {
                case .done: "done_at IS NULL"
                case .undone: "done_at IS NOT NULL"
                case .restored: "removed_at IS NOT NULL"
                default: "removed_at IS NULL"
                }
            let request = change.request.id
            guard try change.tx.exists("SELECT 1 FROM check_item WHERE id = \(item) AND request_id = \(request)") else {
                throw RequestError.notFound
            }
            let changed = try change.tx.run("UPDATE check_item SET \(set) WHERE id = \(item) AND \(already)")
            guard changed > 0 else { return }
            try change.tell(.checkItem, subject: item.text, ["state": act.rawValue])
            try change.followChecklist()
        }
    }
}

extension Change {
    fileprivate func followChecklist() throws {
        let items = try Requests.checkItems(of: request.id, tx)
        guard let progress = CheckItem.progress(of: items), progress != request.progress else { return }
        try tell(.progressChanged, ["from": String(request.progress), "to": String(progress)])
        request.progress = progress
    }
}
