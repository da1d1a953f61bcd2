/// An answer of the server: three digits and lines of text.
struct SMTPReply: Sendable, Equatable {
    let code: Int
    let lines: [String]

    var text: String { "\(code) \(lines.joined(separator: " ").prefix(300))" }
    var isGood: Bool { (200..<400).contains(code) }
    var isPassing: Bool { (400..<500).contains(code) }

    /// «5.1.1» at the beginning of the text (RFC 3463), as class, subject and detail.
    var status: (Int, Int, Int)? {
        guard let match = (lines.first ?? "").prefixMatch(of: /([245])\.(\d{1,3})\.(\d{1,3})(\s|$)/),
            let first = Int(match.1), let second = Int(match.2), let third = Int(match.3)
        else { return nil }
        return (first, second, third)
    }

    /// Whether the refusal of a recipient speaks of the address, and not of us or of the letter. A full mailbox empties again.
    var speaksOfAddress: Bool {
        if let status { return status.0 == 5 && status.1 == 1 || status.0 == 5 && status.1 == 2 && status.2 == 1 }
        return [550, 551, 553].contains(code)
    }

    func verdictOnRecipient() -> SMTPVerdict? {
        if isGood { return nil }
        if isPassing || code == 552 { return .later(text) }
        return speaksOfAddress ? .addressRefused(text) : .letterRefused(text)
    }

    func verdictOnLetter() -> SMTPVerdict {
        isGood ? .accepted : isPassing ? .later(text) : .letterRefused(text)
    }
}

/// Puts an answer together of its lines: «250-first», «250 last».
struct SMTPReplyReader {
    private var pending: [UInt8] = []
    private var lines: [String] = []

    enum Fault: Error { case notSMTP }
    /// A server that sends more than this is none.
    private static let most = 64 << 10

    var isClear: Bool { pending.isEmpty && lines.isEmpty }

    mutating func take(_ bytes: some Sequence<UInt8>) throws -> [SMTPReply] {
        pending += bytes
        var replies: [SMTPReply] = []
        while let end = pending.firstIndex(of: UInt8(ascii: "\n")) {
            var line = String(decoding: pending[..<end], as: UTF8.self)
            if line.hasSuffix("\r") { line.removeLast() }
            pending.removeSubrange(...end)
            guard let match = line.wholeMatch(of: /(\d{3})([ -]?)(.*)/), let code = Int(match.1) else {
                throw Fault.notSMTP
            }
            lines.append(String(match.3))
            if match.2 != "-" {
                replies.append(SMTPReply(code: code, lines: lines))
                lines = []
            }
            guard lines.count < 200 else { throw Fault.notSMTP }
        }
        guard pending.count <= Self.most else { throw Fault.notSMTP }
        return replies
    }
}
