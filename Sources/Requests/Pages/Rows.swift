import Kernel
import Lines
import People
import Storage
import Web

extension RequestWords {
    /// A row of the client's lists and of search.
    func row(
        _ listed: Listed, lines: [LineID: Line], people: [PersonID: ShownPerson], snippet: String? = nil
    ) -> Model {
        let request = listed.request
        let asClient = request.client == viewer.person
        var under = [number(listed.number)]
        if let line = lines[request.line] { under.append(asClient ? line.clientName : line.staffName) }
        let other = asClient ? request.assignee : request.client
        if let other, let person = people[other] { under.append(person.name) }
        let started = request.progress > 0 || request.state != .new
        return [
            "href": "/requests/\(listed.number)", "subject": request.subject, "under": under.joined(separator: " · "),
            "glyph": Self.glyph(request), "state": state(request, for: asClient ? .client : .staff),
            "percent": started && request.state != .cancelled ? String(request.progress) : "",
            "percentWords": percent(request.progress), "notStarted": !started,
            "deadline": request.state == .solved && asClient
                ? false : deadline(request, line: lines[request.line], short: false),
            "unread": listed.isUnread, "rate": request.state == .solved && asClient ? "/requests/\(listed.number)" : "",
            "snippet": snippet ?? "",
        ]
    }

    /// A row of the queue. What it waits for is always said.
    func queueRow(_ listed: Listed, _ named: Named, href: String, isCurrent: Bool, rings: Bool) -> Model {
        let lines = named.lines, people = named.people
        let request = listed.request
        let client = people[request.client]
        var reason = reason(request, people)
        if let own = request.ownState, let name = named.ownStates.first(where: { $0.id == own })?.name {
            reason = (name, "tag")
        }
        return [
            "id": request.id.text, "href": href, "number": listed.number, "subject": request.subject,
            "unread": listed.isUnread, "current": isCurrent, "glyph": Self.glyph(request),
            "who": [client?.name, client?.unitName].compactMap(\.self).filter { !$0.isEmpty }.joined(separator: " · "),
            "answer": request.firstAnswer == nil ? answerClock(request, short: true) : false,
            "deadline": deadline(request, line: lines[request.line], short: true), "reason": reason.words,
            "reasonIcon": reason.icon, "rings": rings,
        ]
    }

    private func reason(_ request: Request, _ people: [PersonID: ShownPerson]) -> (words: String, icon: String) {
        let since = dates.short(request.lastReply)
        let clientSpoke = request.lastReplyBy == request.client
        let mine = request.assignee == viewer.person
        switch request.state {
        case .new where request.assignee == nil:
            return (text("requests.reason.free", ["since": dates.short(request.registered)]), "inbox")
        case .waiting where request.waitsFor == .company: return (text("requests.reason.company"), "building-2")
        case .waiting: return (text("requests.reason.client", ["since": since]), "message-square")
        case .solved:
            return (text("requests.reason.solved", ["since": dates.short(request.solved ?? request.changed)]), "star")
        case .new, .working:
            if clientSpoke, mine { return (text("requests.reason.you", ["since": since]), "hourglass") }
            if clientSpoke {
                return (
                    text("requests.reason.assignee", ["name": name(request.assignee, people), "since": since]),
                    "hourglass"
                )
            }
            return mine
                ? (text("requests.reason.work", ["since": since]), "wrench")
                : (text("requests.reason.work-of", ["name": name(request.assignee, people)]), "user")
        case .closed, .cancelled: return (state(request, for: .staff), "check")
        }
    }
}

/// People and lines that a list of requests names, read in a fixed number of statements.
struct Named {
    let lines: [LineID: Line]
    let people: [PersonID: ShownPerson]
    let ownStates: [OwnState]

    init(_ listed: [Listed], _ words: RequestWords, _ tx: any ReadTransaction) throws {
        try self.init(
            people: listed.flatMap { [$0.request.client, $0.request.assignee].compactMap(\.self) }, words, tx)
    }

    init(people ids: [PersonID], _ words: RequestWords, _ tx: any ReadTransaction) throws {
        lines = Dictionary(
            try Lines.all(in: words.viewer.organisation, tx).map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        people = try Names.shown(Set(ids), to: words.viewer, words.text, tx)
        ownStates =
            words.viewer.isStaff ? try Lines.ownStates(in: words.viewer.organisation, withArchived: true, tx) : []
    }
}
