import Foundation
import NIOSSL

/// One visit at a mail server: greeting, TLS, sign-in, letters one after another (RFC 5321, 3207, 4954).
package struct SMTPSession: Sendable {
    private let line: SMTPLine

    /// - Throws: `SMTPFault`.
    package init(_ server: SMTPServer) async throws {
        let tls = server.security == .none ? nil : try server.tlsContext()
        line = try await SMTPLine.open(server, tls: server.security == .tls ? tls : nil)
        do {
            try await begin(server, tls)
        } catch {
            await line.close()
            throw error
        }
    }

    private func begin(_ server: SMTPServer, _ tls: NIOSSLContext?) async throws {
        let greeting = try await line.exchange()
        guard greeting.code == 220 else { throw SMTPFault.unwilling(greeting.text) }
        var offers = try await introduce(server.name)
        if server.security == .starttls, let tls {
            guard offers.contains("STARTTLS") else { throw SMTPFault.insecure("the server does not offer STARTTLS") }
            let ready = try await line.say("STARTTLS")
            guard ready.code == 220 else { throw SMTPFault.insecure(ready.text) }
            try await line.secure(tls, name: server.tlsName)
            offers = try await introduce(server.name)
        }
        if let user = server.user { try await signIn(user, server.password, offers) }
    }

    /// - Returns: what the server can, in upper case.
    private func introduce(_ name: String) async throws -> [String] {
        let reply = try await line.say("EHLO \(name)")
        if reply.isGood { return reply.lines.dropFirst().map { $0.uppercased() } }
        let old = try await line.say("HELO \(name)")
        guard old.isGood else { throw SMTPFault.unwilling(old.text) }
        return []
    }

    private func signIn(_ user: String, _ password: String, _ offers: [String]) async throws {
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        let ways = offers.first { $0.hasPrefix("AUTH") }.map { $0.split { " =".contains($0) } } ?? []
        let reply: SMTPReply
        if ways.contains("PLAIN") {
            reply = try await line.say("AUTH PLAIN \(base64("\0\(user)\0\(password)"))")
        } else if ways.contains("LOGIN") {
            let asked = try await line.say("AUTH LOGIN")
            guard asked.code == 334 else { throw SMTPFault.signIn(asked.text) }
            let second = try await line.say(base64(user))
            reply = second.code == 334 ? try await line.say(base64(password)) : second
        } else {
            throw SMTPFault.signIn("the server offers no way to sign in that is known here")
        }
        guard reply.code == 235 else { throw SMTPFault.signIn(reply.text) }
    }

    /// Gives one letter to the server.
    /// - Throws: `SMTPFault` when the connection or the sender is refused: then no other letter need be tried.
    package func send(_ letter: Letter) async throws -> SMTPVerdict {
        guard Letter.Mailbox.isAddress(letter.to.address) else { return .addressRefused("not an address") }
        let sender = try await line.say("MAIL FROM:<\(letter.from.address)>")
        guard sender.isGood else {
            if sender.isPassing { return await given(up: .later(sender.text)) }
            throw SMTPFault.unwilling(sender.text)
        }
        let recipient = try await line.say("RCPT TO:<\(letter.to.address)>")
        if let verdict = recipient.verdictOnRecipient() { return await given(up: verdict) }
        let data = try await line.say("DATA")
        guard data.code == 354 else { return await given(up: data.verdictOnLetter()) }
        return try await line.exchange(Self.stuffed(letter.bytes()), times: 2).verdictOnLetter()
    }

    /// The server forgets what was begun.
    private func given(up verdict: SMTPVerdict) async -> SMTPVerdict {
        _ = try? await line.say("RSET")
        return verdict
    }

    package func close() async {
        _ = try? await line.say("QUIT")
        await line.close()
    }

    /// A line that begins with a dot gets one more; a dot alone ends the letter.
    static func stuffed(_ bytes: [UInt8]) -> [UInt8] {
        let dot = UInt8(ascii: "."), newline = UInt8(ascii: "\n")
        var result: [UInt8] = [], isStart = true
        result.reserveCapacity(bytes.count + 64)
        for byte in bytes {
            if isStart, byte == dot { result.append(dot) }
            result.append(byte)
            isStart = byte == newline
        }
        if !isStart { result += "\r\n".utf8 }
        return result + ".\r\n".utf8
    }
}
