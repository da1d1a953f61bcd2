import Agent
import Testing

@Suite struct SocketTests {
    /// The examples of RFC 6455, 1.3 and 5.7.
    @Test func theExamplesOfTheRFC() throws {
        #expect(SocketFrames.accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(
            SocketFrames.frame(.ping, Array("Hello".utf8), mask: (0x37, 0xFA, 0x21, 0x3D))
                == [0x89, 0x85, 0x37, 0xFA, 0x21, 0x3D, 0x7F, 0x9F, 0x4D, 0x51, 0x58])
        var reader = SocketReader(limit: 1_000)
        reader.add([0x02, 0x03, 0x48, 0x65, 0x6C, 0x89, 0x01, 0x07, 0x80, 0x02, 0x6C, 0x6F])
        #expect(try reader.next() == .ping([7]))
        #expect(try reader.next() == .binary(Array("Hello".utf8)))
        #expect(try reader.next() == nil)
    }

    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 200_000])
    func lengthsOfAllThreeKinds(count: Int) throws {
        let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var frame = SocketFrames.frame(.binary, payload, mask: (0, 0, 0, 0))
        #expect(frame[1] & 0x80 != 0)
        // As the server would send it: without mask.
        let head = count < 126 ? 2 : count < 65_536 ? 4 : 10
        frame[1] &= 0x7F
        frame.removeSubrange(head..<head + 4)
        var reader = SocketReader(limit: 200_000)
        for start in stride(from: 0, to: frame.count, by: 7_001) {
            reader.add(frame[start..<min(start + 7_001, frame.count)])
        }
        #expect(try reader.next() == .binary(payload))
        var small = SocketReader(limit: max(count - 1, 0))
        small.add(frame)
        if count > 0 { #expect(throws: SocketFault.tooLong) { try small.next() } }
    }

    @Test(arguments: [
        ([0x82, 0x81, 1, 2, 3, 4, 5], SocketFault.masked), ([0xC2, 0x00], .reserved), ([0x83, 0x00], .reserved),
        ([0x80, 0x00], .order), ([0x09, 0x00], .control), ([0x89, 0x7E, 0, 126], .control),
        ([0x82, 0x7F, 0xFF, 0, 0, 0, 0, 0, 0, 0], .tooLong),
    ])
    func whatIsWrongIsRefused(bytes: [UInt8], fault: SocketFault) {
        var reader = SocketReader(limit: 1_000)
        reader.add(bytes)
        #expect(throws: fault) { try reader.next() }
    }

    @Test func anyBytesAreFramesOrAFault() {
        for _ in 0..<20_000 {
            var reader = SocketReader(limit: 300)
            reader.add((0..<Int.random(in: 0...40)).map { _ in UInt8.random(in: 0...255) })
            for _ in 0..<20 { if (try? reader.next()) == nil { break } }
        }
    }

    @Test func howItIsStarted() throws {
        let plain = try Invocation(["https://desk.example:8443/", "4821-77"])
        #expect(plain.server == "https://desk.example:8443" && plain.code == "482177" && !plain.isResident)
        #expect(plain.host == "desk.example:8443")
        #expect(try Invocation(["okno://desk.example/4821-77"]).server == "https://desk.example")
        #expect(try Invocation(["http://127.0.0.1:8080", "--resident"]).isResident)
        // As the page shows it, as a person writes it, and as one argument.
        for typed in [["ABCD", "EFGH"], ["ABCD-EFGH"], ["ABCD EFGH"], ["AB", "CD", "-", "EFGH"], ["ABCDEFGH"]] {
            #expect(try Invocation(["https://a"] + typed).code == "ABCDEFGH")
        }
        #expect(try Invocation(["okno://a/ABCD-EFGH"]).code == "ABCDEFGH")
        #expect(Words("ru").usage.contains("--install-link [--proxy URL] [--ca FILE] [--backend"))
        for wrong in [
            [], ["https://a"], ["ftp://a", "4821"], ["https://a/b", "4821"], ["https://a@b", "4821"],
            ["okno://a", "--resident"], ["okno://a/4821", "x"], ["https://a", "48!21"], ["https://a", "48"],
            ["https://a", "--proxy"],
        ] { #expect(throws: Invocation.Fault.self) { try Invocation(wrong) } }
    }
}
