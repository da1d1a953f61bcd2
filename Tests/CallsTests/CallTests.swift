import Calls
import EventLog
import HTTPTypes
import Kernel
import Lines
import OknoApp
import People
import Requests
import Storage
import TestOffice
import Testing
import Web

@Suite struct CallTests {
    @Test(arguments: Engine.available)
    func aClientCallsAndTheFirstAnswerWins(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.goOnLine(.boris, .vera)
            try await office.check(
                as: .anna, .get, office.callsOfRequest, status: 200,
                shows: ["data-call-start=\"call\"", "Позвонить", "data-call-start=\"screen\"", "Показать экран"])
            let id = try await office.call(
                as: .anna, shows: ["data-state=\"ringing\"", "data-wire=\"/calls/wire?token="],
                events: [.callStarted, .callRang, .callRang])
            // Pressed twice by a slow connection: one call.
            try await office.call(as: .anna, id, events: [])
            for who in [Who.boris, .vera] {
                try await office.check(
                    as: who, .get, "/calls/ringing", status: 200,
                    shows: ["data-ringing=\"\(id)\"", "звонит вам", "Заявка №\(office.number)"])
            }
            #expect(try await office.rings(for: .anna) == false)
            #expect(try await office.rings(for: .gleb) == false)
            try await office.check(
                as: .vera, .post, "/calls/\(id)/answer", status: 200, shows: ["data-state=\"open\"", "token="],
                events: [.callAnswered])
            #expect(try await office.rings(for: .boris) == false)
            try await office.check(
                as: .boris, .post, "/calls/\(id)/answer", status: 409, shows: ["На звонок уже ответили"], events: [])
            try await office.check(
                as: .anna, .get, office.callsOfRequest, status: 200, shows: ["Вернуться к звонку", "Вилкова"],
                hides: ["data-call-start"])
            try await office.check(
                as: .anna, .post, "/calls/\(id)/way", form: [("way", "relayed")], status: 204, events: [])
            // Only who is in the call shows something in it.
            for who in [Who.boris, .oleg] {
                try await office.check(
                    as: who, .post, "/calls/\(id)/screen", status: who == .boris ? 409 : 404, events: [])
            }
            try await office.check(as: .anna, .post, "/calls/\(id)/screen", status: 204, events: [.callShown])
            office.clock.pass(Minutes(5))
            try await office.check(
                as: .vera, .post, "/calls/\(id)/leave", status: 204,
                events: [EventKind("request.time-added"), .callLeft, .callEnded])
            try await office.check(
                as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-ended=\"hung-up\""],
                hides: ["token="])
            let number = office.number
            try await office.check(
                as: .boris, .get, "/requests/\(number)/history", status: 200,
                shows: [
                    "Звонок начат", "Ответ на звонок", "Показ экрана начат", "Звонок окончен, длился 5", "через сервер",
                    "Разговор: 5",
                ])
            try await office.check(as: .boris, .post, "/profile/preferences", form: [("lang", "en")], status: 303)
            try await office.check(
                as: .boris, .get, "/requests/\(number)/history", status: 200,
                shows: ["Started a call", "Answered the call", "The call ended, it took 5", "through the server"])
        }
    }

    @Test(arguments: Engine.available)
    func ringingEndsUnanswered(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.goOnLine(.boris, .vera)
            let id = try await office.call(as: .anna)
            try await office.check(
                as: .boris, .post, "/calls/\(id)/decline", form: [("why", "busy")], status: 204,
                events: [.callDeclined])
            #expect(try await office.rings(for: .vera))
            office.clock.pass(milliseconds: 45_001)
            let before = try await office.newestEvent(in: office.north)
            try await office.settle()
            #expect(try await office.events(after: before, in: office.north).map(\.kind) == [.callMissed, .callEnded])
            #expect(try await office.rings(for: .vera) == false)
            try await office.check(
                as: .vera, .post, "/calls/\(id)/answer", status: 409, shows: ["Звонок уже окончен"])
            // One who hangs up before an answer stops the ringing.
            let other = try await office.call(as: .anna)
            try await office.check(
                as: .anna, .post, "/calls/\(other)/leave", status: 204,
                events: [.callLeft, .callMissed, .callMissed, .callEnded])
            #expect(try await office.rings(for: .boris) == false)
            try await office.check(
                as: .anna, .get, "/calls/\(other)/panel", status: 200, shows: ["data-ended=\"cancelled\""])
        }
    }

    @Test(arguments: Engine.available)
    func whoeverFindsNobodyIsCalledBack(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            try await office.call(
                as: .anna, shows: ["data-ended=\"nobody\"", "Попросить перезвонить"],
                events: [.callStarted, .callEnded])
            try await office.check(
                as: .anna, .post, "/requests/\(office.number)/callback", status: 303, events: [.callWished])
            try await office.check(
                as: .anna, .post, "/requests/\(office.number)/callback", status: 303, events: [])
            try await office.check(
                as: .boris, .get, office.callsOfRequest, status: 200, shows: ["Ждёт обратного звонка с"])
            let id = try await office.call(as: .boris, events: [.callStarted, .callRang])
            try await office.check(
                as: .anna, .post, "/calls/\(id)/answer", status: 200, events: [.callAnswered, .callWishMet])
            try await office.check(
                as: .boris, .get, office.callsOfRequest, status: 200, hides: ["Ждёт обратного звонка"])
        }
    }

    @Test(arguments: Engine.available)
    func aPersonIsInOneCall(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            try await office.call(as: .boris, status: 409, shows: ["Вы уже в другом разговоре"])
            let second = try await office.requests.register(
                .init(id: .new(at: office.clock.now), line: office.line, text: "Второе"), by: office.viewer(.dina))
            // Boris, the only one on the line, is busy.
            try await office.check(
                as: .dina, .post, "/requests/\(second)/calls",
                form: [("id", CallID.new(at: office.clock.now).text), ("kind", "call")], status: 200,
                shows: ["data-ended=\"busy\""])
            // Anna is busy too, for whoever calls her about something else.
            let third = try await office.requests.register(
                .init(id: .new(at: office.clock.now), line: office.line, text: "Третье"), by: office.viewer(.anna))
            try await office.check(
                as: .vera, .post, "/requests/\(third)/calls",
                form: [("id", CallID.new(at: office.clock.now).text), ("kind", "call")], status: 200,
                shows: ["data-ended=\"busy\""])
            try await office.check(as: .anna, .post, "/calls/\(id)/leave", status: 204)
            #expect(try await office.rings(for: .boris) == false)
        }
    }

    @Test(arguments: Engine.available)
    func aCallIsPassedOn(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            try await office.check(
                as: .anna, .post, "/calls/\(id)/invitations", form: [("person", office.id(.vera).text)], status: 403)
            for who in [Who.oleg, .olga, .anna] {
                try await office.check(
                    as: .boris, .post, "/calls/\(id)/invitations", form: [("person", office.id(who).text)], status: 422)
            }
            try await office.check(
                as: .boris, .post, "/calls/\(id)/transfer", form: [("line", office.line.text)], status: 409,
                shows: ["никто не свободен"])
            try await office.check(
                as: .boris, .post, "/calls/\(id)/transfer", form: [("person", office.id(.vera).text)], status: 204,
                events: [.callRang])
            try await office.check(
                as: .vera, .post, "/calls/\(id)/answer", status: 200, events: [.callJoined, EventKind("call.left")])
            try await office.check(
                as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["Вилкова"], hides: ["Громов"])
        }
    }

    @Test(arguments: Engine.available)
    func strangersGetNothing(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            // Of the other organisation.
            for who in [Who.oleg, .olga] {
                try await office.check(as: who, .get, office.callsOfRequest, status: 404)
                try await office.call(as: who, status: 404)
                try await office.check(as: who, .post, "/requests/\(office.number)/callback", status: 404)
                #expect(try await office.rings(for: who) == false)
            }
            // Whoever sees the request is still in no call of it.
            for who in [Who.gleb, .oleg, .olga, .vera, .dina] {
                try await office.check(as: who, .get, "/calls/\(id)/panel", status: 404)
                for act in ["answer", "decline", "leave", "way", "invitations", "transfer"] {
                    try await office.check(
                        as: who, .post, "/calls/\(id)/\(act)",
                        form: [("way", "direct"), ("person", office.id(.vera).text)],
                        status: 404, events: [])
                }
            }
            try await office.check(as: nil, .get, "/calls/ringing", status: 303)
        }
    }

    @Test(arguments: Engine.available)
    func aClosedWayIsRefused(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            var conditions = Conditions()
            conditions.ways = [.call: .nobody]
            try await office.installation.lines.setConditions(conditions, on: office.line, by: office.viewer(.dina))
            try await office.goOnLine(.boris)
            try await office.check(
                as: .anna, .get, office.callsOfRequest, status: 200, shows: ["data-call-start=\"screen\""],
                hides: ["data-call-start=\"call\""])
            try await office.call(as: .anna, status: 409, shows: ["не принимает звонки"], events: [])
            try await office.call(as: .boris, status: 409, events: [])
            try await office.call(as: .anna, kind: "screen", events: [.callStarted, .callRang])
        }
    }

    @Test(arguments: Engine.available)
    func aTicketOpensOneWireOnce(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk(), calls = office.installation.calls
            let (anna, boris) = (try await office.viewer(.anna), try await office.viewer(.boris))
            guard case .session(let session) = anna.kind, case .session(let other) = boris.kind else { return }
            let ticket = try await office.ticket(as: .anna, id)
            #expect(
                try await calls.admit(
                    ticket, session: other, from: PageAddress(authority: "", isSecure: false), by: anna) == nil)
            #expect(
                try await calls.admit(
                    ticket, session: other, from: PageAddress(authority: "", isSecure: false), by: boris) == nil)
            #expect(
                try await calls.admit(
                    ticket, session: session, from: PageAddress(authority: "", isSecure: false), by: anna) != nil)
            #expect(
                try await calls.admit(
                    ticket, session: session, from: PageAddress(authority: "", isSecure: false), by: anna) == nil)
            let late = try await office.ticket(as: .anna, id)
            office.clock.pass(milliseconds: 60_001)
            #expect(
                try await calls.admit(
                    late, session: session, from: PageAddress(authority: "", isSecure: false), by: anna) == nil)
            let last = try await office.ticket(as: .anna, id)
            try await office.check(as: .boris, .post, "/calls/\(id)/leave", status: 204)
            #expect(
                try await calls.admit(
                    last, session: session, from: PageAddress(authority: "", isSecure: false), by: anna) == nil)
        }
    }

    @Test(arguments: Engine.available)
    func callsOfADeadNodeAreEnded(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            // A node that is back at once goes on.
            try await office.installation.calls.endLost()
            try await office.check(as: .anna, .get, "/calls/\(id)/panel", status: 200, hides: ["data-ended"])
            office.clock.pass(milliseconds: 31_000)
            try await office.installation.calls.endLost()
            try await office.check(
                as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-ended=\"lost\""])
            // Somebody without a wire is not in a call for ever.
            let second = try await office.call(as: .anna)
            try await office.check(as: .boris, .post, "/calls/\(second)/answer", status: 200)
            office.clock.pass(Minutes(2))
            try await office.settle()
            try await office.check(
                as: .anna, .get, "/calls/\(second)/panel", status: 200, shows: ["data-ended=\"lost\""])
        }
    }

    @Test(arguments: Engine.available)
    func aPanelGivesATicketOnlyToAPageThatOpensAWire(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            @Sendable func tickets() async throws -> Int {
                try await office.database.read { tx in try tx.value("SELECT COUNT(*) FROM call_ticket") ?? 0 }
            }
            let before = try await tickets()
            try await office.check(
                as: .boris, .get, "/calls/\(id)/panel", status: 200,
                shows: ["data-inside", "data-dialog=\"call-others\""],
                hides: ["token=", "<option"])
            #expect(try await tickets() == before)
            _ = try await office.ticket(as: .boris, id)
            #expect(try await tickets() == before + 1)
            // Whom the call may be passed to is read when it is asked for, and by those who may pass it on.
            try await office.check(
                as: .boris, .get, "/calls/\(id)/others", status: 200,
                shows: ["value=\"\(office.id(.vera))\"", "value=\"\(office.line)\""],
                hides: ["value=\"\(office.id(.boris))\"", "value=\"\(office.id(.gleb))\""])
            try await office.check(as: .anna, .get, "/calls/\(id)/others", status: 403)
            try await office.check(as: .vera, .get, "/calls/\(id)/others", status: 404)
        }
    }

    /// Gleb works on another line.
    @Test(arguments: Engine.available)
    func aColleagueWhoMayNotSeeTheRequestIsNotCalled(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let gleb = office.id(.gleb).text, dina = try await office.viewer(.dina)
            let other = try await office.installation.lines.createLine(LineDetails(clientName: "Другая"), by: dina)
            try await office.installation.lines.giveCompetence(on: other, to: office.id(.gleb), .main, by: dina)
            try await office.installation.people.takeRole(.manager, from: office.id(.gleb), by: dina)
            let id = try await office.talk()
            try await office.check(
                as: .boris, .get, "/calls/\(id)/others", status: 200,
                hides: ["value=\"\(gleb)\"", "value=\"\(other)\""])
            for act in ["invitations", "transfer"] {
                try await office.check(
                    as: .boris, .post, "/calls/\(id)/\(act)", form: [("person", gleb)], status: 422, events: [])
            }
            try await office.check(as: .anna, .post, "/calls/\(id)/leave", status: 204)
            try await office.check(
                as: .boris, .post, office.callsOfRequest,
                form: [("id", CallID.new(at: office.clock.now).text), ("kind", "call"), ("person", gleb)], status: 422,
                events: [])
        }
    }

    /// The node goes down five minutes into a talk and comes back an hour later.
    @Test(arguments: Engine.available)
    func nobodyTalkedWhileTheNodeWasDown(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk(), calls = office.installation.calls
            for _ in 0..<5 {
                office.clock.pass(Minutes(1))
                try await calls.beat()
            }
            let last = office.clock.now
            office.clock.pass(Minutes(60))
            try await calls.endLost()
            try await office.check(
                as: .boris, .get, "/requests/\(office.number)/history", status: 200,
                shows: ["Разговор: 5"])
            let ended: Instant? = try await office.database.read { tx in
                try tx.value("SELECT ended_at FROM call WHERE id = \(id)")
            }
            #expect(ended == last)
            let fact: Int? = try await office.database.read { [request = office.request] tx in
                try tx.value("SELECT SUM(minutes) FROM time_spent WHERE request_id = \(request)")
            }
            #expect(fact == 5)
        }
    }

    /// It came back under another name, or not at all.
    @Test(arguments: Engine.available)
    func anyNodeEndsTheCallsOfOneThatIsNoMore(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk(), calls = office.installation.calls
            try await office.database.write(in: office.north) { tx in
                try tx.run("UPDATE call SET node_id = 'another:8080' WHERE id = \(id)")
            }
            office.clock.pass(milliseconds: 29_000)
            try await calls.beat()
            try await office.check(as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-inside"])
            office.clock.pass(milliseconds: 1001)
            try await calls.beat()
            try await office.check(
                as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-ended=\"lost\""])
            // Its own lives as long as it says so.
            let own = try await office.call(as: .anna)
            for _ in 0..<4 {
                office.clock.pass(milliseconds: 10_000)
                try await calls.beat()
            }
            try await office.check(as: .anna, .get, "/calls/\(own)/panel", status: 200, shows: ["data-inside"])
        }
    }

    /// The database did not answer when a wire was closed.
    @Test(arguments: Engine.available)
    func aTimerThatCouldNotBeSetIsSetByTheNextBeat(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk(), calls = office.installation.calls
            try await office.database.write(in: office.north) { tx in
                try tx.run("DELETE FROM timer WHERE kind = \(Calls.lostTimer)")
            }
            try await calls.beat()
            office.clock.pass(milliseconds: 20_001)
            try await office.settle()
            try await office.check(
                as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["data-ended=\"lost\""])
        }
    }

    @Test(arguments: Engine.available)
    func fourAreInACallAndAnAnswerInsteadOfAnotherMakesNoFifth(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            for who in [Who.gleb, .dina] {
                try await office.installation.lines.giveCompetence(
                    on: office.line, to: office.id(who), .reserve, by: office.viewer(.dina))
            }
            let id = try await office.talk()
            for who in [Who.vera, .gleb] {
                try await office.check(
                    as: .boris, .post, "/calls/\(id)/invitations", form: [("person", office.id(who).text)], status: 204)
                try await office.check(
                    as: who, .post, "/calls/\(id)/answer", status: 200, events: [.callJoined])
            }
            try await office.check(
                as: .boris, .post, "/calls/\(id)/invitations", form: [("person", office.id(.dina).text)], status: 409,
                shows: ["4"], events: [])
            // Passing the call on keeps the number.
            try await office.check(
                as: .boris, .post, "/calls/\(id)/transfer", form: [("person", office.id(.dina).text)], status: 204)
            try await office.check(
                as: .dina, .post, "/calls/\(id)/answer", status: 200, events: [.callJoined, .callLeft])
            try await office.check(
                as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["Вилкова", "Гаврилов"], hides: ["Громов"])
        }
    }

    @Test(arguments: Engine.available)
    func aLineAnswersACallThatIsPassedToIt(on engine: Engine) async throws {
        try await Office.with(engine) { office in
            let id = try await office.talk()
            try await office.goOnLine(.vera)
            try await office.check(
                as: .boris, .post, "/calls/\(id)/transfer", form: [("line", office.line.text)], status: 204,
                events: [.callRang])
            #expect(try await office.rings(for: .vera))
            // Until somebody answers nobody has left.
            try await office.check(as: .anna, .get, "/calls/\(id)/panel", status: 200, shows: ["Громов"])
            try await office.check(
                as: .vera, .post, "/calls/\(id)/answer", status: 200, events: [.callJoined, .callLeft])
            try await office.check(as: .boris, .get, "/calls/\(id)/panel", status: 200, hides: ["data-inside"])
            try await office.check(
                as: .anna, .post, "/calls/\(id)/leave", status: 204, events: [.callLeft, .callEnded])
        }
    }
}
