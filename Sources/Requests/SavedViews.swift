import EventLog
package import Kernel
import Storage
import Web

package enum SavedViewTag {}
package typealias SavedViewID = ID<SavedViewTag>

/// Filters of the queue under a name of one's own. A colleague gets the address, which holds the same filters.
struct SavedView: Sendable, Equatable {
    let id: SavedViewID
    let title: String
    /// The address after «?», as `Queue.query` writes it.
    let query: String
}

extension Requests {
    static let savedViewsLimit = 20

    static func savedViews(of viewer: Viewer, _ tx: any ReadTransaction) throws -> [SavedView] {
        try tx.all(
            """
            SELECT id, title, query FROM saved_view WHERE person_id = \(viewer.person) AND ended_at IS NULL
            ORDER BY made_at, id LIMIT \(savedViewsLimit)
            """
        ) { row in try SavedView(id: row[0], title: row[1], query: row[2]) }
    }

    /// Keeps the filters under a name; the same name is given anew. The id is made by the page, so that a repetition adds nothing.
    func keepView(_ id: SavedViewID, title: String, _ queue: Queue, by viewer: Viewer) async throws {
        guard viewer.mayWork else { throw RequestError.notAllowed }
        let now = site.now()
        let kept = try await database.write(in: viewer.organisation) { tx -> Bool in
            guard try !tx.exists("SELECT 1 FROM saved_view WHERE id = \(id)") else { return false }
            let known = try Self.savedViews(of: viewer, tx)
            if let same = known.first(where: { Text.folded($0.title) == Text.folded(title) }) {
                try tx.send("UPDATE saved_view SET query = \(queue.query), title = \(title) WHERE id = \(same.id)")
                return true
            }
            guard known.count < Self.savedViewsLimit else { throw RequestError.tooMany }
            try tx.send(
                """
                INSERT INTO saved_view (id, organisation_id, person_id, title, query, made_at)
                VALUES (\(id), \(viewer.organisation), \(viewer.person), \(title), \(queue.query), \(now))
                """)
            return true
        }
        if kept { bell.ring(viewer.organisation, 0, topics: ["person/\(viewer.person)"]) }
    }

    /// Takes a view out of use, or brings it back.
    func endView(_ id: SavedViewID, isEnded: Bool = true, by viewer: Viewer) async throws {
        let now = site.now()
        let changed = try await database.write(in: viewer.organisation) { tx in
            try tx.run(
                """
                UPDATE saved_view SET ended_at = \(isEnded ? now : nil)
                WHERE id = \(id) AND person_id = \(viewer.person)
                """)
        }
        guard changed > 0 else { throw RequestError.notFound }
        bell.ring(viewer.organisation, 0, topics: ["person/\(viewer.person)"])
    }
}
