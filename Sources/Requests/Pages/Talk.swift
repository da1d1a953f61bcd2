import EventLog
import Foundation
import Kernel
import Markup
import People
import Storage
import Web

/// The conversation of a request: messages, notes and lines of events in the order of their numbers.
struct Talk {
    struct Message {
        let id: MessageID
        let number: Int64
        let author: PersonID
        let isNote: Bool
        let isStaff: Bool
        let text: String
        let at: Instant
        /// The last event that touched it; nil when nothing did.
        let touched: Int64?
        let isEdited: Bool
        let isRemoved: Bool
        let quote: MessageID?
    }

    /// A message as another one quotes it.
    struct Quoted {
        let author: PersonID
        let text: String
        let isRemoved: Bool
    }

    struct Attachment {
        let id: UploadID
        let message: MessageID
        let name: String
        let size: Int64
        let type: String
        let at: Instant
    }

    /// What is shown at once; earlier entries come on demand.
    static let pageSize = 60

    let messages: [Message]
    let attachments: [MessageID: [Attachment]]
    let events: [Event]
    let people: [PersonID: ShownPerson]
    let quoted: [MessageID: Quoted]
    let reactions: [MessageID: [(code: Reaction, person: PersonID)]]
    let mentions: [MessageID: [PersonID]]
    let readUpTo: Int64
    let hasOlder: Bool
    let oldest: Int64?

    /// Events that a conversation shows as a line; the rest is in the history.
    static let shownToClient: Set<EventKind> = [
        .taken, .givenBack, .transferred, .lineChanged, .deadlineChanged, .waiting, .solved, .confirmed, .refused,
        .reopened,
        .cancelled, .closedUnanswered,
    ]

    init(_ seen: Seen, after: Int64? = nil, before: Int64? = nil, _ words: RequestWords, _ tx: any ReadTransaction)
        throws
    {
        let request = seen.request.id
        let notes: SQL = seen.standing.isStaff ? "" : " AND is_note = 0"
        let range: SQL =
            if let after { "COALESCE(touched, number) > \(after) ORDER BY number LIMIT 500" } else if let before {
                "number < \(before) ORDER BY number DESC LIMIT \(Self.pageSize + 1)"
            } else { "number > 0 ORDER BY number DESC LIMIT \(Self.pageSize + 1)" }
        var found = try tx.all(
            """
            SELECT id, number, author_id, is_note, is_staff, text, at, touched, edited_at, removed_at, quote_id
            FROM message WHERE request_id = \(request)\(notes) AND \(range)
            """
        ) { row in
            try Message(
                id: row[0], number: row[1], author: row[2], isNote: row[3], isStaff: row[4], text: row[5], at: row[6],
                touched: row[7], isEdited: row[8] as Int64? != nil, isRemoved: row[9] as Int64? != nil, quote: row[10])
        }
        hasOlder = after == nil && found.count > Self.pageSize
        if hasOlder { found.removeLast() }
        messages = found.sorted { $0.number < $1.number }
        oldest = messages.first?.number
        let from = after ?? (hasOlder ? (oldest ?? 1) - 1 : 0)
        let until = before ?? .max
        events = try EventLog.of(request, tx).filter {
            $0.number > from && $0.number < until && Self.shownToClient.contains($0.kind)
        }
        attachments = Dictionary(
            grouping: messages.isEmpty
                ? []
                : try tx.all(
                    """
                    SELECT id, message_id, name, size, type, at FROM attachment
                    WHERE request_id = \(request)\(notes) ORDER BY at, id
                    """
                ) { row in
                    try Attachment(id: row[0], message: row[1], name: row[2], size: row[3], type: row[4], at: row[5])
                }, by: \.message)
        let quotes = messages.compactMap(\.quote)
        quoted =
            quotes.isEmpty
            ? [:]
            : Dictionary(
                try tx.all(
                    """
                    SELECT id, author_id, text, removed_at FROM message
                    WHERE id IN (\(quotes)) AND request_id = \(request)\(notes)
                    """
                ) { row in
                    try (row[0] as MessageID, Quoted(author: row[1], text: row[2], isRemoved: row[3] as Int64? != nil))
                }, uniquingKeysWith: { $1 })
        // A reaction and a mention touch their message or lie in its text: most conversations have neither.
        reactions =
            !messages.contains { $0.touched != nil }
            ? [:]
            : Dictionary(
                grouping: try tx.all(
                    "SELECT message_id, code, person_id FROM reaction WHERE request_id = \(request) ORDER BY at, person_id"
                ) { row in
                    try (row[0] as MessageID, (code: row[1] as Reaction, person: row[2] as PersonID))
                }, by: \.0
            ).mapValues { $0.map(\.1) }
        mentions =
            !messages.contains { $0.text.utf8.contains(UInt8(ascii: "@")) }
            ? [:]
            : Dictionary(
                grouping: try tx.all("SELECT message_id, person_id FROM mention WHERE request_id = \(request)") { row in
                    try (row[0] as MessageID, row[1] as PersonID)
                }, by: \.0
            ).mapValues { $0.map(\.1) }
        let named =
            messages.map(\.author) + quoted.values.map(\.author) + reactions.values.flatMap { $0.map(\.person) }
            + mentions.values.flatMap(\.self)
            + events.flatMap { [$0.actor, $0.data["to"].flatMap { PersonID(parsing: $0) }].compactMap(\.self) }
        people = try Names.shown(Set(named), to: words.viewer, words.text, tx)
        readUpTo = try Requests.readByOthers(request, besidesClient: seen.standing.isClient, tx)
    }

