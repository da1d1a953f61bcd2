package import EventLog
import Kernel
import Markup
import Storage
import Web

/// Every change of a request in a sentence: who, when, from, to. Made from events.
package struct History {
    private let words: RequestWords
    private let telling: EventWords
    private let isStaff: Bool
    let events: [Event]

    init(_ seen: Seen, _ words: RequestWords, _ tx: any ReadTransaction) throws {
        self.words = words
        isStaff = seen.standing.isStaff
        events = try EventLog.of(seen.request.id, tx)
        telling = try EventWords(
            events, asStaff: seen.standing.isStaff, mentioned: seen.request.topic, to: words.viewer, words.text,
            words.dates, tx)
    }

    /// The name of a topic that events or the request mention.
    func topicName(_ id: TopicID?) -> String? { telling.topicName(id) }

    func sentence(_ event: Event) -> String? { telling.sentence(event) }

    /// «Лебедев А. К., сегодня в 14:29»
    func by(_ event: Event) -> String {
        "\(telling.who(event)), \(words.dates.moment(event.at))"
    }

    /// A line in the conversation: the person in bold, then what was done.
    func html(_ event: Event) -> String? {
        guard let sentence = sentence(event) else { return nil }
        let who = telling.who(event)
        // Words to the client are said as they were written.
        let said = event.kind == .greeted ? sentence : sentence.prefix(1).lowercased() + sentence.dropFirst()
        guard let place = place(event) else { return ConversationView.line(who, said) }
        return ConversationView.line(who, said, at: place)
    }

    /// What the timer counted piece by piece is one entry, until the same person's next one that was not counted.
    static func joined(_ events: [Event]) -> [Event] {
        var joined: [Event] = []
        for event in events {
            guard event.kind == .timeAdded, event.data["why"] == "attention",
                let last = joined.lastIndex(where: { $0.kind == .timeAdded && $0.actor == event.actor }),
                joined[last].data["why"] == "attention", event.at.since(joined[last].at) < 3_600_000
            else {
                joined.append(event)
                continue
            }
            let minutes = [joined[last], event].compactMap { Int($0.data["minutes"] ?? "") }.reduce(0, +)
            var event = event
            event.data = ["minutes": String(minutes), "total": event.data["total"], "why": "attention"]
            joined.remove(at: last)
            joined.append(event)
        }
        return joined
    }

    /// Where the viewer finds what an event tells of; rooms above this one show it. A recorded call is there for those who agreed to it too.
    private func place(_ event: Event) -> String? {
        guard let subject = event.subject else { return nil }
        switch event.kind.rawValue {
        case "control.recorded": return isStaff ? "/control/\(subject)/recording" : nil
        case "call.recorded":
            let hasAgreed = events.contains {
                ["call.record-asked", "call.record-agreed"].contains($0.kind.rawValue) && $0.subject == subject
                    && $0.actor == words.viewer.person
            }
            return isStaff || hasAgreed ? "/calls/recordings/\(subject)" : nil
        default: return nil
        }
    }

    /// Newest first.
    func rows(atMost limit: Int = .max) -> [Model] {
        var rows: [Model] = []
        for event in Self.joined(events).reversed() where rows.count < limit {
            guard let sentence = sentence(event) else { continue }
            rows.append(["words": sentence, "by": by(event), "href": place(event) ?? false])
        }
        return rows
    }

    package static func icon(_ kind: EventKind) -> String {
        switch kind {
        case .taken, .givenBack, .transferred: "user"
        case .lineChanged: "git-branch"
        case .deadlineChanged, .answerDueChanged, .dueSoon, .missed, .closingSoon: "calendar-clock"
        case .waiting: "pause"
        case .solved, .confirmed: "check"
        case .unattended: "moon"
        case .greeted: "message-square"
        case .clientReminded: "bell"
        case .refused, .reopened: "undo-2"
        default: kind.rawValue.hasPrefix("call.") ? "phone" : "circle"
        }
    }
}

extension ConversationView {
    /// «**Лебедев А. К.** — взял заявку»: what stands between messages.
    package static func line(_ who: String, _ sentence: String) -> String {
        "<b>\(SafeText.escaped(who))</b> — \(SafeText.escaped(sentence))"
    }

    /// The same, with the way to what is told of.
    static func line(_ who: String, _ sentence: String, at place: String) -> String {
        "<b>\(SafeText.escaped(who))</b> — <a class=\"link\" href=\"\(SafeText.escaped(place))\">\(SafeText.escaped(sentence))</a>"
    }
}
