import EventLog
package import Kernel
import Storage

extension LinesRoom {
    /// Takes a line out of offer. Its requests, its people and its history stay; what is open is finished as usual.
    package func archive(_ id: LineID, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { line, now, tx in
            guard !line.isArchived else { return nil }
            try tx.run("UPDATE line SET archived_at = \(now) WHERE id = \(id)")
            return try EventLog.append(.lineArchived, by: viewer.person, at: now, subject: id.text, in: tx)
        }
    }

    package func restore(_ id: LineID, by viewer: Viewer) async throws {
        try await change(id, by: viewer) { line, now, tx in
            guard line.isArchived else { return nil }
            try Self.checkName(line.clientName, besides: id, in: line.organisation, tx)
            try tx.run("UPDATE line SET archived_at = NULL WHERE id = \(id)")
            return try EventLog.append(.lineRestored, by: viewer.person, at: now, subject: id.text, in: tx)
        }
    }
}
