package import EventLog
import Kernel
import Sheets
import Storage
import Web

enum MailingTag {}

/// A saved report that is sent to one person again and again. It is counted with that person's rights at that moment.
struct Mailing: Sendable {
    let id: ID<MailingTag>
    let report: SavedReportID
    let organisation: OrganisationID
    let person: PersonID
    let rhythm: Rhythm
    let minute: Int

    static let timer = "report-mailing"

    private static let columns: SQL =
        "SELECT id, report_id, organisation_id, person_id, rhythm, minute FROM report_mailing"

    private init(_ row: Row) throws {
        id = try row[0]
        report = try row[1]
        organisation = try row[2]
        person = try row[3]
        rhythm = try row[4]
        minute = try row[5]
    }

    static func all(of report: SavedReportID, _ tx: any ReadTransaction) throws -> [Mailing] {
        try tx.all("\(columns) WHERE report_id = \(report) AND until_at IS NULL", Mailing.init)
    }

    static func all(to person: PersonID, _ tx: any ReadTransaction) throws -> [SavedReportID: Mailing] {
        Dictionary(
            try tx.all("\(columns) WHERE person_id = \(person) AND until_at IS NULL", Mailing.init).map {
                ($0.report, $0)
            },
            uniquingKeysWith: { $1 })
    }

    static func find(_ id: String, _ tx: any ReadTransaction) throws -> Mailing? {
        try tx.one("\(columns) WHERE id = \(id) AND until_at IS NULL", Mailing.init)
    }
}

extension Reports {
    /// What is done when a timer of this kind is due.
    package static var timer: String { Mailing.timer }

    /// Has a visible report sent to the viewer; a new rhythm takes the place of the old.
    func send(_ id: SavedReportID, _ rhythm: Rhythm, minute: Int, to viewer: Viewer) async throws {
        guard post != nil else { throw ReportError.notFound }
        try await act(by: viewer) { now, tx in
            _ = try SavedReport.find(id, for: viewer, tx)
            for old in try Mailing.all(of: id, tx) where old.person == viewer.person {
                try Self.end(old, why: "hand", by: viewer.person, at: now, tx)
            }
            let mailing = ID<MailingTag>.new(at: now)
            try tx.run(
                """
                INSERT INTO report_mailing (id, report_id, organisation_id, person_id, rhythm, minute, from_at)
                VALUES (\(mailing), \(id), \(viewer.organisation), \(viewer.person), \(rhythm), \(minute), \(now))
                """)
            try Timers.set(
                Mailing.timer, key: mailing.text, due: rhythm.next(after: now, minute: minute, in: viewer.zone), in: tx)
            return try EventLog.append(
                .mailingSet, by: viewer.person, at: now, subject: mailing.text,
                data: ["kind": rhythm.rawValue, "to": viewer.person.text], in: tx)
        }
    }

    func stopSending(_ id: SavedReportID, to viewer: Viewer) async throws {
        try await act(by: viewer) { now, tx in
            let mine = try Mailing.all(of: id, tx).filter { $0.person == viewer.person }
            guard !mine.isEmpty else { throw ReportError.notFound }
            return try mine.reduce(nil) { _, mailing in
                try Self.end(mailing, why: "hand", by: viewer.person, at: now, tx)
            }
        }
    }

    @discardableResult
    static func end(
        _ mailing: Mailing, why: String, by person: PersonID?, at now: Instant, _ tx: any WriteTransaction
    ) throws -> Int64? {
        try tx.run("UPDATE report_mailing SET until_at = \(now) WHERE id = \(mailing.id)")
        try Timers.cancel(Mailing.timer, key: mailing.id.text, in: tx)
        return try EventLog.append(
            .mailingEnded, by: person, at: now, subject: mailing.id.text,
            data: ["to": mailing.person.text, "why": why], in: tx)
    }

    /// Counts and sends. The letter, the next timer and the event are one transaction: a crash before it sends nothing, one after
    /// it has sent once.
    package func send(_ timer: DueTimer) async throws {
        let now = site.now()
        let (mailing, letter, zone) = try await database.read { tx -> (Mailing?, ReportLetter?, Zone) in
            guard let mailing = try Mailing.find(timer.key, tx) else { return (nil, nil, .utc) }
            guard let viewer = try somebody(mailing.person, tx), viewer.organisation == mailing.organisation,
                Reach.of(viewer) != nil, let saved = try SavedReport.look(mailing.report, for: viewer, tx)
            else { return (mailing, nil, .utc) }
            return (mailing, try self.letter(saved, to: viewer, at: now, tx), viewer.zone)
        }
        guard let mailing else {
            try await database.write(in: .installation) { tx in _ = try Timers.finish(timer, at: now, in: tx) }
            return
        }
        let post = post
        try await database.write(in: mailing.organisation) { tx in
            guard try Timers.finish(timer, at: now, in: tx), try Mailing.find(timer.key, tx) != nil else { return }
            guard let letter else {
                try Self.end(mailing, why: "rights", by: nil, at: now, tx)
                return
            }
            // What was due while no server ran is sent once, not once for each day.
            try Timers.set(
                Mailing.timer, key: mailing.id.text,
                due: mailing.rhythm.next(after: now, minute: mailing.minute, in: zone), in: tx)
            // Without mail the day is passed over and the wish is kept.
            guard let post else { return }
            try post(letter, mailing.person, tx)
            try tx.run("UPDATE report_mailing SET sent_at = \(now) WHERE id = \(mailing.id)")
            try EventLog.append(
                .reportSent, by: nil, at: now, subject: mailing.id.text, data: ["to": mailing.person.text], in: tx)
        }
    }

    private func letter(
        _ saved: SavedReport, to viewer: Viewer, at now: Instant, _ tx: any ReadTransaction
    ) throws -> ReportLetter {
        let form = try Form(encoded: Array(saved.query.utf8))
        let address = Self.address(saved.kind, form)
        let question = try Question(address.filter, for: viewer, at: now)
        let words = ReportWords(site, for: viewer, in: viewer.language)
        let file = try ReportFile.read(address, question, words, tx)
        let lines = file.report.tiles.map { tile in
            "\(tile.label): \(words.value(tile.value.value))" + (tile.under.isEmpty ? "" : " (\(tile.under))")
        }
        let link = site.publicOrigin.map { [words("letter.open", ["link": $0 + address.href])] } ?? []
        return ReportLetter(
            subject: words("letter.subject", ["name": saved.name, "period": words.period(question.period)]),
            text: ([file.title] + file.chosen + [""] + lines + [""] + link + [words("letter.why")]).joined(
                separator: "\n"),
            fileName: file.name + ".xlsx", fileType: Workbook.type,
            bytes: try XlsxFile.bytes(of: file.workbook, made: now))
    }
}
