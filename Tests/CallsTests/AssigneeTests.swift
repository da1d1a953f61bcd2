import Calls
import EventLog
import HTTPTypes
import Kernel
import People
import Requests
import Storage
import TestOffice
import Testing

@testable import OknoApp

/// What a client hears of the specialist who has the request in hand, and who is rung for then.
@Suite struct AssigneeTests {
    @Test(arguments: Engine.available)
    func aBreakIsSaidAndOthersAreRungForToo(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.goOnLine(.boris, .vera)
            try await office.requests.take(office.number, by: office.viewer(.boris))
            try await office.isHere(.boris)
            // On the line: nobody else is disturbed, and there is nothing to say.
            let first = try await office.call(as: .anna, events: [.callStarted, .callRang])
            try await office.check(as: .anna, .get, "/calls/\(first)/panel", status: 200, hides: ["data-call-note"])
            #expect(try await office.rings(for: .boris))
            #expect(try await office.rings(for: .vera) == false)
            try await office.check(as: .boris, .post, "/calls/\(first)/decline", status: 204)
            // Whoever else is free may be called then, and Boris is left alone.
            try await office.check(
                as: .anna, .get, "/calls/\(first)/panel", status: 200,
                shows: ["Звонок отклонён", "data-call-next=\"\(office.callsOfRequest)\"", "Попросить перезвонить"])
            let next = CallID.new(at: office.clock.now)
            try await office.check(
                as: .anna, .post, office.callsOfRequest,
                form: [("id", next.text), ("kind", "call"), ("next", "1")], status: 200,
                events: [.callStarted, .callRang])
            #expect(try await office.rings(for: .vera))
            #expect(try await office.rings(for: .boris) == false)
            try await office.check(as: .vera, .post, "/calls/\(next)/decline", status: 204)
            // Nobody else is left.
            try await office.check(
                as: .anna, .get, "/calls/\(next)/panel", status: 200, shows: ["Попросить перезвонить"],
                hides: ["data-call-next"])

            // On a break, with a page open: it rings there and elsewhere.
            try await office.check(as: .boris, .post, "/duty/state", form: [("state", "break")], status: 303)
            let second = try await office.call(
                as: .anna, shows: ["Громов", "на перерыве", "Звоним другим специалистам"],
                events: [.callStarted, .callRang, .callRang])
            #expect(try await office.rings(for: .boris))
            #expect(try await office.rings(for: .vera))
            try await office.check(as: .vera, .post, "/calls/\(second)/answer", status: 200)
            try await office.check(as: .anna, .get, "/calls/\(second)/panel", status: 200, hides: ["на перерыве"])
            try await office.check(as: .anna, .post, "/calls/\(second)/leave", status: 204)

            // Nobody else, and the pages are closed: told at once, and a wish may be left.
            try await office.check(as: .vera, .post, "/duty/state", form: [("state", "away")], status: 303)
            try await office.isHere(.boris, false)
            try await office.call(
                as: .anna,
                shows: ["data-ended=\"nobody\"", "Громов", "на перерыве.", "Попросить перезвонить"],
                events: [.callStarted, .callEnded])
            try await office.check(as: .boris, .post, "/duty/state", form: [("state", "away")], status: 303)
            try await office.call(as: .anna, shows: ["data-ended=\"nobody\"", "сейчас не на месте."])
            // With a page open, though on no line, it rings there.
            try await office.isHere(.boris)
            try await office.call(as: .anna, shows: ["data-state=\"ringing\""], events: [.callStarted, .callRang])
            // Those who look on are told nothing of whereabouts.
            try await office.check(as: .boris, .get, office.callsOfRequest, status: 200, hides: ["на перерыве"])
        }
    }

    /// She closes the page of a call and calls from another one.
    @Test(arguments: Engine.available)
    func whoeverHasClosedThePageMayCallAtOnce(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            try await office.call(as: .anna, status: 409, shows: ["Вы уже в другом разговоре"], events: [])
            try await office.database.write(in: office.north) { [now = office.clock.now, anna = office.id(.anna)] tx in
                try tx.run("UPDATE call_member SET away_at = \(now) WHERE call_id = \(id) AND person_id = \(anna)")
            }
            let second = try await office.requests.register(
                .init(id: .new(at: office.clock.now), line: office.line, text: "Второе"), by: office.viewer(.anna))
            try await office.check(
                as: .anna, .post, "/requests/\(second)/calls",
                form: [("id", CallID.new(at: office.clock.now).text), ("kind", "call")], status: 200,
                shows: ["data-state=\"ringing\""], events: [.callLeft, .callEnded, .callStarted, .callRang])
            try await office.check(
                as: .boris, .get, "/calls/\(id)/panel", status: 200, shows: ["data-ended=\"hung-up\""])
        }
    }
}
