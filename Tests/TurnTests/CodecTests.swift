import Crypto
import Foundation
import Kernel
import NIOCore
import Testing

@testable import Turn

/// The samples of RFC 5769.
@Suite struct CodecTests {
    private let request = """
        00010058 2112a442 b7e7a701 bc34d686 fa87dfae 80220010 5354554e 20746573 7420636c 69656e74
        00240004 6e0001ff 80290008 932ff9b1 51263b36 00060009 6576746a 3a683676 59202020
        00080014 9aeaa70c bfd8cb56 781ef2b5 b2d3f249 c1b571a2 80280004 e57a3bcf
        """
    private let four = """
        0101003c 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220 00200008 0001a147 e112a643
        00080014 2b91f599 fd9e90c3 8c7489f9 2af9ba53 f06be7d7 80280004 c07d4c96
        """
    private let six = """
        01010048 2112a442 b7e7a701 bc34d686 fa87dfae 8022000b 74657374 20766563 746f7220
        00200014 0002a147 0113a9fa a5d3f179 bc25f4b5 bed2b9d9
        00080014 a382954e 4be67bf1 1784c97c 8292c275 bfe3ed41 80280004 c8fb0b4c
        """
    private let longTerm = """
        00010060 2112a442 78ad3433 c6ad72c0 29da412e 00060012 e3839ee3 8388e383 aae38383 e382afe3 82b90000
        0015001c 662f2f34 39396b39 35346436 4f4c3334 6f4c3946 53547679 36347341 0014000b 6578616d 706c652e 6f726700
        00080014 f6702465 6dd64a3e 02b8e071 2e85c9a2 8ca89666
        """
    private let password = MessageKey(password: "VOkJxbRl1RmTxUk/WvJxBt")

    @Test func aRequestWithAPasswordAlone() throws {
        let message = try STUNMessage(parsing: hex(request))
        #expect(message.kind == .request && message.method == .binding && message.hasFingerprint)
        #expect(message.text(.username) == "evtj:h6vY")
        #expect(try #require(message.signature).isMade(by: password))
        #expect(!(try #require(message.signature).isMade(by: MessageKey(password: "another"))))
    }

