import AgentProtocol
import HTTPTypes
import Kernel
import OknoApp
import Requests
import Storage
import TestOffice
import Testing

@testable import RemoteControl

/// A consent is to somebody: a colleague needs one of their own.
@Suite struct HandingOverTests {
    @Test(arguments: Engine.available)
    func aColleagueComesWhenThePersonAgreesToThem(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let room = office.installation.remote, boris = try await office.viewer(.boris)
            let code = try await room.offer(on: office.number, by: office.viewer(.anna)).code
            let hello = Hello(
                system: "x", computer: "PC", login: "a", proof: .code(code), abilities: [.view, .control])
            let known = try #require(try await room.greet(hello)), id = known.session
            let control = "/control/\(id)", vera = office.id(.vera)
            try await room.ask([.view, .control], in: id, by: boris)
            try await room.answer(.granted([.view, .control]), to: 1, in: id, of: known.organisation)
            func invite(_ instead: Bool = false, status: Int = 303) async throws {
                try await office.check(
                    as: .boris, .post, control + "/viewers",
                    form: [("person", vera.text)] + (instead ? [("instead", "1")] : []), status: status)
            }
            func names() async throws -> [String]? {
                try await room.sight(of: id, watchedBy: [], after: 9, named: []).names
            }
            let first = try await names()
            #expect(first?.count == 1)

            try await invite()
            try await office.check(as: .vera, .post, control + "/tokens", status: 403, events: [])
            let asked = try #require(try await room.sight(of: id, watchedBy: [], after: 1).asked)
            #expect(asked.number == 2 && asked.asked == [.view, .control] && first != [asked.specialist])
            try await invite(status: 409)
            try await room.answer(.refused, to: 2, in: id, of: known.organisation)
            try await office.check(as: .vera, .post, control + "/tokens", status: 403)
            try await office.check(as: .boris, .post, control + "/tokens", status: 200)
            try await office.check(as: .boris, .get, control + "/state", status: 200, shows: ["Клиент не разрешил"])
            try await office.check(as: .vera, .get, control + "/state", status: 200, hides: ["Клиент не разрешил"])

            try await invite()
            office.clock.pass(milliseconds: ControlRule.patience)
            try await room.saw(id, of: known.organisation)
            try await office.ringControl()
            try await office.check(as: .boris, .get, control + "/state", status: 200, shows: ["Клиент не ответил"])
            #expect(try await office.session().state == .agreed)

            try await invite()
            // Too late.
            try await room.answer(.granted([.view, .control]), to: 3, in: id, of: known.organisation)
            try await office.check(as: .vera, .post, control + "/tokens", status: 403)
            try await room.answer(.granted([.view, .control]), to: 4, in: id, of: known.organisation)
            for who in [Who.boris, .vera] { try await office.check(as: who, .post, control + "/tokens", status: 200) }
            #expect(try await names()?.count == 2)
            try await office.check(as: .boris, .get, control + "/state", status: 200, hides: ["data-invitation"])

            // She has a consent of her own: nobody is asked.
            try await invite(true)
            let now = try await names()
            #expect(now == [asked.specialist])
            try await office.check(as: .boris, .post, control + "/tokens", status: 403)
        }
    }

    @Test(arguments: Engine.available)
    func whoHandsOverStaysUntilItIsAgreedAndFourLookAtMost(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let room = office.installation.remote, boris = try await office.viewer(.boris)
            let code = try await room.offer(on: office.number, by: office.viewer(.anna)).code
            let hello = Hello(system: "x", computer: "PC", login: "a", proof: .code(code), abilities: [.view])
            let known = try #require(try await room.greet(hello)), id = known.session, now = office.clock.now
            try await room.ask(.view, in: id, by: boris)
            try await room.answer(.granted(.view), to: 1, in: id, of: known.organisation)
            let others = (0..<3).map { _ in PersonID.new(at: now) }
            try await office.database.write(in: office.north) { tx in
                for person in others {
                    _ = try tx.run(
                        """
                        INSERT INTO control_viewer (session_id, person_id, by_id, from_at)
                        VALUES (\(id), \(person), \(person), \(now))
                        """)
                }
            }
            await #expect(throws: ControlError.tooMany) {
                try await room.invite(office.id(.vera), instead: false, to: id, by: boris)
            }
            await #expect(throws: ControlError.tooMany) {
                try await room.ask(.control, in: id, by: office.viewer(.vera))
            }
            try await room.invite(office.id(.vera), instead: true, to: id, by: boris)
            try await office.check(as: .boris, .post, "/control/\(id)/tokens", status: 200)
            try await room.answer(.granted(.view), to: 2, in: id, of: known.organisation)
            try await office.check(as: .boris, .post, "/control/\(id)/tokens", status: 403)
            try await office.check(as: .vera, .post, "/control/\(id)/tokens", status: 200)
        }
    }
}
