import Calls
import EventLog
import HTTPTypes
import Kernel
import Live
import NIOCore
import Storage
import TestOffice
import Testing

@testable import OknoApp

@Suite struct WireTests {
    @Test(arguments: Engine.available)
    func pagesOfACallHearEachOther(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\":{\"call\":\"\(id)\"")
                await anna.until(shows: "\"index\":0,")
                let boris = try await office.page(of: .boris, id, port)
                await boris.until(shows: "\"members\":[{\"index\":0,\"person\":\"\(office.id(.anna))\"}]")
                await anna.until(shows: "{\"index\":1,\"joined\":\"\(office.id(.boris))\"}")
                try await anna.say("{\"to\":\"\(office.id(.boris))\",\"signal\":{\"sdp\":\"v=0\"}}")
                await boris.until(shows: "{\"from\":\"\(office.id(.anna))\",\"signal\":{\"sdp\":\"v=0\"}}")
                try await boris.say(2, [1, 7, 8, 9])
                // The index of the sender stands before what was sent.
                await anna.until { $0.bytes.suffix(5) == [1, 1, 7, 8, 9] }
                try await anna.say("{\"ping\":true}")
                await anna.until(shows: "{\"pong\":true}")
                // To somebody outside of the call nothing goes, and unknown kinds go nowhere.
                try await anna.say("{\"to\":\"\(office.id(.vera))\",\"signal\":{\"a\":1}}")
                try await anna.say(2, [99, 1])
                try await anna.say(2, [1, 123])
                await boris.until { $0.bytes.suffix(3) == [0, 1, 123] }
                #expect(!boris.bytes.contains([0, 99, 1]))
                // On the node of the wires: another one ends the call in the rows, which pages read again.
                try await office.installation.calls.leave(id, .hungUp, by: office.viewer(.anna))
                await boris.until(shows: "\"ended\"")
            }
        }
    }

    @Test func aTicketOfAnotherIsRefused() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let ticket = try await office.ticket(as: .anna, id)
                let vera = try await Page(port)
                try await vera.ask(ticket, cookie: office.cookie(of: .vera))
                await vera.until(shows: " 401 ")
                let nobody = try await Page(port)
                try await nobody.ask("0000", cookie: office.cookie(of: .anna))
                await nobody.until(shows: " 401 ")
                let anna = try await Page(port)
                try await anna.ask(ticket, cookie: office.cookie(of: .anna))
                await anna.until(shows: "\"welcome\"")
            }
        }
    }

    /// A node that was away for long has lost its calls, and no others are ended.
    @Test func aCallLivesAtTheNodeOfItsWires() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk(), north = office.north
            @Sendable func node() async throws -> String? {
                try await office.database.read { tx in try tx.value("SELECT node_id FROM call WHERE id = \(id)") }
            }
            try await office.database.write(in: north) { tx in
                try tx.run("UPDATE call SET node_id = 'another' WHERE id = \(id)")
            }
            try await office.installation.calls.endLost()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\"")
                #expect(try await node() == "test")
                office.clock.pass(milliseconds: 31_000)
                try await office.installation.calls.endLost()
                await anna.until(shows: "\"ended\":\"lost\"")
            }
        }
    }

    /// At the sign-out the wire is closed and what is relayed for her ends; she may come again by another session.
    @Test(arguments: Engine.available)
    func whoSignsOutHearsNothingMore(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk(), node = office.installation
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                let boris = try await office.page(of: .boris, id, port)
                await anna.until(shows: "\"joined\"")
                await boris.until(shows: "\"welcome\"")
                let ticket = try await office.ticket(as: .anna, id)
                // Something else of her rights changes: nothing is cut.
                node.hub.reconnect([office.id(.anna)])
                try await node.calls.beat()
                try await boris.say(2, [1, 123])
                await anna.until { $0.bytes.suffix(3) == [1, 1, 123] }
                try await office.check(as: .anna, .delete, "/session", status: 303)
                try await LogReading.advance(Rights(hub: node.hub), on: office.database)
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xF0] }
                try await boris.say(2, [1, 124])
                try await boris.say("{\"ping\":true}")
                await boris.until(shows: "{\"pong\":true}")
                #expect(!anna.bytes.contains(124))
                let again = try await Page(port)
                try await again.ask(ticket, cookie: office.cookie(of: .anna))
                await again.until(shows: " 401 ")
                try await office.untilWaited(for: .anna, in: id)
            }
        }
    }

    /// What a node was not told of is noticed by its next beat.
    @Test func whoseSessionHasEndedElsewhereIsCutByTheNextBeat() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\"")
                try await office.check(as: .anna, .delete, "/session", status: 303)
                try await office.installation.calls.beat()
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xF0] }
            }
        }
    }

    @Test func whoSaysMoreWordsThanAnyPageIsSentAway() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                await anna.until(shows: "\"welcome\"")
                let words =
                    "{\"to\":\"\(office.id(.boris))\",\"signal\":{\"pen\":\"\(String(repeating: "x", count: 60_000))\"}}"
                // However slowly they leave here, they are more than anybody may say.
                for _ in 0..<300 where anna.channel.isActive { try? await anna.say(words) }
                // Its last word may be lost on a line that is still being written to.
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xF0] || !$0.channel.isActive }
            }
        }
    }

    /// An act at another node reaches this one as a hint, or is found by the next beat.
    @Test(arguments: [true, false]) func whatHasChangedElsewhereChangesHere(hint: Bool) async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk(), calls = office.installation.calls
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                let boris = try await office.page(of: .boris, id, port)
                await anna.until(shows: "\"joined\"")
                let people = [office.id(.anna), office.id(.boris)]
                func told() async throws {
                    guard hint else { return try await calls.beat() }
                    calls.take(.hint(.init(organisation: office.north, seq: 0, topics: people.map { "person/\($0)" })))
                }
                try await office.database.write(in: office.north) { [person = people[1]] tx in
                    try tx.run("UPDATE call_member SET state = 'left' WHERE call_id = \(id) AND person_id = \(person)")
                }
                try await told()
                await boris.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xE8] }
                await anna.until(shows: "\"left\"")
                try await office.database.write(in: office.north) { tx in
                    try tx.run("UPDATE call SET state = 'ended', why = 'hung-up', ended_at = 1 WHERE id = \(id)")
                }
                try await told()
                await anna.until(shows: "\"ended\":\"hung-up\"")
            }
        }
    }

    @Test func aCallThatEndsWhileAWireOpensClosesIt() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving(meanwhile: {
                try await office.installation.calls.leave(id, .hungUp, by: office.viewer(.boris))
            }) { port in
                let anna = try await office.page(of: .anna, id, port)
                // The page asks for the panel again, and reads there how it ended.
                await anna.until { $0.bytes.suffix(4) == [0x88, 2, 0x03, 0xE8] }
            }
        }
    }

    @Test func wordsForAFullWireWaitAndTooManyOfThemCloseIt() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let boris = try await office.page(of: .boris, id, port)
                await boris.until(shows: "\"welcome\"")
                let anna = try await office.page(of: .anna, id, port, reads: false, window: 16 << 10)
                await boris.until(shows: "\"joined\"")
                for number in 0..<200 {
                    try await boris.say(2, [3, UInt8(number)] + [UInt8](repeating: 0x5A, count: 20_000))
                }
                try await boris.say("{\"to\":\"\(office.id(.anna))\",\"signal\":{\"sdp\":\"late\"}}")
                try await Task.sleep(for: .milliseconds(200))
                try await anna.channel.setOption(.autoRead, value: true).get()
                await anna.until(shows: "{\"sdp\":\"late\"}")

                try await anna.channel.setOption(.autoRead, value: false).get()
                for number in 0..<200 {
                    try await boris.say(2, [3, UInt8(number)] + [UInt8](repeating: 0x5A, count: 20_000))
                    let many = String(repeating: "x", count: 20_000)
                    if number > 100 {
                        try await boris.say("{\"to\":\"\(office.id(.anna))\",\"signal\":{\"sdp\":\"\(many)\"}}")
                    }
                }
                try await Task.sleep(for: .milliseconds(1200))
                try await anna.channel.setOption(.autoRead, value: true).get()
                await anna.until { !$0.channel.isActive }
                // It comes again.
                let again = try await office.page(of: .anna, id, port)
                await again.until(shows: "\"welcome\"")
            }
        }
    }

    @Test func whoseWireStaysClosedIsLostAndWhoComesBackIsNot() async throws {
        try await Office.with(.sqlite) { office in
            let id = try await office.talk()
            try await office.serving { port in
                let anna = try await office.page(of: .anna, id, port)
                let boris = try await office.page(of: .boris, id, port)
                await anna.until(shows: "\"joined\"")
                try await boris.channel.close()
                try await office.untilWaited(for: .boris, in: id)
                let again = try await office.page(of: .boris, id, port)
                await again.until(shows: "\"welcome\"")
                office.clock.pass(milliseconds: 25_000)
                try await office.settle()
                try await office.check(as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-inside"])
                try await again.channel.close()
                try await office.untilWaited(for: .boris, in: id)
                office.clock.pass(milliseconds: 19_000)
                try await office.settle()
                try await office.check(as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-inside"])
                office.clock.pass(milliseconds: 1001)
                try await office.settle()
                await anna.until(shows: "{\"ended\":\"lost\"}")
            }
        }
    }
}
