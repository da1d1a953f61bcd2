import EventLog
package import Kernel
package import Mail
package import Storage

package enum LetterTag {}
package typealias LetterID = ID<LetterTag>

/// Letters on their way: rows that outlive the program, and a mail server that is away for a day.
///
/// A letter is put in by the transaction that knows of it, and taken to the server afterwards by the one node that holds the lease. It
/// leaves at least once: of a connection that is cut at the end of a letter nobody knows whether it has come, so it is given again under
/// the same Message-ID.
package struct Outbox: Sendable {
    package let server: SMTPServer
    package let from: Letter.Mailbox
    /// «https://help.example.ru»: where links of letters lead.
    package let address: String

    package init(server: SMTPServer, from: Letter.Mailbox, address: String) {
        (self.server, self.from, self.address) = (server, from, address)
    }

    /// After so long a letter is given up.
    package static let patience = Minutes.days(3)
    /// Pauses between tries: 1, 2, 4 … minutes, an hour at most.
    package static func pause(after tries: Int) -> Minutes { Minutes(min(60, 1 << min(max(0, tries), 6))) }

    /// What is to be written to a person.
    package struct Draft: Sendable {
        package var person: PersonID
        package var subject: String, text: String
        package var html: String?
        package var attachment: Letter.Attachment?
        /// The request that the letter is about: letters of one request stand together in the person's mail.
        package var request: RequestID?

        package init(
            to person: PersonID, subject: String, text: String, html: String? = nil,
            attachment: Letter.Attachment? = nil, about request: RequestID? = nil
        ) {
            (self.person, self.subject, self.text, self.html) = (person, subject, text, html)
            (self.attachment, self.request) = (attachment, request)
        }
    }

    /// Puts a letter in.
    /// - Returns: false for who has no address, or one that was refused.
    @discardableResult
    package static func put(_ draft: Draft, at now: Instant, in tx: any WriteTransaction) throws -> Bool {
        guard case .organisation(let organisation) = tx.lane,
            let address: String = try tx.value(
                "SELECT email FROM person WHERE id = \(draft.person) AND organisation_id = \(organisation)"),
            !address.isEmpty, try !isRefused(address, tx)
        else { return false }
        try tx.run(
            """
            INSERT INTO letter (id, organisation_id, person_id, address, subject, text, html, file_name, file_type, file,
                request_id, made_at, due_at, state)
            VALUES (\(LetterID.new(at: now)), \(organisation), \(draft.person), \(address), \(draft.subject), \(draft.text),
                \(draft.html), \(draft.attachment?.name), \(draft.attachment?.type),
                \(draft.attachment.map { SQLValue.blob($0.bytes) } ?? .null), \(draft.request), \(now), \(now), 'waiting')
            """)
        return true
    }

    /// A refusal holds for the address, not for the person: a corrected address is tried again.
    static func isRefused(_ address: String, _ tx: any ReadTransaction) throws -> Bool {
        try tx.exists("SELECT 1 FROM mail_refusal WHERE address = \(address.lowercased()) AND ended_at IS NULL")
    }

    /// Whether a person can be written to.
    static func reaches(_ person: PersonID, _ tx: any ReadTransaction) throws -> Bool {
        guard let address: String = try tx.value("SELECT email FROM person WHERE id = \(person)") else { return false }
        return try !address.isEmpty && !isRefused(address, tx)
    }

    package static func sweep(at now: Instant, in tx: any WriteTransaction) throws {
        try tx.run("DELETE FROM letter WHERE ended_at < \(now - Minutes.days(90))")
    }
}

/// How things stand with outgoing mail, for the administrator.
package struct MailState: Sendable {
    package var waiting = 0
    package var oldest: Instant?
    /// What the server refuses everything with; nil while it takes letters.
    package var fault: String?, faultKind: String?
    package var since: Instant?
    package var lastSent: Instant?

    package static func read(_ tx: any ReadTransaction) throws -> MailState {
        var state =
            try tx.one("SELECT fault, fault_kind, fault_at, sent_at FROM mail_state WHERE id = 1") { row in
                try MailState(fault: row[0], faultKind: row[1], since: row[2], lastSent: row[3])
            } ?? MailState()
        (state.waiting, state.oldest) =
            try tx.one("SELECT COUNT(*), MIN(made_at) FROM letter WHERE state = 'waiting'") { row in
                try (row[0] as Int, row[1] as Instant?)
            } ?? (0, nil)
        return state
    }
}
