package import EventLog
package import Kernel
package import Storage
package import Web

/// Reports on requests and on those who solve them, counted from facts that a reader of the log keeps (`RequestFacts`).
///
/// A report is a value: its page, workbook, text for spreadsheets and letter are made of the same. Managers see their lines and
/// units, administrators everything, specialists what is theirs; every number leads to the requests behind it.
package struct Reports: Sendable {
    /// Hands a letter over to be sent, in the transaction that knows of it.
    package typealias Post = @Sendable (ReportLetter, PersonID, any WriteTransaction) throws -> Void
    /// A person with the rights of this moment; nil for who may not come in any more.
    package typealias Somebody = @Sendable (PersonID, any ReadTransaction) throws -> Viewer?

    let database: Database
    let site: Site
    let bell: Bell
    /// nil while no mail can be sent: then nothing is offered to be sent.
    let post: Post?
    let somebody: Somebody

    package init(
        database: Database, site: Site, bell: Bell, post: Post? = nil, somebody: @escaping Somebody = { _, _ in nil }
    ) {
        self.database = database
        self.site = site
        self.bell = bell
        self.post = post
        self.somebody = somebody
    }
}

/// A report on its way to a person.
package struct ReportLetter: Sendable {
    package let subject: String, text: String
    /// The workbook.
    package let fileName: String, fileType: String
    package let bytes: [UInt8]
}
