import EventLog
package import Kernel
import Mail
package import Storage

/// Takes what waits in the outbox to the mail server.
package struct Posting: Sendable {
    /// Letters of one visit.
    package static let portion = 20

    let outbox: Outbox
    let database: Database
    let now: @Sendable () -> Instant

    package init(_ outbox: Outbox, database: Database, now: @escaping @Sendable () -> Instant) {
        (self.outbox, self.database, self.now) = (outbox, database, now)
    }

    private struct Waiting: Sendable {
        let id: LetterID, organisation: OrganisationID, person: PersonID, letter: Letter, made: Instant, tries: Int
    }

    /// One visit: hands over what is due. What the server does not take now is tried again later.
    /// - Returns: how many letters were due; as many as a portion may mean that there are more.
    @discardableResult
    package func visit() async throws -> Int {
        let due = try await due()
        guard !due.isEmpty else { return 0 }
        var rest = due[...], isAnswered = false
        do {
            while !rest.isEmpty {
                if try await converse(about: &rest) { isAnswered = true }
            }
        } catch let fault as SMTPFault {
            try await putOff(fault, Array(rest))
            return 0
        }
        if isAnswered { try await serverIsWell() }
        return due.count
    }

    /// One session: takes letters off the list until none is left, or until the server hangs up at one.
    /// - Returns: whether the server has given an answer about any letter.
    /// - Throws: `SMTPFault` when the server takes nothing: it does not let us in, or does not want our sender.
    private func converse(about rest: inout ArraySlice<Waiting>) async throws -> Bool {
        let session = try await SMTPSession(outbox.server)
        var isAnswered = false
        do {
            while let next = rest.first {
                let verdict: SMTPVerdict
                do {
                    verdict = try await session.send(next.letter)
                } catch let fault as SMTPFault {
                    if case .unwilling = fault { throw fault }
                    // The server has let us in, so it is not away: it stumbles over this letter, which holds up no other.
                    try await note(.later(fault.description), of: next)
                    rest = rest.dropFirst()
                    break
                }
                try await note(verdict, of: next)
                isAnswered = true
                rest = rest.dropFirst()
            }
        } catch {
            await session.close()
            throw error
        }
        await session.close()
        return isAnswered
    }

    private func due() async throws -> [Waiting] {
        let moment = now(), outbox = outbox
        return try await database.read { tx in
            try tx.all(
                """
                SELECT id, organisation_id, person_id, address, subject, text, html, file_name, file_type, file, request_id,
                    made_at, tries FROM letter
                WHERE state = 'waiting' AND due_at <= \(moment) ORDER BY due_at, id LIMIT \(Self.portion)
                """
            ) { row in
                let id: LetterID = try row[0], request: RequestID? = try row[10]
                let file: [UInt8]? = try row[9]
                let attachment = try file.map { try Letter.Attachment(name: row[7], type: row[8], bytes: $0) }
                let letter = try Letter(
                    from: outbox.from, to: .init(address: row[3]), subject: row[4], text: row[5], html: row[6],
                    attachment: attachment, id: outbox.mark(id.text),
                    replyTo: request.map { outbox.mark("request.\($0)") },
                    date: row[11], settings: "\(outbox.address)/profile/notices")
                return try Waiting(
                    id: id, organisation: row[1], person: row[2], letter: letter, made: row[11], tries: row[12])
            }
        }
    }

    // MARK: what became of it

    private func note(_ verdict: SMTPVerdict, of waiting: Waiting) async throws {
        let moment = now()
        try await database.write(in: waiting.organisation) { tx in
            switch verdict {
            case .accepted:
                try Self.end(waiting.id, "sent", fault: nil, at: moment, tx)
                try tx.run(
                    """
                    INSERT INTO mail_state (id, sent_at) VALUES (1, \(moment))
                    ON CONFLICT (id) DO UPDATE SET sent_at = excluded.sent_at
                    """)
            case .later(let why):
                if moment >= waiting.made + Outbox.patience {
                    try Self.lose(waiting, "late", fault: why, at: moment, tx)
                } else {
                    let due = moment + Outbox.pause(after: waiting.tries)
                    try tx.run(
                        """
                        UPDATE letter SET due_at = \(due), tries = tries + 1, fault = \(why), held_by = 'letter'
                        WHERE id = \(waiting.id) AND state = 'waiting'
                        """)
                }
            case .addressRefused(let why):
                try tx.run(
                    """
                    INSERT INTO mail_refusal (address, organisation_id, person_id, at, why)
                    VALUES (\(waiting.letter.to.address.lowercased()), \(waiting.organisation), \(waiting.person), \(moment), \(why))
                    ON CONFLICT (address) DO UPDATE SET at = excluded.at, why = excluded.why, ended_at = NULL
                    """)
                try Self.lose(waiting, "refused", fault: why, at: moment, tx)
            case .letterRefused(let why): try Self.lose(waiting, "content", fault: why, at: moment, tx)
            }
        }
    }

    /// The fact that the administrator sees.
    private static func lose(
        _ waiting: Waiting, _ why: String, fault: String, at now: Instant, _ tx: any WriteTransaction
    ) throws {
        try end(waiting.id, "lost", fault: fault, at: now, tx)
        try EventLog.append(
            .letterLost, by: nil, at: now, subject: waiting.id.text, data: ["to": waiting.person.text, "why": why],
            in: tx)
    }

    /// What was sent or lost is kept as a fact, without what stood in it.
    private static func end(
        _ id: LetterID, _ state: String, fault: String?, at now: Instant, _ tx: any WriteTransaction
    ) throws {
        try tx.run(
            """
            UPDATE letter SET state = \(state), ended_at = \(now), fault = \(fault), subject = '', text = '', html = NULL,
                file = NULL WHERE id = \(id)
            """)
    }

    // MARK: a server that takes nothing

    private func putOff(_ fault: SMTPFault, _ tried: [Waiting]) async throws {
        let moment = now()
        for waiting in tried where moment >= waiting.made + Outbox.patience {
            try await database.write(in: waiting.organisation) { tx in
                try Self.lose(waiting, "late", fault: fault.description, at: moment, tx)
            }
        }
        let words = String(fault.description.prefix(300))
        try await database.write(in: .installation) { tx in
            // Everything that is due waits together: a server that is away is asked once, and not by each letter.
            try tx.run(
                """
                UPDATE letter SET tries = tries + 1, fault = \(words), held_by = 'server', due_at = \(moment) + 60000 *
                    CASE tries WHEN 0 THEN 1 WHEN 1 THEN 2 WHEN 2 THEN 4 WHEN 3 THEN 8 WHEN 4 THEN 16 WHEN 5 THEN 32 ELSE 60 END
                WHERE state = 'waiting' AND due_at <= \(moment)
                """)
            try tx.run(
                """
                INSERT INTO mail_state (id, fault, fault_kind, fault_at) VALUES (1, \(words), \(fault.code), \(moment))
                ON CONFLICT (id) DO UPDATE SET fault = excluded.fault, fault_kind = excluded.fault_kind,
                    fault_at = COALESCE(mail_state.fault_at, excluded.fault_at)
                """)
        }
    }

    /// The first letter that goes brings all that waited for the server.
    private func serverIsWell() async throws {
        let moment = now()
        let isMended = try await database.read { tx in
            try tx.exists("SELECT 1 FROM mail_state WHERE fault_at IS NOT NULL")
        }
        guard isMended else { return }
        try await database.write(in: .installation) { tx in
            try tx.run("UPDATE mail_state SET fault = NULL, fault_kind = NULL, fault_at = NULL WHERE id = 1")
            try tx.run(
                """
                UPDATE letter SET due_at = \(moment)
                WHERE state = 'waiting' AND held_by = 'server' AND due_at > \(moment)
                """)
        }
    }
}

extension Outbox {
    /// «id@example.ru», the mark of a letter or of a request.
    func mark(_ id: String) -> String { "\(id)@\(from.address.split(separator: "@").last ?? "localhost")" }
}
