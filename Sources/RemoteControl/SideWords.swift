import AgentProtocol
import Foundation
import Synchronization

/// What is said beside a picture, as JSON: `{"clipboard":"…"}` both ways, `{"end":true}` and `{"attention":true}` from the page,
/// `{"state":{"agreed":[…]}}`, `{"screens":[…]}`, `{"notice":"…"}`, `{"file":{…}}` and `{"ended":"why"}` from the server.
struct SideWords: Codable, Sendable {
    struct State: Codable, Sendable { var agreed: [String] }
    struct Screen: Codable, Sendable {
        var name: String
        var x: UInt16, y: UInt16, width: UInt16, height: UInt16
    }

    /// How far a file is.
    struct File: Codable, Sendable {
        var id: String
        var percent: Int
    }

    var clipboard: String?
    var end: Bool?
    var attention: Bool?
    var state: State?
    var screens: [Screen]?
    var ended: String?
    /// What the agent has to say to the specialist.
    var notice: String?
    var file: File?

    static func clipboard(_ text: String) -> SideWords { SideWords(clipboard: text) }
    static func notice(_ words: String) -> SideWords { SideWords(notice: words) }
    static func state(_ agreed: Rights) -> SideWords { SideWords(state: State(agreed: agreed.codes)) }
    static func screens(_ monitors: [Monitor]) -> SideWords {
        SideWords(
            screens: monitors.map { Screen(name: $0.name, x: $0.x, y: $0.y, width: $0.width, height: $0.height) })
    }

    var text: String? { (try? JSONEncoder().encode(self)).map { String(decoding: $0, as: UTF8.self) } }
}

extension AgentWire {
    /// What a page says beside its picture.
    func heard(_ words: SideWords) {
        let (agreed, abilities) = state.withLock { ($0.agreed, $0.abilities) }
        if let text = words.clipboard, agreed.contains(.clipboard) {
            say(.clipboard(session: number, text))
        }
        if words.attention == true, agreed.contains(.control), abilities.contains(.attention) {
            say(.attention(session: number))
        }
    }
}
