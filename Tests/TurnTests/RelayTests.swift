import Kernel
import NIOCore
import NIOEmbedded
import Testing

@testable import Turn

/// What passes, what does not, and what is said of it.
@Suite struct RelayTests {
    private let server = TurnServer()

    @Test func twoOfACallTalk() throws {
        let anna = try Client.ready(server, "anna", call: "c"), boris = try Client.ready(server, "boris", call: "c")
        #expect(anna.address != boris.address && anna.address.description.hasPrefix("198.51.100."))
        #expect(try anna.permit(boris.address) == nil)
        try anna.send("nobody asked", to: boris.address)
        #expect(try boris.packets() == [])
        #expect(try boris.permit(anna.address) == nil)
        try anna.send("one", to: boris.address)
        #expect(try boris.packets() == ["\(anna.address): one"])
        #expect(try boris.bind(0x4001, to: anna.address) == nil)
        try anna.send("two", to: boris.address)
        #expect(try boris.packets() == ["4001: two"])
        #expect(try anna.bind(0x4ABC, to: boris.address) == nil)
        try boris.send("three", over: 0x4001)
        try boris.send("", over: 0x4001)
        #expect(try anna.packets() == ["4abc: three", "4abc: "])
        #expect(server.counters.packets == 4 && server.counters.bytes == 11 && server.counters.dropped == 1)
        #expect(server.counters.sessions == 2 && server.counters.allocations == 2)
        _ = try anna.channel.finish()
        #expect(server.counters.sessions == 1 && server.counters.allocations == 1)
        try boris.send("four", over: 0x4001)
        #expect(server.counters.dropped == 2)
    }

    /// It leads to no machine, whoever asks.
    @Test func itIsNoOpenRelay() throws {
        let anna = try Client.ready(server, "anna", call: "c"), stranger = try Client.ready(server, "x", call: "d")
        let places = [
            "127.0.0.1", "10.0.0.1", "192.168.1.1", "169.254.169.254", "8.8.8.8", "0.0.0.0", "255.255.255.255",
        ]
        for place in places {
            let address = TransportAddress(place, port: 80)!
            #expect(try anna.permit(address) == 403)
            #expect(try anna.permit(anna.address, address) == 403)
            #expect(try anna.bind(0x4000, to: address) == 403)
            try anna.send("hello", to: address)
            try anna.send("hello", over: 0x4000)
        }
        #expect(try anna.permit(TransportAddress("::1", port: 80)!) == 443)
        #expect(try anna.bind(0x4000, to: stranger.address) == 403)
        // Two calls may share a host of the table; a port of another call is still nobody's.
        #expect(try stranger.permit(stranger.address) == nil)
        #expect(try anna.permit(anna.address) == nil)
        try anna.send("hello", to: stranger.address)
        #expect(try anna.bind(0x4000, to: TransportAddress("198.51.100.1", port: 65_000)!) == 403)
        #expect(try stranger.packets() == [])
        #expect(server.counters.packets == 0 && server.counters.dropped == places.count * 2 + 1)
    }

    @Test func onlyThoseWithCredentials() throws {
        let good = server.credentials(
            for: "anna", call: "c", until: Instant(milliseconds: Instant.now().milliseconds + 60_000))
        let other = TurnServer(secret: TurnSecret("other")).credentials(
            for: "anna", call: "c", until: Instant(milliseconds: Instant.now().milliseconds + 60_000))
        let old = server.credentials(for: "anna", call: "c", until: Instant(seconds: 1_700_000_000))
        let empty = (user: "", password: ""), forged = (user: good.user + "a", password: good.password)
        for credentials in [other, old, empty, forged] {
            let client = try Client(server, credentials)
            #expect(try client.allocate() == 401)
            #expect(try client.ask(.refresh).errorCode == 401)
            try client.send("x", over: 0x4000)
        }
        #expect(server.counters.allocations == 0 && server.counters.refused == 12)
        let client = try Client(server, good)
        let challenge = try client.ask(.allocate, signed: false)
        #expect(challenge.errorCode == 401 && challenge.text(.realm) == "okno" && challenge.signature == nil)
        #expect(try client.allocate() == nil)
    }

