package import Kernel
import Markup
package import People
package import Web

/// One message as any conversation shows it: of a request, of a talk of the staff.
package struct ConversationMessage: Sendable {
    package let id: MessageID
    package let number: Int64
    /// The last event that touched it; nil when nothing did.
    package let touched: Int64?
    package let author: PersonID
    package let isNote: Bool
    package let text: String
    package let at: Instant
    package let isEdited: Bool
    package let isRemoved: Bool
    /// What its menu offers.
    package let may: [String]
    package let quote: (id: MessageID, author: PersonID?, text: String, isRemoved: Bool)?
    package let called: [PersonID]
    package let reactions: [(code: Reaction, person: PersonID)]
    package let files: [ConversationFile]

    package init(
        id: MessageID, number: Int64, touched: Int64?, author: PersonID, isNote: Bool, text: String, at: Instant,
        isEdited: Bool, isRemoved: Bool, may: [String],
        quote: (id: MessageID, author: PersonID?, text: String, isRemoved: Bool)?, called: [PersonID],
        reactions: [(code: Reaction, person: PersonID)], files: [ConversationFile]
    ) {
        (self.id, self.number, self.touched, self.author, self.isNote) = (id, number, touched, author, isNote)
        (self.text, self.at, self.isEdited, self.isRemoved, self.may) = (text, at, isEdited, isRemoved, may)
        (self.quote, self.called, self.reactions, self.files) = (quote, called, reactions, files)
    }
}

package struct ConversationFile: Sendable {
    package let href: String, name: String, size: Int64, type: String

    package init(href: String, name: String, size: Int64, type: String) {
        (self.href, self.name, self.size, self.type) = (href, name, size, type)
    }

    package func model(_ dates: Dates) -> Model {
        [
            "href": href, "preview": "\(href)/preview", "title": name, "size": dates.size(size),
            "fileIcon": RequestWords.icon(ofType: type), "width": false, "height": false,
        ]
    }
}

package enum ConversationEntry: Sendable {
    case message(ConversationMessage)
    case event(Int64, Instant, icon: String, html: String)

    var number: Int64 {
        switch self {
        case .message(let message): message.number
        case .event(let number, _, _, _): number
        }
    }
}

/// Entries for the templates `_messages` and `_message`: days between them, neighbours of one author joined.
package struct ConversationView: Sendable {
    let viewer: PersonID
    let people: [PersonID: ShownPerson]
    let readUpTo: Int64
    let dates: Dates
    let text: Catalogue

    package init(
        viewer: PersonID, people: [PersonID: ShownPerson], readUpTo: Int64, dates: Dates, text: Catalogue
    ) {
        (self.viewer, self.people, self.readUpTo, self.dates, self.text) = (viewer, people, readUpTo, dates, text)
    }

    package func models(of entries: [ConversationEntry]) -> [Model] {
        var models: [Model] = []
        var day: LocalDate?, previous: ConversationMessage?
        func open(_ at: Instant) {
            let date = dates.zone.local(at).date
            guard date != day else { return }
            day = date
            previous = nil
            models.append([
                "day": ["date": date.description, "words": dates.dayHeading(at)] as Model, "message": false,
                "note": false, "event": false,
            ])
        }
        for entry in entries.sorted(by: { $0.number < $1.number }) {
            switch entry {
            case .event(let number, let at, let icon, let html):
                open(at)
                previous = nil
                models.append([
                    "day": false, "message": false, "note": false,
                    "event": [
                        "id": "event-\(number)", "no": number, "icon": icon, "glyph": false,
                        "html": "\(html) · \(SafeText.escaped(dates.time(at)))",
                    ] as Model,
                ])
            case .message(let message):
                open(message.at)
                // One that comes again replaces itself: who stands before it here says nothing.
                let model = model(message, after: message.touched == nil ? previous : nil)
                models.append([
                    "day": false, "event": false, "message": message.isNote ? false : model,
                    "note": message.isNote ? model : false,
                ])
                previous = message
            }
        }
        return models
    }

    private func model(_ message: ConversationMessage, after previous: ConversationMessage?) -> Model {
        let isOwn = message.author == viewer
        let isNext =
            previous.map {
                $0.author == message.author && $0.isNote == message.isNote && message.at.since($0.at) < 180_000
            } ?? false
        let author: any Sendable =
            (isOwn || isNext) && !message.isNote
            ? false
            : people[message.author].map { RequestWords.person($0) }
                ?? (["name": text("requests.somebody"), "initials": "", "hue": 20] as Model)
        let gone = message.isRemoved
        return [
            "id": message.id.text, "no": message.touched ?? message.number, "place": message.number, "own": isOwn,
            "next": isNext, "author": author, "time": dates.time(message.at), "at": Self.iso(message.at),
            "edited": message.isEdited && !gone, "removed": gone, "read": isOwn && readUpTo >= message.number,
            "may": message.may.joined(separator: " "), "quote": gone ? false : quote(message),
            "html": gone || message.text.isEmpty
                ? "" : SafeText.html(message.text, calling: message.called.compactMap { people[$0]?.name }),
            "files": gone ? false : files(message.files),
            "reactions": gone ? false : reactions(message.reactions),
        ]
    }

    private func name(_ person: PersonID?) -> String {
        person.flatMap { people[$0]?.name } ?? text("requests.somebody")
    }

    private func quote(_ message: ConversationMessage) -> any Sendable {
        guard let quote = message.quote else { return false }
        let words =
            quote.isRemoved
            ? text("requests.removed")
            : quote.text.isEmpty ? text("requests.quote.file") : SafeText.plain(quote.text, atMost: 140)
        return ["id": quote.id.text, "name": name(quote.author), "text": words] as Model
    }

    private func reactions(_ all: [(code: Reaction, person: PersonID)]) -> any Sendable {
        guard !all.isEmpty else { return false }
        return Reaction.allCases.compactMap { code -> Model? in
            let who = all.filter { $0.code == code }.map(\.person)
            guard !who.isEmpty else { return nil }
            let names = who.map(name).joined(separator: ", ")
            return [
                "code": code.rawValue, "icon": code.icon, "count": text.number(who.count), "own": who.contains(viewer),
                "names": text(
                    "requests.reaction.who", ["reaction": text("requests.reaction.\(code.rawValue)"), "names": names]),
            ]
        }
    }

    private func files(_ files: [ConversationFile]) -> any Sendable {
        guard !files.isEmpty else { return false }
        func those(_ kind: String) -> [Model] { files.filter { $0.type.hasPrefix(kind) }.map { $0.model(dates) } }
        return [
            "pictures": those("image/"), "sounds": those("audio/"),
            "others": files.filter { !$0.type.hasPrefix("image/") && !$0.type.hasPrefix("audio/") }.map {
                $0.model(dates)
            },
        ] as Model
    }

    package static func iso(_ instant: Instant) -> String {
        let (date, minute) = Zone.utc.local(instant)
        let clock = Dates.clock(minute)
        return "\(date)T\(clock.count < 5 ? "0" : "")\(clock)Z"
    }
}