    @Test func answersWithAddresses() throws {
        let four = try STUNMessage(parsing: hex(four))
        #expect(four.kind == .success)
        #expect(four.address(.xorMappedAddress) == TransportAddress("192.0.2.1", port: 32853))
        #expect(try #require(four.signature).isMade(by: password))
        let six = try STUNMessage(parsing: hex(six))
        #expect(
            six.address(.xorMappedAddress) == TransportAddress("2001:db8:1234:5678:11:2233:4455:6677", port: 32853))
        #expect(try #require(six.signature).isMade(by: password))
    }

    @Test func aRequestWithAName() throws {
        let message = try STUNMessage(parsing: hex(longTerm))
        let key = MessageKey(user: "マトリックス", realm: "example.org", password: "TheMatrIX")
        #expect(message.text(.realm) == "example.org")
        #expect(try #require(message.signature).isMade(by: key))
    }

    @Test func aChangedByteIsSeen() throws {
        let bytes = hex(request)
        for index in 20..<bytes.readableBytes {
            var changed = bytes
            changed.setInteger(changed.getInteger(at: index, as: UInt8.self)! ^ 1, at: index)
            // A checksum by another name is none, and says so.
            let read = try? STUNMessage(parsing: changed)
            #expect(read == nil || read?.hasFingerprint == false)
        }
    }

    @Test func whatIsWrittenIsRead() throws {
        let key = MessageKey(user: "a", realm: "okno", password: "b")
        for method in [STUNMessage.Method.allocate, .channelBind, .data, STUNMessage.Method(rawValue: 0xFFF)] {
            for kind in [STUNMessage.Kind.request, .indication, .success, .failure] {
                var message = STUNMessage(kind, method, .random())
                message.add(.username, "имя")
                message.add(.xorPeerAddress, TransportAddress("198.51.100.7", port: 50_000)!)
                message.add(.xorRelayedAddress, TransportAddress("2001:db8::9", port: 1)!)
                message.add(.lifetime, UInt32(600))
                message.add(Refusal.unknown([AttributeType(rawValue: 0x7777)]))
                let read = try STUNMessage(parsing: message.encoded(key: key, fingerprint: true))
                #expect(read.kind == kind && read.method == method && read.transaction == message.transaction)
                #expect(read.attributes == message.attributes && read.errorCode == 420 && read.hasFingerprint)
                #expect(try #require(read.signature).isMade(by: key))
            }
        }
    }

    @Test func theChecksumIsThatOfEthernet() { #expect(Checksum.crc(ByteBuffer(string: "123456789")) == 0xCBF4_3926) }

    @Test func framesComeInAnyPieces() throws {
        var stream = ByteBuffer()
        let message = STUNMessage(.request, .binding, .random()).encoded()
        stream.writeImmutableBuffer(message)
        Shape.channel(0x4001).write(ByteBuffer(string: "12345"), to: &stream)
        Shape.channel(0x4FFF).write(ByteBuffer(), to: &stream)
        stream.writeImmutableBuffer(message)
        for step in 1...stream.readableBytes {
            var rest = stream, held = ByteBuffer(), seen: [String] = []
            while rest.readableBytes > 0 {
                var piece = rest.readSlice(length: min(step, rest.readableBytes))!
                held.writeBuffer(&piece)
                while let frame = try Frame.next(in: &held, most: 100) {
                    switch frame {
                    case .message(let bytes): seen.append(bytes == message ? "message" : "?")
                    case .packet(let channel, let packet):
                        seen.append("\(String(channel, radix: 16)) \(String(buffer: packet))")
                    }
                }
            }
            #expect(seen == ["message", "4001 12345", "4fff ", "message"])
        }
    }

    /// Any bytes are read to an end, and what was read stands in them.
    @Test func anyBytesAreBorne() {
        var dice = Dice(state: 5)
        let models = [hex(request), hex(four), hex(six), hex(longTerm)]
        for _ in 0..<20_000 {
            var bytes = models.randomElement(using: &dice)!
            for _ in 0..<Int.random(in: 1...6, using: &dice) {
                bytes.setInteger(
                    UInt8.random(in: 0 ... .max, using: &dice),
                    at: Int.random(in: 0..<bytes.readableBytes, using: &dice))
            }
            if Bool.random(using: &dice) {
                bytes = bytes.getSlice(at: 0, length: .random(in: 0...bytes.readableBytes, using: &dice))!
            }
            if let message = try? STUNMessage(parsing: bytes) {
                #expect(message.attributes.reduce(20) { $0 + 4 + $1.value.readableBytes } <= bytes.readableBytes)
                for attribute in message.attributes {
                    _ = TransportAddress(xored: attribute.value, in: message.transaction)
                }
            }
            while let frame = try? Frame.next(in: &bytes, most: 64) {
                guard case .packet(_, let packet) = frame else { continue }
                #expect(packet.readableBytes <= 64)
            }
        }
    }

    @Test func credentialsAreThoseOfOtherServers() {
        let secret = TurnSecret("north")
        let (user, password) = secret.credentials(for: "anna", call: "c1", until: Instant(seconds: 1_700_000_000))
        #expect(user == "1700000000:c1:anna")
        let code = HMAC<Insecure.SHA1>.authenticationCode(
            for: Array(user.utf8), using: SymmetricKey(data: Array("north".utf8)))
        #expect(Data(code).base64EncodedString() == password)
        #expect(secret.user(user, at: Instant(seconds: 1_699_999_999))?.call == "c1")
        #expect(secret.user(user, at: Instant(seconds: 1_700_000_000)) == nil)
        for name in ["", ":::", "1700000000", "1700000000:c1", "1700000000::anna", "x:c1:anna"] {
            #expect(secret.user(name, at: Instant(seconds: 0)) == nil)
        }
    }

    @Test func bytesOfASecond() {
        let start: UInt64 = 1_000_000_000, half: UInt64 = 500_000_000, minute: UInt64 = 60_000_000_000
        var allowance = Allowance(rate: 1000, at: start)
        let first = [allowance.take(900, at: start), allowance.take(200, at: start), allowance.take(100, at: start)]
        #expect(first == [true, false, true])
        let later = [
            allowance.take(600, at: start + half), allowance.take(500, at: start + half),
            allowance.take(1001, at: start + minute), allowance.take(1000, at: start + minute),
        ]
        #expect(later == [false, true, true, false])
        // What has come is owed: 500 bytes too many are half a second.
        var owing = Allowance(rate: 1000, at: start)
        let waits = [owing.spend(1000, at: start), owing.spend(500, at: start), owing.spend(0, at: start + half)]
        #expect(waits == [0, 500_000_000, 0])
    }

    @Test func serversOfAPage() {
        let turn = TurnServer(secret: TurnSecret("s"), now: { Instant(seconds: 1000) })
        func own(_ secure: Bool, until: Int64) -> IceServer {
            IceServers.own(turn).servers(
                for: "anna", call: "c", host: "help.example.ru", port: 443, isSecure: secure,
                until: Instant(seconds: until))[0]
        }
        #expect(own(true, until: 2000).urls == ["turns:help.example.ru:443?transport=tcp"])
        #expect(own(false, until: 2000).urls == ["turn:help.example.ru:443?transport=tcp"])
        #expect(own(true, until: 2000).username == "2000:c:anna")
        #expect(own(true, until: 99_000).username == "4600:c:anna")
        let others = IceServers.others(urls: ["turn:a", "turns:b"], secret: TurnSecret("s")).servers(
            for: "anna", call: "c", host: "x", port: 1, isSecure: true, until: Instant(seconds: 2000))
        #expect(
            others == [
                IceServer(
                    urls: ["turn:a", "turns:b"], username: "2000:c:anna",
                    credential: TurnSecret("s").password(of: "2000:c:anna"))
            ])
        for url in ["turn:relay", "turn:10.0.0.1:3478?transport=udp", "turns:[2001:db8::1]:5349?transport=tcp"] {
            #expect(IceServers.isRelay(url))
        }
        for url in ["stun:relay", "turn:", "turn:a b", "turn:a?x=1", "https://relay", "turn:user@relay"] {
            #expect(!IceServers.isRelay(url))
        }
    }
}