    @Test func aNonceGrowsOld() throws {
        let anna = try Client.ready(server, "anna", call: "c")
        let stale = try anna.ask(.refresh, nonce: "guessed")
        #expect(stale.errorCode == 438 && stale.text(.nonce) == anna.nonce)
        for _ in 0..<7 {
            anna.pass(.seconds(599))
            let answer = try anna.ask(.refresh)
            guard answer.errorCode == nil else {
                #expect(answer.errorCode == 438 && answer.text(.nonce) != anna.nonce)
                #expect(try anna.ask(.refresh, nonce: answer.text(.nonce)).errorCode == nil)
                return
            }
        }
        Issue.record("the nonce never grew old")
    }

    @Test func credentialsThatExpireEndNoCall() throws {
        let clock = Clock(Instant(seconds: 1_000_000))
        let server = TurnServer(now: { clock.now })
        let credentials = server.credentials(for: "anna", call: "c", until: Instant(seconds: 1_000_100))
        let anna = try Client(server, credentials)
        #expect(try anna.allocate() == nil)
        clock.now = Instant(seconds: 1_000_200)
        #expect(try anna.ask(.refresh).errorCode == nil)
        #expect(try Client(server, credentials).allocate() == 401)
    }

    @Test func whatARequestMustHold() throws {
        let soon = Instant(milliseconds: Instant.now().milliseconds + 60_000)
        let anna = try Client(server, server.credentials(for: "anna", call: "c", until: soon))
        #expect(try anna.allocate { _ in } == 400)
        #expect(try anna.allocate { $0.add(.requestedTransport, UInt32(6) << 24) } == 442)
        let more: [(AttributeType, UInt32, Int)] = [
            (.requestedAddressFamily, 2 << 24, 440), (.evenPort, 0x80 << 24, 508), (.reservationToken, 0, 508),
            (AttributeType(rawValue: 0x7FFF), 0, 420),
        ]
        for (type, value, code) in more {
            #expect(
                try anna.allocate {
                    $0.add(.requestedTransport, UInt32(17) << 24)
                    $0.add(type, value)
                } == code)
        }
        #expect(try anna.ask(.refresh).errorCode == 437)
        #expect(try anna.permit(anna.address) == 437)
        #expect(try anna.allocate() == nil)
        #expect(try anna.allocate() == 437)
        #expect(try anna.permit() == 400)
        #expect(try anna.bind(0x3FFF, to: anna.address) == 400)
        #expect(try anna.bind(0x8000, to: anna.address) == 400)
        #expect(try anna.bind(0x4000, to: anna.address) == nil)
        #expect(try anna.bind(0x4001, to: anna.address) == 400)
        #expect(try anna.ask(STUNMessage.Method(rawValue: 0x00A)).errorCode == 400)
        let binding = try anna.ask(.binding, signed: false)
        #expect(binding.address(.xorMappedAddress) == TransportAddress("192.0.2.5", port: 5000))
        // Another's name on the same connection.
        let other = server.credentials(for: "boris", call: "c", until: soon)
        var message = STUNMessage(.request, .refresh, .random())
        message.add(.username, other.user)
        message.add(.realm, "okno")
        message.add(.nonce, anna.nonce)
        try anna.write(message.encoded(key: MessageKey(user: other.user, realm: "okno", password: other.password)))
        let frame = try #require(try anna.frames().last)
        guard case .message(let bytes) = frame else { throw Frame.Fault.garbage }
        #expect(try STUNMessage(parsing: bytes).errorCode == 441)
    }

    @Test func permissionsAndChannelsEnd() throws {
        let anna = try Client.ready(server, "anna", call: "c"), boris = try Client.ready(server, "boris", call: "c")
        #expect(try anna.bind(0x4000, to: boris.address) == nil)
        #expect(try boris.permit(anna.address) == nil)
        boris.pass(.seconds(301))
        try anna.send("late", over: 0x4000)
        #expect(try boris.packets() == [])
        #expect(try boris.permit(anna.address) == nil)
        anna.pass(.seconds(599))
        #expect(try anna.ask(.refresh).errorCode == nil)
        anna.pass(.seconds(2))
        try anna.send("later", over: 0x4000)
        #expect(try boris.packets() == [])
        #expect(try anna.bind(0x4000, to: boris.address) == nil)
        try anna.send("again", over: 0x4000)
        #expect(try boris.packets() == ["\(anna.address): again"])
    }

    @Test func quotas() throws {
        var limits = TurnLimits()
        (limits.allocationsOfPerson, limits.allocationsOfCall, limits.allocations) = (2, 3, 4)
        let server = TurnServer(limits: limits)
        func come(_ person: String, _ call: String) throws -> (Client, Int?) {
            let soon = Instant(milliseconds: Instant.now().milliseconds + 60_000)
            let client = try Client(server, server.credentials(for: person, call: call, until: soon))
            return (client, try client.allocate())
        }
        let first = try come("anna", "c")
        #expect(first.1 == nil)
        let second = try come("anna", "d")
        #expect(try come("anna", "e").1 == 486)
        let third = try come("boris", "c"), fourth = try come("vera", "c")
        #expect([second.1, third.1, fourth.1] == [nil, nil, nil])
        #expect(try come("gleb", "d").1 == 508)
        #expect(try first.0.ask(.refresh) { $0.add(.lifetime, UInt32(0)) }.errorCode == nil)
        let again = try come("gleb", "c")
        #expect(again.1 == nil)
        #expect(try come("dina", "c").1 == 508)
        second.0.pass(.seconds(601))
        #expect(try come("dina", "c").1 == 486)
        #expect(server.counters.allocations == 3)
        _ = (third, fourth, again)
    }

    @Test func bytesOverTheLimitAreDropped() throws {
        let server = TurnServer(rate: RelayRate(ofSession: 1000, ofAll: 1500))
        let anna = try Client.ready(server, "anna", call: "c"), boris = try Client.ready(server, "boris", call: "c")
        #expect(try anna.bind(0x4000, to: boris.address) == nil)
        #expect(try boris.bind(0x4000, to: anna.address) == nil)
        for _ in 0..<5 { try anna.send(String(repeating: "x", count: 300), over: 0x4000) }
        #expect(try boris.frames().count == 3)
        #expect(server.counters.dropped == 2 && server.counters.bytes == 900)
        for _ in 0..<3 { try boris.send(String(repeating: "x", count: 300), over: 0x4000) }
        #expect(try anna.frames().count == 2)
    }

    /// Who does not read loses packets and holds up nobody.
    @Test func aSlowReaderLosesPackets() throws {
        let anna = try Client.ready(server, "anna", call: "c")
        let slow = try Client.ready(server, "slow", call: "c"), quick = try Client.ready(server, "quick", call: "c")
        for (number, peer) in [(0x4000, slow), (0x4001, quick)] as [(UInt16, Client)] {
            #expect(try anna.bind(number, to: peer.address) == nil)
            #expect(try peer.bind(0x4000, to: anna.address) == nil)
        }
        slow.channel.isWritable = false
        for count in 0..<10 {
            try anna.send("\(count)", over: 0x4000)
            try anna.send("\(count)", over: 0x4001)
        }
        #expect(try slow.packets() == [])
        #expect(try quick.packets().count == 10)
        #expect(server.counters.dropped == 10)
        slow.channel.isWritable = true
        try anna.send("now", over: 0x4000)
        #expect(try slow.packets() == ["4000: now"])
        // Answers are not dropped, but nobody may ask for ever without reading them.
        slow.channel.isWritable = false
        for _ in 0..<64 { try slow.ask(.binding, signed: false) }
        #expect(slow.isOpen)
        try slow.write(STUNMessage(.request, .binding, .random()).encoded())
        #expect(!slow.isOpen)
    }

    @Test func aCallThatIsOverIsOver() throws {
        let anna = try Client.ready(server, "anna", call: "c"), boris = try Client.ready(server, "boris", call: "c")
        let vera = try Client.ready(server, "vera", call: "d")
        #expect(try anna.bind(0x4000, to: boris.address) == nil)
        #expect(try boris.permit(anna.address) == nil)
        server.end(call: "c", person: "boris")
        try anna.send("x", over: 0x4000)
        #expect(!boris.isOpen && anna.isOpen)
        server.end(call: "c")
        #expect(!anna.isOpen && vera.isOpen)
        let soon = Instant(milliseconds: Instant.now().milliseconds + 60_000)
        #expect(try Client(server, server.credentials(for: "anna", call: "c", until: soon)).allocate() == 403)
        #expect(server.counters.allocations == 1)
    }

    @Test func whoHasLeftACallComesBackWithNewCredentialsOnly() throws {
        let soon = Instant(milliseconds: Instant.now().milliseconds + 60_000)
        let old = server.credentials(for: "boris", call: "c", until: soon)
        let other = server.credentials(for: "boris", call: "d", until: soon)
        let anna = try Client.ready(server, "anna", call: "c"), waiting = try Client(server, old)
        server.end(call: "c", person: "boris")
        #expect(anna.isOpen)
        for client in [waiting, try Client(server, old)] { #expect(try client.allocate() == 403) }
        #expect(try Client(server, other).allocate() == nil)
        let new = server.credentials(for: "boris", call: "c", until: soon)
        #expect(try Client(server, new).allocate() == nil)
        server.end(call: "c", person: "boris")
        #expect(try Client(server, new).allocate() == 403)
    }

    @Test func theSilentAndTheSenselessAreClosed() throws {
        let soon = Instant(milliseconds: Instant.now().milliseconds + 60_000)
        func client() throws -> Client { try Client(server, server.credentials(for: "anna", call: "c", until: soon)) }
        let silent = try client()
        silent.pass(.seconds(9))
        #expect(silent.isOpen)
        silent.pass(.seconds(2))
        #expect(!silent.isOpen)
        let asking = try client()
        for _ in 0..<12 where asking.isOpen {
            asking.pass(.seconds(1))
            if asking.isOpen { try asking.ask(.binding, signed: false) }
        }
        #expect(!asking.isOpen)
        let gone = try Client.ready(server, "gone", call: "c")
        gone.pass(.seconds(601))
        #expect(server.counters.allocations == 0 && gone.isOpen)
        gone.pass(.seconds(11))
        #expect(!gone.isOpen)

        let tooLong = hex("4000 4004"), longMessage = hex("0001 4004 2112a442")
        let garbage = [
            ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"), hex("0001 0003 2112a442"), hex("0001 0000 2112a443"),
            hex("ffff ffff"), hex("0001 0004 2112a442 000000000000000000000000 0006ffff"), tooLong, longMessage,
        ]
        for bytes in garbage {
            let client = try client()
            try client.write(bytes)
            #expect(!client.isOpen)
        }
        let stubborn = try client()
        for _ in 0..<100 where stubborn.isOpen {
            try stubborn.write(STUNMessage(.request, .allocate, .random()).encoded())
        }
        #expect(!stubborn.isOpen)
    }

    /// Any sequence of bytes and requests leaves the counts right.
    @Test func anySequenceIsBorne() throws {
        var dice = Dice(state: 11)
        for _ in 0..<60 {
            let anna = try Client.ready(server, "anna", call: "c"), boris = try Client.ready(server, "boris", call: "c")
            for _ in 0..<30 where anna.isOpen {
                switch Int.random(in: 0..<6, using: &dice) {
                case 0: _ = try anna.permit(boris.address)
                case 1: _ = try anna.bind(.random(in: 0x3FFE...0x4003, using: &dice), to: boris.address)
                case 2: try anna.send("x", over: .random(in: 0x4000...0x4FFF, using: &dice))
                case 3: try anna.send("x", to: boris.address)
                case 4: _ = try boris.bind(.random(in: 0x4000...0x4003, using: &dice), to: anna.address)
                default:
                    let count = Int.random(in: 0..<8, using: &dice) == 0 ? 40 : 0
                    try anna.write(ByteBuffer(bytes: (0..<count).map { _ in .random(in: 0 ... .max, using: &dice) }))
                }
            }
            _ = try? anna.channel.finish(acceptAlreadyClosed: true)
            _ = try? boris.channel.finish(acceptAlreadyClosed: true)
            #expect(server.counters.allocations == 0 && server.counters.sessions == 0)
        }
    }
}

/// A clock that a test sets.
private final class Clock: @unchecked Sendable {
    var now: Instant
    init(_ now: Instant) { self.now = now }
}
