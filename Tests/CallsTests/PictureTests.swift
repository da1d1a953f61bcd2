import Kernel
import NIOCore
import TestOffice
import Testing

/// What the server does with pictures that go over the wires of a call.
@Suite struct PictureTests {
    @Test func aSlowMemberGetsThePictureFromAKeyFrame() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let (boris, anna) = try await office.pages(id, port, annaReads: false, window: 16 << 10)
                for number in 0..<200 {
                    try await boris.say(2, [3, UInt8(number)] + [UInt8](repeating: 0x5A, count: 20_000))
                }
                // Nothing of it lies in the server: when the page reads again, the sender is asked for a key frame.
                try await Task.sleep(for: .milliseconds(200))
                try await anna.channel.setOption(.autoRead, value: true).get()
                await boris.until { $0.bytes.suffix(4) == [0x82, 2, 0, 5] }
                let far = anna.bytes.count
                #expect(far < 3_000_000)
                try await boris.say(2, [3, 1, 0xAB, 0xCD])
                try await boris.say(2, [2, 77, 78, 79])
                await anna.until { $0.bytes.suffix(5) == [1, 2, 77, 78, 79] }
                #expect(!anna.bytes.suffix(20).contains(0xAB))
                try await boris.say(2, [3, 80, 81])
                await anna.until { $0.bytes.suffix(4) == [1, 3, 80, 81] }
            }
        }
    }

    @Test func aMemberWhoSendsTooMuchLosesPicturesUntilAKeyFrame() async throws {
        try await Office.with(.sqlite, settings: ["relay-session": "16"]) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let (boris, anna) = try await office.pages(id, port)
                try await boris.say(2, [2, 7] + [UInt8](repeating: 0x5A, count: 10_000))
                await anna.until { $0.bytes.count > 10_000 }
                try await boris.say(2, [3, 8] + [UInt8](repeating: 0x5B, count: 10_000))
                try await boris.say(2, [3, 9, 9])
                // Within the limit again, and the picture has a hole.
                await boris.until { $0.bytes.suffix(4) == [0x82, 2, 0, 5] }
                try await boris.say(2, [2, 77, 78])
                await anna.until { $0.bytes.suffix(4) == [1, 2, 77, 78] }
                #expect(!anna.bytes.contains([0x5B, 0x5B, 0x5B]) && !anna.bytes.suffix(8).contains(9))
            }
        }
    }

    @Test func whatHasArrivedIsToldToWhoeverSentItAlone() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let (boris, anna) = try await office.pages(id, port)
                try await boris.say(2, [6, 3, 0x5A, 0x5A])
                try await boris.say(2, [6])
                try await boris.say(2, [6, 0, 0x5B, 0x5C])
                await anna.until { $0.bytes.suffix(5) == [1, 6, 0, 0x5B, 0x5C] }
                // Not what concerns another, nor what names nobody.
                #expect(!anna.bytes.contains([0x5A, 0x5A]) && !anna.bytes.contains([0x82, 2, 1, 6]))
            }
        }
    }
}
