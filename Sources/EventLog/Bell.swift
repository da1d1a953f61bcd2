package import Kernel

/// Tells open pages that something changed, after the commit. A hint may be lost: it only wakes a reader, which then reads for itself.
package struct Bell: Sendable {
    /// «request/…» and the like: what changed. Never text.
    package typealias Topic = String
    private let publish: @Sendable (OrganisationID, Int64, [Topic]) -> Void

    package init(
        _ publish: @escaping @Sendable (_ organisation: OrganisationID, _ sequence: Int64, _ topics: [Topic]) -> Void
    ) {
        self.publish = publish
    }

    /// Rings nowhere: for command-line acts and tests without open pages.
    package static let silent = Bell { _, _, _ in }

    package func ring(_ organisation: OrganisationID, _ sequence: Int64, topics: [Topic]) {
        publish(organisation, sequence, topics)
    }
}
