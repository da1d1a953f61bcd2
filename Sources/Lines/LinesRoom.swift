package import EventLog
import Kernel
package import Storage
package import Web

/// The room of lines: its acts, each in a file of its own, and its pages. Only administrators act here.
package struct LinesRoom: Sendable {
    let database: Database
    let site: Site
    let bell: Bell
    let workload: Workload

    package init(database: Database, site: Site, bell: Bell, workload: Workload = .none) {
        self.database = database
        self.site = site
        self.bell = bell
        self.workload = workload
    }

    /// One act on a line: found in the viewer's organisation, changed, written to the log; after the commit open pages are told.
    /// The body answers with the number of its event, nil when nothing had to change.
    func change(
        _ id: LineID, by viewer: Viewer, touching person: PersonID? = nil,
        _ body: @escaping @Sendable (Line, Instant, any WriteTransaction) throws -> Int64?
    ) async throws {
        guard viewer.isAdministrator else { throw LineError.notFound }
        let now = site.now()
        let number = try await database.write(in: viewer.organisation) { tx -> Int64? in
            guard let line = try Lines.find(id, in: viewer.organisation, tx) else { throw LineError.notFound }
            return try body(line, now, tx)
        }
        guard let number else { return }
        let topics = ["line/\(id)"] + (person.map { ["person/\($0)"] } ?? [])
        bell.ring(viewer.organisation, number, topics: topics)
    }
}
