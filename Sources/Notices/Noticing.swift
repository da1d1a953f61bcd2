import Duty
package import EventLog
package import Kernel
import Requests
package import Storage
import Synchronization
import Web

/// A reader of the log: writes a notice for everybody whom an event concerns and who may see it.
package final class Noticing: LogReader {
    package let name = "notices"
    private let notices: Notices
    private let told = Mutex<[OrganisationID: (Int64, Set<PersonID>)]>([:])

    package init(_ notices: Notices) { self.notices = notices }

    /// Older than this is no news: a reader that begins, or was away for long, floods nobody.
    static let freshness = Minutes.days(1)

    package func take(_ events: [Event], in tx: any WriteTransaction) throws {
        guard case .organisation(let organisation) = tx.lane else { return }
        told.withLock { $0[organisation] = nil }
        let oldest = notices.site.now() - Self.freshness
        let news = events.filter { $0.at > oldest && (Deciding.kinds.contains($0.kind) || $0.kind == .letterLost) }
        guard !news.isEmpty else { return }
        let writing = Writing(notices, organisation, tx)
        for event in news { try writing.take(event) }
        guard !writing.told.isEmpty else { return }
        told.withLock { $0[organisation] = (news.last?.number ?? 0, writing.told) }
    }

    package func committed(in organisation: OrganisationID) {
        guard let (number, people) = told.withLock({ $0.removeValue(forKey: organisation) }) else { return }
        notices.bell.ring(organisation, number, topics: people.map(Notices.topic).sorted())
    }
}

/// One portion of events: people and their choices are read once.
private final class Writing {
    let notices: Notices, organisation: OrganisationID, tx: any WriteTransaction, now: Instant
    private(set) var told: Set<PersonID> = []
    private var viewers: [PersonID: Viewer?] = [:]
    private var choices: [PersonID: Choices] = [:]

    init(_ notices: Notices, _ organisation: OrganisationID, _ tx: any WriteTransaction) {
        (self.notices, self.organisation, self.tx) = (notices, organisation, tx)
        now = notices.site.now()
    }

    func take(_ event: Event) throws {
        if event.kind == .letterLost { return try tellAdministrators(event) }
        guard let request = event.request else { return }
        if Self.endsFresh.contains(event.kind) { try retireFresh(of: request, at: event.at) }
        guard let circle = try circle(request, event.kind) else { return }
        try retireCalls(event, of: request, circle.client)
        let happening = Happening(
            event.kind, by: event.actor, subject: event.subject.flatMap { PersonID(parsing: $0) },
            data: event.data.fields)
        for telling in Deciding.tell(happening, circle) {
            guard let viewer = try viewer(telling.person),
                let glance = try Requests.glances(of: [request], for: viewer, tx)[request],
                Deciding.may(telling.kind, glance.standing)
            else { continue }
            // Whoever may only look at a line is offered nothing of it.
            if [.fresh, .callback].contains(telling.kind), !glance.standing.works { continue }
            if try isPast(telling, event) { continue }
            try write(telling, event, to: viewer)
        }
    }

    private func tellAdministrators(_ event: Event) throws {
        for person in try holders(of: .administrator) {
            guard let viewer = try viewer(person), viewer.isAdministrator else { continue }
            try write(Telling(person, .undelivered), event, to: viewer)
        }
    }

    // MARK: who

    private func circle(_ request: RequestID, _ kind: EventKind) throws -> Circle? {
        let found = try tx.one(
            "SELECT client_id, assignee_id, line_id FROM request WHERE id = \(request) AND organisation_id = \(organisation)"
        ) { row in try (Circle(client: row[0], assignee: row[1]), row[2] as LineID) }
        guard let (known, line) = found else { return nil }
        var circle = known
        if Deciding.asksDuty.contains(kind) {
            circle.onDuty = (try Duty.now(of: [line], tx)[line] ?? []).filter { $0.state == .on || $0.state == .busy }
                .map(\.person)
        }
        if Deciding.asksStaff.contains(kind), circle.onDuty.isEmpty {
            circle.staff = try Circle.staff(of: line, tx)
        }
        if Deciding.asksManagers.contains(kind) { circle.managers = try managers(of: line) }
        return circle
    }

    /// Everybody whose scope may hold the request; what it holds is asked of each.
    private func managers(of line: LineID) throws -> [PersonID] {
        try tx.all(
            """
            SELECT DISTINCT person_id FROM role_assignment
            WHERE organisation_id = \(organisation) AND role = \(Role.manager) AND until_at IS NULL
                AND (line_id = \(line) OR line_id IS NULL) ORDER BY person_id
            """
        ) { row in try row[0] }
    }

    private func holders(of role: Role) throws -> [PersonID] {
        try tx.all(
            """
            SELECT DISTINCT person_id FROM role_assignment
            WHERE organisation_id = \(organisation) AND role = \(role) AND until_at IS NULL ORDER BY person_id
            """
        ) { row in try row[0] }
    }

    private func viewer(_ person: PersonID) throws -> Viewer? {
        if let known = viewers[person] { return known }
        let viewer = try notices.somebody(person, tx).flatMap { $0.organisation == organisation ? $0 : nil }
        viewers[person] = .some(viewer)
        return viewer
    }

    // MARK: rows

    /// After these a request is nothing new to those who were on duty; its new line is told anew.
    private static let endsFresh: Set<EventKind> = [.taken, .transferred, .lineChanged, .cancelled, .solved]

