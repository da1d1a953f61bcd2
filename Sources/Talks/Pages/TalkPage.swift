import EventLog
import Kernel
import Markup
import People
import Requests
import Storage
import Web

/// The list of talks: everybody's own, the newest first.
struct TalksList {
    let model: Model
    let talks: [StaffTalk]

    init(
        current: TalkID?, text searched: String, about request: RequestID? = nil, _ page: TalkContext,
        _ tx: any ReadTransaction
    ) throws {
        let viewer = page.viewer
        talks =
            searched.isEmpty
            ? try Talks.all(of: viewer, about: request, tx) : try Talks.found(searched, for: viewer, tx)
        let members = try Talks.members(of: talks.map(\.id), tx)
        let people = try Names.shown(Set(members.values.flatMap(\.self)), to: viewer, page.text, tx)
        let here = try Presence.here(Array(people.keys), at: page.dates.now, tx)
        let last = try Talks.lastWords(of: talks.map(\.id), tx)
        let about = try Requests.titles(of: talks.compactMap(\.request), for: viewer, tx)
        model = [
            "talks": talks.map { talk -> Model in
                let others = (members[talk.id] ?? []).filter { $0 != viewer.person }
                let face = talk.isPair ? others.first.flatMap { people[$0] } : nil
                let words = last[talk.id]
                let isOwn = words?.author == viewer.person
                let by = words.flatMap { people[$0.author]?.name }
                return [
                    "href": "/talks/\(talk.id)",
                    "title": page.title(talk, others, people, talk.request.flatMap { about[$0] }),
                    "face": face.map { RequestFace.model($0) } ?? false,
                    "here": others.contains(where: here.contains) && talk.isPair,
                    "unread": talk.isUnread(by: viewer), "current": talk.id == current,
                    "time": page.dates.short(talk.lastAt),
                    "last": words.map {
                        isOwn
                            ? page.text("talks.you", ["words": $0.words(page.text)])
                            : talk.isPair || by == nil ? $0.words(page.text) : "\(by!): \($0.words(page.text))"
                    }
                        ?? page.text("talks.begun"),
                ]
            }, "any": !talks.isEmpty, "searched": !searched.isEmpty, "text": searched,
        ]
    }
}

/// What every page of talks needs to speak.
struct TalkContext {
    let viewer: Viewer
    let text: Catalogue
    let dates: Dates

    init(_ site: Site, _ context: WebContext) throws {
        viewer = try context.viewer()
        text = site.text(context.language)
        dates = site.dates(context)
    }

    /// A talk without a name is called by its request, for those who may see it, or by its members.
    func title(
        _ talk: StaffTalk, _ others: [PersonID], _ people: [PersonID: ShownPerson],
        _ request: (number: Int64, subject: String)?
    ) -> String {
        if !talk.title.isEmpty { return talk.title }
        if let request { return "№\u{A0}\(request.number) · \(request.subject)" }
        let names = others.prefix(4).compactMap { people[$0]?.name }
        guard !names.isEmpty else { return text("talks.alone") }
        return names.joined(separator: ", ") + (others.count > 4 ? " …" : "")
    }
}

enum RequestFace {
    static func model(_ person: ShownPerson) -> Model {
        ["name": person.name, "initials": person.monogram, "hue": person.hue]
    }
}

/// One talk: its members and its conversation.
struct TalkPage {
    static let pageSize = 60

    let talk: StaffTalk
    let sequence: Int64
    private let page: TalkContext
    private let members: [PersonID]
    private let people: [PersonID: ShownPerson]
    private let here: Set<PersonID>
    private let request: (number: Int64, subject: String)?
    private let entries: [ConversationEntry]
    private let readByOthers: Int64
    private let older: Int64?
    private let draft: (text: String, version: Int64)
    private let largestFile: Int64

    var href: String { "/talks/\(talk.id)" }
    var live: String { "talk/\(talk.id)" }
    var title: String { page.title(talk, members.filter { $0 != page.viewer.person }, people, request) }

