package import Kernel
package import Storage

/// How much work lies on lines, topics and people. Requests are a later room, so the program hands these reads in.
package struct Workload: Sendable {
    package struct Count: Sendable {
        package let open: Int, late: Int, total: Int
        package init(open: Int, late: Int, total: Int) { (self.open, self.late, self.total) = (open, late, total) }
    }

    let ofLines: @Sendable (OrganisationID, any ReadTransaction) throws -> [LineID: Count]
    /// Open requests of each topic of a line.
    let ofTopics: @Sendable (LineID, any ReadTransaction) throws -> [TopicID: Int]
    /// Open requests of a line in each person's hands.
    let ofStaff: @Sendable (LineID, any ReadTransaction) throws -> [PersonID: Int]
    /// Where each person of a line is now: the dot of components.css and the key of the word.
    let present: @Sendable (LineID, any ReadTransaction) throws -> [PersonID: (dot: String, key: String)]

    package init(
        ofLines: @escaping @Sendable (OrganisationID, any ReadTransaction) throws -> [LineID: Count],
        ofTopics: @escaping @Sendable (LineID, any ReadTransaction) throws -> [TopicID: Int],
        ofStaff: @escaping @Sendable (LineID, any ReadTransaction) throws -> [PersonID: Int],
        present: @escaping @Sendable (LineID, any ReadTransaction) throws -> [PersonID: (dot: String, key: String)] = {
            _, _ in [:]
        }
    ) {
        self.ofLines = ofLines
        self.ofTopics = ofTopics
        self.ofStaff = ofStaff
        self.present = present
    }

    package static let none = Workload(ofLines: { _, _ in [:] }, ofTopics: { _, _ in [:] }, ofStaff: { _, _ in [:] })
}
