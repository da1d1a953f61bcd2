import AgentProtocol

package enum ClipboardText {
    /// So much of a copied text as is carried, cut between two characters; nil when it is no UTF-8.
    package static func carried(_ bytes: [UInt8]) -> (text: String, isCut: Bool)? {
        var kept = bytes[...]
        let isCut = kept.count > AgentMessage.clipboardBytes
        if isCut {
            kept = kept.prefix(AgentMessage.clipboardBytes + 1)
            // The byte behind the cut must begin a character.
            repeat { kept.removeLast() } while !kept.isEmpty && bytes[kept.endIndex] & 0xC0 == 0x80
        }
        return String(validating: kept, as: UTF8.self).map { ($0, isCut) }
    }
}
