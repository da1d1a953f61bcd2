package import EventLog
import Kernel
import Mail
import Requests
import Storage
import Web

/// News of one person in one letter.
extension Notices {
    /// Writes what is due to a person. The letter and what it tells of change in one transaction: a crash before it writes nothing,
    /// one after it has written once.
    package func write(_ timer: DueTimer) async throws {
        let now = site.now(), person = PersonID(timer.key)
        let home: OrganisationID? = try await database.read { tx in
            try tx.value("SELECT organisation_id FROM person WHERE id = \(person)")
        }
        guard let home, let outbox else {
            try await database.write(in: .installation) { tx in _ = try Timers.finish(timer, at: now, in: tx) }
            return
        }
        try await database.write(in: home) { tx in
            guard try Timers.finish(timer, at: now, in: tx) else { return }
            let viewer = try somebody(person, tx)
            // Rights as they are now, and only what has not been read meanwhile.
            let news = try viewer.map { try Notice.unwritten(of: $0, tx) } ?? []
            try tx.run(
                """
                UPDATE notice SET mailed_at = \(now), mail_due_at = NULL
                WHERE person_id = \(person) AND mail_due_at IS NOT NULL
                """)
            guard let viewer, !news.isEmpty else { return }
            let letter = try NewsLetter(news, to: viewer, from: outbox, site, at: now, tx)
            guard try Outbox.put(letter.draft, at: now, in: tx) else { return }
            try tx.run(
                """
                INSERT INTO letter_last (person_id, at) VALUES (\(person), \(now))
                ON CONFLICT (person_id) DO UPDATE SET at = excluded.at
                """)
        }
    }
}

/// What stands in a letter of news: what happened, by request, and where to look. What people wrote stays in Okno.
struct NewsLetter {
    let draft: Outbox.Draft

    init(
        _ news: [Notice], to viewer: Viewer, from outbox: Outbox, _ site: Site, at now: Instant,
        _ tx: any ReadTransaction
    ) throws {
        let text = site.text(viewer.language), dates = Dates(text, zone: viewer.zone, now: now)
        let words = try NoticeWords(news, to: viewer, text, dates, tx)
        let groups = Self.groups(news)
        let settings = "\(outbox.address)/profile/notices"
        var lines: [String] = []
        var parts: [Model] = []
        for group in groups {
            let about = words.about(group[0]), link = "\(outbox.address)/notices/\(group.last!.id)"
            let said = group.map { (words: words.sentence($0), when: dates.moment($0.at)) }
            if !about.isEmpty { lines.append(about) }
            lines += said.map { text("notices.letter.line", ["words": $0.words, "when": $0.when]) } + [link, ""]
            parts.append([
                "about": about, "link": link, "news": said.map { ["words": $0.words, "when": $0.when] as Model },
            ])
        }
        lines += [text("notices.letter.why"), settings]
        let html = try site.templates.render(
            "notices/letter", ["parts": parts, "settings": settings, "lang": viewer.language.rawValue],
            in: viewer.language)
        draft = Outbox.Draft(
            to: viewer.person, subject: Self.subject(groups, words, text), text: lines.joined(separator: "\n"),
            html: html, about: groups.count == 1 ? groups[0][0].request : nil)
    }

    /// By request, in the order of time, the oldest news first.
    private static func groups(_ news: [Notice]) -> [[Notice]] {
        let byTime = news.sorted { ($0.at, $0.event) < ($1.at, $1.event) }
        var order: [RequestID?] = [], groups: [RequestID?: [Notice]] = [:]
        for notice in byTime {
            if groups[notice.request] == nil { order.append(notice.request) }
            groups[notice.request, default: []].append(notice)
        }
        return order.compactMap { groups[$0] }
    }

    /// «№ 812: Решена, проверьте»; of several requests how many they are.
    private static func subject(_ groups: [[Notice]], _ words: NoticeWords, _ text: Catalogue) -> String {
        guard groups.count == 1, let last = groups[0].last else {
            return text("notices.letter.several", count: groups.count)
        }
        guard let glance = last.glance else { return words.sentence(last) }
        return text(
            "notices.letter.one",
            ["number": String(glance.number), "words": words.sentence(last), "subject": glance.request.subject])
    }
}
