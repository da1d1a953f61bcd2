import Duty
import EventLog
import HTTPTypes
import Kernel
import Lines
import Requests
import Storage
import TestOffice
import Testing

@testable import Notices
@testable import OknoApp

extension Office {
    /// Presses «Позвонить», or calls a colleague without the client.
    func ring(as who: Who, to colleague: Who? = nil) async throws -> ID<Office> {
        clock.pass(milliseconds: 10)
        let id = ID<Office>.new(at: clock.now)
        try await check(
            as: who, .post, "/requests/\(number)/calls",
            form: [("id", id.text), ("kind", "call")] + (colleague.map { [("person", self.id($0).text)] } ?? []),
            status: 200)
        try await settle()
        return id
    }

    fileprivate func act(_ act: String, _ call: ID<Office>, as who: Who) async throws {
        clock.pass(milliseconds: 10)
        try await check(
            as: who, .post, "/calls/\(call)/\(act)", status: act == "answer" ? 200 : 204)
        try await settle()
    }
}

@Suite struct CallNoticeTests {
    private static func with(_ engine: Engine, _ body: @Sendable (Office) async throws -> Void) async throws {
        try await Office.with(engine) { office in
            try await office.settle()
            try await body(office)
        }
    }

    @Test(arguments: Engine.available)
    func whatRingsIsSaidUntilTheFirstAnswer(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.stand(.boris)
            try await office.stand(.vera)
            let id = try await office.ring(as: .anna)
            for who in [Who.boris, .vera] { #expect(try await office.unread(who) == ["rings"]) }
            // The card that rings lies on every page: the page says nothing more.
            try await office.check(
                as: .boris, .get, "/notices/bell", status: 200, shows: ["data-silent", "Вам звонят"])
            try await office.act("decline", id, as: .boris)
            #expect(try await office.unread(.boris) == [])
            #expect(try await office.unread(.vera) == ["rings"])
            try await office.act("answer", id, as: .vera)
            #expect(try await office.unread(.vera) == [])
            for who in [Who.anna, .gleb, .dina, .oleg, .olga] { #expect(try await office.kept(who) == []) }
            try await office.act("leave", id, as: .anna)
            // Whoever has answered, or said no, has missed nothing.
            for who in [Who.boris, .vera] { #expect(try await office.kept(who) == ["rings"]) }
        }
    }

    @Test(arguments: Engine.available)
    func aMissedCallIsToldOnceUntilTheyHaveTalked(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.stand(.boris)
            try await office.stand(.vera)
            _ = try await office.ring(as: .anna)
            try await office.pass(1)
            for who in [Who.boris, .vera] { #expect(try await office.unread(who) == ["call-missed"]) }
            try await office.check(
                as: .boris, .get, "/notices", status: 200, shows: ["Пропущенный звонок", "№\u{a0}\(office.number)"])
            // She hangs up before an answer: a second one.
            try await office.act("leave", try await office.ring(as: .anna), as: .anna)
            #expect(try await office.unread(.vera) == ["call-missed 2"])
            try await office.check(as: .vera, .get, "/notices", status: 200, shows: ["2 пропущенных звонка"])
            // Boris calls back, and she is not there; then she is, and has talked.
            _ = try await office.ring(as: .boris)
            #expect(try await office.unread(.anna) == ["rings"])
            try await office.pass(1)
            #expect(try await office.unread(.anna) == ["call-missed"])
            try await office.check(as: .anna, .get, "/notices", status: 200, shows: ["Пропущенный звонок", "Громов"])
            try await office.act("answer", try await office.ring(as: .boris), as: .anna)
            for who in [Who.anna, .boris, .vera] { #expect(try await office.unread(who) == []) }
        }
    }

    @Test(arguments: Engine.available)
    func whoeverHasTheRequestIsToldThoughNothingRangThere(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.stand(.vera)
            try await office.requests.take(office.number, by: office.viewer(.boris))
            try await office.settle()
            _ = try await office.ring(as: .anna)
            #expect(try await office.unread(.boris) == [])
            #expect(try await office.unread(.vera) == ["rings"])
            try await office.pass(1)
            #expect(try await office.unread(.boris) == ["call-missed"])
            #expect(try await office.unread(.vera) == ["call-missed"])
            // Nobody at all: who has it, and no other.
            try await office.stand(.vera, .away)
            _ = try await office.ring(as: .anna)
            #expect(try await office.unread(.boris) == ["call-missed 2"])
            #expect(try await office.unread(.vera) == ["call-missed"])
        }
    }

    @Test(arguments: Engine.available)
    func aWishToBeCalledBackReachesTheLine(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            // Nobody is there: everybody who works on the line hears of the call, and then of the wish in its place.
            _ = try await office.ring(as: .anna)
            for who in [Who.boris, .vera] { #expect(try await office.unread(who) == ["call-missed"]) }
            try await office.check(as: .anna, .post, "/requests/\(office.number)/callback", status: 303)
            try await office.settle()
            for who in [Who.boris, .vera] { #expect(try await office.unread(who) == ["call-back"]) }
            for who in [Who.gleb, .dina, .oleg, .olga] { #expect(try await office.kept(who) == []) }
            try await office.check(
                as: .vera, .get, "/notices", status: 200, shows: ["Клиент просит перезвонить"])
            try await office.check(as: .boris, .post, "/profile/preferences", form: [("lang", "en")], status: 303)
            try await office.check(
                as: .boris, .get, "/notices", status: 200, shows: ["The client asks to be called back"])
            try await office.act("answer", try await office.ring(as: .boris), as: .anna)
            for who in [Who.anna, .boris, .vera] { #expect(try await office.unread(who) == []) }
        }
    }

    @Test(arguments: Engine.available)
    func aCallBetweenColleaguesIsToldToTheColleagueAlone(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.requests.take(office.number, by: office.viewer(.boris))
            try await office.settle()
            let known = try await office.kept(.anna)
            try await office.act("leave", try await office.ring(as: .boris, to: .vera), as: .boris)
            #expect(try await office.unread(.vera) == ["call-missed"])
            // A talk with the client is not the talk that she has missed.
            try await office.act("answer", try await office.ring(as: .boris), as: .anna)
            #expect(try await office.unread(.vera) == ["call-missed"])
            for who in [Who.boris, .anna] {
                try await office.check(as: who, .get, "/notices", status: 200, hides: ["Пропущенный"])
            }
            try await office.pass(3)
            let back = try await office.ring(as: .vera, to: .boris)
            try await office.act("answer", back, as: .boris)
            #expect(try await office.unread(.vera) == [])
            #expect(try await office.kept(.anna) == known + ["rings"])
        }
    }

    /// A ring of which the log is read late, and rights that were lost meanwhile.
    @Test(arguments: Engine.available)
    func whatIsOverIsNotSaid(on engine: Engine) async throws {
        try await Self.with(engine) { office in
            try await office.stand(.boris)
            try await office.stand(.vera)
            try await office.database.write(in: office.north) { [now = office.clock.now, office] tx in
                try EventLog.append(
                    EventKind("call.rang"), by: office.id(.anna), at: now, request: office.request, subject: "late",
                    data: ["to": office.id(.boris).text], in: tx)
            }
            office.clock.pass(milliseconds: 45_001)
            try await office.settle()
            #expect(try await office.kept(.boris) == [])
            _ = try await office.ring(as: .anna)
            try await office.pass(1)
            #expect(try await office.unread(.vera) == ["call-missed"])
            try await office.installation.lines.takeCompetence(
                on: office.line, from: office.id(.vera), by: office.viewer(.dina))
            #expect(try await office.unread(.vera) == [])
        }
    }

    @Test func eachEventOfACallTellsThoseWhomItConcerns() {
        let client = PersonID("c"), boris = PersonID.new(), vera = PersonID.new(), caller = PersonID.new()
        let call = PersonID.new()
        func tell(_ kind: String, _ data: [String: String], assignee: PersonID? = nil, onDuty: [PersonID] = [])
            -> [Telling]
        {
            Deciding.tell(
                Happening(EventKind("call.\(kind)"), subject: call, data: data),
                Circle(client: caller, assignee: assignee, onDuty: onDuty, staff: [boris, vera]))
        }
        let from = ["from": caller.text]
        #expect(tell("ended", from.merging(["why": "hung-up"]) { $1 }, assignee: boris) == [])
        #expect(tell("ended", from.merging(["why": "declined"]) { $1 }, assignee: boris) == [])
        #expect(tell("ended", from.merging(["why": "nobody", "side": "staff"]) { $1 }, assignee: boris) == [])
        #expect(tell("ended", ["from": client.text, "why": "nobody"], assignee: boris) == [])
        #expect(tell("ended", from.merging(["why": "missed"]) { $1 }) == [])
        #expect(
            tell("ended", from.merging(["why": "missed"]) { $1 }, assignee: boris)
                == [Telling(boris, .unanswered, call.text, by: caller)])
        #expect(tell("ended", from.merging(["why": "busy"]) { $1 }, onDuty: [vera]).map(\.person) == [vera])
        #expect(tell("ended", from.merging(["why": "nobody"]) { $1 }).map(\.person) == [boris, vera])
        #expect(tell("back-asked", [:], assignee: caller, onDuty: [vera]).map(\.person) == [caller, vera])
        #expect(tell("back-asked", [:], assignee: boris).map(\.person) == [boris, vera])
    }
}