    /// Entries for the templates `_messages` and `_message`.
    func entries(_ seen: Seen, _ words: RequestWords, history: History) -> [Model] {
        var entries: [Model] = []
        var day: LocalDate?, previous: Message?
        var events = self.events[...]
        func open(_ at: Instant) {
            let date = words.dates.zone.local(at).date
            guard date != day else { return }
            day = date
            previous = nil
            entries.append(
                [
                    "day": ["date": date.description, "words": words.dates.dayHeading(at)] as Model, "message": false,
                    "note": false, "event": false,
                ])
        }
        func tell(until number: Int64) {
            while let event = events.first, event.number < number {
                events = events.dropFirst()
                guard let html = history.html(event) else { continue }
                open(event.at)
                previous = nil
                entries.append([
                    "day": false, "message": false, "note": false,
                    "event": [
                        "id": "event-\(event.number)", "no": event.number, "icon": History.icon(event.kind),
                        "glyph": false,
                        "html": "\(html) · \(SafeText.escaped(words.dates.time(event.at)))",
                    ] as Model,
                ])
            }
        }
        for message in messages {
            tell(until: message.number)
            open(message.at)
            // One that comes again replaces itself: who stands before it here says nothing.
            let model = self.model(message, after: message.touched == nil ? previous : nil, seen, words)
            entries.append([
                "day": false, "event": false, "message": message.isNote ? false : model,
                "note": message.isNote ? model : false,
            ])
            previous = message
        }
        tell(until: .max)
        return entries
    }

    private func model(_ message: Message, after previous: Message?, _ seen: Seen, _ words: RequestWords) -> Model {
        let isOwn = message.author == words.viewer.person
        let isNext =
            previous.map {
                $0.author == message.author && $0.isNote == message.isNote && message.at.since($0.at) < 180_000
            }
            ?? false
        let author = people[message.author]
        let shown: any Sendable =
            isOwn && !message.isNote || (isNext && !message.isNote)
            ? false
            : author.map { RequestWords.person($0) }
                ?? (["name": words.text("requests.somebody"), "initials": "", "hue": 20] as Model)
        return [
            "id": message.id.text, "no": message.touched ?? message.number, "place": message.number, "own": isOwn,
            "next": isNext, "author": shown, "time": words.dates.time(message.at), "at": Self.iso(message.at),
            "edited": message.isEdited && !message.isRemoved, "removed": message.isRemoved,
            "read": isOwn && readUpTo >= message.number, "may": Self.acts(message, isOwn: isOwn, seen, words),
            "quote": message.isRemoved ? false : quote(message.quote, words),
            "html": message.isRemoved || message.text.isEmpty ? "" : html(message),
            "files": message.isRemoved ? false : Self.files(attachments[message.id] ?? [], seen, words),
            "reactions": message.isRemoved ? false : shownReactions(reactions[message.id] ?? [], words),
        ]
    }

