import Secrets
import Testing

@testable import Web

@Suite struct FormTokenTests {
    let token = Vault(key: Array(repeating: 7, count: 32)).fingerprint("session", purpose: "csrf")

    @Test func eachPageShowsTheTokenAnew() {
        let shown = (0..<20).map { _ in FormToken.masked(token) }
        #expect(Set(shown).count == 20)
        #expect(shown.allSatisfy { FormToken.matches($0, token) && !$0.contains(token) })
    }

    @Test func nothingElseMatches() {
        let other = Vault(key: Array(repeating: 8, count: 32)).fingerprint("session", purpose: "csrf")
        for wrong in [
            nil, "", "0", other, FormToken.masked(other), String(FormToken.masked(token).dropLast(2)), token + "00",
        ] {
            #expect(!FormToken.matches(wrong, token), "\(wrong ?? "nil")")
        }
        #expect(!FormToken.matches("", ""), "a session without a token matches nothing")
    }
}
