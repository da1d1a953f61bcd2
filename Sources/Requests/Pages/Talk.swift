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
        .cancelled, .closedUnanswered, .unattended, .greeted, .clientReminded,
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
        let told = events.compactMap { event in
            history.html(event).map {
                ConversationEntry.event(event.number, event.at, icon: History.icon(event.kind), html: $0)
            }
        }
        let said = messages.map { ConversationEntry.message(shown($0, seen, words)) }
        return ConversationView(
            viewer: words.viewer.person, people: people, readUpTo: readUpTo, dates: words.dates, text: words.text
        ).models(of: said + told)
    }

    private func shown(_ message: Message, _ seen: Seen, _ words: RequestWords) -> ConversationMessage {
        let isOwn = message.author == words.viewer.person
        return ConversationMessage(
            id: message.id, number: message.number, touched: message.touched, author: message.author,
            isNote: message.isNote, text: message.text, at: message.at, isEdited: message.isEdited,
            isRemoved: message.isRemoved, may: Self.acts(message, isOwn: isOwn, seen, words),
            quote: message.quote.map { id in
                (
                    id: id, author: quoted[id]?.author, text: quoted[id]?.text ?? "",
                    isRemoved: quoted[id]?.isRemoved ?? false
                )
            }, called: mentions[message.id] ?? [], reactions: reactions[message.id] ?? [],
            files: (attachments[message.id] ?? []).map { Self.shown($0, seen) })
    }

    /// What the menu of a message offers this viewer.
    private static func acts(_ message: Message, isOwn: Bool, _ seen: Seen, _ words: RequestWords) -> [String] {
        guard !message.isRemoved else { return [] }
        func may(_ act: RequestAct) -> Bool {
            Permission.may(act, seen.request.state, seen.standing, hasAssignee: seen.request.assignee != nil)
        }
        let offered = [
            ("react", true), ("quote", may(.reply) || may(.note)), ("copy", !message.text.isEmpty),
            ("edit", MessageRule.mayEdit(isAuthor: isOwn, sent: message.at, isRemoved: false, now: words.now)),
            ("split", may(.edit) && !message.isNote), ("versions", message.isEdited),
            ("remove", MessageRule.mayRemove(isAuthor: isOwn, sent: message.at, isRemoved: false, now: words.now)),
        ]
        return offered.filter(\.1).map(\.0)
    }

    static func shown(_ file: Attachment, _ seen: Seen) -> ConversationFile {
        ConversationFile(
            href: "/requests/\(seen.number)/files/\(file.id)", name: file.name, size: file.size, type: file.type)
    }
}
