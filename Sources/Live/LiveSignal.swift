package import Kernel

/// Something changed: pages that watch one of the topics read it again.
package struct Hint: Sendable, Hashable {
    package let organisation: OrganisationID
    /// The number of the event in the organisation's log.
    package let seq: Int64
    /// Names like `request/UUID`, of letters, digits, and `/ - _ . :`, at most 120 bytes each.
    package let topics: [String]

    package init(organisation: OrganisationID, seq: Int64, topics: [String]) {
        self.organisation = organisation
        self.seq = seq
        self.topics = topics
    }
}

/// What the sockets of all nodes must hear. It holds ids only.
package enum LiveSignal: Sendable, Hashable {
    case hint(Hint)
    /// Every page of the organisation reads its live parts again.
    case reload(OrganisationID)
    /// The sessions have ended: their sockets are closed and not opened again.
    case ended([SessionID])
    /// What these people may see has changed: their pages connect again.
    case reconnect([PersonID])
    case typing(OrganisationID, topic: String, person: PersonID)

    /// The signal as one line for another node (PostgreSQL `NOTIFY` takes up to 7,999 bytes: about 150 topics).
    package var text: String {
        switch self {
        case .hint(let hint): (["hint", hint.organisation.text, String(hint.seq)] + hint.topics).joined(separator: " ")
        case .reload(let organisation): "reload \(organisation)"
        case .ended(let sessions): (["ended"] + sessions.map(\.text)).joined(separator: " ")
        case .reconnect(let people): (["reconnect"] + people.map(\.text)).joined(separator: " ")
        case .typing(let organisation, let topic, let person): "typing \(organisation) \(topic) \(person)"
        }
    }

    /// nil when the line is not a signal, as from a newer node.
    package init?(_ text: some StringProtocol) {
        let words = String(text).split(separator: " ").map { String($0) }
        let rest = words.dropFirst()
        switch words.first {
        case "hint":
            guard words.count >= 3, let seq = Int64(words[2]) else { return nil }
            self = .hint(Hint(organisation: OrganisationID(words[1]), seq: seq, topics: Array(words.dropFirst(3))))
        case "reload":
            guard words.count == 2 else { return nil }
            self = .reload(OrganisationID(words[1]))
        case "ended": self = .ended(rest.map { SessionID($0) })
        case "reconnect": self = .reconnect(rest.map { PersonID($0) })
        case "typing":
            guard words.count == 4 else { return nil }
            self = .typing(OrganisationID(words[1]), topic: words[2], person: PersonID(words[3]))
        default: return nil
        }
    }
}

/// A topic within its organisation, so that a hint never reaches the pages of another one.
struct TopicKey: Hashable {
    let organisation: OrganisationID
    let topic: String

    static func isWellFormed(_ topic: String) -> Bool {
        !topic.isEmpty && topic.utf8.count <= 120
            && topic.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "-")...UInt8(ascii: ":"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