    /// The text with the names of those who are called in it made visible.
    private func html(_ message: Message) -> String {
        SafeText.html(message.text, calling: (mentions[message.id] ?? []).compactMap { people[$0]?.name })
    }

    /// What the menu of a message offers this viewer.
    private static func acts(_ message: Message, isOwn: Bool, _ seen: Seen, _ words: RequestWords) -> String {
        guard !message.isRemoved else { return "" }
        func may(_ act: RequestAct) -> Bool {
            Permission.may(act, seen.request.state, seen.standing, hasAssignee: seen.request.assignee != nil)
        }
        let offered = [
            ("react", true), ("quote", may(.reply) || may(.note)), ("copy", !message.text.isEmpty),
            ("edit", MessageRule.mayEdit(isAuthor: isOwn, sent: message.at, isRemoved: false, now: words.now)),
            ("split", may(.edit) && !message.isNote), ("versions", message.isEdited),
            ("remove", MessageRule.mayRemove(isAuthor: isOwn, sent: message.at, isRemoved: false, now: words.now)),
        ]
        return offered.filter(\.1).map(\.0).joined(separator: " ")
    }

    private func quote(_ id: MessageID?, _ words: RequestWords) -> any Sendable {
        guard let id else { return false }
        let found = quoted[id]
        let text = found.map { $0.isRemoved ? words.text("requests.removed") : SafeText.plain($0.text, atMost: 140) }
        return [
            "id": id.text, "name": words.name(found?.author, people),
            "text": text.flatMap { $0.isEmpty ? nil : $0 } ?? words.text("requests.quote.file"),
        ] as Model
    }

    private func shownReactions(_ all: [(code: Reaction, person: PersonID)], _ words: RequestWords) -> any Sendable {
        guard !all.isEmpty else { return false }
        return Reaction.allCases.compactMap { code -> Model? in
            let who = all.filter { $0.code == code }.map(\.person)
            guard !who.isEmpty else { return nil }
            let names = who.map { words.name($0, people) }.joined(separator: ", ")
            return [
                "code": code.rawValue, "icon": code.icon, "count": words.text.number(who.count),
                "own": who.contains(words.viewer.person),
                "names": words.text(
                    "requests.reaction.who",
                    ["reaction": words.text("requests.reaction.\(code.rawValue)"), "names": names]),
            ]
        }
    }

    static func iso(_ instant: Instant) -> String {
        let (date, minute) = Zone.utc.local(instant)
        let clock = Dates.clock(minute)
        return "\(date)T\(clock.count < 5 ? "0" : "")\(clock)Z"
    }

    static func files(_ attachments: [Attachment], _ seen: Seen, _ words: RequestWords) -> any Sendable {
        guard !attachments.isEmpty else { return false }
        let isPicture = { (file: Attachment) in file.type.hasPrefix("image/") }
        let isSound = { (file: Attachment) in file.type.hasPrefix("audio/") }
        let model: Model = [
            "pictures": attachments.filter(isPicture).map { file($0, seen, words) },
            "sounds": attachments.filter(isSound).map { file($0, seen, words) },
            "others": attachments.filter { !isPicture($0) && !isSound($0) }.map { file($0, seen, words) },
        ]
        return model
    }

    static func file(_ file: Attachment, _ seen: Seen, _ words: RequestWords) -> Model {
        let href = "/requests/\(seen.number)/files/\(file.id)"
        return [
            "href": href, "preview": "\(href)/preview", "title": file.name, "size": words.size(file.size),
            "fileIcon": RequestWords.icon(ofType: file.type), "width": false, "height": false,
        ]
    }
}
