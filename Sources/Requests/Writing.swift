import EventLog
package import Kernel
import Lines
import People
import Storage
import TextSearch

/// A message or a note on its way into a request.
package struct Draft: Sendable {
    /// Made by the page: sent twice, it is kept once.
    package var id: MessageID
    package var text: String
    package var isNote: Bool
    package var uploads: [UploadID]
    /// The message that this one answers.
    package var quote: MessageID?
    /// Colleagues who are called by name: they will find the request among those they observe.
    package var mentions: [PersonID] = []

    package init(id: MessageID, text: String, isNote: Bool = false, uploads: [UploadID] = []) {
        (self.id, self.text, self.isNote, self.uploads) = (id, text, isNote, uploads)
    }
}

extension Requests {
    /// Adds a reply or an internal note. The client's word ends waiting; the first specialist to answer a free request takes it.
    package func write(_ draft: Draft, in number: Int64, by viewer: Viewer) async throws {
        guard !draft.text.isEmpty || !draft.uploads.isEmpty else { throw RequestError.nothingWritten }
        try await change(number, by: viewer, draft.isNote ? .note : .reply) { change in
            let known = try change.tx.one("SELECT request_id, author_id FROM message WHERE id = \(draft.id)") { row in
                try (row[0] as RequestID, row[1] as PersonID)
            }
            if let known {
                guard known == (change.request.id, viewer.person) else { throw RequestError.notFound }
                return
            }
            try change.write(draft)
        }
    }
}

extension Change {
    /// Whether the viewer speaks as staff here: a client who also works on the line is still the client of an own request.
    var speaksAsStaff: Bool { standing.isStaff && !(standing.isClient && !standing.isAssignee) }

    /// - Parameter isTyped: false: it came another way than from the place where messages are written, whose draft stays.
    func write(_ draft: Draft, isTyped: Bool = true) throws {
        let isStaff = draft.isNote || speaksAsStaff
        if let quote = draft.quote {
            let quoted = try sent(quote)
            // What was said among colleagues must not slip out with an answer.
            if quoted.isNote && !draft.isNote { throw RequestError.noteInReply }
        }
        if !draft.isNote { try moveOn(isStaff: isStaff) }
        let number = try tell(
            draft.isNote ? .noted : .replied, subject: draft.id.text, ["side": isStaff ? "staff" : "client"])
        try tx.send(
            """
            INSERT INTO message (id, request_id, number, author_id, is_note, is_staff, text, at, quote_id)
            VALUES (\(draft.id), \(request.id), \(number), \(viewer.person), \(draft.isNote), \(isStaff), \(draft.text), \(now),
                \(draft.quote))
            """)
        if isTyped { try Requests.dropDraft(of: viewer.person, "/requests/\(request.number)", in: tx) }
        if isStaff { try mention(draft.mentions, in: draft.id) }
        let names = try Requests.attach(
            draft.uploads, to: draft.id, of: request, isNote: draft.isNote, by: viewer, at: now, in: tx)
        let words = ([draft.text] + names).joined(separator: " ")
        try SearchIndex.add(words, forStaffOnly: draft.isNote, to: request.searchRow, in: tx)
        guard !draft.isNote else { return }
        request.lastReplyNumber = number
        request.lastReply = now
        request.lastReplyBy = viewer.person
    }

    /// Colleagues who are called become observers, if they are of the staff; anybody else is passed over.
    private func mention(_ people: [PersonID], in message: MessageID) throws {
        let called = Array(Set(people).subtracting([viewer.person])).sorted().prefix(20)
        guard !called.isEmpty else { return }
        for person in try Directory.staff(Array(called), in: viewer.organisation, tx) {
            try tx.send(
                """
                INSERT INTO mention (request_id, message_id, person_id) VALUES (\(request.id), \(message), \(person))
                ON CONFLICT (message_id, person_id) DO NOTHING
                """)
            try tell(.mentioned, subject: person.text)
            _ = try observe(person)
        }
    }

    private func moveOn(isStaff: Bool) throws {
        // Another company's work is not done by the client's word.
        if !isStaff, request.state == .waiting, request.waitsFor == .client { try proceed() }
        // Who writes is not silent: the time begins anew.
        if !isStaff, request.state == .solved { try promiseClosing() }
        guard isStaff else { return }
        if request.assignee == nil, standing.works, request.state == .new { try take() }
        if request.firstAnswer == nil { request.firstAnswer = now }
    }

    /// A reply that goes with another act, such as «what was done» with the solution.
    func write(_ text: String?, isNote: Bool = false) throws {
        guard let text, !text.isEmpty else { return }
        try write(Draft(id: .new(at: now), text: text, isNote: isNote))
    }
}
