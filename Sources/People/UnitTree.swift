import EventLog
package import Kernel
import Storage

/// Acts on the tree of units. A unit moves with everybody in it; it is archived, never deleted.
extension People {
    package func addUnit(
        _ name: String, kind: String = "", inside parent: UnitID? = nil, by viewer: Viewer
    ) async throws -> UnitID {
        try await act(by: viewer) { hand in try hand.addUnit(name, kind: kind, inside: parent) }
    }

    package func renameUnit(
        _ id: UnitID, to name: String, kind: String? = nil, seen: Instant? = nil, by viewer: Viewer
    ) async throws {
        try await act(by: viewer) { hand in try hand.rename(try hand.known(id, seen: seen), to: name, kind: kind) }
    }

    package func moveUnit(_ id: UnitID, into parent: UnitID?, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in try hand.move(try hand.known(id), into: parent) }
    }

    /// Name, kind and place of a unit from one form.
    package func changeUnit(
        _ id: UnitID, name: String, kind: String, parent: UnitID?, seen: Instant? = nil, by viewer: Viewer
    ) async throws {
        try await act(by: viewer) { hand in
            let unit = try hand.known(id, seen: seen)
            if unit.parent != parent { try hand.move(unit, into: parent) }
            try hand.rename(unit, to: name, kind: kind)
        }
    }

    /// Puts a unit with all below it out of use. Its people stay in it until they are moved.
    package func archiveUnit(_ id: UnitID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let unit = try hand.known(id)
            guard unit.archivedAt == nil else { return }
            try hand.tx.run(
                """
                UPDATE unit SET archived_at = \(hand.at), changed_at = \(hand.at)
                WHERE archived_at IS NULL AND id IN (\(Units.subtree([id])))
                """)
            try hand.note(.unitArchived, about: id)
        }
    }

    /// Brings a unit back into use with those below it that were archived together with it. Those above it must be in use.
    package func restoreUnit(_ id: UnitID, by viewer: Viewer) async throws {
        try await act(by: viewer) { hand in
            let unit = try hand.known(id)
            guard unit.archivedAt != nil else { return }
            if let parent = unit.parent { _ = try OpenUnit.require(parent, in: hand.organisation, hand.tx) }
            try hand.tx.run(
                """
                UPDATE unit SET archived_at = NULL, changed_at = \(hand.at)
                WHERE archived_at = \(unit.archivedAt) AND id IN (\(Units.subtree([id])))
                """)
            try hand.note(.unitRestored, about: id)
        }
    }
}

extension Hand {
    func known(_ id: UnitID, seen: Instant? = nil) throws -> Units.Unit {
        guard let unit = try Units.find(id, in: organisation, tx) else { throw PeopleError.notFound }
        if let seen, seen != unit.changedAt { throw PeopleError.changedMeanwhile }
        return unit
    }

    package func addUnit(_ name: String, kind: String = "", inside parent: UnitID? = nil) throws -> UnitID {
        let (name, kind) = try (unitName(name), unitKind(kind))
        let above = try parent.map { try OpenUnit.require($0, in: organisation, tx) }
        let id = UnitID.new(at: at)
        try tx.run(
            """
            INSERT INTO unit (id, organisation_id, parent_id, name, kind, path, sort_key, name_search, made_at, changed_at)
            VALUES (\(id), \(organisation), \(parent), \(name), \(kind), \("\(above?.path ?? "/")\(id)/"),
                \(Text.sortKey(name)), \(Text.folded(name)), \(at), \(at))
            """)
        try note(.unitAdded, about: id, ["parent": parent?.text])
        return id
    }

    func rename(_ unit: Units.Unit, to name: String, kind: String?) throws {
        let name = try unitName(name), kind = try unitKind(kind ?? unit.kind)
        guard name != unit.name || kind != unit.kind else { return }
        try tx.run(
            """
            UPDATE unit SET name = \(name), kind = \(kind), sort_key = \(Text.sortKey(name)),
                name_search = \(Text.folded(name)), changed_at = \(at)
            WHERE id = \(unit.id)
            """)
        try note(.unitRenamed, about: unit.id)
    }

    func move(_ unit: Units.Unit, into parent: UnitID?) throws {
        guard unit.parent != parent else { return }
        let above = try parent.map { try OpenUnit.require($0, in: organisation, tx) }
        // No unit may lie inside itself: the way down to the new place must not lead through it.
        if let above, above.path.hasPrefix(unit.path) { throw PeopleError.intoItself }
        let path = "\(above?.path ?? "/")\(unit.id)/"
        try tx.run(
            """
            UPDATE unit SET path = \(path) || SUBSTR(path, CAST(\(unit.path.utf8.count + 1) AS INTEGER))
            WHERE organisation_id = \(organisation) AND path LIKE \(unit.path + "%")
            """)
        try tx.run("UPDATE unit SET parent_id = \(parent), changed_at = \(at) WHERE id = \(unit.id)")
        try note(.unitMoved, about: unit.id, ["from": unit.parent?.text, "to": parent?.text])
    }

    private func unitName(_ text: String) throws(PeopleError) -> String {
        let name = Text.line(text)
        guard !name.isEmpty else { throw .missing(field: "name") }
        guard name.count <= 160 else { throw .tooLong(field: "name", limit: 160) }
        return name
    }

    private func unitKind(_ text: String) throws(PeopleError) -> String {
        let kind = Text.line(text)
        guard kind.count <= 60 else { throw .tooLong(field: "kind", limit: 60) }
        return kind
    }
}
