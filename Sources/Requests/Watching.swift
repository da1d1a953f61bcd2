package import Kernel
package import Storage

extension Requests {
    /// Which of these requests the viewer may see, for pages that wish to be told of changes.
    package static func visible(
        _ requests: [RequestID], to viewer: Viewer, _ tx: any ReadTransaction
    ) throws -> Set<RequestID> {
        guard !requests.isEmpty else { return [] }
        let found: [RequestID] = try tx.all(
            "SELECT request.id FROM \(Visible.from(viewer)) WHERE request.id IN (\(requests)) AND \(Visible.to(viewer))"
        ) { row in try row[0] }
        return Set(found)
    }
}
