import Kernel
import Markup
import People
import Requests
import Storage
import Web

/// A run of messages of a talk with what hangs on them.
struct TalkMessages {
    struct Message {
        let id: MessageID, number: Int64, author: PersonID, text: String, at: Instant
        let touched: Int64?, isEdited: Bool, isRemoved: Bool, quote: MessageID?
    }

    let messages: [Message]
    let hasOlder: Bool
    private let files: [MessageID: [(id: UploadID, name: String, size: Int64, type: String)]]
    private let reactions: [MessageID: [(code: Reaction, person: PersonID)]]
    private let quoted: [MessageID: (author: PersonID, text: String, isRemoved: Bool)]

    init(_ talk: TalkID, after: Int64?, before: Int64?, _ tx: any ReadTransaction) throws {
        let range: SQL =
            if let after { "COALESCE(touched, number) > \(after) ORDER BY number LIMIT 500" } else if let before {
                "number < \(before) ORDER BY number DESC LIMIT \(TalkPage.pageSize + 1)"
            } else { "number > 0 ORDER BY number DESC LIMIT \(TalkPage.pageSize + 1)" }
        var found = try tx.all(
            """
            SELECT id, number, author_id, text, at, touched, edited_at, removed_at, quote_id FROM talk_message
            WHERE talk_id = \(talk) AND \(range)
            """
        ) { row in
            try Message(
                id: row[0], number: row[1], author: row[2], text: row[3], at: row[4], touched: row[5],
                isEdited: row[6] as Int64? != nil, isRemoved: row[7] as Int64? != nil, quote: row[8])
        }
        hasOlder = after == nil && found.count > TalkPage.pageSize
        if hasOlder { found.removeLast() }
        messages = found.sorted { $0.number < $1.number }
        let ids = messages.map(\.id), quotes = messages.compactMap(\.quote)
        files =
            ids.isEmpty
            ? [:]
            : Dictionary(
                grouping: try tx.all(
                    "SELECT message_id, id, name, size, type FROM talk_file WHERE message_id IN (\(ids)) ORDER BY at, id"
                ) { row in
                    try (
                        row[0] as MessageID,
                        (id: row[1] as UploadID, name: row[2] as String, size: row[3] as Int64, type: row[4] as String)
                    )
                }, by: \.0
            ).mapValues { $0.map(\.1) }
        reactions =
            !messages.contains { $0.touched != nil }
            ? [:]
            : Dictionary(
                grouping: try tx.all(
                    "SELECT message_id, code, person_id FROM talk_reaction WHERE message_id IN (\(ids)) ORDER BY at, person_id"
                ) { row in try (row[0] as MessageID, (code: row[1] as Reaction, person: row[2] as PersonID)) }, by: \.0
            ).mapValues { $0.map(\.1) }
        quoted =
            quotes.isEmpty
            ? [:]
            : Dictionary(
                try tx.all(
                    "SELECT id, author_id, text, removed_at FROM talk_message WHERE id IN (\(quotes)) AND talk_id = \(talk)"
                ) { row in
                    try (
                        row[0] as MessageID,
                        (author: row[1] as PersonID, text: row[2] as String, isRemoved: row[3] as Int64? != nil)
                    )
                }, uniquingKeysWith: { $1 })
    }

    var people: [PersonID] {
        messages.map(\.author) + reactions.values.flatMap { $0.map(\.person) } + quoted.values.map(\.author)
    }

    func shown(_ message: Message, in talk: TalkID, _ page: TalkContext) -> ConversationMessage {
        let isOwn = message.author == page.viewer.person, now = page.dates.now
        let offered = [
            ("react", true), ("quote", true), ("copy", !message.text.isEmpty), ("versions", message.isEdited),
            ("edit", MessageRule.mayEdit(isAuthor: isOwn, sent: message.at, isRemoved: false, now: now)),
            ("remove", MessageRule.mayRemove(isAuthor: isOwn, sent: message.at, isRemoved: false, now: now)),
        ]
        return ConversationMessage(
            id: message.id, number: message.number, touched: message.touched, author: message.author, isNote: false,
            text: message.text, at: message.at, isEdited: message.isEdited, isRemoved: message.isRemoved,
            may: message.isRemoved ? [] : offered.filter(\.1).map(\.0),
            quote: message.quote.map { id in
                (
                    id: id, author: quoted[id]?.author, text: quoted[id]?.text ?? "",
                    isRemoved: quoted[id]?.isRemoved ?? false
                )
            }, called: [], reactions: reactions[message.id] ?? [],
            files: (files[message.id] ?? []).map {
                ConversationFile(href: "/talks/\(talk)/files/\($0.id)", name: $0.name, size: $0.size, type: $0.type)
            })
    }
}

/// The last message of a talk, for the list.
struct LastWords {
    let author: PersonID
    private let text: String
    private let isRemoved: Bool

    init(_ row: Row) throws { (author, text, isRemoved) = try (row[1], row[2], row[3] as Int64? != nil) }

    func words(_ catalogue: Catalogue) -> String {
        if isRemoved { return catalogue("requests.removed") }
        return text.isEmpty ? catalogue("requests.quote.file") : SafeText.plain(text, atMost: 90)
    }
}

extension Talks {
    static func lastWords(of talks: [TalkID], _ tx: any ReadTransaction) throws -> [TalkID: LastWords] {
        guard !talks.isEmpty else { return [:] }
        return Dictionary(
            try tx.all(
                """
                SELECT talk_id, author_id, text, removed_at FROM talk_message
                WHERE talk_id IN (\(talks)) AND number = (
                    SELECT MAX(last.number) FROM talk_message AS last WHERE last.talk_id = talk_message.talk_id)
                """
            ) { row in try (row[0] as TalkID, LastWords(row)) }, uniquingKeysWith: { $1 })
    }
}