    /// What a colleague has taken waits for nobody: it leaves every bell, not only that of who took it.
    private func retireFresh(of request: RequestID, at moment: Instant) throws {
        try retire("kind = \(NoticeKind.fresh)", of: request, at: moment)
    }

    private func retire(_ which: SQL, of request: RequestID, at moment: Instant) throws {
        let waiting: SQL = "request_id = \(request) AND read_at IS NULL AND \(which)"
        let people: [PersonID] = try tx.all("SELECT DISTINCT person_id FROM notice WHERE \(waiting)") { row in
            try row[0]
        }
        guard !people.isEmpty else { return }
        try tx.run("UPDATE notice SET read_at = \(moment) WHERE \(waiting)")
        told.formUnion(people)
    }

    /// What rang rings no more after an answer; who has talked since has missed nothing; who was called back waits no more.
    private func retireCalls(_ event: Event, of request: RequestID, _ client: PersonID) throws {
        let rings: SQL = "kind = \(NoticeKind.rings) AND detail = \(event.subject)"
        let missed: SQL = "kind = \(NoticeKind.unanswered)"
        switch event.kind {
        case Deciding.callAnswered:
            try retire(rings, of: request, at: event.at)
            let from = event.data["from"].flatMap { PersonID(parsing: $0) },
                pair = [from, event.actor].compactMap(\.self)
            try retire(
                event.data["side"] == "staff"
                    ? "\(missed) AND person_id IN (\(pair)) AND actor_id IN (\(pair))"
                    : "\(missed) AND (person_id = \(client) OR actor_id = \(client))", of: request, at: event.at)
        case Deciding.callJoined, Deciding.callEnded: try retire(rings, of: request, at: event.at)
        case Deciding.callDeclined:
            try retire("\(rings) AND person_id = \(event.actor)", of: request, at: event.at)
        case Deciding.callMissed:
            try retire("\(rings) AND person_id = \(event.data["to"])", of: request, at: event.at)
        case Deciding.callWishMet, .cancelled, .confirmed, .closedUnanswered:
            try retire("kind = \(NoticeKind.callback)", of: request, at: event.at)
        default: break
        }
    }

    /// A ring of which the log is read late is over, and a call is missed once.
    private func isPast(_ telling: Telling, _ event: Event) throws -> Bool {
        switch telling.kind {
        case .rings: now.since(event.at) > Int64(NoticeKind.rings.lives) * 1000
        case .unanswered:
            try tx.exists(
                """
                SELECT 1 FROM notice WHERE person_id = \(telling.person) AND request_id = \(event.request)
                    AND kind = \(telling.kind) AND detail = \(telling.detail)
                """)
        default: false
        }
    }

    private func write(_ telling: Telling, _ event: Event, to viewer: Viewer) throws {
        let choices = try self.choices[telling.person] ?? Choices.of(telling.person, tx)
        self.choices[telling.person] = choices
        let lastLetter: Instant? = try tx.value("SELECT at FROM letter_last WHERE person_id = \(viewer.person)")
        var delivery = Delivery(of: telling.kind, by: choices, at: now, in: viewer.zone, lastLetter: lastLetter)
        if delivery.mail != nil, try notices.outbox == nil || !Outbox.reaches(viewer.person, tx) { delivery.mail = nil }
        guard !delivery.isNothing else { return }
        // The wish says more than the call in vain before it.
        if telling.kind == .callback, let request = event.request {
            try retire(
                "kind = \(NoticeKind.unanswered) AND person_id = \(viewer.person) AND actor_id = \(event.actor)",
                of: request,
                at: event.at)
        }
        let id = try unread(telling, event) ?? NoticeID.new(at: now)
        try tx.run(
            """
            INSERT INTO notice (id, organisation_id, person_id, kind, request_id, event_number, actor_id, detail, on_page,
                in_browser, at, mail_due_at)
            VALUES (\(id), \(organisation), \(viewer.person), \(telling.kind), \(event.request), \(event.number), \(telling.by ?? event.actor),
                \(telling.detail), \(delivery.page), \(delivery.browser), \(event.at), \(delivery.mail))
            ON CONFLICT (id) DO UPDATE SET event_number = excluded.event_number, actor_id = excluded.actor_id,
                detail = excluded.detail, at = excluded.at, count = notice.count + 1, in_browser = excluded.in_browser,
                mail_due_at = COALESCE(notice.mail_due_at, excluded.mail_due_at)
            """)
        if delivery.browser, notices.pushes != nil { try Notices.push(id, to: viewer.person, at: now, in: tx) }
        if delivery.mail != nil { try Notices.wakeMail(of: viewer.person, in: tx) }
        told.insert(viewer.person)
    }

    /// The row that this one joins: of the same kind about the same request, not read yet.
    private func unread(_ telling: Telling, _ event: Event) throws -> NoticeID? {
        guard let request = event.request else {
            return try tx.value(
                """
                SELECT id FROM notice WHERE person_id = \(telling.person) AND kind = \(telling.kind) AND request_id IS NULL
                    AND read_at IS NULL
                """)
        }
        return try tx.value(
            """
            SELECT notice.id FROM notice \(Notice.reading)
            WHERE notice.person_id = \(telling.person) AND notice.request_id = \(request) AND notice.kind = \(telling.kind)
                AND \(Notice.isUnread) ORDER BY notice.at DESC LIMIT 1
            """)
    }
}
