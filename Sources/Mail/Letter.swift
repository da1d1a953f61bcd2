package import Kernel

/// A letter as a value, and its text as it goes over the wire (RFC 5322, MIME): UTF-8 inside of 7 bits.
package struct Letter: Sendable {
    package struct Mailbox: Sendable, Equatable {
        package var name: String, address: String
        package init(name: String = "", address: String) { (self.name, self.address) = (name, address) }

        /// «Окно <help@example.ru>», or an address alone; nil when there is none in it.
        package init?(parsing text: String) {
            let text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            if let match = text.wholeMatch(of: /"?([^"<>]*?)"? ?<([^<>\s]+)>/) {
                self.init(name: String(match.1), address: String(match.2))
            } else {
                self.init(address: text)
            }
            guard Self.isAddress(address) else { return nil }
        }

        /// Whether this can stand in a command to a mail server: one @, ASCII without space, brackets and controls.
        package static func isAddress(_ text: String) -> Bool {
            text.utf8.count <= 254 && text.wholeMatch(of: /[!#-;=?A-Z\[\]^-~]+@[A-Za-z0-9\[\]:.-]+/) != nil
        }
    }

    package struct Attachment: Sendable, Equatable {
        package var name: String, type: String, bytes: [UInt8]
        package init(name: String, type: String, bytes: [UInt8]) {
            (self.name, self.type, self.bytes) = (name, type, bytes)
        }
    }

    package var from: Mailbox, to: Mailbox
    package var subject: String, text: String
    package var html: String?
    package var attachment: Attachment?
    /// «id@host», the same on every try: a receiver who has it already knows it again.
    package var id: String
    /// The `id` of what this one continues.
    package var replyTo: String?
    package var date: Instant
    /// Where a person chooses how to be told.
    package var settings: String?

    package init(
        from: Mailbox, to: Mailbox, subject: String, text: String, html: String? = nil, attachment: Attachment? = nil,
        id: String, replyTo: String? = nil, date: Instant, settings: String? = nil
    ) {
        (self.from, self.to, self.subject, self.text, self.html) = (from, to, subject, text, html)
        (self.attachment, self.id, self.replyTo, self.date, self.settings) = (attachment, id, replyTo, date, settings)
    }

    package func bytes() -> [UInt8] {
        var headers = [
            ("Date", MIME.date(date)), ("From", MIME.mailbox(from)), ("To", MIME.mailbox(to)),
            ("Subject", MIME.unstructured(subject)), ("Message-ID", "<\(MIME.token(id))>"),
        ]
        if let replyTo {
            let mark = "<\(MIME.token(replyTo))>"
            headers += [("In-Reply-To", mark), ("References", mark)]
        }
        if let settings { headers.append(("List-Unsubscribe", "<\(MIME.token(settings))>")) }
        // No program answers this, such as one that says that somebody is on holiday (RFC 3834).
        headers += [("Auto-Submitted", "auto-generated"), ("MIME-Version", "1.0")]
        let head = headers.map { "\($0): \($1)\r\n" }.joined()
        return Array((head + body()).utf8)
    }

    private func body() -> String {
        let words = html.map { html in
            MIME.parts("alternative", [MIME.text(text, "text/plain"), MIME.text(html, "text/html")])
        }
        let content = words ?? MIME.text(text, "text/plain")
        guard let attachment else { return content }
        return MIME.parts("mixed", [content, MIME.file(attachment)])
    }
}