    init(
        _ id: TalkID, after: Int64? = nil, before: Int64? = nil, largestFile: Int64, _ page: TalkContext,
        _ tx: any ReadTransaction
    ) throws {
        self.page = page
        self.largestFile = largestFile
        let talk = try Talks.find(id, for: page.viewer, tx)
        self.talk = talk
        sequence = try EventLog.newest(in: .organisation(page.viewer.organisation), tx)
        members = try Talks.members(of: [id], tx)[id] ?? []
        let said = try TalkMessages(id, after: after, before: before, tx)
        let oldest = said.messages.first?.number
        older = said.hasOlder ? oldest : nil
        let from = after ?? (said.hasOlder ? (oldest ?? 1) - 1 : 0), until = before ?? .max
        let events = try EventLog.about(id.text, atMost: 300, tx).filter { $0.number > from && $0.number < until }
        people = try Names.shown(
            Set(
                members + said.people
                    + events.flatMap { [$0.actor, $0.data["person"].flatMap { PersonID(parsing: $0) }] }.compactMap(
                        \.self)),
            to: page.viewer, page.text, tx)
        here = try Presence.here(members, at: page.dates.now, tx)
        request = try talk.request.flatMap { try Requests.titles(of: [$0], for: page.viewer, tx)[$0] }
        let names = people
        entries =
            said.messages.map { .message(said.shown($0, in: id, page)) }
            + events.compactMap { event in
                Self.line(event, names, page).map { .event(event.number, event.at, icon: "users-round", html: $0) }
            }
        readByOthers =
            try tx.value(
                """
                SELECT MIN(read_up_to) FROM talk_member
                WHERE talk_id = \(id) AND person_id <> \(page.viewer.person) AND until_at IS NULL
                """) ?? 0
        draft = try Requests.draftText(of: page.viewer.person, "/talks/\(id)", tx)
    }

    /// «Лебедев А. К. — позвал(а) Смирнову Т. Ю.»; nil for what the conversation does not show.
    private static func line(_ event: Event, _ people: [PersonID: ShownPerson], _ page: TalkContext) -> String? {
        func name(_ id: PersonID?) -> String { id.flatMap { people[$0]?.name } ?? page.text("requests.somebody") }
        let whom = event.data["person"].flatMap { PersonID(parsing: $0) }
        let key: String
        switch event.kind {
        case .talkBegun: key = "begun"
        case .talkJoined: key = "joined"
        case .talkLeft: key = whom == event.actor ? "left" : "taken-out"
        case .talkRenamed: key = "renamed"
        default: return nil
        }
        let sentence = page.text("talks.event.\(key)", ["person": name(whom)])
        return ConversationView.line(name(event.actor), sentence)
    }

    private var models: [Model] {
        ConversationView(
            viewer: page.viewer.person, people: people, readUpTo: readByOthers, dates: page.dates, text: page.text
        ).models(of: entries)
    }

    /// For the template `requests/_messages`.
    var messages: Model {
        ["readUpTo": readByOthers, "entries": models, "older": older.map { "\(href)/messages?before=\($0)" } ?? ""]
    }

    var head: Model {
        let others = members.filter { $0 != page.viewer.person }
        let isMine = talk.madeBy == page.viewer.person
        return [
            "title": title, "href": href, "group": !talk.isPair, "name": talk.title,
            "count": page.text("talks.members", count: members.count),
            "here": talk.isPair && others.contains(where: here.contains),
            "pair": talk.isPair,
            "request": request.map {
                ["href": "/requests/\($0.number)?view=all", "words": "№\u{A0}\($0.number) · \($0.subject)"] as Model
            } ?? false,
            "members": members.compactMap { people[$0] }.map { person -> Model in
                RequestFace.model(person).merging([
                    "id": person.id.text, "here": here.contains(person.id),
                    "removable": isMine && !talk.isPair && person.id != page.viewer.person,
                ]) { $1 }
            },
            "me": page.viewer.person.text,
        ]
    }

    /// For the template `requests/_talk`.
    var conversation: Model {
        [
            "href": href, "live": live, "older": older.map { "\(href)/messages?before=\($0)" } ?? "", "entries": models,
            "readUpTo": readByOthers, "readHere": talk.readHere,
            "may": ["write": true, "note": false, "confirm": false] as Model, "rating": false, "ratable": false,
            "closed": "", "merged": false, "uploads": "/uploads", "limit": largestFile, "me": page.viewer.person.text,
            "myName": "", "newId": MessageID.new(at: page.dates.now).text, "keys": true, "draft": draft.text,
            "draftVersion": draft.version, "draftKind": "",
        ]
    }
}
