import AgentProtocol
import EventLog
import Foundation
import HTTPTypes
import Kernel
import NIOCore
import OknoApp
import Storage
import TestOffice
import Testing

@testable import RemoteControl
@testable import Requests

/// From the code to the end, by the door, on both databases.
@Suite struct ControlDoorTests {
    private func hello(_ proof: Hello.Proof) -> Hello {
        Hello(system: "linux-x11", computer: "PC-7", login: "anna", proof: proof, abilities: [.view, .control])
    }

    @Test(arguments: Engine.available)
    func aRequestTellsTheWholeStoryOfControl(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let room = office.installation.remote, path = "/requests/\(office.number)"
            for stranger in [Who.boris, .vera] {
                try await office.check(as: stranger, .post, path + "/control", status: 403, events: [])
            }
            try await office.check(as: .oleg, .post, path + "/control", status: 404, events: [])
            let code = try await room.offer(on: office.number, by: office.viewer(.anna)).code
            #expect(try await room.greet(hello(.code("AAAAAAAA"))) == nil)
            let known = try #require(try await room.greet(hello(.code(code))))
            // A code is good until its secret is used, and the secret stays.
            let again = try #require(try await room.greet(hello(.secret(known.secret))))
            #expect(again.secret.isEmpty)
            #expect(try await room.greet(hello(.code(code))) == nil)
            #expect(try await room.greet(hello(.secret(known.secret))) != nil)
            let control = "/control/\(again.session)"
            try await office.check(
                as: .anna, .post, control + "/asks", form: [("what", "view")], status: 403, events: [])
            try await office.check(
                as: .olga, .post, control + "/asks", form: [("what", "view")], status: 404, events: [])
            try await office.check(as: .boris, .post, control + "/tokens", status: 403, events: [])
            try await office.check(
                as: .boris, .post, control + "/asks", form: [("what", "view"), ("what", "control")], status: 303,
                events: [.controlAsked])
            try await office.check(
                as: .vera, .post, control + "/asks", form: [("what", "view")], status: 409, events: [])
            // An answer to another question grants nothing.
            try await room.answer(.granted([.view, .control]), to: 9, in: again.session, of: again.organisation)
            try await office.check(as: .boris, .post, control + "/tokens", status: 403)
            try await room.answer(.granted([.view, .control]), to: 1, in: again.session, of: again.organisation)
            try await office.check(as: .boris, .get, path + "/control", status: 200, shows: [control])
            try await office.check(
                as: .boris, .post, control + "/tokens", status: 200, shows: ["/control/stream?token="])
            try await office.check(as: .vera, .post, control + "/tokens", status: 403, events: [])

            let boris = try await office.viewer(.boris)
            guard case .session(let signIn) = boris.kind else { return }
            let token = try await room.token(for: again.session, by: boris)
            let vera = try await office.viewer(.vera)
            #expect(try await room.admit(token, signIn: signIn, person: vera) == nil)
            #expect(try await room.admit(token, signIn: .new(), person: boris) == nil)
            let admitted = try #require(try await room.admit(token, signIn: signIn, person: boris))
            #expect(try await room.admit(token, signIn: signIn, person: boris) == nil)
            let late = try await room.token(for: again.session, by: boris)
            office.clock.pass(milliseconds: 60_001)
            #expect(try await room.admit(late, signIn: signIn, person: boris) == nil)

            try await room.began(admitted)
            office.clock.pass(Minutes(5))
            try await office.check(
                as: .anna, .post, control + "/end", status: 303, events: [.timeAdded, .controlEnded])
            #expect(try await room.greet(hello(.secret(known.secret))) == nil)
            let fact: Int? = try await office.database.read { [request = office.request] tx in
                try tx.value("SELECT SUM(minutes) FROM time_spent WHERE request_id = \(request)")
            }
            #expect(fact == 5)
        }
    }

    @Test(arguments: Engine.available)
    func aCodeDiesInTenMinutesAndNobodyIsWaitedForForEver(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let room = office.installation.remote, anna = try await office.viewer(.anna)
            let old = try await room.offer(on: office.number, by: anna).code
            office.clock.pass(Minutes(10))
            #expect(try await room.greet(hello(.code(old))) == nil)
            let code = try await room.offer(on: office.number, by: anna).code
            let known = try #require(try await room.greet(hello(.code(code))))
            try await room.ask(.view, in: known.session, by: office.viewer(.boris))
            try await room.answer(.refused, to: 1, in: known.session, of: known.organisation)
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/control", status: 200, shows: ["Клиент отказал"])
            try await office.check(
                as: .anna, .get, "/requests/\(office.number)/control", status: 200, shows: ["Вы отказали"])
            let sight = try await room.sight(of: known.session, watchedBy: [], after: 1)
            #expect(sight.agreed == [] && sight.end == nil && sight.asked == nil)
        }
    }

    @Test(arguments: Engine.available)
    func aCallAndControlAtTheSameTimeCountOnce(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let boris = try await office.viewer(.boris).person, start = office.clock.now
            @Sendable func minute(_ count: Int) -> Instant {
                Instant(milliseconds: start.milliseconds + Int64(count) * 60_000)
            }
            try await office.database.write(in: office.viewer(.boris).organisation) { [request = office.request] tx in
                for (presence, from, until) in [
                    (Requests.Presence.control, 2, 5), (.call, 0, 10), (.control, 8, 12), (.call, 9, 11),
                ] {
                    _ = try Requests.addPresence(
                        presence, of: boris, from: minute(from), until: minute(until), to: request, in: tx)
                }
            }
            let entries: [Int] = try await office.database.read { [request = office.request] tx in
                try tx.all("SELECT minutes FROM time_spent WHERE request_id = \(request)") { try $0[0] }
            }
            #expect(entries.sorted() == [2, 3, 7])
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/history", status: 200,
                shows: ["Удалённая помощь:", "Разговор:"])
        }
    }

    /// Ten minutes of one specialist are ten, whatever they were of.
    @Test(arguments: Engine.available)
    func aCallOfOneRequestAndControlOfAnotherCountOnce(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let boris = try await office.viewer(.boris), start = office.clock.now
            let number = try await office.requests.register(
                .init(id: .new(at: start), line: office.line, text: "Второе"), by: office.viewer(.anna))
            let other = try await office.database.read { tx in try Requests.called(number, for: boris, tx).id }
            let end = Instant(milliseconds: start.milliseconds + 600_000)
            try await office.database.write(in: boris.organisation) { [request = office.request] tx in
                for (presence, id) in [(Requests.Presence.call, request), (.control, other)] {
                    _ = try Requests.addPresence(presence, of: boris.person, from: start, until: end, to: id, in: tx)
                }
            }
            let fact: Int? = try await office.database.read { tx in
                try tx.value("SELECT SUM(minutes) FROM time_spent WHERE person_id = \(boris.person)")
            }
            #expect(fact == 10)
        }
    }

    @Test func theProgramIsHandedOutOrItsAbsenceIsSaid() async throws {
        try await Office.with(.sqlite) { office in
            let beside = office.installation.remote.agent
            if FileManager.default.fileExists(atPath: beside) {
                try await office.check(as: .anna, .get, "/agent/okno-agent", status: 200)
            } else {
                try await office.check(
                    as: .anna, .get, "/agent/okno-agent", status: 404, shows: ["Программу пока нельзя скачать"])
            }
        }
    }

    @Test func theServerKeepsKeysBackItself() async throws {
        try await Office.with(.sqlite) { office in
            let room = office.installation.remote, boris = try await office.viewer(.boris)
            let looker = Admitted(
                session: .new(at: office.clock.now), organisation: boris.organisation, person: boris.person,
                signIn: .new(at: office.clock.now))
            let viewer = ViewerWire(room, looker, at: AgentWire(room))
            let greeting = Array("RFB 003.008\n".utf8) + [1, 1]
            let key: [UInt8] = [4, 1, 0, 0, 0, 0, 0, 0x61], look: [UInt8] = [3, 1, 0, 0, 0, 0, 4, 0, 3, 0]
            var streams = ViewerStreams()
            func sent(_ bytes: [UInt8], on channel: UInt32) throws -> [UInt8] {
                try streams.went(ByteBuffer(bytes: bytes), on: channel).flatMap {
                    Array($0.readableBytesView.dropFirst(AgentMessage.headBytes))
                }
            }
            let watched = streams.add(viewer, isControl: false), controlled = streams.add(viewer, isControl: true)
            for channel in [watched, controlled] { _ = streams.credit(1000, on: channel) }
            #expect(try sent(greeting + key + look, on: watched) == greeting + look)
            #expect(try sent(greeting + key + look, on: controlled) == greeting + key + look)
            streams.isHeld = true
            #expect(try sent(key + look, on: controlled) == look)
            streams.isHeld = false
            #expect(try sent(key, on: controlled) == key)
            streams.disarm()
            #expect(try sent(key + look, on: controlled) == look)
        }
    }
}
